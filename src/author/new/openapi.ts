/** OpenAPI 3 and Swagger 2: one operation that reads → its request, and the fields that its answer is described to have. */
import type { Asked, AuthHint } from './asked.ts'
import { array, choose, type Json, object, parseDescription, word } from './descriptions.ts'
import type { Field, FieldType, Found } from './draft.ts'
import { type Parameter, pagingOf } from './json-body.ts'
import { fromAnswer } from './rest-sample.ts'
import { unusable } from './sample-error.ts'

const DEEPEST_SCHEMA = 6
const WIDEST = 300

export const isOpenApi = (text: string): boolean => /"(?:openapi|swagger)"\s*:\s*"[23]/.test(text.slice(0, 20_000))

interface Operation {
  names: readonly string[]
  path: string
  method: 'GET' | 'POST'
  described: Json
}

export function fromOpenApi(text: string, label: string, wanted: string | undefined, variable: string): Found {
  const document = parseDescription(text, label)
  const operation = choose(operationsOf(document), wanted, label)
  const parameters = parametersOf(document, operation)
  const schema = answerOf(document, operation.described)
  const list = schema && listIn(document, schema, [], 0)
  if (!list) throw unusable(label, `${operation.names[0]} describes no list of objects in its answer of 200`)
  const fields = fieldsOf(document, list.items, 0)
  const asked: Asked = {
    url: addressOf(document, operation.path),
    method: operation.method,
    headers: [],
    ...authOf(document, operation.described),
    described: parameters,
  }
  // what the answer has beside the list, as an example would show it
  const beside = exampleOf(document, schema, 0)
  const paging = pagingOf({ body: beside, records: [] }, parameters, undefined)
  const sample = { fields, records: list.path.join('.'), paging }
  const found = fromAnswer(sample, asked, label, variable)
  // an address without a host is the reader's to fill in
  return found
}

function operationsOf(document: Json): Operation[] {
  return Object.entries(object(document.paths)).flatMap(([path, item]) =>
    (['get', 'post'] as const).flatMap((method) => {
      const described = object(object(item)[method])
      if (Object.keys(described).length === 0) return []
      const shown = `${method.toUpperCase()} ${path}`
      const id = word(described.operationId)
      const merged = { ...described, parameters: [...array(object(item).parameters), ...array(described.parameters)] }
      const reads = method === 'get' || /search|query|list|tra_?cuu|tim_?kiem|danh_?sach|get/i.test(`${path} ${id}`)
      return reads
        ? [
            {
              names: id === '' ? [shown, path] : [id, shown, path],
              path,
              method: method === 'get' ? 'GET' : 'POST',
              described: merged,
            } as const,
          ]
        : []
    }),
  )
}

