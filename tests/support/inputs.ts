/** Publications, petitions, statements and official scores made by hand, landed as the sync does, on the reference data of the checkout. */
import { createHash } from 'node:crypto'
import { CHECKOUT } from '../../src/config.ts'
import type { InputEntity } from '../../src/connect/connector.ts'
import { tick } from '../../src/indicators/tick.ts'
import { type LandContext, land } from '../../src/sync/land.ts'
import type { CanonicalObject } from '../../src/sync/protocol.ts'
import { installReference } from '../../src/sync/reference.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { at, contextOf, holdLease, page, procedureObject } from './pages.ts'
import { ZONE } from './warehouse.ts'

export const START = at('2024-12-02T08:00')
export const H53_07 = 'H53.07@2020-01-01'

/** Reference data, a first tick and two procedures; pass others in place of them. */
export async function ready(
  warehouse: Warehouse,
  procedures: readonly CanonicalObject[] = [procedureObject('1.000001'), procedureObject('1.000002')],
): Promise<void> {
  await installReference(warehouse, [CHECKOUT], START)
  await tick(warehouse, START, ZONE)
  for (const source of ['office', 'catalogue']) await holdLease(warehouse, source)
  await land(
    contextOf(warehouse, {
      source: 'catalogue',
      stream: 'procedure',
      entity: 'procedure',
      lease: { name: 'source:catalogue', token: 1 },
    }),
    [page(procedures, { entity: 'procedure' })],
  )
}

let runs = 0
const context = (warehouse: Warehouse, entity: InputEntity, more: Partial<LandContext> = {}) =>
  contextOf(warehouse, {
    source: 'office',
    stream: entity,
    entity,
    lease: { name: 'source:office', token: 1 },
    run: `run-${++runs}`,
    ...more,
  })
export const day = (local: string) => ({ at: at(`${local}T00:00`), precision: 'day' })
export function object(fields: Record<string, unknown>, orderAt: number | null = null): CanonicalObject {
  return { ...fields, orderAt, contentHash: createHash('sha1').update(JSON.stringify(fields)).digest('hex') }
}
export const petition = (fields: Record<string, unknown> = {}, order: number | null = null) =>
  object(
    {
      code: 'PA-1',
      agency: 'identifier:H53.07',
      procedure: null,
      subject: 'staff',
      received: day('2024-11-04'),
      ...fields,
    },
    order,
  )
export const publication = (fields: Record<string, unknown> = {}) =>
  object({
    code: 'QD-1|1.000001',
    agency: 'identifier:H53.07',
    procedure: '1.000001',
    decided: day('2024-11-04'),
    effective: day('2024-11-15'),
    published: day('2024-11-08'),
    complete: true,
    ...fields,
  })
export const statement = (fields: Record<string, unknown> = {}) =>
  object({
    code: 'ST-1',
    agency: 'identifier:H53.07',
    indicator: 'dossiers-received',
    period: '2024-11',
    numerator: 120,
    denominator: null,
    signer: 'Chánh Văn phòng',
    document: '12/BC-SCT',
    signed: day('2024-12-01'),
    ...fields,
  })

export const landOf = (
  warehouse: Warehouse,
  entity: InputEntity,
  rows: readonly CanonicalObject[],
  more: Partial<LandContext> = {},
  deleted: readonly string[] = [],
) => land(context(warehouse, entity, more), [page(rows, { entity, deleted })])
