import { expect, test } from 'vitest'
import { enqueueSourceStatus } from '../../src/deliver/status.ts'
import { loadBasis } from '../../src/indicators/basis.ts'
import { type CellSet, computeFigures, type Ranked, standingKey } from '../../src/indicators/compute.ts'
import { RANKED_BY } from '../../src/indicators/figures.ts'
import { type IndicatorQuery, readIndicators } from '../../src/indicators/read.ts'
import { rebuild } from '../../src/indicators/rebuild.ts'
import { refresh } from '../../src/indicators/refresh.ts'
import { agencyCells, buildSeries, makeAxis } from '../../src/indicators/series.ts'
import { loadRests } from '../../src/indicators/sources-of.ts'
import { tick } from '../../src/indicators/tick.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { knowSources, type SourceState, sourceStates } from '../../src/warehouse/source-status.ts'
import { eachDialect } from '../support/warehouse.ts'
import { at, DAY, dossier, land, seedProcedures, seedProvince, ZONE } from './world.ts'

const TICK = at('2024-12-02T08:00')
/** after S2 was merged into S1 */
const MERGED = at('2025-03-20T08:00')
const NOW = at('2026-01-05T01:00')
const [S1, S3, H1] = ['S1@2020-01-01', 'S3@2020-01-01', 'H1@2020-01-01']
const nth = (n: number) => `1.${String(n).padStart(6, '0')}`
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
  await tick(warehouse, tickAt, ZONE)
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
const freshUntil = (warehouse: Warehouse, agency: string) =>
  warehouse.read((db) =>
    db
      .selectFrom('indicator_value')
      .select(['fresh_until', 'sources'])
      .where('indicator', '=', 'dossiers-received')
      .where('agency', '=', agency)
      .where('period', '=', '2024-11')
      .where('current', '=', 1)
      .executeTakeFirstOrThrow(),
  )

