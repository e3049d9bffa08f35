/** The kept records of a page, for the few rows that must wait: its text is parsed at the first of them, rows are masked one by one. */
import type { IsAgency } from './agency-names.ts'
import { maskRow } from './mask.ts'
import type { KeptRecords } from './protocol.ts'
import { rowObject } from './validate.ts'

/** JSON text of the record behind the i-th row. */
export type RecordAt = (i: number) => string

export function recordsOf(
  pages: readonly { rows: readonly unknown[]; records: KeptRecords }[],
  isAgency: IsAgency,
): RecordAt {
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
    if (!records.columns) return JSON.stringify(record)
    return JSON.stringify(rowObject(records.columns, maskRow(records.loose ?? [], record as unknown[], isAgency)))
  }
}
