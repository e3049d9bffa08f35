/**
 * Writes connectors/reference.md, every option a connector may give, and src/connect/options.generated.ts, their names for the check at
 * start. Both come from the interfaces in src/connect and the comments above their members; `--check` writes nothing and exits 1 when
 * either is stale. An option without a comment is refused here, so that none is undocumented.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
export const PAGE = 'connectors/reference.md'
export const NAMES = 'src/connect/options.generated.ts'

export class ReferenceProblem extends Error {}

export interface Option {
  name: string
  type: string
  required: boolean
  doc: string
  /** of an object written in place */
  members: readonly Option[]
}

/** The members of `interface name {…}`, in their order; then those of the interfaces of the same file that it extends. */
export function interfaceOptions(source: string, name: string): Option[] {
  const head = new RegExp(`interface ${name}(?:<[^{]*>)?(?: extends ([^{]+))? \\{\\n`).exec(source)
  if (!head) throw new ReferenceProblem(`there is no interface ${name}`)
  const start = head.index + head[0].length
  const own = membersOf(source.slice(start, endOf(source, start)), name)
  const others = (head[1] ?? '')
    .split(',')
    .map((other) => other.trim())
    .filter(Boolean)
  return [...own, ...others.flatMap((other) => interfaceOptions(source, other))]
}

/** Names of the interfaces and of the object types that `export type name = A | B` joins. */
export function unionParts(source: string, name: string): string[] {
  const found = new RegExp(
    `export type ${name}(?:<[^=]*>)? =\\s*([\\s\\S]*?)(?=\\n(?:\\n|export |const |/\\*\\*|function ))`,
  ).exec(source)
  if (!found) throw new ReferenceProblem(`there is no type ${name}`)
  return (found[1] ?? '')
    .split('|')
    .map((part) => part.trim().replace(/<.*>$/, ''))
    .filter((part) => /^\w+$/.test(part))
}

const OPENS = '{(['
const CLOSES = '})]'
/** Where the block that is open at `from` closes; text and comments are passed over. */
function endOf(source: string, from: number): number {
  let depth = 0
  for (let at = from; at < source.length; at++) {
    const passed = passOver(source, at)
    if (passed > at) {
      at = passed - 1
      continue
    }
    const char = source[at] ?? ''
    if (OPENS.includes(char)) depth++
    else if (CLOSES.includes(char) && depth-- === 0) return at
  }
  throw new ReferenceProblem('a brace is not closed')
}

/** The end of the comment or text that begins at `at`; `at` itself where neither does. */
function passOver(source: string, at: number): number {
  if (source.startsWith('/*', at)) return source.indexOf('*/', at) + 2
  if (source.startsWith('//', at)) return source.indexOf('\n', at)
  const quote = source[at] ?? ''
  return `'"\``.includes(quote) && quote !== '' ? source.indexOf(quote, at + 1) + 1 : at
}

