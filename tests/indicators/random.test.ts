/**
 * Thousands of random changes of every kind, over both reorganisations, with restarts and kills: at every checkpoint each cell and each
 * figure equals what is recomputed from the rows. At the level of landing, where ten thousand are cheap; the way through reading, files
 * and processes is in tests/faults/random.test.ts.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { CHECKOUT } from '../../src/config.ts'
import { rebuild } from '../../src/indicators/rebuild.ts'
import { refresh } from '../../src/indicators/refresh.ts'
import { tick } from '../../src/indicators/tick.ts'
import { type LandContext, land } from '../../src/sync/land.ts'
import type { CanonicalObject } from '../../src/sync/protocol.ts'
import { installReference } from '../../src/sync/reference.ts'
import { rejudge } from '../../src/sync/rejudge.ts'
import { openWarehouse, type Warehouse } from '../../src/warehouse/open.ts'
import {
  contextFor,
  DAY,
  FEW_AGENCIES,
  PROCEDURES,
  readyToLand,
  SOURCES,
  smallProvince,
  supplement,
} from '../support/changes.ts'
import { at, type DossierPart, dossierRow, page, procedureObject } from '../support/pages.ts'
import { eachDialect, ZONE } from '../support/warehouse.ts'

const START = at('2024-12-02T08:00')
/** each ends with a checkpoint; departments merge after the third, communes after the sixth */
const ROUNDS = 8
const ROUND_DAYS = 33
const BATCHES = 5
const PER_BATCH = 250
const DOSSIERS = 500
const CHANGES = ROUNDS * BATCHES * PER_BATCH
/** as they were and as they are: one that is not in being on the day of reception makes the dossier wait; the ward that goes on under its code alone has those of July 2025 */
const WARD = 'code:25459'
const RESOLVING = [...FEW_AGENCIES, ...FEW_AGENCIES, 'identifier:H53.19', 'identifier:H53.101', WARD, WARD, WARD]

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ioc-feed-random-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What happens to dossier number `i` of a source. Days count from the batch's own. */
const change = fc.record({
  // Of all of them: one run is drawn near the ends of every range, and few dossiers would be saved over and over.
  i: fc.noBias(fc.nat(DOSSIERS - 1)),
  source: fc.constantFrom(...SOURCES),
  kind: fc.oneof(
    { arbitrary: fc.constant('saved' as const), weight: 17 },
    { arbitrary: fc.constant('deleted' as const), weight: 1 },
    { arbitrary: fc.constant('doubled' as const), weight: 2 },
  ),
  group: fc.option(fc.nat(60), { freq: 3 }),
  procedure: fc.constantFrom(...PROCEDURES.slice(0, 12), '9.999999'),
  resolving: fc.noBias(fc.constantFrom(...RESOLVING)),
  channel: fc.constantFrom('online', 'direct', 'postal'),
  status: fc.integer({ min: 1, max: 10 }),
  received: fc.noBias(fc.integer({ min: -90, max: 0 })),
  hour: fc.integer({ min: 0, max: 23 }),
  due: fc.option(fc.integer({ min: 0, max: 40 }), { freq: 5 }),
  byDay: fc.boolean(),
  took: fc.integer({ min: -1, max: 60 }),
  asked: fc.option(fc.integer({ min: 0, max: 20 }), { freq: 2 }),
  answered: fc.option(fc.integer({ min: 0, max: 20 }), { freq: 3 }),
  // one in five is older than what came before it
  late: fc.oneof({ arbitrary: fc.constant(0), weight: 4 }, { arbitrary: fc.integer({ min: 1, max: 40 }), weight: 1 }),
})
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never

const batch = fc.record({
  changes: fc.array(change, { minLength: PER_BATCH, maxLength: PER_BATCH, size: 'max' }),
  feedback: fc.array(fc.record({ i: fc.nat(DOSSIERS - 1), score: fc.integer({ min: 1, max: 5 }) }), { maxLength: 20 }),
  next: fc.constantFrom('tick', 'tick', 'tick', 'restart', 'procedures', 'calendar', 'authority'),
})
type Batch = typeof batch extends fc.Arbitrary<infer T> ? T : never

