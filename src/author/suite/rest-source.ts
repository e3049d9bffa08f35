/** A REST source that speaks the paging, since and windows which `rest({...})` declares, over rows that a check may change. */
import type { RestRequest } from '../../connect/rest-request.ts'
import { rawFields } from '../record/protect-record.ts'
import type { Recording } from '../record/recording.ts'
import { bodyWith, recordedPage, take } from './answers.ts'
import type { Answer, Answerer } from './http-server.ts'
import type { Material } from './material.ts'
import { granularityOf, readTime } from './times.ts'
import type { Facts, HttpAsked, Row, SourceState } from './types.ts'

/** What of a declaration is needed here; everything may be absent. */
interface Declared {
  base: (config: unknown) => string
  request: RestRequest | ((config: unknown, parent: string) => RestRequest)
  unwrap?: string
  paging: {
    kind: string
    parameter?: string
    from?: number
    in?: Side
    size?: { parameter: string; rows: number }
    total?: Place
    next?: Place
    more?: string
    field?: string
    starts?: 'after' | 'at'
  }
  since?: { parameter: string; in?: Side; zone: string }
  windows?: {
    from: { parameter: string; included: boolean }
    until: { parameter: string; included: boolean }
    in?: Side
    unit: 'day' | 'second'
    zone: string
    lookback: number
  }
  unfinished?: { by: string; request?: (config: unknown, key: readonly string[]) => RestRequest }
  answer?: { format: string }
  records: string
  parents?: { request: RestRequest | ((config: unknown) => RestRequest); records: string; id: string; as?: string }
}
type Side = 'query' | 'body'
type Place = string | { header: string }

const DAY = 86_400_000
export const hours = (duration: string): number =>
  Temporal.Duration.from(duration).total({ unit: 'millisecond', relativeTo: '2024-01-01T00:00[UTC]' })

export function restFacts(material: Material, zone: string): Facts {
  const { stream } = material
  const { paging, since, windows } = declaredOf(material)
  const cursor = stream.cursor
  const byField = cursor?.from === 'field'
  return {
    kind: 'rest',
    paging: paging.kind,
    since: windows
      ? 'window'
      : since
        ? byField
          ? 'field'
          : 'server-clock'
        : byField && paging.kind === 'keyset'
          ? 'field'
          : null,
    lookback: windows ? windows.lookback * DAY : cursor ? hours(cursor.lookback) : null,
    timeField: byField ? cursor.field : windows ? (rawFields(stream, ['received'])[0] ?? null) : null,
    zone: since?.zone ?? windows?.zone ?? zone,
    http: true,
    perPage: 25,
  }
}
const declaredOf = ({ stream }: Material) => stream.read.kit?.declaration as unknown as Declared

export interface RestParts {
  material: Material
  recording: Recording
  settings: () => unknown
  state: SourceState
  facts: Facts
}

/** One page with these records, that says there is another behind it. */
export function restPage(
  { material, recording }: Pick<RestParts, 'material' | 'recording'>,
  rows: readonly Row[],
  total: number,
): Answer {
  const declared = declaredOf(material)
  const { paging } = declared
  const page = recordedPage(recording)
  const set: Record<string, unknown> = typeof paging.total === 'string' ? { [paging.total]: total } : {}
  if (paging.more !== undefined) set[paging.more] = true
  if (typeof paging.next === 'string') set[paging.next] = 'after-1'
  const headers = {
    ...(paging.kind === 'link' && paging.next === undefined ? { link: '<?after=after-1>; rel="next"' } : {}),
    ...(typeof paging.next === 'object' ? { [paging.next.header]: 'after-1' } : {}),
    ...(typeof paging.total === 'object' ? { [paging.total.header]: String(total) } : {}),
  }
  return {
    type: page?.response.headers['content-type'] ?? 'application/json',
    text: page ? bodyWith(page, partsOf(declared, rows, set)) : '[]',
    headers,
  }
}
const partsOf = ({ unwrap, answer, records }: Declared, rows: readonly Row[], set: Record<string, unknown>) => ({
  records: rows.map(({ record }) => record),
  set,
  unwrap,
  row: answer?.format === 'xml' ? (records.split('.').at(-1) ?? null) : null,
})

