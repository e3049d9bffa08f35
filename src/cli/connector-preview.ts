/** `ioc connector preview SOURCE`: see src/author/preview.ts. */
import { type PreviewedStream, previewSource } from '../author/preview.ts'
import type { ExchangeShown } from '../author/shown.ts'
import type { Traced } from '../author/trace.ts'
import { sourceWord } from './connector-check.ts'
import { type Cli, text, type Verb, whole } from './context.ts'
import { safe } from './format.ts'
import { sourceNamed } from './problems.ts'
import { sideBySide } from './side-by-side.ts'

const RECORDS = 3
const RECORDS_AT_MOST = 100
const WIDTH = 160
const WIDTHS = [40, 1_000] as const

export const preview: Verb = async (cli, words, values) => {
  const source = sourceNamed(cli, sourceWord(cli, 'preview', words))
  const { config, env, signal } = cli
  const records = whole(cli, values, 'limit', RECORDS, [1, RECORDS_AT_MOST])
  const terminal = Number.isFinite(cli.width) ? cli.width : WIDTH
  const width = whole(cli, values, 'width', Math.min(WIDTHS[1], Math.max(WIDTHS[0], terminal)), WIDTHS)
  const previewed = await previewSource({ config, env, signal }, source, { stream: text(values.stream), records })
  cli.document(previewed)
  for (const stream of previewed.streams) print(cli, stream, width)
  cli.print(cli.words('preview-persons'))
  return 0
}

function print(
  cli: Cli,
  { stream, entity, origin, exchanges, records, ...more }: PreviewedStream,
  width: number,
): void {
  const put = (line: string) => cli.print(safe(line))
  const wrapped = (lines: readonly string[]) => lines.flatMap((line) => sideBySide([[line]], width, '  '))
  put(cli.words('preview-head', { stream, entity }))
  if (origin !== null) for (const line of wrapped([origin])) put(line)
  for (const line of sideBySide(exchanges.flatMap(exchangeRows), width, '  ')) put(line)
  for (const [i, record] of records.entries()) {
    put(cli.words('preview-record', { n: i + 1 }))
    for (const line of sideBySide(recordRows(cli, record), width, '  ')) put(line)
    for (const line of wrapped(verdictLines(cli, record))) put(line)
  }
  const rest = [
    ...(records.length === 0 ? [cli.words('preview-none')] : []),
    ...more.undecodable.map((one) => cli.words('preview-undecodable', one)),
    ...more.remarks.map((note) => cli.words('preview-note', { note })),
    ...(more.why === null ? [] : [cli.words('preview-why', { why: more.why })]),
  ]
  for (const line of wrapped(rest)) put(line)
}

/** Left what was asked, right what was answered. */
function exchangeRows(one: ExchangeShown): string[][] {
  const answer =
    one.status === null
      ? `✗ ${one.problem ?? ''}`
      : `${one.status} ${one.type ?? ''} ${one.bytes} B ${one.shape ?? ''}`.replace(/ +/g, ' ')
  return [[`→ ${one.method} ${one.url}${one.body === null ? '' : ` ${one.body}`}`, `← ${answer}`]]
}

function recordRows(cli: Cli, { fields, mapped }: Traced): string[][] {
  const head = (['preview-field', 'preview-extracted', 'preview-protected', 'preview-mapped'] as const).map((word) =>
    cli.words(word),
  )
  const top = (path: string) => path.split('/')[0] ?? ''
  const shown = new Set<string>()
  const rows = fields.map(({ field, extracted, protected: clean }) => {
    const own = mapped.filter(({ from, field: name }) => from[0] === top(field) && !shown.has(name))
    for (const { field: name } of own) shown.add(name)
    return [field, extracted ?? '–', clean ?? '–', own.map(mappedText).join('; ')]
  })
  const rest = mapped.filter(({ field }) => !shown.has(field))
  return [head, ...rows, ...rest.map((one) => ['–', '–', '–', mappedText(one)])]
}
const mappedText = ({ field, from, value }: Traced['mapped'][number]) =>
  `${field} = ${value ?? '–'}${from.length > 1 ? ` (${from.join(' + ')})` : ''}`

function verdictLines(cli: Cli, { reasons, notes }: Traced): string[] {
  const said = reasons.map(({ path, rule, expected, value }) =>
    cli.words('preview-set-aside', {
      path,
      rule,
      expected,
      value: value === null ? '' : cli.words('preview-value', { value }),
    }),
  )
  return [
    ...(said.length === 0 ? [cli.words('preview-lands')] : said),
    ...notes.map((note) => cli.words('preview-note', { note })),
  ]
}
