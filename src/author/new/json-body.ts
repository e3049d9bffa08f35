/** A JSON answer of a system nobody has seen: where its records stand, how it is paged, and what in it means failure. */
import { parseJson } from '../../connect/json.ts'
import type { Todo } from './draft.ts'
import { plain, quote } from './plain.ts'
import { typeOf } from './profile.ts'
import * as question from './questions.ts'

type Fields = Readonly<Record<string, unknown>>
const isFields = (value: unknown): value is Fields => typeOf(value) === 'object'
const DEEPEST = 5

export interface Records {
  /** dotted path, as `rest` takes it */
  path: string
  records: readonly unknown[]
  /** path of a field that holds JSON as text, inside which `path` begins */
  unwrap?: string
  /** what the paths begin at */
  body: unknown
  /** one object in place of a list */
  single: boolean
}

const USUAL = /^(?:data|items?|records?|results?|rows?|content|list|danhsach|dshoso|hoso|values?|entries|hits)$/

/** The longest list of objects, nearest to the top; else a JSON text that holds one; else the object itself. */
export function findRecords(body: unknown): Records {
  const lists = listsIn(body, [], 0)
  const best = lists.toSorted((a, b) => b.weight - a.weight)[0]
  if (best && best.list.length > 0) return { path: pathOf(best.path), records: best.list, body, single: false }
  for (const [name, value] of isFields(body) ? Object.entries(body) : []) {
    const inner = typeof value === 'string' ? jsonText(value) : undefined
    if (inner === undefined) continue
    const found = findRecords(inner)
    if (!found.single || found.records.length > 0) return { ...found, unwrap: name }
  }
  if (best) return { path: pathOf(best.path), records: [], body, single: false }
  const single = isFields(body) ? [body] : []
  return { path: '', records: single, body, single: true }
}

interface Listed {
  path: string[]
  list: readonly unknown[]
  weight: number
}
function listsIn(value: unknown, path: string[], depth: number): Listed[] {
  if (Array.isArray(value)) {
    const usual = USUAL.test(plain(path.at(-1) ?? '')) ? 1 : 0
    const isList = value.length === 0 ? usual > 0 || depth === 0 : value.some(isFields)
    return isList ? [{ path, list: value, weight: value.length * 10 + usual * 5 - depth }] : []
  }
  if (!isFields(value) || depth >= DEEPEST) return []
  return Object.entries(value)
    .filter(([name]) => !name.includes('.'))
    .flatMap(([name, item]) => listsIn(item, [...path, name], depth + 1))
}
const pathOf = (path: readonly string[]) => path.join('.')

