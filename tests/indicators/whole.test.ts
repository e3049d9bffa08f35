import { expect, test } from 'vitest'
import { enqueueSourceStatus } from '../../src/deliver/status.ts'
import { type IndicatorQuery, readIndicators } from '../../src/indicators/read.ts'
import { rebuild } from '../../src/indicators/rebuild.ts'
import { refresh } from '../../src/indicators/refresh.ts'
import { tick } from '../../src/indicators/tick.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { knowSources, type SourceState } from '../../src/warehouse/source-status.ts'
import { eachDialect } from '../support/warehouse.ts'
import { at, DAY, dossier, land, seedProvince, ZONE } from './world.ts'

const TICK = at('2024-12-02T08:00')
const NOW = at('2026-01-05T01:00')
const [S1, S3] = ['S1@2020-01-01', 'S3@2020-01-01']
const RECEIVED = { indicators: ['dossiers-received'], agencies: ['72', 'S1', 'H1'], periods: ['2024-11'] }

/** A province whose sources are known as the sync knows them; the clock moves with every step. */
async function province(open: () => Promise<{ warehouse: Warehouse }>, sources: readonly string[], tickAt = TICK) {
  const { warehouse } = await open()
  await seedProvince(warehouse)
  let now = NOW
  const know = (ids: readonly string[]) =>
    warehouse.write((trx) =>
      knowSources(
        trx,
        ids.map((id) => ({ id })),
        now,
      ),
    )
  await know(sources)
  await tick(warehouse, tickAt, ZONE, NOW)
  return {
    warehouse,
    know,
    tell: (source: string, state: SourceState, asOf: number | null = TICK) =>
      warehouse.write((trx) =>
        enqueueSourceStatus(trx, { source, asOf, state, freshUntil: asOf === null ? now : now + DAY }, ['ioc'], now),
      ),
    refreshed: async () => {
      now += 60_000
      const { changed } = await refresh(warehouse, { now, zone: ZONE, targets: ['ioc'] })
      expect((await rebuild(warehouse, ZONE)).differences).toEqual([])
      return changed
    },
    said: async (query: IndicatorQuery = RECEIVED) => {
      const rows = await warehouse.read((db) => readIndicators(db, query, ZONE))
      return Object.fromEntries(rows.map((row) => [row.agency.code, [row.valueState, row.value, row.numerator]]))
    },
    now: () => now,
  }
}

eachDialect('what a figure rests on', (open) => {
  test('a source new to an agency is named by all its figures, also where its dossiers count nowhere', async () => {
    const { warehouse, tell, refreshed, said } = await province(open, ['catalogue', 'one-stop'])
    await land(warehouse, [dossier({ resolving: S1, received_at: at('2024-10-07T09:00') })])
    for (const source of ['catalogue', 'one-stop']) await tell(source, 'fresh')
    await refreshed()
    const ofS3 = { indicators: ['dossiers-received'], agencies: ['S3'], periods: ['2024-10'] }
    expect(await said(ofS3)).toEqual({ S3: ['no-data-yet', null, null] })
    await land(warehouse, [dossier({ resolving: S3, status: 1 })])
    await refreshed()
    expect(await said(ofS3)).toEqual({ S3: ['ok', 0, 0] })
  })

  test('a state reaches the figures of procedures before any dossier has landed', async () => {
    const { tell, refreshed, said } = await province(open, ['catalogue'])
    await tell('catalogue', 'fresh')
    await refreshed()
    const procedures = { indicators: ['procedures-total'], agencies: ['72'], periods: ['2024-12'] }
    expect(await said(procedures)).toEqual({ '72': ['ok', 14, 14] })
    await tell('catalogue', 'held')
    expect(await refreshed()).toBeGreaterThan(0)
    expect(await said(procedures)).toEqual({ '72': ['held', 14, 14] })
  })
})
