/** What is written beside `connector.ts`: its schema, its instances, its page, and what an editor needs. No value of the sample is in any. */
import { type Field, personalIn } from './draft.ts'
import { pascal, plain } from './plain.ts'
import type { Draft } from './render-connector.ts'
import { WANTED } from './vocabulary.ts'

const VERDICTS = ['present', 'valid', 'dummy', 'absent']
/** As long as a person's number: such a key is set aside without it. */
const CODE = '^\\s*(?!\\d{9,12}\\s*$)[0-9A-Za-z][0-9A-Za-z._/\\-]*\\s*$'

export const asJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

export function schemaOf({ name, stream }: Draft): Record<string, unknown> {
  const wanted = WANTED[stream.entity]
  const roles = new Map(
    stream.map.flatMap(({ canonical, from }) => from.map((field) => [field, wanted[canonical]?.role] as const)),
  )
  const required = new Set([...stream.key, ...(stream.order?.startsWith('$') ? [stream.order] : [])])
  for (const { canonical, from } of stream.map)
    if (wanted[canonical]?.required) for (const field of from) required.add(field)
  const isPublic = (field: Field) =>
    ['agency', 'words'].includes(roles.get(field.name) ?? '') ||
    /^ten.*(?:tthc|thutuc|linhvuc)|procedurename|title/.test(plain(field.name))
  const properties = stream.fields.map((field) => {
    const schema = fieldSchema(field)
    if (field.personal !== null) return [field.name, schema]
    if (stream.key.includes(field.name)) return [field.name, { ...schema, ...keySchema(field) }]
    return [field.name, isPublic(field) ? { ...schema, 'x-public': true } : schema]
  })
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `sources/${name}/${stream.name}.schema.json`,
    title: `${titleOf(name)}${pascal(stream.name)}`,
    description: `A record of ${name} after protect.`,
    type: 'object',
    required: stream.fields.map((field) => field.name).filter((field) => required.has(field)),
    properties: Object.fromEntries(properties),
  }
}
/** Titles are letters only. */
const titleOf = (name: string) => pascal(name.replace(/\d+/g, ' ')) || 'Source'

function fieldSchema(field: Field): Record<string, unknown> {
  if (field.personal !== null) return { 'x-personal': field.personal, enum: VERDICTS }
  if (field.says === 'date-time' && field.name.startsWith('$'))
    return {
      type: 'string',
      format: 'date-time',
      description: 'end of the period that the file declares; added by the reader',
    }
  const types = new Set([...field.types].filter((type) => type !== 'null'))
  if (types.has('number')) types.delete('integer')
  if (types.size === 0) types.add('string')
  if (types.has('object') && types.has('array')) types.delete('string')
  const list = [...types, ...(field.optional || field.types.has('null') ? ['null'] : [])]
  const type = list.length === 1 ? list[0] : list
  const properties = Object.fromEntries((field.fields ?? []).map((inner) => [inner.name, fieldSchema(inner)]))
  const inside = { type: 'object', properties }
  return {
    type,
    ...(types.has('array') ? { items: field.fields ? inside : { type: ['string', 'number', 'boolean', 'null'] } } : {}),
    ...(types.has('object') ? { properties } : {}),
  }
}

function keySchema({ types, values }: Field): Record<string, unknown> {
  if (!types.has('string')) return {}
  const isCode = values.every((value) => new RegExp(CODE, 'u').test(value) || /^\d{9,12}$/.test(value))
  return { minLength: 1, maxLength: 100, ...(isCode ? { pattern: CODE } : {}) }
}

export const sourcesOf = ({ name, found }: Draft) => ({
  sources: [
    {
      id: name,
      name,
      agency: null,
      sample: false,
      authority: [{ rank: 1, from: '2020-01-01' }],
      grace: 'PT26H',
      settings: Object.fromEntries(found.settings.map((one) => [one.name, one.value])),
    },
  ],
})

export function readmeOf({ name, found, stream }: Draft): string {
  const bySql = found.cursor === true && stream.order !== null
  const seen =
    found.kind === 'files'
      ? 'the newest period of each record'
      : bySql
        ? 'what changed since the last read, less two hours'
        : found.kind === 'soap'
          ? 'what was received in each window'
          : 'everything, every time'
  const deletes = found.deletedBy === undefined ? 'never' : 'by mark'
  const personal = personalIn(stream.fields).map(({ field }) => `\`${field}\``)
  const cannot = ['deleted records', ...(stream.order === null ? ['when a record changed'] : [])].filter(
    (what) => what !== 'deleted records' || found.deletedBy === undefined,
  )
  return `# ${name}

Drafted by \`ioc connector new\`; its open questions stand as TODO lines in \`connector.ts\`. Write here what the system is and who answers for it.

| stream | asked | seen | deletions |
|---|---|---|---|
| \`${stream.name}\` | ${found.asks} | ${seen} | ${deletes} |

**Needs**: ${found.needs}.

| setting | what it is |
|---|---|
${found.settings.map((one) => `| \`${one.name}\` | ${one.doc} |`).join('\n')}

**Cannot see**: ${cannot.join('; ') || 'not known yet'}.

**Persons**: ${personal.length === 0 ? 'no field is marked as personal' : `${personal.join(', ')} become a verdict`}.
`
}

/** The editor of a home outside the checkout finds "ioc-feed/connect" by this. */
export const tsconfigOf = (checkout: string) => ({
  extends: `${checkout}/tsconfig.json`,
  compilerOptions: {
    module: 'preserve',
    moduleResolution: 'bundler',
    typeRoots: [`${checkout}/node_modules/@types`],
    paths: { 'ioc-feed/connect': [`${checkout}/src/connect/index.ts`] },
  },
  include: ['connectors'],
})

/** Names of environment variables that the settings refer to. */
export const environmentOf = ({ found }: Draft): string[] =>
  found.settings.flatMap(({ value }) => /\$\{env:(\w+)\}/.exec(value)?.[1] ?? [])
