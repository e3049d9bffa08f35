/** What a source that shows only what is new is asked for again, in the parts in which the reading thread gets it. */
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { CHECKOUT } from '../../src/config.ts'
import { type Unfinished, unfinishedPages } from '../../src/sync/unfinished.ts'
import { upsertRows } from '../../src/warehouse/bulk.ts'
import { DOSSIER_RECORD_COLUMNS } from '../../src/warehouse/dossiers.ts'
import { saveQuarantine } from '../../src/warehouse/quarantines.ts'
import type { DossierRecord } from '../../src/warehouse/tables.ts'
import { at } from '../support/pages.ts'
import { eachDialect, ZONE } from '../support/warehouse.ts'

const dossierCode = (n: number): string => `H53.01-241104-${String(n).padStart(5, '0')}`

eachDialect('what must be asked for again', (open) => {
  it('comes page by page, each once: first what has not ended, then what is set aside', async () => {
    const { warehouse } = await open()
    const dossier = (n: number, more: Partial<DossierRecord> = {}): Partial<DossierRecord> => ({
      source: 'judicial',
      code: dossierCode(n),
      procedure: '1.000001',
      resolving: '703@2020-01-01',
      channel: 'online',
      status: 4,
      received_at: 1_000 + (n % 7),
      received_precision: 'day',
      counted: 1,
      deleted: 0,
      status_seen_at: 0,
      order_at: 0,
      order_declared: 0,
      content_hash: 'hash',
      run: 'run-1',
      known_from: 1,
      ...more,
    })
    const refused = (key: string, received: string | null) => ({
      key,
      outcome: 'quarantined' as const,
      reasons: '[]',
      waitingFor: null,
      record: received === null ? null : JSON.stringify({ NgayTiepNhan: received }),
      place: null,
      length: null,
      hmac: null,
      orderAt: null,
    })
    const unfinished = Array.from({ length: 500 }, (_, n) => dossier(n))
    const ended = dossier(10_000, { status: 9, ended_at: 5_000 })
    const seen = at('2024-12-02T08:00')
    const entries = [
      ...Array.from({ length: 1_000 }, (_, n) => refused(dossierCode(20_000 + n), '2024-11-04T08:00:00Z')),
      // ended by what has landed, but a later version of it was refused
      refused(dossierCode(10_000), '2042-11-04T08:00:00Z'),
      // is asked for anyway
      refused(dossierCode(1), '2024-11-04T08:00:00Z'),
      refused(`#${'0'.repeat(16)}`, null),
    ]
    await warehouse.write(async (trx) => {
      const rows = [...unfinished, ended].map((row) => DOSSIER_RECORD_COLUMNS.map((column) => row[column] ?? null))
      await upsertRows(trx, 'dossier', DOSSIER_RECORD_COLUMNS, ['source', 'code'], 'update', rows)
      const where = { source: 'judicial', stream: 'dossier', run: 'run-1', arrivedAt: seen, at: seen }
      await saveQuarantine(trx, where, entries)
    })
    const ask = async (sees: 'new-only' | 'changes') => {
      const connector = join(CHECKOUT, 'connectors', 'judicial', 'connector.ts')
      const start = { connector, stream: 'dossier', source: 'judicial', agency: null, zone: ZONE }
      const context = { warehouse, source: 'judicial', stream: 'dossier' }
      const next = unfinishedPages({ sees, start, context } as never)
      const all: Unfinished[] = []
      for (let last = false; !last; ) {
        const answer = await next(all.at(-1) ?? null)
        expect(answer.items.length > 0 || answer.last).toBe(true)
        all.push(...answer.items)
        last = answer.last
      }
      return all
    }
    const living = unfinished.map((row) => row.code)
    const asked = await ask('new-only')
    expect(
      asked
        .slice(0, 500)
        .map(({ key }) => key[0])
        .toSorted(),
    ).toEqual(living.toSorted())
    const aside = new Map(asked.slice(500).map(({ key, received }) => [key[0], received]))
    expect([asked.length, aside.size]).toEqual([1_501, 1_001])
    expect(aside.get(dossierCode(20_999))).toBe(at('2024-11-04T08:00'))
    // a year mistyped does not make it one of the future
    expect(aside.get(dossierCode(10_000))).toBe(seen)
    expect(await ask('changes')).toHaveLength(500)
  })
})
