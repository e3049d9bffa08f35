/** WSDL 1.1: one operation → its address, namespace, parameters, and the rows that its answer is described to have. */
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { array, choose, type Json, object, word } from './descriptions.ts'
import type { Field, Found, SettingLine, StreamDraft } from './draft.ts'
import { plain, property, quote } from './plain.ts'
import * as question from './questions.ts'
import { unusable } from './sample-error.ts'

const DEEPEST = 6

export const isWsdl = (text: string): boolean => /<(?:[\w-]+:)?definitions[\s>]/.test(text.slice(0, 5_000))

/** Local names of attributes and elements; every element is a list. */
function parse(text: string, label: string): Json {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw unusable(label, 'it declares a document type')
  const checked = XMLValidator.validate(text)
  if (checked !== true) throw unusable(label, `it is cut off or malformed at line ${checked.err.line}`)
  const parser = new XMLParser({
    removeNSPrefix: true,
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    parseTagValue: false,
    parseAttributeValue: false,
    processEntities: false,
    isArray: (_name, _path, _leaf, isAttribute) => !isAttribute,
  })
  try {
    return object(parser.parse(text))
  } catch (cause) {
    throw unusable(label, 'it nests too deep', cause)
  }
}
const child = (node: unknown, name: string): Json => object(array(object(node)[name])[0])
const children = (node: unknown, name: string): Json[] => array(object(node)[name]).map(object)
const local = (name: unknown) => word(name).replace(/^.*:/, '')

interface Operation {
  names: readonly string[]
  input: Json
  output: Json
}

export function fromWsdl(text: string, label: string, wanted: string | undefined, variable: string): Found {
  const definitions = child(parse(text, label), 'definitions')
  const schemas = children(child(definitions, 'types'), 'schema')
  const types = new Types(schemas)
  const messages = new Map(children(definitions, 'message').map((one) => [word(one['@name']), child(one, 'part')]))
  const elementOf = (message: Json): Json => {
    const part = messages.get(local(message['@message'])) ?? {}
    return types.element(local(part['@element'])) ?? (part['@type'] === undefined ? {} : { '@type': part['@type'] })
  }
  const operations = children(definitions, 'portType')
    .slice(0, 1)
    .flatMap((port) => children(port, 'operation'))
    .map(
      (one): Operation => ({
        names: [word(one['@name'])],
        input: elementOf(child(one, 'input')),
        output: elementOf(child(one, 'output')),
      }),
    )
  const operation = choose(operations, wanted, label)
  const name = operation.names[0] ?? ''
  const rows = types.rowsOf(operation.output)
  if (!rows) throw unusable(label, `${name} describes no repeated element in its answer`)
  const address = word(child(child(child(definitions, 'service'), 'port'), 'address')['@location'])
  const parameters = types.fieldsOf(operation.input, 0)
  const single = operations.find((one) => one !== operation && types.fieldsOf(one.input, 0).length === 1)
  const header = parameters.filter(({ name: one }) => /pass|matkhau|mat_khau|user|taikhoan|token/i.test(one))
  const described = {
    name,
    namespace: word(schemas[0]?.['@targetNamespace']) || word(definitions['@targetNamespace']),
    row: rows.row,
    list: rows.list,
    parameters: parameters.filter((one) => !header.includes(one)),
    single: single && { name: single.names[0] ?? '', field: types.fieldsOf(single.input, 0)[0]?.name ?? '' },
  }
  return {
    kind: 'soap',
    fields: rows.fields,
    records: 0,
    settings: soapSettings(variable, address),
    todos: [
      question.soapAsk(
        'how does the service learn who we are: elements in the header, a username token (WS-Security), or fields of the request?',
        'dịch vụ nhận biết bên gọi bằng gì: phần tử trong header, username token (WS-Security), hay trường của yêu cầu?',
      ),
      question.soapAsk(
        'how long may one window be, in days, and is its last day included?',
        'mỗi lần hỏi được tối đa bao nhiêu ngày, và có gồm ngày cuối không?',
      ),
      ...(described.single
        ? []
        : [
            question.soapAsk(
              'which operation answers one dossier by its code?',
              'thao tác nào trả về một hồ sơ theo mã?',
            ),
          ]),
    ],
    sees: 'new-only',
    helpers: `/** dd/MM/yyyy */
const written = ({ day, month, year }: { day: number; month: number; year: number }) =>
  \`\${String(day).padStart(2, '0')}/\${String(month).padStart(2, '0')}/\${year}\``,
    read: (stream) => readCode(stream, described),
    asks: `the operation \`${name}\`, in windows of days`,
    needs: 'the address, a user name and its password',
  }
}

/** Address and login of a service, and the day on which its first read begins. */
export const soapSettings = (variable: string, address = ''): SettingLine[] => [
  {
    name: 'url',
    code: "setting.url('address of the service')",
    value: /^https?:/.test(address) ? address : `\${env:${variable}_URL}`,
    doc: 'address of the service',
  },
  { name: 'username', code: "setting.text('user name')", value: `\${env:${variable}_USERNAME}`, doc: 'user name' },
  { name: 'password', code: "setting.secret('password')", value: `\${env:${variable}_PASSWORD}`, doc: 'password' },
  {
    name: 'start',
    code: "setting.day('first day received that is asked for')",
    value: '2023-01-01',
    doc: 'first day received that is asked for',
  },
]

