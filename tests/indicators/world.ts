/** A small province for the tests of indicators: made up, with agencies of every kind, procedures of every level, and dossiers as rows. */

import { inputContributions } from '../../src/indicators/inputs.ts'
import { localDays } from '../../src/indicators/local-day.ts'
import { contributions, nextChange } from '../../src/indicators/measures.ts'
import { currentTick } from '../../src/indicators/tick.ts'
import { upsertRows, type Value } from '../../src/warehouse/bulk.ts'
import { applyContributions } from '../../src/warehouse/cells.ts'
import { type CountedInput, type InputRecords, saveInputFeeds, saveInputs } from '../../src/warehouse/inputs.ts'
import type { Trx, Warehouse } from '../../src/warehouse/open.ts'
import { saveFeeds } from '../../src/warehouse/source-status.ts'
import type { DossierRecord } from '../../src/warehouse/tables.ts'

export const ZONE = 'Asia/Ho_Chi_Minh'
export const at = (local: string) => Date.parse(`${local.length === 10 ? `${local}T00:00` : local}+07:00`)
export const DAY = 86_400_000

export interface AgencySeed {
  code: string
  kind: string
  name?: string
  validFrom?: string
  validTo?: string | null
  successors?: string[]
  parent?: string | null
}
export interface ProcedureSeed {
  code: string
  level?: 'full' | 'partial' | 'information'
  online?: boolean
  integrated?: boolean
  executing?: string[]
  /** codes of agencies that begin in 2020, or keys */
  agencies?: string[]
  validFrom?: string
  validTo?: string | null
}

export async function seedAgencies(trx: Trx, agencies: readonly AgencySeed[]): Promise<void> {
  const rows = agencies.map((a): Value[] => {
    const from = a.validFrom ?? '2020-01-01'
    return [
      `${a.code}@${from}`,
      a.code,
      'qd20',
      null,
      a.kind,
      a.name ?? `Đơn vị ${a.code}`,
      a.parent ?? null,
      from,
      a.validTo ?? null,
      JSON.stringify(a.successors ?? []),
      1,
      null,
    ]
  })
  const columns = [
    'key',
    'code',
    'code_system',
    'identifier',
    'kind',
    'name',
    'parent',
    'valid_from',
    'valid_to',
    'successors',
    'known_from',
    'known_to',
  ]
  await upsertRows(trx, 'agency', columns, ['key', 'known_from'], 'update', rows)
}

export async function seedProcedures(
  trx: Trx,
  procedures: readonly ProcedureSeed[],
  source = 'catalogue',
): Promise<void> {
  const rows = procedures.map((p): Value[] => [
    p.code,
    p.validFrom ?? '2020-01-01',
    p.validTo ?? null,
    `Thủ tục ${p.code}`,
    p.level ?? 'full',
    p.online === false ? 0 : 1,
    p.integrated ? 1 : 0,
    JSON.stringify(p.executing ?? ['province']),
    source,
    '',
    1,
    null,
  ])
  const columns = [
    'code',
    'valid_from',
    'valid_to',
    'name',
    'level',
    'online',
    'integrated',
    'executing',
    'source',
    'content_hash',
    'known_from',
    'known_to',
  ]
  await upsertRows(trx, 'procedure', columns, ['code', 'valid_from', 'known_from'], 'update', rows)
  const named = procedures.flatMap((p) =>
    (p.agencies ?? []).map((agency) => [
      p.code,
      agency.includes('@') ? agency : `${agency}@2020-01-01`,
      p.validFrom ?? '2020-01-01',
      p.validTo ?? null,
      1,
      null,
    ]),
  )
  await upsertRows(
    trx,
    'procedure_agency',
    ['procedure', 'agency', 'valid_from', 'valid_to', 'known_from', 'known_to'],
    ['procedure', 'agency', 'valid_from', 'known_from'],
    'nothing',
    named,
  )
}

