/** A made-up REST system and a declaration that reads it, for the tests of `rest`. */
import { noAuth, type PageNumber, type RestDeclaration, rest } from '../../src/connect/index.ts'
import type { Answered } from '../../src/connect/rest-ask.ts'
import type { Asking } from '../../src/connect/rest-request.ts'
import { type Asked, type Loopback, serve } from '../support/loopback.ts'

export interface Config {
  url: string
}
export const open: Loopback[] = []
export const server = async (answer: Parameters<typeof serve>[0]) => {
  const one = await serve(answer)
  open.push(one)
  return one
}
/** After each test of a file that has servers. */
export const closeServers = async (): Promise<void> => {
  await Promise.all(open.splice(0).map((one) => one.close()))
}

export const paging: PageNumber = {
  kind: 'page-number',
  parameter: 'page',
  from: 1,
  size: { parameter: 'size', rows: 4 },
  total: 'total',
  maxPages: 50,
  seams: 'probe',
}
export const declared = (change: Partial<RestDeclaration<Config>> = {}): RestDeclaration<Config> => ({
  base: ({ url }) => url,
  auth: noAuth(),
  request: () => ({ path: '/list' }),
  guard: (body) => ((body as { error?: string }).error ? 'it says error' : undefined),
  records: 'data',
  paging,
  ...change,
})
export const readPages = (change: Partial<PageNumber> = {}) => rest(declared({ paging: { ...paging, ...change } }))
export const rows = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: `r${String(i + 1).padStart(3, '0')}` }))
export const idsOf = (records: readonly Record<string, unknown>[]) =>
  [...new Set(records.map(({ id }) => String(id)))].toSorted()

/** Serves pages of `list()`, which may change between two requests; `before` sees each request for a page of rows. */
export const paged = (list: () => { id: string }[], before: (page: number, asked: Asked) => void = () => {}) =>
  server((asked) => {
    const [page, size] = [Number(asked.query.get('page')), Number(asked.query.get('size'))]
    if (size > 1) before(page, asked)
    return { total: String(list().length), data: list().slice((page - 1) * size, page * size) }
  })

/** mulberry32 */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

export const CHANGES = ['worked on', 'deleted', 'in front', 'behind'] as const
/** A server whose set changes by one row before some of its answers. */
export function movingSet(kind: (typeof CHANGES)[number] | 'any', rate: number, random: () => number) {
  const list = rows(20 + Math.floor(random() * 100))
  const atStart = list.map(({ id }) => id)
  const touched = new Set<string>()
  let made = 0
  function change() {
    const how = kind === 'any' ? CHANGES[Math.floor(random() * CHANGES.length)] : kind
    const fresh = { id: `n${made++}` }
    if (how === 'in front') list.unshift(fresh)
    else if (how === 'behind') list.push(fresh)
    else {
      const [row] = list.splice(Math.floor(random() * list.length), 1)
      if (row) touched.add(row.id)
      if (row && how === 'worked on') list.push(row)
    }
  }
  return {
    stayed: () => atStart.filter((id) => !touched.has(id)),
    async ask({ query = {} }: Asking): Promise<Answered> {
      if (random() < rate) change()
      const [page, size] = [Number(query.page), Number(query.size)]
      const records = list.slice((page - 1) * size, page * size)
      const said = { headers: {}, address: 'http://made-up/', undecodable: [], damaged: false, place: 'made-up' }
      return { ...said, body: { total: list.length }, records, serverTime: 0 }
    },
  }
}