function partOf(one: Change, now: number): DossierPart {
  const received = now + one.received * DAY + (one.hour - 8) * 3_600_000
  const after = (days: number) => received + days * DAY
  const ended = [3, 7, 8, 9, 10].includes(one.status) && one.took >= 0
  return {
    code: `R-${String(one.i).padStart(4, '0')}`,
    national_code: one.group === null ? null : `H53-${String(one.group).padStart(4, '0')}`,
    procedure: one.procedure,
    resolving: one.resolving,
    channel: one.channel,
    status: one.status,
    received_at: received,
    due_printed_at: one.due === null ? null : one.byDay ? startOf(after(one.due)) : after(one.due),
    due_printed_precision: one.due === null ? null : one.byDay ? 'day' : 'second',
    // 9 and 10 without any date are refused before they land
    finished_at: ended || one.status >= 9 ? after(Math.max(one.took, 0)) : null,
    finished_precision: ended || one.status >= 9 ? (one.byDay ? 'day' : 'second') : null,
    supplements:
      one.asked === null ? null : supplement(after(one.asked), one.answered && after(one.asked + one.answered)),
    fee: one.i % 3,
    order: now - one.late * DAY,
  }
}
const startOf = (ms: number) => Math.floor((ms + 7 * 3_600_000) / DAY) * DAY - 7 * 3_600_000

/** One deployment that goes on through restarts: its warehouse, calendar and authority are of now. */
class Deployment {
  readonly location: string
  warehouse: Warehouse
  private ranks = { 'one-stop': 2, land: 1 }
  private daysOff = 0
  constructor(location: string, warehouse: Warehouse) {
    this.location = location
    this.warehouse = warehouse
  }

  private authorities() {
    return new Map(SOURCES.map((source) => [source, [{ rank: this.ranks[source], from: '2020-01-01' }]]))
  }
  context(now: number, source: (typeof SOURCES)[number], more: Partial<LandContext> = {}): LandContext {
    const context = contextFor(this.warehouse, now, source, { orderDeclared: source === 'land', ...more })
    return { ...context, electorate: { ...context.electorate, authorities: this.authorities() } }
  }

  async land(now: number, changes: readonly Change[]): Promise<void> {
    for (const source of SOURCES) {
      const own = changes.filter((one) => one.source === source)
      const saved = own.filter(({ kind }) => kind !== 'deleted').map((one) => dossierRow(partOf(one, now)))
      const again = own.filter(({ kind }) => kind === 'doubled').map((one) => dossierRow(partOf(one, now)))
      const deleted = own.filter(({ kind }) => kind === 'deleted').map((one) => String(partOf(one, now).code))
      await land(this.context(now, source), [page([...saved, ...again]), page([], { deleted })])
    }
  }

