/** The draft as `connector.ts`: loads and type-checks as it is, with every open question beside the line that it is about. */
import * as connect from '../../connect/index.ts'
import type { Found, StreamDraft, Todo, TodoPlace } from './draft.ts'
import { quote } from './plain.ts'

export interface Draft {
  name: string
  found: Found
  stream: StreamDraft
  todos: readonly Todo[]
}
/** The lookback that is proposed where rows may be committed late. */
const LOOKBACK = 'PT2H'

export function connectorCode(draft: Draft): string {
  const body = bodyOf(draft)
  const zone = /\bZONE\b/.test(body) ? "const ZONE = 'Asia/Ho_Chi_Minh'\n\n" : ''
  const helpers = draft.found.helpers === undefined ? '' : `${draft.found.helpers}\n\n`
  const code = `${zone}${helpers}${body}`
  return `/** ${draft.name}: see README.md. Drafted by \`ioc connector new\`; each TODO is a question to answer before the first night. */
import * as kit from 'ioc-feed/connect'

${ofKit(code)}`
}

/** What the kit exports, as `kit.rest(…)`; texts, comments and patterns stay as they are. */
const ofKit = (code: string): string =>
  code.replace(
    /'(?:[^'\\\n]|\\.)*'|\/\/.*|\/\*[\s\S]*?\*\/|(?<![.\w])(PERIOD_FIELD|ConfigOf|[A-Za-z_]\w*(?=[(<.]))/g,
    (whole, name?: string) => (name !== undefined && (name in connect || name === 'ConfigOf') ? `kit.${name}` : whole),
  )

function bodyOf({ name, found, stream, todos }: Draft): string {
  const at = (place: TodoPlace, indent: string) =>
    commented(
      todos.filter((todo) => todo.at === place),
      indent,
    )
  const settings = found.settings.map((one) => `  ${one.name}: ${one.code},\n`).join('')
  const { deletedBy } = found
  const bySql = found.cursor === true && stream.order !== null
  const order =
    stream.order === null
      ? "'arrival'"
      : `{ field: ${stream.order === connect.PERIOD_FIELD ? 'PERIOD_FIELD' : quote(stream.order)}, zone: ZONE }`
  const lines = [
    `      name: ${quote(stream.name)},`,
    `      entity: ${quote(stream.entity)},`,
    `${commented(
      todos.filter((todo) => todo.at.startsWith('field ')),
      '      ',
    )}      schema: ${quote(`${name}/${stream.name}.schema.json`)},`,
    `${at('stream', '      ')}      key: [${stream.key.map(quote).join(', ')}],`,
    `      order: ${order},`,
    `      sees: ${quote(bySql ? 'changes' : (found.sees ?? 'everything'))},`,
    ...(bySql
      ? [
          `      cursor: { from: 'field', field: ${quote(stream.order ?? '')}, zone: ZONE, granularity: 'second', lookback: '${LOOKBACK}' },`,
        ]
      : []),
    `      deletes: ${deletedBy === undefined ? "'never'" : "'tombstones'"},`,
    '      map: {',
    ...stream.map.map(
      (line) =>
        `${at(`map ${line.canonical}`, '        ')}        ${line.canonical}: ${line.code.replaceAll('\n', '\n        ')},`,
    ),
    ...(todos.some((todo) => todo.at === 'dates') ? [at('dates', '        ').trimEnd()] : []),
    '      },',
    `      read: ${asked(found.read(stream), todos).replaceAll('\n', '\n      ')},`,
  ]
  return `${at('settings', '')}const settings = settings({
${settings}})

export default defineConnector({
  name: ${quote(name)},
  settings,
  streams: [
    {
${lines.join('\n')}
    },
  ],
})
`
}

/** `// TODO paging` in the code of `read` stands where questions about paging go. */
const asked = (code: string, todos: readonly Todo[]): string =>
  code.replace(/^( *)\/\/ TODO (\w+)\n/gm, (_, indent: string, place: string) =>
    commented(
      todos.filter((todo) => todo.at === place),
      indent,
    ),
  )

const commented = (todos: readonly Todo[], indent: string): string =>
  todos.map((todo) => `${indent}// ${todoLine(todo)}\n`).join('')

/** `TODO paging: the answer has …` */
export const todoLine = ({ at, en }: Todo): string =>
  `TODO ${at.replace(/^map /, '').replace(/^field .*$/, 'persons')}: ${en.replace(/\s+/g, ' ')}`