function jsonText(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/** Scalars beside the records, with their dotted paths. */
function scalarsOf(
  body: unknown,
  prefix = '',
  depth = 0,
): { path: string; name: string; value: string | number | boolean }[] {
  if (!isFields(body) || depth > 2) return []
  return Object.entries(body).flatMap(([name, value]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`
    if (name.includes('.')) return []
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      return [{ path, name: plain(name), value }]
    return scalarsOf(value, path, depth + 1)
  })
}

const TOTAL =
  /^(?:total|totalcount|totalrecords?|totalelements|totalitems|totalrows|totalresults|recordstotal|count|tongso|tongsobanghi|tongsohoso|tongsodong|tongbanghi|tong|soluong)$/
const NEXT =
  /^(?:next|nexttoken|nextpagetoken|nextcursor|nextpage|cursor|continuation|continuationtoken|aftertoken|trangsau|matrangsau)$/
const PAGE = /^(?:page|pageno|pagenumber|pageindex|p|currentpage|trang|sotrang|tranghientai|number)$/
const SIZE = /^(?:size|pagesize|perpage|limit|rows|kichthuoc|sobanghi|sodong|soluong|take|top|pagelimit)$/
const OFFSET = /^(?:offset|skip|start|from|startindex|batdau)$/
export const TOKEN_PARAMETER = /^(?:pagetoken|nexttoken|cursor|after|continuation|continuationtoken|next|token)$/
export const isPaging = (name: string): boolean =>
  [PAGE, SIZE, OFFSET].some((words) => words.test(plain(name))) ||
  (TOKEN_PARAMETER.test(plain(name)) && plain(name) !== 'token')

/** A parameter of the request that was made, or that a description lists. */
export interface Parameter {
  name: string
  /** undefined where it is only described */
  value?: string | undefined
  in: 'query' | 'body'
}
export interface Paging {
  /** code of `paging` */
  code: string
  todos: Todo[]
}
const MAX_PAGES = 'maxPages: 1_000'
const ROUND = new Set([10, 15, 20, 25, 30, 50, 100, 200, 250, 500, 1000, 2000, 5000])
const side = (parameter: Parameter) => (parameter.in === 'body' ? ", in: 'body'" : '')

export function pagingOf(
  { body, records }: Pick<Records, 'body' | 'records'>,
  parameters: readonly Parameter[],
  link: string | undefined,
): Paging {
  const scalars = scalarsOf(body)
  const named = (words: RegExp) => parameters.find(({ name }) => words.test(plain(name)))
  const number = (value: unknown) => (/^\d{1,12}$/.test(String(value)) ? Number(value) : undefined)
  const total = scalars.find(({ name, value }) => TOTAL.test(name) && (number(value) ?? -1) >= records.length)
  const totalCode = total ? `, total: ${quote(total.path)}` : ''
  const todos: Todo[] = []
  if (/rel="?next"?/.test(link ?? '')) return { code: `{ kind: 'link'${totalCode}, ${MAX_PAGES} }`, todos }
  const next = scalars.find(({ name, value }) => NEXT.test(name) && typeof value === 'string' && value !== '')
  if (next && /^(?:https?:\/\/|\/)/.test(String(next.value)))
    return { code: `{ kind: 'link', next: ${quote(next.path)}${totalCode}, ${MAX_PAGES} }`, todos }
  if (next) {
    const parameter = named(TOKEN_PARAMETER)
    if (!parameter) todos.push(question.pagingToken(next.path))
    const name = parameter?.name ?? next.name
    return {
      code: `{ kind: 'token', next: ${quote(next.path)}, parameter: ${quote(name)}${parameter ? side(parameter) : ''}${totalCode}, ${MAX_PAGES} }`,
      todos,
    }
  }
  const page = named(PAGE)
  const offset = named(OFFSET)
  const size = named(SIZE)
  const rows = number(size?.value) || records.length || 100
  if (page || offset) {
    if (!size) todos.push(question.pagingSize(rows))
    const sizeCode = `size: { parameter: ${quote(size?.name ?? 'size')}, rows: ${rows} }`
    if (!page && offset)
      return {
        code: `{ kind: 'offset', parameter: ${quote(offset.name)}${side(offset)}, ${sizeCode}${totalCode}, ${MAX_PAGES}, seams: 'probe' }`,
        todos,
      }
    if (!total) todos.push(question.pagingTotal())
    const from = number(page?.value) === 0 ? 0 : 1
    if (page && number(page.value) !== 0 && number(page.value) !== 1) todos.push(question.pagingFrom(page.name))
    return { code: byNumber(page?.name ?? 'page', from, sizeCode, totalCode, page ? side(page) : ''), todos }
  }
  const known = number(total?.value)
  if (known !== undefined && known > records.length) {
    todos.push(question.pagingUnknown(known, records.length))
    // with a wrong parameter the same page comes again, and the read says so
    return { code: byNumber('page', 1, `size: { parameter: 'size', rows: ${rows} }`, totalCode, ''), todos }
  }
  if (total === undefined && ROUND.has(records.length)) {
    todos.push(question.pagingRound(records.length))
    return { code: byNumber('page', 1, `size: { parameter: 'size', rows: ${rows} }`, '', ''), todos }
  }
  return { code: "{ kind: 'none' }", todos }
}

const byNumber = (parameter: string, from: 0 | 1, size: string, total: string, where: string) =>
  `{\n  kind: 'page-number',\n  parameter: ${quote(parameter)}${where},\n  from: ${from},\n  ${size}${total.replace(', total', ',\n  total')},\n  ${MAX_PAGES},\n  seams: 'probe',\n}`

export interface Guard {
  /** code of `guard`; null where nothing was found */
  code: string | null
  todos: Todo[]
}
const SUCCESS = /^(?:success|succeeded|ok|issuccess|thanhcong)$/
const CODE = /^(?:errorcode|errcode|code|status|statuscode|resultcode|returncode|maloi|matrave)$/
const MESSAGE = /^(?:message|msg|errormessage|thongbao|mota|thongdiep)$/

/** What in an answer of 200 means failure, by the field that said success in this one. */
export function guardOf(body: unknown): Guard {
  if (!isFields(body)) return { code: null, todos: [] }
  const top = scalarsOf(body, '', 2)
  const success = top.find(({ name, value }) => SUCCESS.test(name) && value === true)
  const code = top.find(({ name, value }) => CODE.test(name) && /^(?:0+|200|ok|success)$/i.test(String(value)))
  const field = success ?? code
  if (!field) return { code: null, todos: [question.noGuard()] }
  const value = String(field.value)
  const wanted = /^0+$/.test(value) ? '/^0+$/' : `/^${value}$/`
  const message = top.find(({ name }) => MESSAGE.test(name))?.path ?? 'message'
  return { todos: [], code: `success(${quote(field.path)}, ${wanted}, ${quote(message)})` }
}
