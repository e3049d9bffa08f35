/** A source that brings no dossiers says so before its first read: the province's figures over dossiers do not wait for it. */
import { isInput, type Stream } from '../connect/connector.ts'
import { saveInputFeeds } from '../warehouse/inputs.ts'
import type { LeaseHeld, Warehouse } from '../warehouse/open.ts'

export async function declareInputs(
  warehouse: Warehouse,
  source: string,
  streams: readonly Pick<Stream<unknown>, 'entity'>[],
  lease: LeaseHeld,
): Promise<void> {
  const entities = streams.map(({ entity }) => entity)
  if (!entities.some(isInput) || entities.includes('dossier')) return
  const known = await warehouse.read((db) =>
    db.selectFrom('input_feed').select('entity').where('source', '=', source).where('agency', '=', '').execute(),
  )
  const missing = entities.filter(isInput).filter((entity) => !known.some((row) => row.entity === entity))
  if (missing.length === 0) return
  await warehouse.write(async (trx) => {
    for (const entity of missing) await saveInputFeeds(trx, source, entity, new Set(['']))
  }, lease)
}