let made = 0
/** A counted dossier with everything optional empty. */
export function dossier(fields: Partial<DossierRecord> & Pick<DossierRecord, 'resolving'>): DossierRecord {
  const received = fields.received_at ?? at('2024-11-04T08:00')
  return {
    source: 'one-stop',
    code: `D${++made}`,
    national_code: null,
    procedure: '1.000001',
    procedure_local: null,
    assisting: null,
    receiving: null,
    channel: 'online',
    status: 4,
    status_at: null,
    status_precision: null,
    applicant_kind: null,
    identity: null,
    submitted_at: null,
    submitted_precision: null,
    received_at: received,
    received_precision: 'second',
    due_printed_at: null,
    due_printed_precision: 'second',
    due_precision: 'second',
    finished_at: null,
    finished_precision: null,
    returned_at: null,
    returned_precision: null,
    refused_at: null,
    refused_precision: null,
    supplements: null,
    reappointments: null,
    fee: null,
    paid_online: null,
    digitised: null,
    reused: null,
    vneid: null,
    electronic_result: null,
    delivery: null,
    counted: 1,
    deleted: 0,
    due_at: null,
    due_ours_at: null,
    ended_at: null,
    ended_precision: 'second',
    ended_basis: null,
    due_in_2_at: null,
    due_in_1_at: null,
    processing_hours: null,
    rating: null,
    rated_at: null,
    complained: null,
    next_at: null,
    status_seen_at: received,
    order_at: received,
    order_declared: 0,
    content_hash: '',
    run: 'r1',
    known_from: 1,
    ...fields,
  }
}

/** Lands rows as the sync does, in one write: replaces by (source, code), moves the cells by delta. */
export async function land(warehouse: Warehouse, rows: readonly DossierRecord[]): Promise<void> {
  const days = localDays(ZONE)
  await warehouse.write(async (trx) => {
    const tick = (await currentTick(trx.db)) ?? 0
    const columns = Object.keys(dossier({ resolving: '' })) as (keyof DossierRecord)[]
    const codes = rows.map((row) => row.code)
    const old = []
    for (let i = 0; i < codes.length; i += 500) {
      old.push(
        ...(await trx.db
          .selectFrom('dossier')
          .selectAll()
          .where('code', 'in', codes.slice(i, i + 500))
          .execute()),
      )
    }
    const before = old.filter((o) => rows.some((row) => row.code === o.code && row.source === o.source))
    await upsertRows(
      trx,
      'dossier',
      columns,
      ['source', 'code'],
      'update',
      rows.map((row) => columns.map((column) => ({ ...row, next_at: nextChange(row, days, tick) })[column])),
    )
    for (const [source, own] of Map.groupBy(rows, (row) => row.source)) await saveFeeds(trx, source, own)
    await applyContributions(
      trx,
      rows.map((row) => contributions(row, days, tick)),
      before.map((row) => contributions(row, days, tick)),
    )
  })
}

let named = 0
const landed = { source: 'office', deleted: 0, order_at: 1, content_hash: '', run: 'r1', known_from: 1, next_at: null }
/** An open petition about staff, in time. */
export const petitionRow = (
  fields: Partial<InputRecords['petition']> & Pick<InputRecords['petition'], 'agency'>,
): InputRecords['petition'] => ({
  ...landed,
  code: `PA-${++named}`,
  procedure: null,
  dossier_code: null,
  subject: 'staff',
  received_at: at('2024-11-04'),
  received_precision: 'day',
  outcome: null,
  outcome_at: null,
  outcome_precision: null,
  published_at: null,
  published_precision: null,
  satisfied: null,
  complained_again: null,
  due_at: Number.MAX_SAFE_INTEGER,
  publish_by_at: null,
  ...fields,
})
/** Decided in time, not public yet. */
export const publicationRow = (
  fields: Partial<InputRecords['publication']> & Pick<InputRecords['publication'], 'agency'>,
): InputRecords['publication'] => ({
  ...landed,
  code: `QD-${++named}`,
  procedure: '1.000001',
  decided_at: at('2024-11-04'),
  decided_precision: 'day',
  effective_at: at('2024-11-15'),
  effective_precision: 'day',
  published_at: null,
  published_precision: null,
  complete: 1,
  announce_by_at: at('2024-11-09'),
  publish_by_at: at('2024-11-12'),
  replaced_at: null,
  ...fields,
})

