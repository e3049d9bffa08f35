/** Agencies, as a source names them, inside the caller's write. */
import { upsertRows } from '../warehouse/bulk.ts'
import { newLanding, saveMeta } from '../warehouse/landing.ts'
import type { Trx } from '../warehouse/open.ts'
import type { RecordContext } from './dossier-record.ts'
import type { RecordAt } from './kept-records.ts'
import type { LandedDossiers } from './land-dossiers.ts'
import { ALWAYS } from './land-procedures.ts'
import type { CanonicalObject } from './protocol.ts'

const nothing = (): LandedDossiers => ({
  counts: { landed: 0, new: 0, changed: 0, unchanged: 0, deleted: 0 },
  waiting: [],
  notes: [],
  good: new Map(),
})

/** A source never creates an agency: its own codes become aliases of agencies that the reference data knows. */
export async function landAgencies(
  trx: Trx,
  context: RecordContext,
  rows: readonly CanonicalObject[],
  recordAt: RecordAt,
): Promise<LandedDossiers> {
  const result = nothing()
  const { counts } = result
  const today = context.days.dayOf(context.asOf)
  const held = new Map(
    (
      await trx.db
        .selectFrom('alias')
        .selectAll()
        .where('scope', '=', context.source)
        .where('known_to', 'is', null)
        .execute()
    ).map((row) => [row.ref, row]),
  )
  for (const [i, row] of rows.entries()) {
    const local = String(row.local)
    const ref = String(row.agency)
    const key = context.reference.resolve(ref, context.source, today)
    if (!key) {
      result.waiting.push({
        key: local,
        waitingFor: `agency:${ref}`,
        path: '/agency',
        value: ref,
        record: recordAt(i),
        orderAt: row.orderAt,
      })
      continue
    }
    const agency = key.slice(0, key.indexOf('@'))
    const alias = `local:${local}`
    const old = held.get(alias)
    result.good.set(local, row.orderAt ?? context.arrivedAt)
    if (old?.agency === agency) {
      counts.unchanged = (counts.unchanged ?? 0) + 1
      continue
    }
    if (old)
      await trx.db
        .updateTable('alias')
        .set({ known_to: context.landing })
        .where('scope', '=', context.source)
        .where('ref', '=', alias)
        .where('known_to', 'is', null)
        .execute()
    await upsertRows(
      trx,
      'alias',
      ['scope', 'ref', 'agency', 'valid_from', 'valid_to', 'basis', 'known_from', 'known_to'],
      ['scope', 'ref', 'valid_from', 'known_from'],
      'update',
      [[context.source, alias, agency, ALWAYS, null, `source ${context.source}`, context.landing, null]],
    )
    counts.landed = (counts.landed ?? 0) + 1
    const kind = old ? 'changed' : 'new'
    counts[kind] = (counts[kind] ?? 0) + 1
  }
  return result
}

/** What waits for an agency or procedure may go on: the reference data that landing uses is read anew. */
export async function announceReference(trx: Trx, at: number, run: string): Promise<number> {
  const landing = await newLanding(trx, 'reference', at, run)
  await saveMeta(trx, 'reference_landing', String(landing))
  return landing
}
