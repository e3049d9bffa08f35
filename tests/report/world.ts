/** A province with 300 dossiers in every state, read completely and in time, for the tests of reports. */
import { refresh } from '../../src/indicators/refresh.ts'
import { tick } from '../../src/indicators/tick.ts'
import { buildReport, type ReportQuery } from '../../src/report/build.ts'
import type { CloseOptions } from '../../src/report/close.ts'
import { reportPeriod } from '../../src/report/period.ts'
import type { Report, Table } from '../../src/report/report.ts'
import { saveInputs } from '../../src/warehouse/inputs.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { saveSourceStatus, sourceStates } from '../../src/warehouse/source-status.ts'
import { landAt } from '../indicators/known-world.ts'
import { at, DAY, dossier, seedProvince, ZONE } from '../indicators/world.ts'
import { seeded } from '../support/crash.ts'

export const TICK = at('2024-12-02T08:00')
export const NOW = at('2026-01-05T01:00')
export const nth = (n: number) => `1.${String(n).padStart(6, '0')}`

export async function prepared(open: () => Promise<{ warehouse: Warehouse }>, dossiers = 300): Promise<Warehouse> {
  const { warehouse } = await open()
  await seedProvince(warehouse)
  // Procedures 1 to 4 and 5 to 8 are of two fields, the others of none.
  await warehouse.write(async (trx) => {
    for (const [code, name, from, to] of [
      ['G01', 'Hộ tịch', 1, 4],
      ['G02', 'Đất đai', 5, 8],
    ] as const)
      await trx.db
        .updateTable('procedure')
        .set({ field_code: code, field_name: name })
        .where('code', '>=', nth(from))
        .where('code', '<=', nth(to))
        .execute()
  })
  await tick(warehouse, TICK, ZONE)
  const random = seeded(766)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  await landAt(
    warehouse,
    Array.from({ length: dossiers }, () => {
      const received = at('2024-09-01T08:00') + Math.floor(random() * 90) * DAY
      const status = pick([2, 4, 4, 5, 7, 8, 9, 9, 9, 10, 3])
      const ended = [3, 7, 8, 9, 10].includes(status) ? received + Math.floor(random() * 20) * DAY : null
      return dossier({
        resolving: `${pick(['S1', 'S2', 'V1', 'H1', 'X1', 'X2'])}@2020-01-01`,
        procedure: nth(1 + Math.floor(random() * 14)),
        channel: pick(['online', 'counter', 'post']),
        status,
        received_at: received,
        due_at: random() < 0.8 ? received + Math.floor(random() * 15) * DAY : null,
        ended_at: ended,
      })
    }),
    TICK,
  )
  await tell(warehouse, 'one-stop', 'fresh')
  await tell(warehouse, 'catalogue', 'fresh')
  await refreshed(warehouse)
  return warehouse
}

export const tell = (warehouse: Warehouse, source: string, state: string, until = NOW + DAY) =>
  warehouse.write((trx) => saveSourceStatus(trx, { source, state, as_of: TICK, fresh_until: until, sequence: 1 }))

let refreshes = 0
export async function refreshed(warehouse: Warehouse): Promise<void> {
  const sources = await warehouse.read(sourceStates)
  await refresh(warehouse, { now: NOW + refreshes++, zone: ZONE, targets: [], sources })
}

/** One more dossier of S1, received in November. */
export const oneMore = () => dossier({ resolving: 'S1@2020-01-01', received_at: at('2024-11-05T09:00') })

export const report = (warehouse: Warehouse, text: string, more: Partial<ReportQuery> = {}): Promise<Report> =>
  warehouse.read((db) =>
    buildReport(db, { kind: 'monthly', period: reportPeriod('monthly', text), now: NOW, zone: ZONE, ...more }),
  )
export const tableOf = ({ tables }: Report, name: string): Table => tables.find((one) => one.name === name) as Table
export const settled = (made: Report): Table => tableOf(made, 'Tình hình giải quyết')
/** The row of whoever is called so. */
export const cellsOf = (table: Table, name: string) => table.rows.find(({ cells }) => cells[1] === name)?.cells ?? []

export const closing = (more: Partial<CloseOptions> = {}): CloseOptions => ({
  kind: 'monthly',
  period: reportPeriod('monthly', '2024-11'),
  by: 'Trưởng phòng',
  note: 'CV 123/BC',
  override: null,
  now: NOW,
  zone: ZONE,
  ...more,
})

/** What an office states by hand of November. */
export const state = (
  warehouse: Warehouse,
  code: string,
  agency: string,
  indicator: string,
  n: number,
  d: number | null,
  landing = 1,
) =>
  warehouse.write((trx) =>
    saveInputs(trx, 'statement', [
      {
        source: 'statements',
        code,
        deleted: 0,
        order_at: TICK,
        content_hash: `${n}`,
        run: 'r1',
        known_from: landing,
        agency: `${agency}@2020-01-01`,
        indicator,
        period: '2024-11',
        numerator: n,
        denominator: d,
        signer: 'Chánh Văn phòng',
        document: '12/BC-VP',
        signed_on: '2024-12-01',
      },
    ]),
  )
