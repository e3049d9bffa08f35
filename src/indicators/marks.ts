/** Which figures have to be looked at: those with a dirty mark, and everybody's where definitions changed or cells reach further back. */
import { hash } from 'node:crypto'
import { findMeta, saveMeta } from '../warehouse/landing.ts'
import type { Reader, Trx } from '../warehouse/open.ts'
import { INDICATORS } from './catalogue/index.ts'
import { EVERYTHING } from './series.ts'

export interface Mark {
  agency: string
  /** first month, YYYY-MM */
  month: string
}

/** meta: the first month for which every agency has figures, also one without a single dossier */
const PUBLISHED_FROM = 'figures-from'
/** meta: the definitions that every figure was last looked at with */
const CATALOGUE = 'figures-catalogue'
const catalogue = () =>
  hash(
    'sha256',
    INDICATORS.map(({ id, version }) => `${id}@${version}`)
      .sort()
      .join(' '),
    'hex',
  )

/** Nothing here means nothing to do. Another program than the last one that refreshed knows other indicators: all figures are looked at. */
export async function openMarks(db: Reader): Promise<Mark[]> {
  const marks: Mark[] = await db.selectFrom('dirty').select(['agency', 'month']).execute()
  if ((await findMeta(db, CATALOGUE)) !== catalogue()) marks.push({ agency: EVERYTHING, month: '0001-01' })
  return marks
}

/** When cells reach further back than before, everybody's figures do. */
export async function newlyPublished(db: Reader, from: string): Promise<Mark[]> {
  const known = await findMeta(db, PUBLISHED_FROM)
  return known !== undefined && known <= from ? [] : [{ agency: EVERYTHING, month: from }]
}

/** All that was marked has been looked at. */
export async function drainMarks(trx: Trx, from: string): Promise<void> {
  if ((await newlyPublished(trx.db, from)).length > 0) await saveMeta(trx, PUBLISHED_FROM, from)
  await saveMeta(trx, CATALOGUE, catalogue())
  await trx.db.deleteFrom('dirty').execute()
}