/** Local references only; any other names something outside of the document and is not fetched. */
function resolved(document: Json, value: unknown, through = 0): Json {
  const schema = object(value)
  const reference = word(schema.$ref)
  if (reference === '' || through > 20) return schema
  if (!reference.startsWith('#/')) return {}
  const target = reference
    .slice(2)
    .split('/')
    .map((token) => decodeURIComponent(token).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((part, name) => (Object.hasOwn(object(part), name) ? object(part)[name] : undefined), document)
  return resolved(document, target, through + 1)
}

function parametersOf(document: Json, { described }: Operation): Parameter[] {
  return array(described.parameters)
    .map((parameter) => resolved(document, parameter))
    .filter((parameter) => parameter.in === 'query')
    .map((parameter) => {
      const schema = resolved(document, parameter.schema)
      const value = schema.default ?? parameter.default ?? parameter.example
      return {
        name: word(parameter.name),
        value: value === undefined ? undefined : String(value),
        in: 'query' as const,
      }
    })
}

function answerOf(document: Json, described: Json): Json | null {
  const responses = object(described.responses)
  const answer = resolved(document, responses['200'] ?? responses['2XX'] ?? responses.default)
  const content = object(answer.content)
  const media = Object.keys(content).find((type) => /json/i.test(type)) ?? Object.keys(content)[0]
  const schema = answer.schema ?? (media === undefined ? undefined : object(content[media]).schema)
  return schema === undefined ? null : resolved(document, schema)
}

/** `allOf` together, of `oneOf` and `anyOf` the first that is an object. */
function whole(document: Json, value: unknown, depth = 0): Json {
  const schema = resolved(document, value)
  if (depth > 10) return schema
  const parts = array(schema.allOf).map((part) => whole(document, part, depth + 1))
  const choice = [...array(schema.oneOf), ...array(schema.anyOf)]
    .map((part) => whole(document, part, depth + 1))
    .find((part) => part.properties ?? part.items)
  const all = [...parts, ...(choice ? [choice] : [])]
  if (all.length === 0) return schema
  const properties = Object.assign({}, ...all.map((part) => object(part.properties)), object(schema.properties))
  const required = [...all, schema].flatMap((part) => array(part.required))
  return {
    ...Object.assign({}, ...all),
    ...schema,
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
    required,
  }
}

function listIn(document: Json, value: unknown, path: string[], depth: number): { path: string[]; items: Json } | null {
  const schema = whole(document, value)
  if (schema.items !== undefined) {
    const items = whole(document, schema.items)
    return items.properties === undefined ? null : { path, items }
  }
  if (depth >= 4) return null
  const found = Object.entries(object(schema.properties)).flatMap(
    ([name, inner]) => listIn(document, inner, [...path, name], depth + 1) ?? [],
  )
  return found.toSorted((a, b) => a.path.length - b.path.length)[0] ?? null
}

const TYPES: readonly FieldType[] = ['string', 'integer', 'number', 'boolean', 'object', 'array', 'null']
function fieldsOf(document: Json, schema: Json, depth: number): Field[] {
  const required = array(schema.required)
  return Object.entries(object(schema.properties))
    .slice(0, WIDEST)
    .map(([name, value]) => {
      const inner = whole(document, value)
      const items = inner.items === undefined ? null : whole(document, inner.items)
      const nested = items?.properties ? items : inner.properties ? inner : null
      const named = [inner.type].flat().filter((type): type is FieldType => TYPES.includes(type as FieldType))
      const types = new Set<FieldType>(
        named.length > 0 ? named : [items ? 'array' : inner.properties ? 'object' : 'string'],
      )
      const values = array(inner.enum).map(String)
      const optional = !required.includes(name) || inner.nullable === true || types.has('null')
      const says = inner.format === 'date' || inner.format === 'date-time' ? inner.format : undefined
      const fields = nested && depth < DEEPEST_SCHEMA ? fieldsOf(document, nested, depth + 1) : null
      return { name, types, values, optional, longest: 0, personal: null, fields, says }
    })
}

/** Enough of an answer to see a total or a token in it. */
function exampleOf(document: Json, value: unknown, depth: number): unknown {
  const schema = whole(document, value)
  if (schema.items !== undefined || depth > 3) return []
  if (schema.properties === undefined)
    return [schema.type].flat().some((type) => type === 'integer' || type === 'number') ? 0 : 'text'
  return Object.fromEntries(
    Object.entries(object(schema.properties)).map(([name, inner]) => [name, exampleOf(document, inner, depth + 1)]),
  )
}

function addressOf(document: Json, path: string): URL | null {
  const server = word(object(array(document.servers)[0]).url)
  const swagger =
    word(document.host) === ''
      ? ''
      : `${word(array(document.schemes)[0]) || 'https'}://${word(document.host)}${word(document.basePath)}`
  const base = server || swagger
  const bare = path.replace(/^\//, '')
  const text = `${(/^https?:/.test(base) ? base : `http://localhost${base}`).replace(/\/+$/, '')}/${bare}`
  return URL.canParse(text) ? new URL(text) : null
}

function authOf(document: Json, described: Json): { auth?: AuthHint } {
  const schemes = object(object(document.components).securitySchemes ?? document.securityDefinitions)
  const asked = array(described.security ?? document.security).flatMap((one) => Object.keys(object(one)))
  const scheme = resolved(document, schemes[asked[0] ?? ''])
  if (scheme.type === 'apiKey' && scheme.in === 'header') return { auth: { kind: 'header', name: word(scheme.name) } }
  if (scheme.type === 'apiKey' && scheme.in === 'query') return { auth: { kind: 'query', name: word(scheme.name) } }
  if (scheme.type === 'basic' || (scheme.type === 'http' && scheme.scheme === 'basic'))
    return { auth: { kind: 'basic' } }
  const flow = object(object(scheme.flows).clientCredentials)
  const path = word(flow.tokenUrl) || (scheme.flow === 'application' ? word(scheme.tokenUrl) : '')
  if (path !== '') return { auth: { kind: 'client-credentials', path } }
  return scheme.type === undefined ? {} : { auth: { kind: 'bearer' } }
}