export function restAnswerer({ material, recording, settings, state, facts }: RestParts): Answerer {
  const declared = declaredOf(material)
  const page = recordedPage(recording)
  const parents = declared.parents ? parentsOf(declared.parents, recording) : null
  const requestOf = (parent: string) =>
    typeof declared.request === 'function' ? declared.request(settings(), parent) : declared.request
  /** the parent whose list is asked for; '' where there are none; null where it is another question */
  const listAsked = (asked: HttpAsked) =>
    (parents?.ids ?? ['']).find((parent) => isRequest(declared, settings(), requestOf(parent), asked)) ?? null
  /** as the record says it, else most to the first */
  const parentOf = (row: Row): string => {
    const said = declared.parents?.as === undefined ? undefined : String(row.record[declared.parents.as])
    const ids = parents?.ids ?? ['']
    return ids.find((id) => id === said) ?? ids[placeOf(row) % 5 === 0 ? ids.length - 1 : 0] ?? ''
  }
  const places = new WeakMap<Row, number>()
  let last = 0
  const placeOf = (row: Row) => {
    const place = places.get(row) ?? ++last
    places.set(row, place)
    return place
  }
  const answer = (
    rows: readonly Row[],
    set: Record<string, unknown>,
    headers: Record<string, string> = {},
  ): Answer => ({
    type: page?.response.headers['content-type'] ?? 'application/json',
    text: page ? bodyWith(page, partsOf(declared, rows, set)) : '[]',
    headers,
  })
  const byKey = (asked: HttpAsked): Answer | null => {
    const ask = declared.unfinished?.request
    if (!ask) return null
    const keyOf = (row: Row) => material.stream.key.map((name) => String(row.record[name] ?? ''))
    const found = state.rows.find((row) => isRequest(declared, settings(), ask(settings(), keyOf(row)), asked))
    return found ? answer([found], {}) : null
  }
  const pageBehind = (rows: readonly Row[], isBehind: (row: Row) => boolean) =>
    Math.floor(rows.filter((row) => !isBehind(row)).length / (state.perPage ?? facts.perPage))
  return (asked) => {
    const parent = listAsked(asked)
    if (parent === null) return byKey(asked)
    const rowsNow = () => {
      for (const row of state.rows) placeOf(row)
      const own = state.rows.filter((row) => parents === null || parentOf(row) === parent)
      return matching(own, state, declared, facts, value)
    }
    const body = parsed(asked.body)
    const value = (name: string, side: Side = 'query') => {
      const given = side === 'body' ? (take(body, name) ?? body[name]) : asked.query.get(name)
      return given === undefined || given === null ? null : String(given)
    }
    const at = slice(declared, facts, value)
    const page = at.kind === 'behind' ? pageBehind(rowsNow(), (row) => at.isBehind(row, placeOf)) : at.page
    state.before?.({ ...asked, page })
    const spoilt = state.spoil?.({ ...asked, page })
    if (spoilt) return spoilt
    const found = rowsNow()
    const { paging } = declared
    const counted = typeof paging.total === 'object' ? { [paging.total.header]: String(found.length) } : {}
    const total = typeof paging.total === 'string' ? { [paging.total]: found.length } : {}
    if (at.kind === 'all') return answer(found, total, counted)
    const size = Math.min(at.size, state.perPage ?? at.size)
    if (at.kind === 'place') {
      const start = at.start(size)
      return answer(found.slice(start, start + size), total, counted)
    }
    const behind = found.filter((row) => at.isBehind(row, placeOf))
    const rows = behind.slice(0, size)
    const more = behind.length > rows.length
    return withNext(paging, asked, rows.at(-1), more, placeOf, (set, headers) =>
      answer(rows, { ...total, ...set }, { ...counted, ...headers }),
    )
  }
}

/** The list of parents is answered as it was recorded; see recordedAnswers. */
function parentsOf(
  { records, id }: NonNullable<Declared['parents']>,
  { exchanges = [] }: Recording,
): { ids: string[] } {
  const lists = exchanges.map(({ response }) => take(response.body, records))
  const list = lists.find((one) => Array.isArray(one) && one.some((parent) => take(parent, id) !== undefined))
  return { ids: Array.isArray(list) ? list.map((parent) => String(take(parent, id))) : [] }
}

const parsed = (body: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return Object.fromEntries(new URLSearchParams(body))
  }
}

/** The declared path and method, and everything that is always asked for. */
function isRequest({ base }: Declared, settings: unknown, request: RestRequest, asked: HttpAsked): boolean {
  const root = new URL(base(settings)).pathname.replace(/\/+$/, '')
  const method = request.method ?? (request.body || request.form ? 'POST' : 'GET')
  if (asked.path !== `${root}/${request.path.replace(/^\/+/, '')}` || asked.method !== method) return false
  const body = parsed(asked.body)
  const queried = Object.entries(request.query ?? {}).every(([name, value]) => asked.query.get(name) === value)
  const fixed = Object.entries({ ...request.body, ...request.form })
  return queried && fixed.every(([name, value]) => JSON.stringify(body[name]) === JSON.stringify(value))
}