  /** The same by another process, which is killed in the middle and started again by nobody: what it did not land, we land. */
  async landKilled(now: number, changes: readonly Change[], file: string): Promise<void> {
    const rows = changes
      .filter(({ kind }) => kind !== 'deleted')
      .map((one) => ({ ...one, source: 'one-stop' as const }))
    writeFileSync(file, JSON.stringify(rows.map((one) => partOf(one, now))))
    const landings = async () =>
      (await this.warehouse.read((db) => db.selectFrom('landing').select('id').execute())).length
    const before = await landings()
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'land-child.ts'), this.location, file, String(now)],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    )
    const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once('close', (_, signal) => resolve(signal)))
    while ((await landings()) < before + 10 && child.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 1))
    child.kill('SIGKILL')
    expect(await ended).toBe('SIGKILL')
    await this.land(now, rows)
  }

  async landFeedback(now: number, given: Batch['feedback']): Promise<void> {
    const objects = given.map(({ i, score }, n) => ({
      code: `F-${i}`,
      dossier: `R-${String(i).padStart(4, '0')}`,
      rated: { at: now - n * 3_600_000, precision: 'second' },
      score,
      orderAt: now,
      contentHash: `${i} ${score} ${now} ${n}`,
    }))
    const own = [...new Map(objects.map((one) => [one.code, one])).values()] as unknown as CanonicalObject[]
    const context = this.context(now, 'one-stop', { stream: 'feedback', entity: 'feedback' })
    await land(context, [page(own, { entity: 'feedback' })])
  }

  async next(what: Batch['next'], now: number): Promise<void> {
    switch (what) {
      case 'restart':
        await this.warehouse.close()
        this.warehouse = await openWarehouse(this.location)
        return
      case 'procedures': {
        const lease = { name: 'source:catalogue', token: 1 }
        const more = { source: 'catalogue', stream: 'procedure', entity: 'procedure', lease } as const
        const objects = PROCEDURES.slice(0, 5).map((code, i) =>
          procedureObject(code, { level: (i + now) % 2 === 0 ? 'partial' : 'full', limit: 3 + (now % 7) }),
        )
        await land(this.context(now, 'one-stop', more), [page(objects, { entity: 'procedure' })])
        return
      }
      case 'calendar':
        await this.anotherDayOff(now)
        return
      case 'authority':
        this.ranks = { 'one-stop': this.ranks.land, land: this.ranks['one-stop'] }
        await this.judge(now)
    }
  }
  private async anotherDayOff(now: number): Promise<void> {
    const calendar = JSON.parse(readFileSync(join(CHECKOUT, 'data', 'reference', 'calendar.json'), 'utf8'))
    const date = new Date(now + 7 * 3_600_000 + 3 * DAY).toISOString().slice(0, 10)
    const off = { date, kind: 'off', name: 'Nghỉ bù (mẫu)', basis: 'mẫu', confidence: 'provisional' }
    if (!calendar.days.some((day: { date: string }) => day.date === date)) calendar.days.push(off)
    const home = join(folder, `calendar-${this.daysOff++}-${now}`)
    mkdirSync(join(home, 'data', 'reference'), { recursive: true })
    writeFileSync(join(home, 'data', 'reference', 'calendar.json'), JSON.stringify(calendar))
    await installReference(this.warehouse, [home, smallProvince(), CHECKOUT], now)
    await this.judge(now)
  }
  private async judge(now: number): Promise<void> {
    const sources = [...this.authorities()].map(([id, authority]) => ({ id, authority }))
    await rejudge({ warehouse: this.warehouse, config: { zone: ZONE, sources } as never }, now)
  }

  /** Both structures count something, and time has moved dossiers: else equality would say little. */
  async checkFilled(): Promise<void> {
    const cells = await this.warehouse.read((db) =>
      db
        .selectFrom('cell_month')
        .select(({ fn }) => [
          'agency',
          fn.sum<number>('received').as('received'),
          fn.sum<number>('past_due').as('late'),
        ])
        .groupBy('agency')
        .execute(),
    )
    // of all agencies of a structure together: how many one of them has is chance
    const receivedIn = (end: string) =>
      cells.reduce((sum, { agency, received }) => (agency.endsWith(end) ? sum + Number(received) : sum), 0)
    for (const end of ['@2020-01-01', '@2025-03-01', '@2025-07-01']) expect(receivedIn(end)).toBeGreaterThan(5)
    expect(Math.max(...cells.map(({ late }) => Number(late)))).toBeGreaterThan(0)
  }
  async check(now: number): Promise<void> {
    await refresh(this.warehouse, { zone: ZONE, targets: [], now })
    const { differences, cells, figures } = await rebuild(this.warehouse, ZONE)
    expect(differences.slice(0, 5)).toEqual([])
    expect(cells).toBeGreaterThan(100)
    expect(figures).toBeGreaterThan(1_000)
  }
}

eachDialect('random changes', (open) => {
  it(`HAZARD 22: ${CHANGES.toLocaleString('en')} of every kind over both reorganisations, with restarts and kills: all equals its recomputation`, async () => {
    const property = fc.asyncProperty(
      fc.array(batch, { minLength: ROUNDS * BATCHES, maxLength: ROUNDS * BATCHES, size: 'max' }),
      async (batches) => {
        const { warehouse, location } = await open()
        await readyToLand(warehouse, START)
        const deployment = new Deployment(location, await openWarehouse(location))
        for (const [n, { changes, feedback, next }] of batches.entries()) {
          const now = START + ((n + 1) / BATCHES) * ROUND_DAYS * DAY
          const file = join(folder, `rows-${n}.json`)
          if (n % 17 === 8) await deployment.landKilled(now, changes, file)
          else await deployment.land(now, changes)
          await deployment.landFeedback(now, feedback)
          await deployment.next(next, now)
          await tick(deployment.warehouse, now + (ROUND_DAYS / BATCHES / 2) * DAY, ZONE)
          if ((n + 1) % BATCHES === 0) await deployment.check(now)
        }
        await deployment.checkFilled()
        await deployment.warehouse.close()
      },
    )
    await fc.assert(property, { numRuns: 1, endOnFailure: true })
  }, 240_000)
})