const MEMBER = /\s*(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?(?:readonly )?('[\w-]+'|\w+)(\?)?(?=[:(<])/y

function membersOf(block: string, of: string): Option[] {
  const options: Option[] = []
  let at = 0
  while (block.slice(at).trim() !== '') {
    MEMBER.lastIndex = at
    const found = MEMBER.exec(block)
    if (!found) throw new ReferenceProblem(`${of}: cannot be read at "${block.slice(at).trim().slice(0, 60)}"`)
    const [text, comment = '', quoted = '', optional] = found
    const name = quoted.replaceAll("'", '')
    const typeStart = at + text.length
    const typeEnd = endOfType(block, typeStart)
    const type = block.slice(typeStart, typeEnd).replace(/^:\s*/, '').trim()
    const doc = comment
      .replace(/^\s*\* ?/gm, ' ')
      .replace(/\s+/g, ' ')
      .trim()
    const inner = /^\{\n([\s\S]*)\}(?: \| null)?$/.exec(type)
    // a discriminator says all by its value
    const isFixed = /^'[\w-]+'$/.test(type)
    if (doc === '' && !inner && !isFixed) throw new ReferenceProblem(`${of}.${name} has no comment`)
    options.push({
      name,
      type: inner ? (type.endsWith('null') ? 'object or null' : 'object') : oneLine(type),
      required: optional === undefined,
      doc,
      members: inner ? membersOf(inner[1] ?? '', `${of}.${name}`) : [],
    })
    at = typeEnd
  }
  return options
}

/** A member ends with its line, unless a bracket is open or the next line goes on with `|` or `&`. */
function endOfType(block: string, from: number): number {
  let depth = 0
  for (let at = from; at < block.length; at++) {
    const passed = passOver(block, at)
    if (passed > at) {
      at = passed - 1
      continue
    }
    const char = block[at] ?? ''
    if (OPENS.includes(char)) depth++
    else if (CLOSES.includes(char)) depth--
    else if (
      char === '\n' &&
      depth === 0 &&
      !/^\s*[|&]/.test(block.slice(at + 1)) &&
      !/(?:[:=]|=>)$/.test(block.slice(from, at).trimEnd())
    )
      return at
  }
  return block.length
}

const oneLine = (type: string) =>
  type
    .replace(/\/\*\*?[\s\S]*?\*\//g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^\| /, '')
    .replace(/(\S) \}/g, '$1 }')

interface Table {
  heading: string
  /** in src/connect */
  file: string
  /** an interface, or a type that joins several */
  name: string
}
interface Section {
  title: string
  /** said above the tables */
  intro: string
  tables: readonly Table[]
}
const table = (heading: string, file: string, name: string): Table => ({ heading, file, name })

const SECTIONS: readonly Section[] = [
  {
    title: 'A connector and its streams',
    intro: 'The object given to `defineConnector({…})`.',
    tables: [table('Connector', 'connector.ts', 'Connector'), table('Each of its streams', 'connector.ts', 'Stream')],
  },
  {
    title: 'rest',
    intro: '`read: rest({…})`: a REST system.',
    tables: [
      table('rest', 'rest-declaration.ts', 'RestDeclaration'),
      table('paging', 'rest-declaration.ts', 'Paging'),
      table('since', 'rest-declaration.ts', 'Since'),
      table('windows', 'rest-declaration.ts', 'Windows'),
      table('parents', 'rest-declaration.ts', 'Parents'),
      table('unfinished', 'rest-declaration.ts', 'Unfinished'),
      table('answer', 'answer-formats.ts', 'AnswerFormat'),
      table('a request', 'rest-request.ts', 'RestRequest'),
    ],
  },
  {
    title: 'files',
    intro: '`read: files({…})`: files that an agency drops.',
    tables: [
      table('files', 'files.ts', 'FilesDeclaration'),
      table('one of its patterns', 'drops.ts', 'Named'),
      table('a pattern, packed', 'files.ts', 'FilePattern'),
      table('a pattern, its format', 'formats.ts', 'Format'),
      table('sftp', 'place-sftp.ts', 'SftpOptions'),
      table('listing', 'place-listing.ts', 'ListingOptions'),
    ],
  },
  {
    title: 'soap',
    intro: '`read: soap({…})`: a SOAP service that answers by date received.',
    tables: [
      table('soap', 'soap.ts', 'SoapDeclaration'),
      table('security: usernameToken', 'soap-envelope.ts', 'UsernameToken'),
    ],
  },
  {
    title: 'sql',
    intro: '`read: sql({…})`: a departmental database, read-only.',
    tables: [table('sql', 'sql.ts', 'SqlDeclaration'), table('limits', 'sql-connection.ts', 'SqlLimits')],
  },
  {
    title: 'singer',
    intro: '`read: singer({…})`: any Singer tap, as a child process.',
    tables: [
      table('singer', 'singer.ts', 'SingerDeclaration'),
      table('tap', 'singer-tap.ts', 'Tap'),
      table('limits', 'singer-tap.ts', 'TapLimits'),
    ],
  },
]

const sourceOf = (root: string, file: string) => readFileSync(join(root, 'src/connect', file), 'utf8')

/** The objects that `export type name = { … } | { … }` writes in place, each as a part of its own. */
export function inlineParts(source: string, name: string): Option[][] {
  const head = new RegExp(`export type ${name}(?:<[^=]*>)? =`).exec(source)
  const parts: Option[][] = []
  if (!head) return parts
  for (let at = head.index + head[0].length; at < source.length && !source.startsWith('\n\n', at); at++) {
    const passed = passOver(source, at)
    if (passed > at) at = passed - 1
    else if (source[at] === '{') {
      const end = endOf(source, at + 1)
      const inner = source.slice(at + 1, end)
      // what stands on one line has its members between semicolons
      parts.push(membersOf(inner.includes('\n') ? inner : `\n${inner.split(';').join('\n')}\n`, name))
      at = end
    }
  }
  return parts
}

/** Options of an interface; of a type that joins several, each part's own. */
export function optionsOf(root: string, { file, name }: Table): { part: string; options: Option[] }[] {
  const source = sourceOf(root, file)
  if (new RegExp(`export interface ${name}\\b`).test(source))
    return [{ part: name, options: interfaceOptions(source, name) }]
  return [
    ...unionParts(source, name).map((part) => ({ part, options: interfaceOptions(source, part) })),
    ...inlineParts(source, name).map((options) => ({ part: options[0]?.type ?? name, options })),
  ]
}

const cell = (text: string) => text.replaceAll('|', '\\|')
function rows(options: readonly Option[], prefix: string): string[] {
  return options.flatMap(({ name, type, required, doc, members }) => [
    `| \`${prefix}${name}\` | \`${cell(type)}\` | ${required ? 'yes' : 'no'} | ${cell(doc)} |`,
    ...rows(members, `${prefix}${name}.`),
  ])
}

/** One line for each exported builder of a file: its name and the comment above it. */
export function builders(source: string): { name: string; doc: string }[] {
  const found = source.matchAll(
    /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport (?:const|function) (\w+)(?:: \w+)?(?:\s*=\s*)?(?:<[^(]*>)?\(/g,
  )
  const kinds = source.matchAll(/ {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n {2}(\w+): (?:<[^(]*>)?\(/g)
  const kind = /\nexport const (\w+) = \{\n/.exec(source)?.[1]
  return [
    ...[...found].map(([, comment = '', name = '']) => ({ name, comment })),
    ...(kind === 'setting'
      ? [...kinds].map(([, comment = '', name = '']) => ({ name: `${kind}.${name}`, comment }))
      : []),
  ].map(({ name, comment }) => ({
    name,
    doc: comment
      .replace(/^\s*\* ?/gm, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  }))
}

export function page(root: string): string {
  const parts = [
    '# Every option of a connector',
    '',
    'Written from the interfaces in `src/connect` by `npm run types`; do not edit. How to begin is in [README.md](README.md).',
  ]
  for (const { title, intro, tables } of SECTIONS) {
    parts.push('', `## ${title}`, '', intro)
    for (const one of tables)
      for (const { part, options } of optionsOf(root, one)) {
        if (part !== one.name || tables.length > 1)
          parts.push('', `### ${part === one.name ? one.heading : `${one.heading}: ${part}`}`)
        parts.push('', '| option | type | required | meaning |', '|---|---|---|---|', ...rows(options, ''))
      }
  }
  for (const { title, intro, files } of LISTS) {
    parts.push('', `## ${title}`, '', intro, '', '| name | meaning |', '|---|---|')
    for (const { name, doc } of files.flatMap((file) => builders(sourceOf(root, file))))
      if (!NO_BUILDERS.has(name)) parts.push(`| \`${name}\` | ${cell(doc)} |`)
  }
  return `${parts.join('\n')}\n`
}

/** Builders, each with the comment above it. */
const LISTS: readonly { title: string; intro: string; files: readonly string[] }[] = [
  { title: 'Ways to log in', intro: '`auth` of `rest`.', files: ['rest-auth.ts'] },
  { title: 'Ways to write a time', intro: '`write` of `since` and `windows`.', files: ['rest-writers.ts'] },
  { title: 'Guards', intro: '`guard` of `rest`, and what one of your own may use.', files: ['guard.ts', 'body.ts'] },
  { title: 'Settings', intro: '`settings` of a connector, and the kinds of values in them.', files: ['settings.ts'] },
  { title: 'Around a read', intro: '`read: exploded(rest({…}), …)`.', files: ['exploded.ts'] },
  {
    title: 'Parts of a SOAP message',
    intro: '`security`, `header` and `body` of `soap`.',
    files: ['soap-envelope.ts'],
  },
  { title: 'Places of files', intro: '`from` of `files`, beside a plain folder.', files: ['places.ts'] },
  {
    title: 'Maps of the national record forms',
    intro: 'Spread into `map`; what the schema declares is mapped.',
    files: ['national.ts'],
  },
  {
    title: 'Converters',
    intro:
      '`{ from: …, as: <converter> }` in a map. A converter of your own is an object with `name`, `doc` and `convert`.',
    files: ['converters.ts', 'converters-list.ts', 'converters-national.ts', 'agencies.ts', 'titles.ts'],
  },
]
/** Exported for generators and converters of one's own, or for the program itself. */
export const NO_BUILDERS = new Set([
  'withKit',
  'isInput',
  'isObject',
  'keyText',
  'splitDamaged',
  'envelope',
  'escapeXml',
  'textsIn',
  'asText',
  'reject',
  'isRejection',
  'agencyIdentifierOf',
  'ofText',
  'toHttp',
  'itemsIn',
  'ofList',
])

const HEADER = `// generated from src/connect by: npm run types — do not edit\n`
/** Names of the options that a kind's declaration may have, and by path (`rest.paging`) those of the objects in it. */
export function names(root: string): string {
  const known = new Map<string, Set<string>>()
  const add = (path: string, options: readonly Option[]) => {
    const names = known.get(path) ?? new Set()
    known.set(path, names)
    for (const { name, members } of options) {
      names.add(name)
      if (members.length > 0) add(`${path}.${name}`, members)
    }
  }
  for (const { title, tables } of SECTIONS.slice(1))
    for (const [i, one] of tables.entries())
      for (const { options } of optionsOf(root, one))
        add(i === 0 ? title : `${title}.${NESTED[one.heading] ?? one.heading}`, options)
  const lines = [...known].map(([path, names]) => `  '${path}': [${[...names].map((name) => `'${name}'`).join(', ')}],`)
  return `${HEADER}export const OPTIONS = {\n${lines.join('\n')}\n} as const\n`
}
/** Where an object stands whose table is called otherwise. */
const NESTED: Readonly<Record<string, string>> = {
  'a request': 'request',
  'one of its patterns': 'patterns',
  'a pattern, packed': 'patterns',
  'a pattern, its format': 'patterns',
}

function main(root: string, check: boolean): void {
  try {
    for (const [file, text] of [
      [PAGE, page(root)],
      [NAMES, names(root)],
    ] as const) {
      const target = join(root, file)
      const now = existsSync(target) ? readFileSync(target, 'utf8') : ''
      if (now === text) continue
      if (check) fail('REFERENCE_STALE', `${file} does not match src/connect`, 'Run: npm run types')
      else {
        writeFileSync(target, text)
        console.error(`${file} written`)
      }
    }
  } catch (cause) {
    if (!(cause instanceof ReferenceProblem)) throw cause
    fail('REFERENCE_INVALID', cause.message, 'Write a comment above that option, then run: npm run types')
  }
}

function fail(code: string, what: string, mend: string): void {
  console.error(`${code}: ${what}\n→ ${mend}`)
  process.exitCode = 1
}

if (import.meta.main) main(ROOT, process.argv.includes('--check'))