type Value = (name: string, side?: Side) => string | null
type Slice =
  | { kind: 'all'; page: number | null }
  | { kind: 'place'; page: number | null; size: number; start: (size: number) => number }
  | {
      kind: 'behind'
      size: number
      isBehind: (row: Row, placeOf: (row: Row) => number) => boolean
    }

function slice({ paging }: Declared, facts: Facts, value: Value): Slice {
  const { parameter = '', size } = paging
  const asked = value(parameter, paging.in)
  const rows = Number((size && value(size.parameter, paging.in)) ?? size?.rows ?? facts.perPage)
  const isProbe = rows === 1 && size?.rows !== 1
  if (paging.kind === 'page-number') {
    const index = Number(asked ?? paging.from ?? 1) - (paging.from ?? 1)
    return { kind: 'place', page: isProbe ? null : index, size: rows, start: (given) => index * given }
  }
  if (paging.kind === 'offset') {
    const start = Number(asked ?? 0)
    return { kind: 'place', page: isProbe ? null : Math.floor(start / facts.perPage), size: rows, start: () => start }
  }
  if (paging.kind === 'token' || paging.kind === 'link') {
    const behind = Number(
      /^after-(\d+)$/.exec(value(paging.kind === 'link' ? 'after' : parameter, paging.in) ?? '')?.[1] ?? 0,
    )
    return {
      kind: 'behind',
      size: rows,
      isBehind: (row, placeOf) => placeOf(row) > behind,
    }
  }
  if (paging.kind === 'keyset') {
    const { field = '' } = paging
    return {
      kind: 'behind',
      size: rows,
      isBehind: (row) => asked === null || compare(row.record[field], asked) > (paging.starts === 'at' ? -1 : 0),
    }
  }
  return { kind: 'all', page: 0 }
}

const compare = (a: unknown, b: unknown): number =>
  typeof a === 'number' ? a - Number(b) : String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0

function withNext(
  paging: Declared['paging'],
  asked: HttpAsked,
  last: Row | undefined,
  more: boolean,
  placeOf: (row: Row) => number,
  answer: (set: Record<string, unknown>, headers: Record<string, string>) => Answer,
): Answer {
  const { next } = paging
  let token = more && last ? `after-${placeOf(last)}` : undefined
  if (paging.kind === 'link' && token !== undefined) {
    const query = new URLSearchParams(asked.query)
    query.set('after', token)
    token = `${asked.path}?${query}`
    if (next === undefined) return answer({}, { link: `<${token}>; rel="next"` })
  }
  const set: Record<string, unknown> = paging.more === undefined ? {} : { [paging.more]: more }
  if (typeof next === 'string') set[next] = token
  return answer(set, typeof next === 'object' && token !== undefined ? { [next.header]: token } : {})
}

/** What has changed since, or lies in the window that is asked for; in the source's own order. */
function matching(
  all: readonly Row[],
  state: SourceState,
  { since, windows, paging }: Declared,
  facts: Facts,
  value: Value,
): readonly Row[] {
  let rows = all
  const asked = since ? value(since.parameter, since.in) : null
  if (asked !== null) {
    const from = readTime(asked, facts.zone)
    const grain = granularityOf(asked)
    // a server compares what it writes: to the second, to the day
    const isSince = (at: number) =>
      state.inclusive ? floor(at, grain, facts.zone) >= (from ?? 0) : floor(at, grain, facts.zone) > (from ?? 0)
    rows = rows.filter(({ at }) => isSince(at))
  }
  if (windows) {
    const grain = windows.unit === 'day' ? DAY : 1
    const from = readTime(value(windows.from.parameter, windows.in), facts.zone) ?? 0
    const until = readTime(value(windows.until.parameter, windows.in), facts.zone) ?? Number.POSITIVE_INFINITY
    rows = rows.filter((row) => {
      const at = floor(row.at, grain, facts.zone)
      return (windows.from.included ? at >= from : at > from) && (windows.until.included ? at <= until : at < until)
    })
  }
  if (paging.kind === 'keyset') {
    const { field = '' } = paging
    rows = rows.toSorted((a, b) => compare(a.record[field], b.record[field]))
  }
  return rows
}

export function floor(at: number, grain: number, zone: string): number {
  if (grain < DAY) return Math.floor(at / grain) * grain
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).startOfDay().epochMilliseconds
}
