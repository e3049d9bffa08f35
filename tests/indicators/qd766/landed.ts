/** A month of a small province with every input of QĐ 766, made up, landed as the sync lands it. What it counts is in figures.test.ts. */
import { createHash } from 'node:crypto'
import { CHECKOUT } from '../../../src/config.ts'
import type { Entity } from '../../../src/connect/connector.ts'
import { type IndicatorRow, readIndicators } from '../../../src/indicators/read.ts'
import { refresh } from '../../../src/indicators/refresh.ts'
import { tick } from '../../../src/indicators/tick.ts'
import { land } from '../../../src/sync/land.ts'
import type { CanonicalObject } from '../../../src/sync/protocol.ts'
import { installReference } from '../../../src/sync/reference.ts'
import type { Warehouse } from '../../../src/warehouse/open.ts'
import { saveSourceStatus } from '../../../src/warehouse/source-status.ts'
import { smallProvince } from '../../support/changes.ts'
import { at, contextOf, type DossierPart, dossierRow, holdLease, page, procedureObject } from '../../support/pages.ts'
import { ZONE } from '../../support/warehouse.ts'

export const TICK = at('2024-12-02T08:00')
export const REAL = at('2026-01-05T08:00')
export const MONTH = '2024-11'
export const PROVINCE = '72@2020-01-01'
const AGENCY = 'identifier:H53.01'

/** Source → what it brings. */
const SOURCES = {
  catalogue: ['procedure'],
  'one-stop': ['dossier', 'feedback'],
  office: ['publication', 'petition'],
  national: ['official-score'],
} as const satisfies Record<string, readonly Entity[]>
export type Source = keyof typeof SOURCES
const sourceOf = (entity: Entity): Source =>
  (Object.keys(SOURCES) as Source[]).find((source) => (SOURCES[source] as readonly Entity[]).includes(entity)) ??
  'one-stop'

export const day = (date: string) => ({ at: at(`${date}T00:00`), precision: 'day' })
const object = (fields: Record<string, unknown>): CanonicalObject => ({
  ...fields,
  orderAt: null,
  contentHash: createHash('sha1').update(JSON.stringify(fields)).digest('hex'),
})

export const procedures = [
  procedureObject('1.000001', { level: 'full', fee: true, requiresResult: true, agencies: [AGENCY] }),
  procedureObject('1.000002', { level: 'partial', fee: false, requiresResult: false, agencies: [AGENCY] }),
  procedureObject('1.000003', { level: 'information', online: false, fee: true, requiresResult: true }),
  procedureObject('1.000004', { level: 'full', fee: false, requiresResult: true, agencies: [AGENCY] }),
]
const PAID = { fee: 50_000, paid_online: 'national' }
export const dossier = (code: string, fields: DossierPart): DossierPart => ({
  code,
  resolving: AGENCY,
  procedure: '1.000001',
  channel: 'counter',
  received_at: at('2024-11-04T08:00'),
  due_printed_at: at('2024-11-15T15:00'),
  due_printed_precision: 'second',
  status: 4,
  ...fields,
})
const done = (when: string) => ({ status: 10, finished_at: at(when), finished_precision: 'second' })
export const dossiers: readonly DossierPart[] = [
  dossier('D1', {
    channel: 'online',
    ...PAID,
    electronic_result: 1,
    digitised: 1,
    reused: 1,
    vneid: 1,
    ...done('2024-11-12T09:00'),
  }),
  dossier('D2', { channel: 'online', fee: 50_000, due_printed_at: at('2024-12-09T15:00') }),
  dossier('D3', {
    procedure: '1.000002',
    channel: 'online',
    fee: 0,
    digitised: 1,
    vneid: 1,
    ...done('2024-11-15T15:00'),
  }),
  dossier('D4', { procedure: '1.000003', fee: 0, electronic_result: 1, digitised: 1, ...done('2024-11-15T15:01') }),
  dossier('D5', { procedure: '1.000004', digitised: 1, ...done('2024-11-08T09:00') }),
  dossier('D6', {}),
  dossier('D7', { procedure: '1.000002', received_at: at('2024-10-21T08:00'), ...done('2024-11-04T09:00') }),
  dossier('D8', { procedure: '1.000004', electronic_result: 1, reused: 1, ...done('2024-11-11T09:00') }),
]
export const ratingOf = (code: string, points: number, date: string) =>
  object({ code: `R-${code}`, dossier: code, rated: { at: at(`${date}T09:00`), precision: 'second' }, score: points })
