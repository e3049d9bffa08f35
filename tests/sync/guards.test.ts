/** The first look of the guards: which rows of a read would take a dossier's status backwards. */
import { expect, it } from 'vitest'
import { HASH_INDEX, ORDER_INDEX } from '../../src/sync/dossier-record.ts'
import { countRegressions } from '../../src/sync/guards.ts'
import type { DossierRow } from '../../src/sync/protocol.ts'
import { upsertRows } from '../../src/warehouse/bulk.ts'
import { DOSSIER_RECORD_COLUMNS } from '../../src/warehouse/dossiers.ts'
import type { DossierRecord } from '../../src/warehouse/tables.ts'
import { eachDialect } from '../support/warehouse.ts'

const STATUS = 8

eachDialect('regressions', (open) => {
  it('count a newer row with an earlier status, not an older row that will never land', async () => {
    const { warehouse } = await open()
    const held: Partial<DossierRecord> = {
      source: 'communes',
      code: 'A',
      procedure: '1.000001',
      resolving: '703@2020-01-01',
      channel: 'online',
      status: 9,
      received_precision: 'day',
      counted: 1,
      deleted: 0,
      status_seen_at: 0,
      order_at: 2_000,
      order_declared: 1,
      content_hash: 'hash',
      run: 'run-1',
      known_from: 1,
    }
    const columns = DOSSIER_RECORD_COLUMNS.map((column) => held[column] ?? null)
    await warehouse.write((trx) =>
      upsertRows(trx, 'dossier', DOSSIER_RECORD_COLUMNS, ['source', 'code'], 'update', [columns]),
    )
    const row = (order: number): DossierRow => {
      const values: (string | number | null)[] = Array.from({ length: HASH_INDEX + 1 }, () => null)
      values[0] = 'A'
      values[STATUS] = 4
      values[ORDER_INDEX] = order
      return values
    }
    const count = (orderDeclared: boolean, order: number) =>
      warehouse.read((db) =>
        countRegressions(db, { source: 'communes', orderDeclared, arrivedAt: 3_000 }, [row(order)]),
      )
    expect(await count(true, 1_000)).toBe(0)
    expect(await count(true, 3_000)).toBe(1)
    expect(await count(false, 1_000)).toBe(1)
  })
})
