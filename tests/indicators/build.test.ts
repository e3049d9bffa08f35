/** Measures that come to a warehouse with dossiers: what they count in the end is what they would have counted from the beginning. */
import { fork, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Config } from '../../src/config.ts'
import { buildMeasures } from '../../src/indicators/build.ts'
import { rebuild } from '../../src/indicators/rebuild.ts'
import { refresh } from '../../src/indicators/refresh.ts'
import { tick } from '../../src/indicators/tick.ts'
import { buildPass } from '../../src/schedule/passes.ts'
import { serve } from '../../src/schedule/serve.ts'
import { land } from '../../src/sync/land.ts'
import { forgetMeasure, listMeasures } from '../../src/warehouse/measures.ts'
import { migrate } from '../../src/warehouse/migrate.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import type { MeasureName } from '../../src/warehouse/tables.ts'
import { deploy } from '../faults/deployment.ts'
import { records } from '../faults/tape.ts'
import { codeOf, contextFor, DAY, landAll, madeDossier, madeDossiers, readyToLand } from '../support/changes.ts'
import { seeded } from '../support/crash.ts'
import { at, page } from '../support/pages.ts'
import { eachDialect, ZONE } from '../support/warehouse.ts'

// the small province has its figures of the few months that its dossiers have
const LOT = { from: at('2024-08-01T00:00') }
const START = at('2024-12-02T08:00')
const DOSSIERS = 1_500
/** a flow, and all that time moves: for the program of before none of it was anything to wait for */
const NEW: MeasureName[] = ['received_online', 'past_due', 'due_today', 'due_in_1', 'due_in_2']
const CHUNK = 100
const REFRESH = { zone: ZONE, targets: [], now: START }

async function filled(warehouse: Warehouse): Promise<void> {
  await readyToLand(warehouse, START)
  await landAll(contextFor(warehouse, START), madeDossiers(0, DOSSIERS, LOT))
  // what time alone moves while the build goes on
  const open = Array.from({ length: 60 }, (_, i) => ({
    ...madeDossier(i * 20, LOT),
    ...{ status: 4, finished_at: null, due_printed_at: START + (i + 1) * 0.1 * DAY },
  }))
  await landAll(contextFor(warehouse, START), open)
  await refresh(warehouse, REFRESH)
}
/** As if this program came to a warehouse of the version before. */
async function withoutMeasures(warehouse: Warehouse, names: readonly string[] = NEW): Promise<void> {
  await warehouse.write(async (trx) => {
    for (const name of names) expect(await forgetMeasure(trx, name)).toBe(true)
    if (names === NEW) await trx.db.updateTable('dossier').set({ next_at: null }).execute()
  })
}
const building = async (warehouse: Warehouse) =>
  (await warehouse.read(listMeasures)).filter(({ state }) => state === 'building').map(({ name }) => name)

