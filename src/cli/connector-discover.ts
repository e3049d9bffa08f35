/** `ioc connector discover SOURCE`: see src/author/discover.ts. */
import { type DiscoveredField, type DiscoveredStream, discoverSource } from '../author/discover.ts'
import { sourceWord } from './connector-check.ts'
import { type Cli, text, type Verb, whole } from './context.ts'
import { number, percent, safe } from './format.ts'
import { sourceNamed } from './problems.ts'
import { sideBySide } from './side-by-side.ts'

const PAGES = 3
const PAGES_AT_MOST = 50
const WIDTH = 160
/** Two times that grow say nothing. */
const LEAST_TOLD = 3

export const discover: Verb = async (cli, words, values) => {
  const source = sourceNamed(cli, sourceWord(cli, 'discover', words))
  const { config, env, signal } = cli
  const pages = whole(cli, values, 'pages', PAGES, [1, PAGES_AT_MOST])
  const found = await discoverSource({ config, env, signal }, source, { stream: text(values.stream), pages })
  cli.document(found)
  for (const stream of found.streams) print(cli, stream)
  return 0
}

function print(cli: Cli, stream: DiscoveredStream): void {
  const { records, pages, isWhole, fields, keys, declaredKey } = stream
  const put = (line: string) => cli.print(safe(line))
  put(
    cli.words('discover-head', {
      stream: stream.stream,
      entity: stream.entity,
      records: number(records, cli.language),
      pages,
      rest: cli.words(isWhole ? 'discover-none' : 'discover-more'),
    }),
  )
  const head = (['field', 'type', 'empty', 'distinct', 'schema', 'what'] as const).map((word) =>
    cli.words(`discover-${word}`),
  )
  const rows = fields.map((field) => row(cli, field))
  for (const line of sideBySide([head, ...rows], Number.isFinite(cli.width) ? cli.width : WIDTH, '  ')) put(line)
  if (records < 2) return
  const named = keys.map((key) => key.join(' + ')).join(', ')
  put(`  ${named === '' ? cli.words('discover-no-key') : cli.words('discover-keys', { keys: named })}`)
  const { fields: key, empty: blank, doubled } = declaredKey
  if (blank + doubled > 0) put(`  ! ${cli.words('discover-key-not', { key: key.join(' + '), blank, doubled })}`)
}

function row(cli: Cli, field: DiscoveredField): string[] {
  const { path, types, empty, distinct, schema, required, personal, time, examples } = field
  const notes = [
    ...(personal === null
      ? []
      : [personal === '?' ? cli.words('field-looks-personal') : cli.words('field-personal', { kind: personal })]),
    ...(time === null ? [] : [cli.words('field-time', { granularity: time.granularity })]),
    ...(time === null || empty > 0 || distinct < LEAST_TOLD || path.includes('/')
      ? []
      : [cli.words(time.grows ? 'field-grows' : 'field-cursor')]),
    ...examples,
  ]
  const isGone = schema === 'missing'
  return [
    path,
    types.join(' | '),
    isGone ? '' : percent(empty, cli.language, 0),
    isGone ? '' : number(distinct, cli.language),
    cli.words(isGone && required ? 'schema-missing-required' : `schema-${schema}`),
    notes.join(' · '),
  ]
}
