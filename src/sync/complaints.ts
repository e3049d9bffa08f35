/**
 * Petitions about a dossier (phản ánh, kiến nghị): that there is one is a column of the dossier, so that a measure stays a function of one row.
 * A petition names a dossier by its own or its national code, whatever system either comes from; whichever comes first, the other finds it.
 */
import { selectByKeys } from '../warehouse/bulk.ts'
import { findDossiers, findGroups, type StoredDossier } from '../warehouse/dossiers.ts'
import type { Trx } from '../warehouse/open.ts'
import type { DossierRecord } from '../warehouse/tables.ts'
import type { RecordContext } from './dossier-record.ts'
import { rewriteDossiers } from './rewrite-dossiers.ts'

type Coded = Pick<DossierRecord, 'code' | 'national_code'>
const codesOf = ({ code, national_code }: Coded): string[] => (national_code === null ? [code] : [code, national_code])

/** Which of these dossiers a petition names. */
export async function findComplained<Row extends Coded>(trx: Trx, rows: readonly Row[]): Promise<Set<Row>> {
  const any = await trx.db
    .selectFrom('petition')
    .select('id')
    .where('dossier_code', 'is not', null)
    .limit(1)
    .executeTakeFirst()
  // most warehouses hold none at all
  if (!any || rows.length === 0) return new Set()
  const codes = [...new Set(rows.flatMap(codesOf))]
  const petitions = await selectByKeys<{ dossier_code: string; deleted: number }>(
    trx,
    'petition',
    ['dossier_code'],
    codes.map((code) => [code]),
  )
  const named = new Set(petitions.filter(({ deleted }) => !deleted).map(({ dossier_code }) => dossier_code))
  return new Set(rows.filter((row) => codesOf(row).some((code) => named.has(code))))
}

/** Sets the column of dossiers that are held under these codes; petitions have been saved. */
export async function complainAbout(trx: Trx, context: RecordContext, codes: readonly string[]): Promise<void> {
  if (codes.length === 0) return
  const sources = await trx.db.selectFrom('feeds').select('source').distinct().orderBy('source').execute()
  const keys = sources.flatMap(({ source }) => codes.map((code) => [source, code] as const))
  const found = [...(await findDossiers(trx, keys)), ...(await findGroups(trx, codes))]
  const held = [...new Map(found.map((row) => [row.id, row])).values()]
  const complained = await findComplained(trx, held)
  const changed = held.flatMap((old): { old: StoredDossier; next: StoredDossier }[] => {
    const value = complained.has(old) ? 1 : null
    return value === old.complained ? [] : [{ old, next: { ...old, complained: value } }]
  })
  await rewriteDossiers(trx, context, changed)
}
