/** The reporting views: what people with BI tools may rely on. */
import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { upsertRows } from '../../src/warehouse/bulk.ts'
import { DOSSIER_RECORD_COLUMNS } from '../../src/warehouse/dossiers.ts'
import { saveMeta } from '../../src/warehouse/landing.ts'
import type { Trx, Warehouse } from '../../src/warehouse/open.ts'
import type { DossierRecord } from '../../src/warehouse/tables.ts'
import { eachDialect } from '../support/warehouse.ts'

const VIEWS = [
  'report_agencies',
  'report_dossiers',
  'report_indicators',
  'report_procedures',
  'report_quarantine',
  'report_runs',
]

async function saveDossier(trx: Trx, code: string, received: string, more: Partial<DossierRecord> = {}): Promise<void> {
  const dossier: Partial<DossierRecord> = {
    source: 'one-stop',
    code,
    procedure: '1.000001',
    resolving: 'H53.07@2020-01-01',
    channel: 'online',
    status: 4,
    received_at: Date.parse(received),
    received_precision: 'second',
    counted: 1,
    deleted: 0,
    status_seen_at: 0,
    order_at: 0,
    order_declared: 0,
    content_hash: code,
    run: 'run-1',
    known_from: 1,
    ...more,
  }
  const row = DOSSIER_RECORD_COLUMNS.map((column) => dossier[column] ?? null)
  await upsertRows(trx, 'dossier', DOSSIER_RECORD_COLUMNS, ['source', 'code'], 'update', [row])
}

const select = async (warehouse: Warehouse, columns: string, view: string) =>
  (await warehouse.read((db) => sql.raw<Record<string, unknown>>(`SELECT ${columns} FROM ${view}`).execute(db))).rows

eachDialect('reporting views', (open, dialect) => {
  it('are all there and can be read', async () => {
    const { warehouse } = await open()
    const names =
      dialect === 'sqlite'
        ? `(SELECT name FROM sqlite_schema WHERE type = 'view')`
        : `(SELECT table_name AS name FROM information_schema.views WHERE table_schema = current_schema())`
    const found = await select(warehouse, 'name', `${names} v ORDER BY name`)
    expect(found.map((row) => row.name)).toEqual(VIEWS)
    for (const view of VIEWS) expect(await select(warehouse, '*', view)).toEqual([])
  })

  it('show local dates: the day ends at midnight in the zone of the province, not in UTC', async () => {
    const { warehouse } = await open()
    await warehouse.write(async (trx) => {
      await saveDossier(trx, 'a', '2024-11-30T23:30:00+07:00', {
        due_printed_at: Date.parse('2024-12-05T00:00:00+07:00'),
      })
      await saveDossier(trx, 'b', '2024-11-30T17:30:00Z')
      await saveDossier(trx, 'c', '2024-11-30T16:59:59.999Z')
    })
    expect(await select(warehouse, 'dossier_code, received_date, due_date', 'report_dossiers ORDER BY 1')).toEqual([
      { dossier_code: 'a', received_date: '2024-11-30', due_date: '2024-12-05' },
      { dossier_code: 'b', received_date: '2024-12-01', due_date: null },
      { dossier_code: 'c', received_date: '2024-11-30', due_date: null },
    ])
  })

  it('show a dossier of two systems once, and none that was deleted', async () => {
    const { warehouse } = await open()
    await warehouse.write(async (trx) => {
      await saveDossier(trx, 'counted', '2024-11-30T08:00:00Z', { national_code: 'N1' })
      await saveDossier(trx, 'other', '2024-11-30T08:00:00Z', { national_code: 'N1', source: 'land', counted: 0 })
      await saveDossier(trx, 'deleted', '2024-11-30T08:00:00Z', { deleted: 1 })
    })
    expect(await select(warehouse, 'dossier_code', 'report_dossiers')).toEqual([{ dossier_code: 'counted' }])
  })

  it('say that the data is made up where it is', async () => {
    const { warehouse } = await open()
    await warehouse.write(async (trx) => {
      await saveMeta(trx, 'data', 'sample')
      await saveDossier(trx, 'a', '2024-11-30T08:00:00Z')
    })
    expect(await select(warehouse, 'data_kind', 'report_dossiers')).toEqual([{ data_kind: 'sample' }])
  })

  it('show times to the second, in words of the zone', async () => {
    const { warehouse } = await open()
    await warehouse.write((trx) =>
      trx.db
        .insertInto('run')
        .values({
          id: 'run-1',
          parent: null,
          kind: 'invocation',
          verb: 'sync',
          job: null,
          source: null,
          state: 'succeeded',
          why: null,
          started_at: Date.parse('2024-12-01T18:30:15.900Z'),
          ended_at: null,
          as_of: Date.parse('2024-12-01T00:00:00Z'),
          counts: '{}',
          remarks: '[]',
          exit_code: 0,
        })
        .execute(),
    )
    expect(await select(warehouse, 'started, ended, as_of', 'report_runs')).toEqual([
      { started: '2024-12-02 01:30:15', ended: null, as_of: '2024-12-01 07:00:00' },
    ])
  })
})
