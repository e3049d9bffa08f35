/** What a source that shows only what is new must be asked for again: what has not ended, and what quarantine waits to see mended. */
import type { Stream } from '../connect/connector.ts'
import type { Instant } from '../connect/converters.ts'
import { isRejection } from '../connect/converters.ts'
import { loadConnector } from '../connect/load.ts'
import { listUnfinished } from '../warehouse/dossiers.ts'
import { listSetAside } from '../warehouse/quarantines.ts'
import { declaredMap } from './declared-map.ts'
import { isMasked } from './mask.ts'
import type { StreamTask } from './stage.ts'

export interface Unfinished {
  key: readonly string[]
  /** epoch ms */
  received: number
}
interface Answer {
  items: readonly Unfinished[]
  last: boolean
}
const PAGE = 500

/** Answers a read's questions for the next ones after those it was given last: first dossiers, oldest first, then what is set aside. */
export function unfinishedPages(task: StreamTask): (after: Unfinished | null) => Promise<Answer> {
  const { warehouse, source, stream } = task.context
  /** id of the last one of quarantine that was given; null while dossiers are left */
  let aside: number | null = null
  let receivedOf: ReceivedOf | null = null
  return async (after) => {
    const items: Unfinished[] = []
    if (after === null) aside = null
    if (aside === null) {
      const from = after && { received: after.received, code: after.key[0] ?? '' }
      const rows = await warehouse.read((db) => listUnfinished(db, source, from, PAGE))
      items.push(...rows.map((row) => ({ key: [row.code], received: row.received })))
      const last = rows.length < PAGE
      if (!last || task.sees !== 'new-only') return { items, last }
      aside = 0
    }
    const from = aside
    const rows = await warehouse.read((db) => listSetAside(db, source, stream, from, PAGE))
    receivedOf ??= await readerOfReceived(task)
    for (const { id, key, record, first_seen } of rows) {
      aside = id
      // Typed wrongly it may lie in the future; it was there when it was first seen.
      items.push({ key: [key], received: Math.min(receivedOf(record) ?? first_seen, first_seen) })
    }
    return { items, last: rows.length < PAGE }
  }
}

type ReceivedOf = (record: string | null) => number | null

/** Reads the date received in a kept record as the stream's map does; null where it cannot be read. */
async function readerOfReceived({ start }: StreamTask): Promise<ReceivedOf> {
  const { streams } = await loadConnector(start.connector)
  const map = streams.find(({ name }: Stream<unknown>) => name === start.stream)?.map ?? {}
  return (record) => {
    const raw = JSON.parse(record ?? '{}') as { readonly [field: string]: unknown }
    const mapped = declaredMap(map, new Set(Object.keys(raw))).received
    if (typeof mapped !== 'object' || !('as' in mapped)) return null
    const fields = [mapped.from].flat()
    const cells = fields.map((field) => raw[field] ?? null)
    if (cells.some(isMasked)) return null
    const value = mapped.as.convert(cells, start)
    return value === null || isRejection(value) ? null : (value as Instant).at
  }
}
