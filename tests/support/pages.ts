/** Normalised pages made by hand: what the worker would send, for tests of landing. */
import { createHash } from 'node:crypto'
import { localDays } from '../../src/indicators/local-day.ts'
import type { LandContext } from '../../src/sync/land.ts'
import {
  type CanonicalObject,
  DOSSIER_COLUMNS,
  type DossierColumn,
  type DossierRow,
  NO_RECORDS,
  type NormalisedPage,
} from '../../src/sync/protocol.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { ZONE } from './warehouse.ts'

export const at = (local: string): number => Temporal.PlainDateTime.from(local).toZonedDateTime(ZONE).epochMilliseconds

export type DossierPart = Partial<Record<DossierColumn, string | number | null>> & { order?: number | null }

/** A received, unfinished dossier of Sở Công Thương unless told otherwise. */
export function dossierRow(part: DossierPart): DossierRow {
  const base: DossierPart = {
    code: 'H53.07-241104-0001',
    procedure: '1.000001',
    resolving: 'identifier:H53.07',
    channel: 'online',
    status: 4,
    received_at: at('2024-11-04T08:00'),
    received_precision: 'second',
    due_printed_at: at('2024-11-11T00:00'),
    due_printed_precision: 'day',
    ...part,
  }
  const canonical = DOSSIER_COLUMNS.map((column) => base[column] ?? null)
  return [...canonical, part.order ?? null, createHash('sha1').update(JSON.stringify(canonical)).digest('hex')]
}

export function page(
  rows: readonly (DossierRow | CanonicalObject)[],
  more: Partial<NormalisedPage> = {},
): NormalisedPage {
  const sorted = [...rows].sort((a, b) => (String((a as DossierRow)[0]) < String((b as DossierRow)[0]) ? -1 : 1))
  return {
    entity: 'dossier',
    rows: sorted,
    records: NO_RECORDS,
    deleted: [],
    rejected: [],
    notes: [],
    resume: { page: 1 },
    read: rows.length,
    remarks: [],
    ...more,
  }
}

export function procedureObject(code: string, more: Record<string, unknown> = {}): CanonicalObject {
  const canonical = {
    code,
    name: `Thủ tục mẫu ${code}`,
    level: 'full',
    online: true,
    integrated: true,
    executing: ['province'],
    agencies: ['identifier:H53.07'],
    limit: 5,
    limitUnit: 'working-day',
    ...more,
  }
  return {
    ...canonical,
    orderAt: null,
    contentHash: createHash('sha1').update(JSON.stringify(canonical)).digest('hex'),
  }
}

export function contextOf(warehouse: Warehouse, more: Partial<LandContext> = {}): LandContext {
  return {
    warehouse,
    lease: { name: 'source:one-stop', token: 1 },
    source: 'one-stop',
    stream: 'dossier',
    entity: 'dossier',
    orderDeclared: false,
    enumerates: false,
    run: 'run-1',
    arrivedAt: at('2024-12-02T08:00'),
    asOf: at('2024-12-02T08:00'),
    zone: ZONE,
    electorate: {
      authorities: new Map([
        ['land', [{ rank: 1, from: '2020-01-01' }]],
        ['one-stop', [{ rank: 2, from: '2020-01-01' }]],
      ]),
      retired: new Set(),
      dayOf: localDays(ZONE).dayOf,
    },
    openKeys: new Map(),
    cache: {},
    ...more,
  }
}

/** Gives a source's lease to this test, so that landing may write. */
export async function holdLease(warehouse: Warehouse, source: string): Promise<void> {
  await warehouse.write((trx) =>
    trx.db
      .insertInto('lease')
      .values({ name: `source:${source}`, holder: 'test', token: 1, expires_at: 4_000_000_000_000 })
      .execute(),
  )
}
