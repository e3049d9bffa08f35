/** Thousands of random changes through the whole path, with reads that break and processes that end in between. */
import { afterEach, expect, it } from 'vitest'
import { openWarehouse } from '../../src/warehouse/open.ts'
import { seeded } from '../support/crash.ts'
import { at } from '../support/pages.ts'
import { eachDialect } from '../support/warehouse.ts'
import { type Deployment, deploy, dossiersOf, expectRebuilt, figuresOf } from './deployment.ts'
import { type Tape, type TapeRecord, tapeFiles } from './tape.ts'

let deployment: Deployment
afterEach(() => deployment.remove())

const ROUNDS = 10
const CHANGES = 1_000
const DOSSIERS = 600
const AGENCIES = ['H53.07', 'H53.03', 'H53.05', 'H53.09'] as const
const compact = (ms: number) =>
  new Date(ms + 7 * 3_600_000)
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replaceAll(/\D/g, '')

eachDialect('random', (open) => {
  it('HAZARD 22: 10,000 random inserts, updates, deletions, late, backdated, doubled and re-ordered, with restarts: every figure equals its recomputation', async () => {
    const { location } = await open()
    let { warehouse } = await open({ location })
    deployment = deploy(
      { ordered: [{ id: 'ordered', settings: { folder: 'ordered' }, guards: { regressed: 1, deleted: 1 } }] },
      tapeFiles({ name: 'ordered', order: "{ field: 'changed', zone }", deletes: 'tombstones' }),
    )
    await deployment.prepare(warehouse)
    const random = seeded(20241202)
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
    /** code → the version with the greatest order among all that ever came; null once deleted */
    const expected = new Map<string, TapeRecord | null>()
    let clock = at('2024-09-02T08:00')
    let lastPages: TapeRecord[][] = []
    const change = (): TapeRecord => {
      clock += 60_000
      const received = at('2024-09-01T08:00') + Math.floor(random() * 75) * 86_400_000
      const status = pick(['2', '4', '5', '9', '10'])
      return {
        id: `R-${Math.floor(random() * DOSSIERS)}`,
        national: random() < 0.1 ? `H53-241104-${String(Math.floor(random() * 50)).padStart(4, '0')}` : null,
        procedure: pick(['1.000001', '1.000002']),
        agency: pick(AGENCIES),
        status,
        received: compact(received),
        due: random() < 0.8 ? compact(received + Math.floor(random() * 20) * 86_400_000) : null,
        finished: status === '9' || status === '10' ? compact(received + Math.floor(random() * 15) * 86_400_000) : null,
        // one in ten is backdated: older than what came before it
        changed: compact(random() < 0.1 ? clock - Math.floor(random() * 3 * 86_400_000) : clock),
      }
    }
    const take = (record: TapeRecord) => {
      const held = expected.get(record.id ?? '')
      if (!held || (held.changed ?? '') <= (record.changed ?? '')) expected.set(record.id ?? '', record)
    }
    for (let round = 0; round < ROUNDS; round++) {
      deployment.setTime(compactDay(round))
      const pages = Array.from({ length: 5 }, () => Array.from({ length: CHANGES / 5 }, change))
      // doubled within a page, and re-ordered within it
      for (const page of pages) {
        page.push(...Array.from({ length: 10 }, () => ({ ...pick(page) })))
        page.sort(() => random() - 0.5)
      }
      lastPages = pages
      const deleted = Array.from({ length: 5 }, () => `R-${Math.floor(random() * DOSSIERS)}`)
      const tape: Tape = { pages: [...pages], deleted }
      const breaks = random() < 0.5
      if (breaks) {
        deployment.put(
          'ordered/dossier.json',
          JSON.stringify({ pages: [...pages.slice(0, 2), { fail: 'the line broke' }] }),
        )
        expect((await deployment.syncOne(warehouse, 'ordered')).state).toBe('incomplete')
        // another process goes on
        await warehouse.close()
        warehouse = await openWarehouse(location)
      }
      deployment.put('ordered/dossier.json', JSON.stringify(tape))
      const { state, counts } = await deployment.syncOne(warehouse, 'ordered')
      expect(state).toBe('succeeded')
      expect(counts.read).toBe((breaks ? 3 : 5) * (CHANGES / 5 + 10))
      for (const record of pages.flatMap(sortedByKey)) take(record)
      for (const code of deleted) if (expected.has(code)) expected.set(code, null)
      await expectRebuilt(warehouse)
    }
    const rows = new Map((await dossiersOf(warehouse)).map((row) => [row.code, row]))
    for (const [code, record] of expected) {
      const row = rows.get(code)
      if (record === null) expect([code, row?.deleted]).toEqual([code, 1])
      else
        expect([code, row?.deleted, row?.status, row?.national_code]).toEqual([
          code,
          0,
          Number(record.status),
          record.national,
        ])
    }
    // the same again but for what is gone: no work follows
    const again = lastPages.map((page) => page.filter((record) => expected.get(record.id ?? '')))
    deployment.put('ordered/dossier.json', JSON.stringify({ pages: again }))
    const [before, values] = [await figuresOf(warehouse), await countValues(warehouse)]
    expect((await deployment.syncOne(warehouse, 'ordered')).counts).toMatchObject({ landed: 0 })
    expect([await figuresOf(warehouse), await countValues(warehouse)]).toEqual([before, values])
    await warehouse.close()
  }, 240_000)
})

/** Rows of one page land in the order of their keys, equal keys in the order in which they came. */
const sortedByKey = (page: readonly TapeRecord[]) =>
  page.toSorted((a, b) => ((a.id ?? '') < (b.id ?? '') ? -1 : (a.id ?? '') > (b.id ?? '') ? 1 : 0))
const compactDay = (round: number) => `2024-12-${String(2 + round).padStart(2, '0')}T08:00`
const countValues = async (warehouse: Awaited<ReturnType<typeof openWarehouse>>) =>
  (await warehouse.read((db) => db.selectFrom('indicator_value').select('id').execute())).length
