import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { CHECKOUT } from '../../src/config.ts'
import { rebuild } from '../../src/indicators/rebuild.ts'
import { tick } from '../../src/indicators/tick.ts'
import { land } from '../../src/sync/land.ts'
import type { CanonicalObject } from '../../src/sync/protocol.ts'
import { installReference } from '../../src/sync/reference.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { at, contextOf, type DossierPart, dossierRow, holdLease, page, procedureObject } from '../support/pages.ts'
import { eachDialect, ZONE } from '../support/warehouse.ts'

const START = at('2024-12-02T08:00')
const CODE = 'H53.07-241104-0001'
const INDUSTRY = 'H53.07@2020-01-01'

async function ready(warehouse: Warehouse): Promise<void> {
  await installReference(warehouse, [CHECKOUT], START)
  await tick(warehouse, START, ZONE)
  for (const source of ['one-stop', 'catalogue']) await holdLease(warehouse, source)
  const catalogue = { source: 'catalogue', stream: 'procedure', entity: 'procedure' } as const
  await land(contextOf(warehouse, { ...catalogue, lease: { name: 'source:catalogue', token: 1 } }), [
    page([procedureObject('1.000001')], { entity: 'procedure' }),
  ])
}

function feedback(code: string, score: number, rated: string, more: Record<string, unknown> = {}): CanonicalObject {
  const canonical = { code, dossier: CODE, rated: { at: at(rated), precision: 'second' }, score, ...more }
  const contentHash = createHash('sha1').update(JSON.stringify(canonical)).digest('hex')
  return { orderAt: null, contentHash, ...canonical }
}
let runs = 0
const rate = (warehouse: Warehouse, rows: readonly CanonicalObject[], deleted: string[] = [], arrivedAt = START) =>
  land(contextOf(warehouse, { stream: 'feedback', entity: 'feedback', run: `feedback-${++runs}`, arrivedAt }), [
    page(rows, { entity: 'feedback', deleted }),
  ])
const bring = (warehouse: Warehouse, part: DossierPart = {}) =>
  land(contextOf(warehouse, { run: `dossier-${++runs}` }), [page([dossierRow(part)])])

const rated = (warehouse: Warehouse) =>
  warehouse.read((db) =>
    db.selectFrom('dossier').select(['code', 'rating', 'rated_at', 'resolving']).orderBy('code').execute(),
  )
/** agency|month → rated, satisfied, dissatisfied, sum of ratings */
async function cells(warehouse: Warehouse): Promise<Record<string, number[]>> {
  expect((await rebuild(warehouse, ZONE)).differences).toEqual([])
  const rows = await warehouse.read((db) =>
    db
      .selectFrom('cell_month')
      .select(['agency', 'month', 'rated', 'satisfied', 'dissatisfied', 'rating_sum'])
      .orderBy('agency')
      .orderBy('month')
      .execute(),
  )
  return Object.fromEntries(
    rows
      .map((row): [string, number[]] => [
        `${row.agency}|${row.month}`,
        [row.rated, row.satisfied, row.dissatisfied, row.rating_sum],
      ])
      .filter(([, sums]) => sums.some((n) => n !== 0)),
  )
}

/** All orders of a list. */
const orders = <T>(list: readonly T[]): T[][] =>
  list.length < 2
    ? [[...list]]
    : list.flatMap((one, i) => orders([...list.slice(0, i), ...list.slice(i + 1)]).map((rest) => [one, ...rest]))