/** What an office reports by hand. */
export const statementRow = (
  fields: Partial<InputRecords['statement']> & Pick<InputRecords['statement'], 'agency' | 'period'>,
): InputRecords['statement'] => {
  const { next_at: _, ...kept } = landed
  return {
    ...kept,
    code: `BC-${++named}`,
    indicator: 'dossiers-received',
    numerator: 7,
    denominator: null,
    signer: 'sample',
    document: '1/BC',
    signed_on: '2025-10-02',
    ...fields,
  }
}

/** The first landing of such rows. */
export async function landInputRows<Name extends CountedInput>(
  warehouse: Warehouse,
  name: Name,
  rows: readonly InputRecords[Name][],
): Promise<void> {
  const days = localDays(ZONE)
  await warehouse.write(async (trx) => {
    const tick = (await currentTick(trx.db)) ?? 0
    await saveInputs(trx, name, rows)
    await saveInputFeeds(trx, 'office', name, new Set(rows.map(({ agency }) => agency)))
    await applyContributions(
      trx,
      rows.map((row) => inputContributions(name, row as never, days, tick)),
      [],
    )
  })
}

export const FRESH = (now: number) =>
  new Map([
    ['one-stop', { asOf: now, state: 'fresh', freshUntil: now + DAY }],
    ['catalogue', { asOf: now, state: 'fresh', freshUntil: now + 2 * DAY }],
  ])

/** Before a first tick and any dossier: 3 departments, a vertical agency, 2 districts, 3 communes, and 14 procedures of every kind. */
export async function seedProvince(warehouse: Warehouse): Promise<void> {
  await warehouse.write(async (trx) => {
    await seedAgencies(trx, [
      { code: '72', kind: 'province', validTo: '2025-07-01', successors: ['80@2025-07-01'] },
      { code: '80', kind: 'province', validFrom: '2025-07-01' },
      { code: 'S1', kind: 'department' },
      { code: 'S2', kind: 'department', validTo: '2025-03-01', successors: ['S1@2020-01-01'] },
      { code: 'S3', kind: 'department' },
      { code: 'V1', kind: 'vertical' },
      { code: 'H1', kind: 'district', validTo: '2025-07-01' },
      { code: 'H2', kind: 'district', validTo: '2025-07-01' },
      { code: 'X1', kind: 'commune', validTo: '2025-07-01', successors: ['X1@2025-07-01'] },
      { code: 'X2', kind: 'commune', validTo: '2025-07-01', successors: ['X1@2025-07-01', 'X3@2025-07-01'] },
      { code: 'X3', kind: 'commune', validTo: '2025-07-01', successors: ['X1@2025-07-01'] },
      { code: 'X1', kind: 'commune', validFrom: '2025-07-01', name: 'Xã mới' },
      { code: 'X3', kind: 'commune', validFrom: '2025-07-01' },
    ])
    const of = (n: number) => `1.${String(n).padStart(6, '0')}`
    await seedProcedures(trx, [
      ...Array.from({ length: 10 }, (_, i) => ({ code: of(i + 1), agencies: ['S1', 'S2'], integrated: i < 6 })),
      { code: of(11), level: 'partial', agencies: ['S1', 'S3', 'V1'] },
      { code: of(12), level: 'information', online: false, agencies: ['S1'] },
      { code: of(13), executing: ['district', 'commune'] },
      { code: of(14), level: 'partial', executing: ['commune'] },
    ])
  })
}