interface Described {
  name: string
  namespace: string
  row: string
  list: string | null
  parameters: readonly Field[]
  single: { name: string; field: string } | undefined
}

function readCode(_: StreamDraft, { name, namespace, row, list, parameters, single }: Described): string {
  const from = parameters.find((one) => /tu|from|start|begin/.test(plain(one.name)))
  const until = parameters.find((one) => one !== from && /den|to|end|until/.test(plain(one.name)))
  const rest = parameters.filter((one) => one !== from && one !== until)
  const body = [
    ...(from ? [`${property(from.name)}: written(from)`] : ['TuNgay: written(from)']),
    ...(until ? [`${property(until.name)}: written(last)`] : ['DenNgay: written(last)']),
    ...rest.map((one) => `${property(one.name)}: ''`),
  ]
  return `soap<ConfigOf<typeof settings>>({
  url: ({ url }) => url,
  namespace: ${quote(namespace)},
  // TODO read
  header: ({ username, password }) => ({ username, password }),
  row: ${quote(row)},
  list: ${list === null ? 'null' : quote(list)},
  unauthorized: ({ message }) => /tài khoản|mật khẩu|unauthori[sz]ed|password/i.test(message),
  windows: {
    operation: ${quote(name)},
    body: ({ from, last }) => ({ ${body.join(', ')} }),
    days: 31,
    zone: ZONE,
    start: ({ start }) => start,
    lookback: 7,
  },
  byKey: { operation: ${quote(single?.name ?? name)}, body: ([key = '']) => ({ ${property(single?.field ?? 'MaHoSo')}: key }), together: 2 },
})`
}

/** Elements and types of the schemas, by their local names. Imports of other documents are not followed. */
class Types {
  readonly #elements = new Map<string, Json>()
  readonly #complex = new Map<string, Json>()
  constructor(schemas: readonly Json[]) {
    for (const schema of schemas) {
      for (const one of children(schema, 'element')) this.#elements.set(word(one['@name']), one)
      for (const one of children(schema, 'complexType')) this.#complex.set(word(one['@name']), one)
    }
  }
  element(name: string): Json | undefined {
    return this.#elements.get(name)
  }
  /** Elements of a sequence, `all` or `choice`, of an extended type too. */
  #parts(node: Json, depth = 0): Json[] {
    if (depth > DEEPEST) return []
    const named = this.#complex.get(local(node['@type']))
    const type = named ?? (node.complexType === undefined ? node : child(node, 'complexType'))
    const extension = child(child(type, 'complexContent'), 'extension')
    const base = extension['@base'] === undefined ? [] : this.#parts({ '@type': extension['@base'] }, depth + 1)
    const own = [type, extension].flatMap((one) =>
      ['sequence', 'all', 'choice'].flatMap((kind) =>
        children(one, kind).flatMap((group) => children(group, 'element')),
      ),
    )
    return [
      ...base,
      ...own.map((one) =>
        one['@ref'] === undefined
          ? one
          : { ...this.#elements.get(local(one['@ref'])), ...one, '@name': local(one['@ref']) },
      ),
    ]
  }
  fieldsOf(node: Json, depth: number): Field[] {
    return this.#parts(node)
      .slice(0, 300)
      .map((part) => {
        const inner = depth < DEEPEST ? this.fieldsOf(part, depth + 1) : []
        const type = local(part['@type'])
        const says = type === 'dateTime' ? 'date-time' : type === 'date' ? 'date' : undefined
        const optional = part['@minOccurs'] === '0' || part['@nillable'] === 'true'
        const types = new Set<'string' | 'array' | 'object'>([
          inner.length === 0 ? 'string' : isRepeated(part) ? 'array' : 'object',
        ])
        return {
          name: word(part['@name']),
          types,
          values: [],
          optional,
          longest: 0,
          personal: null,
          fields: inner.length > 0 ? inner : null,
          says,
        }
      })
  }
  /** The repeated element nearest to the answer's top, and the element in which it stands. */
  rowsOf(
    node: Json,
    parent: string | null = null,
    depth = 0,
  ): { row: string; list: string | null; fields: Field[] } | null {
    if (depth > DEEPEST) return null
    const parts = this.#parts(node)
    for (const part of parts) {
      const fields = isRepeated(part) ? this.fieldsOf(part, 0) : []
      if (fields.length > 0) return { row: word(part['@name']), list: parent, fields }
    }
    for (const part of parts) {
      const found = this.rowsOf(part, word(part['@name']), depth + 1)
      if (found) return found
    }
    return null
  }
}
const isRepeated = (part: Json) => part['@maxOccurs'] === 'unbounded' || Number(part['@maxOccurs']) > 1