export const ratings = [ratingOf('D1', 5, '2024-11-13'), ratingOf('D5', 1, '2024-11-09')]
export const publication = (code: string, procedure: string, fields: Record<string, unknown>) =>
  object({ code, agency: AGENCY, procedure, decided: day('2024-11-04'), effective: day('2024-11-29'), ...fields })
export const publications = [
  publication('A', '1.000001', { published: day('2024-11-08'), complete: true }),
  // two working days before its basis takes effect, and eleven after the decision
  publication('B', '1.000002', { effective: day('2024-11-06'), published: day('2024-11-20'), complete: false }),
  publication('C1', '1.000003', { published: day('2024-11-06'), complete: true }),
  // announced late; its time to be published has not passed
  publication('C2', '1.000003', { decided: day('2024-11-25'), effective: day('2024-11-26') }),
]
export const petition = (code: string, fields: Record<string, unknown>) =>
  object({ code, agency: AGENCY, subject: 'procedure', received: day('2024-11-01'), ...fields })
export const petitions = [
  petition('P1', {
    outcome: 'answered',
    outcomeAt: day('2024-11-11'),
    published: day('2024-11-12'),
    satisfied: false,
  }),
  petition('P2', { subject: 'staff' }),
  petition('P3', { dossier: 'D8', received: day('2024-11-14'), outcome: 'refused', outcomeAt: day('2024-11-15') }),
  petition('P4', { dossier: 'D8', received: day('2024-12-01') }),
]
/** component → what the portal counts, or its points */
export const COUNTED: Readonly<Record<string, readonly [numerator: number, denominator: number]>> = {
  '1.4': [90, 100],
  '3.5': [1, 2],
  'certified-copy': [4, 8],
  '4.4': [3, 6],
  '4.5a': [1, 4],
}
export const score = (component: string, fields: Record<string, unknown>, stated = '2024-12-01') =>
  object({
    code: `H53|${MONTH}|${component}`,
    agency: 'identifier:H53',
    period: MONTH,
    component,
    stated: day(stated),
    ...fields,
  })
export const counts = (components = Object.keys(COUNTED)) =>
  components.map((component) => {
    const [numerator, denominator] = COUNTED[component] ?? [0, 0]
    return score(component, { numerator, denominator })
  })

/** Reference data, the first tick and the catalogue. */
export async function ready(warehouse: Warehouse): Promise<void> {
  await installReference(warehouse, [smallProvince(), CHECKOUT], TICK)
  await tick(warehouse, TICK, ZONE)
  for (const source of Object.keys(SOURCES)) await holdLease(warehouse, source)
  await bring(warehouse, 'procedure', procedures)
}

let runs = 0
export async function bring(
  warehouse: Warehouse,
  entity: Entity,
  rows: readonly (CanonicalObject | DossierPart)[],
  { deleted = [], at: now = TICK }: { deleted?: readonly string[]; at?: number } = {},
): Promise<void> {
  const source = sourceOf(entity)
  const lease = { name: `source:${source}`, token: 1 }
  const context = { source, stream: entity, entity, lease, run: `run-${++runs}`, asOf: now, arrivedAt: now }
  const given = entity === 'dossier' ? rows.map((row) => dossierRow(row as DossierPart)) : (rows as CanonicalObject[])
  await land(contextOf(warehouse, context), [page(given, { entity, deleted })])
}

/** Every input but those left out. */
export async function bringAll(warehouse: Warehouse, without: readonly Entity[] = []): Promise<void> {
  const all = [
    ['petition', petitions],
    ['dossier', dossiers],
    ['feedback', ratings],
    ['publication', publications],
    ['official-score', counts()],
  ] as const
  for (const [entity, rows] of all) if (!without.includes(entity)) await bring(warehouse, entity, rows)
}

/** All sources were read completely. */
export async function settle(warehouse: Warehouse, now = REAL): Promise<void> {
  await warehouse.write(async (trx) => {
    const told = { as_of: TICK, state: 'fresh', fresh_until: REAL + 86_400_000, sequence: 1 }
    for (const source of Object.keys(SOURCES)) await saveSourceStatus(trx, { source, ...told })
  })
  await refresh(warehouse, { now, zone: ZONE, targets: ['ioc'] })
}

/** id without `qd766-` → row */
export async function scores(warehouse: Warehouse, agency = PROVINCE, period = MONTH) {
  const rows = await warehouse.read((db) => readIndicators(db, { agencies: [agency], periods: [period] }, ZONE))
  return new Map<string, IndicatorRow>(
    rows.flatMap((row) =>
      row.indicator.startsWith('qd766-') && row.agency.key === agency ? [[row.indicator.slice(6), row]] : [],
    ),
  )
}