/** Some dossiers change, some come, one goes; then time passes over a few due dates. */
async function goOn(warehouse: Warehouse, round: number): Promise<void> {
  const now = START + round * 2 * DAY
  const random = seeded(round + 1)
  const changed = Array.from({ length: 40 }, () => madeDossier(Math.floor(random() * DOSSIERS), LOT, round + 1))
  const open = Array.from({ length: 40 }, () => ({
    ...madeDossier(Math.floor(random() * DOSSIERS), LOT, round + 100),
    ...{ status: 4, finished_at: null, due_printed_at: now + Math.floor(random() * 5 * DAY) },
  }))
  const more = [...madeDossiers(DOSSIERS + round * 20, DOSSIERS + round * 20 + 20, LOT)]
  const rows = new Map([...changed, ...open, ...more].map((part) => [part.code, part]))
  await landAll(contextFor(warehouse, now), rows.values())
  await land(contextFor(warehouse, now), [page([], { deleted: [codeOf(Math.floor(random() * DOSSIERS))] })])
  await tick(warehouse, now + DAY, ZONE)
}
async function expectWhole(warehouse: Warehouse): Promise<void> {
  expect(await building(warehouse)).toEqual([])
  await refresh(warehouse, REFRESH)
  const { differences, cells, figures } = await rebuild(warehouse, ZONE)
  expect(differences).toEqual([])
  expect(cells).toBeGreaterThan(1_000)
  expect(figures).toBeGreaterThan(1_000)
}
/** Serves with passes as fast as they come, until `done`. */
async function serveUntil(warehouse: Warehouse, config: Config, done: () => Promise<boolean>): Promise<void> {
  const stop = new AbortController()
  const quiet = { info() {}, warn() {}, error() {} }
  let now = Date.now()
  await serve(warehouse, config, {
    port: 0,
    signal: stop.signal,
    now: () => now,
    env: {},
    log: quiet,
    openConsole: async () => ({ url: 'http://127.0.0.1:1', close: async () => {} }),
    sampleNow: async () => START,
    sleep: async () => {
      now += 30_000
      if (await done()) stop.abort()
    },
  })
}
const onlineShares = (warehouse: Warehouse) =>
  warehouse.read((db) =>
    db
      .selectFrom('indicator_value')
      .select(({ fn }) => ['value_state', fn.countAll<number>().as('n')])
      .where('indicator', '=', 'online-share')
      .where('agency', 'like', '72@%')
      .where('current', '=', 1)
      .groupBy('value_state')
      .execute(),
  )
const statesOf = async (warehouse: Warehouse) => (await onlineShares(warehouse)).map((row) => row.value_state)