eachDialect('what a figure rests on', (open) => {
  test('during the first load a total is insufficient until every source was read completely', async () => {
    const { warehouse, tell, refreshed, said } = await province(open, ['catalogue', 'communes', 'one-stop'])
    await land(warehouse, [dossier({ resolving: S1 })])
    await refreshed()
    expect(await said()).toEqual({
      '72': ['no-data-yet', null, null],
      S1: ['no-data-yet', null, null],
      H1: ['no-data-yet', null, null],
    })
    await tell('catalogue', 'fresh')
    await tell('one-stop', 'partial')
    await refreshed()
    expect(await said()).toEqual({
      '72': ['insufficient', null, null],
      S1: ['ok', 1, 1],
      H1: ['no-data-yet', null, null],
    })
    // Procedures do not rest on it.
    expect(await said({ ...RECEIVED, indicators: ['procedures-total'] })).toMatchObject({ '72': ['ok', 14, 14] })
    await tell('communes', 'failed', null)
    await land(warehouse, [dossier({ resolving: H1, source: 'communes', procedure: nth(13) })])
    await refreshed()
    expect(await said()).toMatchObject({ '72': ['insufficient', null, null], H1: ['no-data-yet', null, null] })
    await tell('communes', 'fresh')
    await refreshed()
    expect(await said()).toEqual({ '72': ['ok', 2, 2], S1: ['ok', 1, 1], H1: ['ok', 1, 1] })
    expect(await refreshed()).toBe(0)
  })

  test('a system connected later takes no total away before it brings anything, greys it, and makes it insufficient while half read', async () => {
    const { warehouse, know, tell, refreshed, said, now } = await province(open, ['catalogue', 'one-stop'])
    await land(warehouse, [dossier({ resolving: S1 }), dossier({ resolving: H1, procedure: nth(13) })])
    await tell('catalogue', 'fresh')
    await tell('one-stop', 'fresh')
    await refreshed()
    expect((await freshUntil(warehouse, '72@2020-01-01')).fresh_until).toBeGreaterThan(now())
    await know(['catalogue', 'land', 'one-stop'])
    await refreshed()
    await tell('land', 'failed', null)
    await refreshed()
    expect(await said()).toEqual({ '72': ['ok', 2, 2], S1: ['ok', 1, 1], H1: ['ok', 1, 1] })
    const total = await freshUntil(warehouse, '72@2020-01-01')
    expect(total.fresh_until).toBeLessThanOrEqual(now())
    expect(JSON.parse(total.sources)).toContainEqual({ source: 'land', asOf: null, state: 'failed' })
    expect((await freshUntil(warehouse, S1)).fresh_until).toBeGreaterThan(now())

    await land(warehouse, [dossier({ resolving: S1, source: 'land' })])
    await tell('land', 'incomplete', null)
    await refreshed()
    expect(await said()).toEqual({
      '72': ['insufficient', null, null],
      S1: ['insufficient', null, null],
      H1: ['ok', 1, 1],
    })
    await tell('land', 'fresh')
    await refreshed()
    expect(await said()).toEqual({ '72': ['ok', 3, 3], S1: ['ok', 2, 2], H1: ['ok', 1, 1] })
    // Half a list of procedures is no whole one either.
    await warehouse.write((trx) => seedProcedures(trx, [{ code: nth(15) }], 'list'))
    await tell('list', 'incomplete', null)
    await refreshed()
    expect(await said({ ...RECEIVED, indicators: ['procedures-total'] })).toMatchObject({
      '72': ['insufficient', null, null],
    })
  })

  test('an agency is no more whole under the agencies of now than those merged into it', async () => {
    const { warehouse, tell, refreshed, said } = await province(open, ['catalogue', 'land', 'one-stop'], MERGED)
    await land(warehouse, [dossier({ resolving: S1 }), dossier({ resolving: 'S2@2020-01-01', source: 'land' })])
    for (const source of ['catalogue', 'one-stop']) await tell(source, 'fresh')
    await tell('land', 'incomplete', null)
    await refreshed()
    const now = { ...RECEIVED, geography: 'now' as const }
    expect((await said(now)).S1).toEqual(['insufficient', null, null])
    await tell('land', 'fresh')
    await refreshed()
    expect((await said(now)).S1).toEqual(['ok', 2, 2])
  })

  test('what was taken out of the configuration and never brought anything is waited for no longer', async () => {
    const { warehouse, know, tell, refreshed, said } = await province(open, ['broken', 'catalogue', 'one-stop'])
    await land(warehouse, [dossier({ resolving: S1 })])
    for (const source of ['catalogue', 'one-stop']) await tell(source, 'fresh')
    await tell('broken', 'failed', null)
    await refreshed()
    expect(await said()).toMatchObject({ '72': ['insufficient', null, null] })
    await know(['catalogue', 'one-stop'])
    await refreshed()
    expect(await said()).toMatchObject({ '72': ['ok', 1, 1] })
    // One that was read, or has brought something, stays: that is for `sources retire`.
    await know(['catalogue'])
    expect([...(await warehouse.read(sourceStates)).keys()]).toEqual(['catalogue', 'one-stop'])
  })

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

  test('what a system never writes down of a dossier is not held, and not none; once it does, it counts', async () => {
    const { warehouse, tell, refreshed, said } = await province(open, ['catalogue', 'communes', 'one-stop'])
    for (const source of ['catalogue', 'communes', 'one-stop']) await tell(source, 'fresh')
    const silent = dossier({ resolving: S1 })
    const written = dossier({ resolving: H1, source: 'communes', digitised: 1 })
    await land(warehouse, [silent, written])
    await refreshed()
    const share: IndicatorQuery = { ...RECEIVED, indicators: ['digitised-share'] }
    expect(await said(share)).toEqual({ '72': ['ok', 0.5, 1], S1: ['no-data-yet', null, null], H1: ['ok', 1, 1] })
    expect(await said({ ...share, indicators: ['qd766-4.3'] })).toMatchObject({ S1: ['insufficient', null, null] })
    await land(warehouse, [{ ...silent, digitised: 0 }])
    await refreshed()
    expect(await said(share)).toEqual({ '72': ['ok', 0.5, 1], S1: ['ok', 0, 0], H1: ['ok', 1, 1] })
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

  test('the standing by which the province ranks an agency is the one that is held, whoever is looked at', async () => {
    const { warehouse, tell, refreshed } = await province(open, ['broken', 'catalogue', 'one-stop'])
    await land(warehouse, [
      dossier({ source: 'broken', resolving: S1, procedure: nth(1) }),
      dossier({ resolving: S3, procedure: nth(2) }),
    ])
    for (const source of ['catalogue', 'one-stop']) await tell(source, 'fresh')
    await tell('broken', 'incomplete', null)
    await refreshed()
    const ranking = { indicators: ['departments-above-80'], agencies: ['72'], periods: ['2024-11'] }
    const shown = () => warehouse.read((db) => readIndicators(db, ranking, ZONE))
    const [first] = await shown()
    expect(first).toMatchObject({ valueState: 'insufficient', value: null, numerator: null, denominator: null })
    await land(warehouse, [dossier({ resolving: 'X1@2020-01-01', procedure: nth(13) })])
    await refreshed()
    expect(await shown()).toEqual([first])
    await warehouse.read(async (db) => {
      const basis = await loadBasis(db, TICK, ZONE)
      const wanted = [...basis.agencies.values()].map((agency) => ({ agency, from: '2024-11' }))
      const axis = makeAxis('2024-11', basis.tickMonth)
      const series = buildSeries(
        await agencyCells(
          db,
          wanted.map(({ agency }) => agency.key),
        ),
        axis,
      )
      const cells: CellSet = { axis, series, window: new Map() }
      const ranked: Ranked = new Map()
      const rests = await loadRests(db, basis, await sourceStates(db))
      for (const _ of computeFigures(basis, cells, wanted, ranked, rests));
      for (const agency of [S1, S3]) {
        const held = await db
          .selectFrom('indicator_value')
          .select(['numerator', 'denominator'])
          .where('indicator', '=', RANKED_BY)
          .where('agency', '=', agency)
          .where('period', '=', '2024-11')
          .where('current', '=', 1)
          .executeTakeFirstOrThrow()
        expect(ranked.get(standingKey(agency, '2024-11'))).toEqual([held.numerator ?? 0, held.denominator ?? 0])
      }
    })
  })
})