eachDialect('feedback', (open) => {
  it('in whatever order it, its dossier and a later one come, the one given last is the rating', async () => {
    const steps = {
      dossier: (w: Warehouse) => bring(w),
      finished: (w: Warehouse) =>
        bring(w, { status: 9, finished_at: at('2024-11-08T10:00'), finished_precision: 'second' }),
      first: (w: Warehouse) => rate(w, [feedback('f1', 2, '2024-11-08T11:00')]),
      second: (w: Warehouse) => rate(w, [feedback('f2', 5, '2024-11-20T09:00')]),
    }
    for (const order of orders(['dossier', 'finished', 'first', 'second'] as const)) {
      const { warehouse } = await open()
      await ready(warehouse)
      for (const step of order) await steps[step](warehouse)
      expect(await rated(warehouse), order.join(', ')).toMatchObject([{ rating: 5, rated_at: at('2024-11-20T09:00') }])
      expect(await cells(warehouse)).toEqual({ [`${INDUSTRY}|2024-11`]: [1, 1, 0, 5] })
    }
  }, 120_000)

  it('corrected, moved to another dossier, deleted and back: each a version of the row, its cells by the difference', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    await bring(warehouse)
    await bring(warehouse, { code: 'other' })
    expect(await rate(warehouse, [feedback('f1', 4, '2024-11-08T11:00')])).toMatchObject({ landed: 1, new: 1 })
    expect(await rate(warehouse, [feedback('f1', 4, '2024-11-08T11:00')])).toMatchObject({ landed: 0, unchanged: 1 })
    expect(await cells(warehouse)).toEqual({ [`${INDUSTRY}|2024-11`]: [1, 1, 0, 4] })
    await rate(warehouse, [feedback('f1', 1, '2024-10-30T11:00')])
    expect(await cells(warehouse)).toEqual({ [`${INDUSTRY}|2024-10`]: [1, 0, 1, 1] })
    await rate(warehouse, [feedback('f1', 3, '2024-11-30T11:00', { dossier: 'other' })])
    expect((await rated(warehouse)).map(({ code, rating }) => [code, rating])).toEqual([
      [CODE, null],
      ['other', 3],
    ])
    expect(await cells(warehouse)).toEqual({ [`${INDUSTRY}|2024-11`]: [1, 0, 0, 3] })
    expect(await rate(warehouse, [], ['f1'])).toMatchObject({ deleted: 1, landed: 0 })
    expect(await rate(warehouse, [], ['f1', 'unknown'])).toMatchObject({ deleted: 0 })
    expect(await cells(warehouse)).toEqual({})
    expect(await rate(warehouse, [feedback('f1', 3, '2024-11-30T11:00', { dossier: 'other' })])).toMatchObject({
      changed: 1,
    })
    expect(await cells(warehouse)).toEqual({ [`${INDUSTRY}|2024-11`]: [1, 0, 0, 3] })
    const versions = await warehouse.read((db) => db.selectFrom('dossier_version').select('data').execute())
    const states = versions.map(({ data }) => JSON.parse(data) as { code: string; rating: number | null })
    expect(states.map(({ code, rating }) => `${code} ${rating}`).sort()).toEqual(
      [`${CODE} 1`, `${CODE} 4`, `${CODE} null`, 'other 3', 'other null', 'other null'].sort(),
    )
    const kept = await warehouse.read((db) =>
      db.selectFrom('input_version').select('data').where('entity', '=', 'feedback').orderBy('known_from').execute(),
    )
    expect(kept.map(({ data }) => (JSON.parse(data) as { score: number }).score)).toEqual([4, 1, 3, 3])
  })

  it('goes with its dossier to another agency, and with its deletion', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    await bring(warehouse)
    await rate(warehouse, [feedback('f1', 5, '2024-11-08T11:00')])
    await bring(warehouse, { resolving: 'identifier:H53.08' })
    expect(await cells(warehouse)).toEqual({ 'H53.08@2020-01-01|2024-11': [1, 1, 0, 5] })
    await land(contextOf(warehouse, { run: 'gone' }), [page([], { deleted: [CODE] })])
    expect(await cells(warehouse)).toEqual({})
    await rate(warehouse, [feedback('f2', 2, '2024-11-09T11:00')])
    expect(await cells(warehouse)).toEqual({})
    await bring(warehouse)
    expect(await cells(warehouse)).toEqual({ [`${INDUSTRY}|2024-11`]: [1, 0, 1, 2] })
  })

  it('an older statement of the same feedback changes nothing', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    await bring(warehouse)
    await rate(warehouse, [feedback('f1', 5, '2024-11-08T11:00')])
    expect(await rate(warehouse, [feedback('f1', 1, '2024-11-08T11:00')], [], START - 60_000)).toMatchObject({
      stale: 1,
      landed: 0,
    })
    expect(await cells(warehouse)).toEqual({ [`${INDUSTRY}|2024-11`]: [1, 1, 0, 5] })
  })
})