eachDialect('a new measure', (open, dialect) => {
  // the larger one where landing is cheap
  const many = dialect === 'sqlite' ? 20_000 : 5_000

  it('is built while landings and ticks go on; until then its figures are insufficient, the others stand', async () => {
    const { warehouse } = await open()
    await filled(warehouse)
    expect(await statesOf(warehouse)).not.toContain('insufficient')
    await withoutMeasures(warehouse)
    await migrate(warehouse, ZONE)
    expect((await building(warehouse)).sort()).toEqual([...NEW].sort())
    await refresh(warehouse, REFRESH)
    expect(await statesOf(warehouse)).toEqual(['insufficient'])
    const meanwhile = await rebuild(warehouse, ZONE)
    expect(meanwhile).toMatchObject({ differences: [], building: [...NEW].sort() })
    const seen: number[] = []
    for (let round = 0; ; round++) {
      await goOn(warehouse, round)
      let chunks = 0
      const { more } = await buildMeasures(warehouse, {
        zone: ZONE,
        chunk: CHUNK,
        pause: () => ++chunks >= 3,
        onProgress: (to) => seen.push(to),
      })
      if (round === 1) await refresh(warehouse, REFRESH)
      if (!more) break
    }
    expect(seen.length).toBeGreaterThan(DOSSIERS / CHUNK)
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    await goOn(warehouse, 90)
    await expectWhole(warehouse)
    expect(await statesOf(warehouse)).not.toContain('insufficient')
    // there is nothing left to do
    expect(await buildMeasures(warehouse, { zone: ZONE })).toEqual({ measures: [], dossiers: 0, more: false })
  })

  it('that counts by a newer rule is emptied and built anew, beside one that came later', async () => {
    const { warehouse } = await open()
    await filled(warehouse)
    await warehouse.write((trx) =>
      trx.db.updateTable('measure').set({ version: 0 }).where('name', '=', 'received_online').execute(),
    )
    await warehouse.write((trx) => trx.db.updateTable('cell_month').set({ received_online: 7 }).execute())
    await migrate(warehouse, ZONE)
    await goOn(warehouse, 0)
    let chunks = 0
    await buildMeasures(warehouse, { zone: ZONE, chunk: CHUNK, pause: () => ++chunks >= 4 })
    await goOn(warehouse, 1)
    await withoutMeasures(warehouse, ['due_today'])
    await migrate(warehouse, ZONE)
    await goOn(warehouse, 2)
    const built = await buildMeasures(warehouse, { zone: ZONE, chunk: CHUNK })
    expect(built.measures.sort()).toEqual(['due_today', 'received_online'])
    await expectWhole(warehouse)
  })

  it('killed between any two of its writes, its build goes on and never doubles', async () => {
    const { warehouse, location } = await open()
    await filled(warehouse)
    await withoutMeasures(warehouse)
    await migrate(warehouse, ZONE)
    const random = seeded(9)
    for (let kills = 1; kills <= 3; kills++) {
      // three chunks, and killed somewhere in the fourth
      const child = start(location)
      for (let told = 0; told < 4; told++) await child.tell()
      await new Promise((resolve) => setTimeout(resolve, random() * 20))
      child.kill()
      expect(await child.ended).toBe('SIGKILL')
      await goOn(warehouse, kills)
    }
    expect((await building(warehouse)).length).toBe(NEW.length)
    const last = start(location)
    while (await last.tell());
    expect(await last.ended).toBe(0)
    await expectWhole(warehouse)
  })

  it('is built among thousands of dossiers while another process lands: both end, and what it counts is right', async () => {
    const { warehouse, location } = await open()
    const before = [...madeDossiers(0, many, LOT)]
    await readyToLand(warehouse, START)
    await landAll(contextFor(warehouse, START), before)
    await withoutMeasures(warehouse)
    await migrate(warehouse, ZONE)
    const folder = mkdtempSync(join(tmpdir(), 'ioc-feed-build-'))
    const file = join(folder, 'rows.json')
    // some of the old ones change, and as many come
    const landed = [...madeDossiers(many - 2_000, many + 2_000, LOT, 1)]
    writeFileSync(file, JSON.stringify(landed))
    const child = spawn(
      process.execPath,
      [new URL('./land-child.ts', import.meta.url).pathname, location, file, String(START + DAY), '200'],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    )
    const ended = new Promise((resolve) => child.once('close', resolve))
    const landings = () => warehouse.read(async (db) => (await db.selectFrom('landing').select('id').execute()).length)
    const first = await landings()
    while ((await landings()) === first) await new Promise((resolve) => setTimeout(resolve, 2))
    const built = await buildMeasures(warehouse, { zone: ZONE, chunk: 1_000 })
    expect([built.measures.length, built.dossiers, child.exitCode]).toEqual([NEW.length, many, null])
    expect(await ended).toBe(0)
    rmSync(folder, { recursive: true })
    const now = new Map([...before, ...landed].map((part) => [part.code, part]))
    const online = [...now.values()].filter(({ channel }) => channel === 'online').length
    const sum = await warehouse.read((db) =>
      db
        .selectFrom('cell_day')
        .select(({ fn }) => fn.sum<number>('received_online').as('n'))
        .executeTakeFirstOrThrow(),
    )
    expect([sum.n, (await rebuild(warehouse, ZONE)).differences]).toEqual([online, []])
  }, 120_000)

  it('is built by one at a time; a second builder leaves it alone and one without the lease doubles nothing', async () => {
    const { warehouse, location } = await open()
    const { warehouse: other } = await open({ location })
    await filled(warehouse)
    await withoutMeasures(warehouse)
    await migrate(warehouse, ZONE)
    const pass = (on: Warehouse) =>
      buildPass(on, {
        config: { zone: ZONE } as never,
        now: () => performance.now(),
        signal: new AbortController().signal,
      })
    const both = await Promise.all([pass(warehouse), pass(other)])
    expect(both).toContain(false)
    const outcomes = await Promise.allSettled(
      [warehouse, other].map((on) => buildMeasures(on, { zone: ZONE, chunk: CHUNK })),
    )
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'LEASE_LOST' })
    await expectWhole(warehouse)
  })

  it('is built by the next sync before it refreshes, and by serve between its passes', async () => {
    const { warehouse, location } = await open()
    const deployment = deploy({ tape: [{ id: 'tape', settings: { folder: 'tape' } }] })
    const share = () =>
      warehouse.read((db) =>
        db
          .selectFrom('indicator_value')
          .select(['numerator', 'denominator'])
          .where('indicator', '=', 'online-share')
          .where('period', '=', '2024-11')
          .where('agency', 'like', '72@%')
          .where('current', '=', 1)
          .executeTakeFirst(),
      )
    try {
      await deployment.prepare(warehouse)
      deployment.put('tape/dossier.json', JSON.stringify({ pages: [records(50)] }))
      await deployment.sync(warehouse)
      for (const how of ['sync', 'serve'] as const) {
        await withoutMeasures(warehouse, ['received_online'])
        await migrate(warehouse, ZONE)
        expect(await building(warehouse)).toEqual(['received_online'])
        if (how === 'sync') await deployment.sync(warehouse)
        else
          await serveUntil(
            warehouse,
            { ...deployment.config, warehouse: location },
            async () => (await share())?.denominator === 50,
          )
        expect(await building(warehouse)).toEqual([])
        expect(await share()).toEqual({ numerator: 50, denominator: 50 })
      }
    } finally {
      deployment.remove()
    }
  })

  it('of a newer program ends serve, so that whoever starts it again starts the new one', async () => {
    const { warehouse, location } = await open()
    const deployment = deploy({ tape: [{ id: 'tape', settings: { folder: 'tape' } }] })
    try {
      await deployment.prepare(warehouse)
      const own = { version: 1, state: 'live', from_landing: 0, tick_at: 0, built_to: 0 }
      await warehouse.write((trx) =>
        trx.db
          .insertInto('measure')
          .values({ name: 'of_tomorrow', ...own })
          .execute(),
      )
      const served = serveUntil(warehouse, { ...deployment.config, warehouse: location }, async () => false)
      await expect(served).rejects.toMatchObject({ code: 'MEASURE_UNKNOWN' })
    } finally {
      deployment.remove()
    }
  })

  it('of a newer program stops every write of this one that it would be missing in', async () => {
    const { warehouse } = await open()
    await filled(warehouse)
    const content = () => warehouse.read((db) => db.selectFrom('landing').select('id').execute())
    const before = await content()
    const own = { version: 1, state: 'live', from_landing: 0, tick_at: 0, built_to: 0 }
    await warehouse.write((trx) =>
      trx.db
        .insertInto('measure')
        .values({ name: 'of_tomorrow', ...own })
        .execute(),
    )
    const refused = { code: 'MEASURE_UNKNOWN', exit: 2, params: { measure: 'of_tomorrow' } }
    await expect(landAll(contextFor(warehouse, START), madeDossiers(0, 3, LOT, 1))).rejects.toMatchObject(refused)
    await expect(tick(warehouse, START + DAY, ZONE)).rejects.toMatchObject(refused)
    await expect(refresh(warehouse, REFRESH)).rejects.toMatchObject(refused)
    await expect(migrate(warehouse, ZONE)).rejects.toMatchObject(refused)
    await warehouse.write((trx) => trx.db.deleteFrom('measure').where('name', '=', 'of_tomorrow').execute())
    // one that it knows by an older rule
    await warehouse.write((trx) =>
      trx.db.updateTable('measure').set({ version: 2 }).where('name', '=', 'received').execute(),
    )
    await expect(tick(warehouse, START + DAY, ZONE)).rejects.toMatchObject({
      ...refused,
      params: { measure: 'received' },
    })
    expect(await content()).toEqual(before)
  })

  function start(location: string) {
    const child = fork(new URL('./build-child.ts', import.meta.url), [location, String(CHUNK)], { execArgv: [] })
    const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
      child.once('close', (code, signal) => resolve(code ?? signal)),
    )
    return {
      /** the next chunk, once it is ready for it; false where it has ended */
      async tell(): Promise<boolean> {
        const ready = new Promise<true>((resolve) => child.once('message', () => resolve(true)))
        if ((await Promise.race([ready, ended])) !== true) return false
        child.send('go')
        return true
      },
      kill: () => child.kill('SIGKILL'),
      ended,
    }
  }
})
