/** The kept records of a page, for the few rows that must wait: its text is parsed at the first of them. */
import type { KeptRecords } from './protocol.ts'
import { rowObject } from './validate.ts'

/** JSON text of the record behind the i-th row. */
export type RecordAt = (i: number) => string

export function recordsOf(pages: readonly { rows: readonly unknown[]; records: KeptRecords }[]): RecordAt {
  const parsed = new Map<KeptRecords, readonly unknown[]>()
  return (i) => {
    let first = 0
    const page = pages.find(({ rows }) => {
      first += rows.length
      return i < first
    })
    if (!page) return '{}'
    const { records, rows } = page
    const all = parsed.get(records) ?? (JSON.parse(records.text) as unknown[])
    parsed.set(records, all)
    const record = all[i - first + rows.length] ?? {}
    return JSON.stringify(records.columns ? rowObject(records.columns, record as unknown[]) : record)
  }
}
