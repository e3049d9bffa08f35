/** Many made-up dossiers and what happens to them, landed as the sync lands them: for what must hold of thousands. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CHECKOUT } from '../../src/config.ts'
import { tick } from '../../src/indicators/tick.ts'
import { type LandContext, land } from '../../src/sync/land.ts'
import { installReference } from '../../src/sync/reference.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { seeded } from './crash.ts'
import { contextOf, type DossierPart, dossierRow, holdLease, page, procedureObject } from './pages.ts'
import { ZONE } from './warehouse.ts'

export const DAY = 86_400_000
export const SOURCES = ['one-stop', 'land'] as const
export const PROCEDURES = Array.from({ length: 60 }, (_, i) => `1.${String(100_000 + i * 7)}`)

interface Unit {
  code: string
  identifier: string | null
  kind: string
  validFrom: string
}
const units = (
  JSON.parse(readFileSync(join(CHECKOUT, 'data', 'reference', 'agencies.json'), 'utf8')) as { agencies: Unit[] }
).agencies
const SMALL = new Set('72 80 H53.01 H53.02 H53.03 H53.06 H53.07 H53.19 H53.51 703 25459 25462 25465'.split(' '))
const ofSmall = units.filter(({ code }) => SMALL.has(code))
const identifiers = (list: readonly Unit[]) => [
  ...new Set(
    list.flatMap(({ identifier, kind, validFrom }) =>
      identifier && kind !== 'province' && validFrom < '2025' ? [`identifier:${identifier}`] : [],
    ),
  ),
]
/** By identifier: departments, districts and communes of 2024; of the small province those below. */
export const AGENCIES = identifiers(units)
export const FEW_AGENCIES = identifiers(ofSmall)

let home: string | null = null
/**
 * A province with both reorganisations but few agencies: figures are many, and looking at all of them is what takes a test's time.
 * Departments merge on 2025-03-01, three communes become one on 2025-07-01 under the code of one of them.
 */
export function smallProvince(): string {
  if (home !== null) return home
  const made = mkdtempSync(join(tmpdir(), 'ioc-feed-small-'))
  mkdirSync(join(made, 'data', 'reference'), { recursive: true })
  writeFileSync(join(made, 'data', 'reference', 'agencies.json'), JSON.stringify({ agencies: ofSmall }))
  process.once('exit', () => rmSync(made, { recursive: true, force: true }))
  home = made
  return made
}

/** Reference data, a first tick, procedures; the leases of SOURCES are the test's. */
export async function readyToLand(warehouse: Warehouse, start: number, homes = [smallProvince()]): Promise<void> {
  await installReference(warehouse, [...homes, CHECKOUT], start)
  await tick(warehouse, start, ZONE)
  for (const source of [...SOURCES, 'catalogue']) await holdLease(warehouse, source)
  const lease = { name: 'source:catalogue', token: 1 }
  const context = contextOf(warehouse, {
    source: 'catalogue',
    stream: 'procedure',
    entity: 'procedure',
    lease,
    asOf: start,
  })
  const objects = PROCEDURES.map((code, i) =>
    procedureObject(code, { level: i % 3 === 0 ? 'partial' : 'full', agencies: ['identifier:H53.01'] }),
  )
  await land(context, [page(objects, { entity: 'procedure' })])
}

export const contextFor = (
  warehouse: Warehouse,
  asOf: number,
  source: (typeof SOURCES)[number] = 'one-stop',
  more: Partial<LandContext> = {},
): LandContext =>
  contextOf(warehouse, { source, lease: { name: `source:${source}`, token: 1 }, asOf, arrivedAt: asOf, ...more })

/** Lands them in the batches of a sync. */
export async function landAll(context: LandContext, parts: Iterable<DossierPart>, batch = 5_000): Promise<void> {
  let rows = []
  for (const part of parts) {
    rows.push(dossierRow(part))
    if (rows.length < batch) continue
    await land(context, [page(rows)])
    rows = []
  }
  if (rows.length > 0) await land(context, [page(rows)])
}

export const supplement = (requestedAt: number, completedAt: number | null): string =>
  JSON.stringify([{ requestedAt, completedAt, previousDueAt: null, newDueAt: null }])

export const codeOf = (i: number) => `D-${String(i).padStart(8, '0')}`

/** What made-up dossiers are like. */
export interface Lot {
  /** receptions begin here (epoch ms), and go on for so many days */
  from: number
  days?: number
  agencies?: readonly string[]
}

/**
 * Dossier number i of a lot: nine of ten ended, the others due long after anything that ended. The same number and `version` is the same dossier.
 */
export function madeDossier(i: number, { from, days = 120, agencies = FEW_AGENCIES }: Lot, version = 0): DossierPart {
  const random = seeded(i * 31 + version * 7919 + 1)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const received = from + Math.floor(random() * days * 86_400) * 1000
  const due = received + (5 + Math.floor(random() * 20)) * DAY
  const ended = random() < 0.9
  const end = received + Math.floor(random() * 30 * 86_400) * 1000
  return {
    code: codeOf(i),
    // few procedures make most of the work, as everywhere
    procedure: PROCEDURES[Math.floor(PROCEDURES.length * random() ** 3)] ?? null,
    resolving: pick(agencies),
    channel: random() < 0.6 ? 'online' : 'direct',
    status: ended ? pick([9, 9, 10, 10, 10, 7, 8]) : pick([2, 4, 4, 5]),
    received_at: received,
    due_printed_at: ended ? due : due + 400 * DAY,
    due_printed_precision: 'second',
    finished_at: ended ? end : null,
    finished_precision: ended ? 'second' : null,
    supplements: random() < 0.1 ? supplement(received + DAY, received + 2 * DAY) : null,
  }
}
export function* madeDossiers(first: number, end: number, lot: Lot, version = 0): Generator<DossierPart> {
  for (let i = first; i < end; i++) yield madeDossier(i, lot, version)
}

/** Open, and due one after the other within the hour after `now`. */
export const aboutToBeDue = (i: number, lot: Lot, now: number, of: number): DossierPart => ({
  ...madeDossier(i, lot),
  status: 4,
  finished_at: null,
  finished_precision: null,
  supplements: null,
  due_printed_at: now + 60_000 + Math.floor((i * 3_000_000) / of),
})

export interface Work {
  rows_touched: number | null
  cells_touched: number | null
}
/** What the newest landing, or tick, had to do. */
export const workOf = (warehouse: Warehouse): Promise<Work> =>
  warehouse.read((db) =>
    db
      .selectFrom('landing')
      .select(['rows_touched', 'cells_touched'])
      .where('rows_touched', 'is not', null)
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow(),
  )
