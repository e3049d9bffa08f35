/** What a source calls an agency (alias): by its name, or by a code of its own. */
import { updateByKeys, upsertRows } from './bulk.ts'
import type { Reader, Trx } from './open.ts'
import type { AliasTable } from './tables.ts'

export interface WaitingAgency {
  source: string
  stream: string
  /** as it is looked up: `name:…`, `local:…`, `code:…`, `identifier:…` */
  ref: string
  /** as the source writes it */
  written: string
  n: number
}

/** Agencies that nobody knows and for which open records wait, most records first. */
export async function listUnknownAgencies(db: Reader, source?: string): Promise<WaitingAgency[]> {
  let query = db
    .selectFrom('quarantine')
    .select(({ fn }) => [
      'source',
      'stream',
      'waiting_for',
      fn.countAll<number>().as('n'),
      fn.min('reasons').as('reasons'),
    ])
    .where('closed_at', 'is', null)
    .where('waiting_for', 'like', 'agency:%')
    .groupBy(['source', 'stream', 'waiting_for'])
  if (source !== undefined) query = query.where('source', '=', source)
  const rows = await query.execute()
  return rows
    .map((row) => {
      const ref = (row.waiting_for ?? '').slice('agency:'.length)
      const [reason] = JSON.parse(row.reasons) as { value: string | null }[]
      const written = reason?.value ?? ref
      return { source: row.source, stream: row.stream, ref, written, n: Number(row.n) }
    })
    .sort((a, b) => b.n - a.n || (a.ref < b.ref ? -1 : 1))
}

export async function listIdsWaitingFor(db: Reader, source: string, ref: string): Promise<number[]> {
  const rows = await db
    .selectFrom('quarantine')
    .select('id')
    .where('source', '=', source)
    .where('waiting_for', '=', `agency:${ref}`)
    .where('closed_at', 'is', null)
    .orderBy('id')
    .execute()
  return rows.map(({ id }) => id)
}

/** What `ref` means to any of `sources` now, whenever it means it. */
export const listAliases = (db: Reader, sources: readonly string[], ref: string): Promise<AliasTable[]> =>
  db
    .selectFrom('alias')
    .selectAll()
    .where('scope', 'in', [...sources])
    .where('ref', '=', ref)
    .where('known_to', 'is', null)
    .execute()

/** They are known no longer from `landing` on. */
export async function endAliases(trx: Trx, aliases: readonly AliasTable[], landing: number): Promise<void> {
  await updateByKeys(
    trx,
    'alias',
    ['scope', 'ref', 'valid_from', 'known_from'],
    ['known_to'],
    aliases.map((one) => [one.scope, one.ref, one.valid_from, one.known_from, landing]),
  )
}

export async function saveAliases(
  trx: Trx,
  aliases: readonly Omit<AliasTable, 'known_from' | 'known_to'>[],
  landing: number,
): Promise<void> {
  await upsertRows(
    trx,
    'alias',
    ['scope', 'ref', 'agency', 'valid_from', 'valid_to', 'basis', 'known_from', 'known_to'],
    [],
    'nothing',
    aliases.map((one) => [one.scope, one.ref, one.agency, one.valid_from, one.valid_to, one.basis, landing, null]),
  )
}
