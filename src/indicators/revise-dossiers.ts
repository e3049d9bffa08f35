/** The effects of dossiers: each is followed from what was known first to what was known last, one step after the other. */
import type { StoredDossier } from '../warehouse/dossiers.ts'
import type { Reader } from '../warehouse/open.ts'
import type { Explained } from './explain-dossiers.ts'
import { countedAt, makeJudge } from './explain-judge.ts'
import { countedTerms } from './explain-total.ts'
import { dossierOf, names } from './known-dossiers.ts'
import { MEASURED_COLUMNS, type Measured } from './measures.ts'
import { countedUnder } from './places.ts'
import type { Both, Cause, Effect } from './revise.ts'
import { type Counting, type Course, countingParts, courseFrom, effectsOf, type Step, stepsOf } from './revise-steps.ts'

const BATCH = 1_000

/** Dossiers of a figure that counts them one by one. */
export function dossierEffects(db: Reader, both: Both): AsyncGenerator<Effect> {
  const terms = countedTerms(both.indicator)
  const counting = countingParts<Measured>(both, (scoped) => makeJudge(scoped, terms))
  return effectsOf(dossierSteps(db, both, counting), 'dossier', terms)
}

/** Every step of every dossier that moves a count. */
export const dossierSteps = <Count>(
  db: Reader,
  both: Both,
  counting: Counting<Measured, Count>,
): AsyncGenerator<Step<StoredDossier, Count>> =>
  stepsOf<StoredDossier, Count>(db, both, counting, coursesOf(db, both), causeOf)

const WHERE = ['resolving', 'receiving', 'assisting', 'procedure', 'channel'] as const
const BY_RULE = ['due_at', 'due_precision', 'due_ours_at', 'due_in_2_at', 'due_in_1_at', 'processing_hours'] as const
const SAID = [
  ...MEASURED_COLUMNS.filter(
    (name) => !['counted', 'deleted'].includes(name) && ![...WHERE, ...BY_RULE].includes(name as never),
  ),
  ...BY_RULE,
] as const

/** Why one version follows another. */
function causeOf(before: StoredDossier | null, after: StoredDossier, kind: string): { cause: Cause; detail: string } {
  if (!before) return { cause: 'late', detail: 'landed' }
  const changed = (columns: readonly (keyof StoredDossier)[]) => columns.filter((name) => before[name] !== after[name])
  if (after.deleted && !before.deleted) return { cause: 'deleted', detail: 'deleted' }
  if (before.deleted && !after.deleted) return { cause: 'corrected', detail: 'seen-again' }
  const where = changed(WHERE)
  if (!after.counted && before.counted && where.length === 0) return { cause: 'deleted', detail: 'merged' }
  if (where.length > 0) return { cause: 'reclassified', detail: where.join(' ') }
  if (after.counted && !before.counted) return { cause: 'reclassified', detail: 'counts-now' }
  const said = changed(SAID)
  // Judged again without a new statement of the source.
  const judged = after.content_hash === before.content_hash && said.every((name) => BY_RULE.includes(name as never))
  if (kind !== 'land' || judged) return { cause: 'rule', detail: said.join(' ') || 'judged-again' }
  return { cause: 'corrected', detail: said.join(' ') || 'restated' }
}

/** Dossiers that are, or were at some time in between, of the agency: those that are first, then those that have left. */
async function* coursesOf(db: Reader, both: Both): AsyncGenerator<Course<StoredDossier>[]> {
  const { from, to } = both
  const everybody = countedAt(to) === null
  const under = ({ basis, agency }: Explained) => countedUnder(basis.agencies, [agency.key])
  const agencies = everybody ? null : [...new Set([...under(from), ...under(to)])]
  const landing = from.known?.landing ?? 0
  for (let after = 0; ; ) {
    let rows = db.selectFrom('dossier').selectAll().where('id', '>', after).orderBy('id').limit(BATCH)
    if (agencies) rows = rows.where(({ or, eb }) => or(to.by.map((column) => eb(column, 'in', agencies))))
    const found = (await rows.execute()) as StoredDossier[]
    if (found.length > 0) yield coursesFrom(found, await versionsOf(db, found, landing), both)
    const end = found.at(-1)
    if (!end || found.length < BATCH) break
    after = end.id
  }
  if (!agencies) return
  const own = new Set(agencies)
  for (let after = 0; ; ) {
    const rows = await db
      .selectFrom('dossier_version')
      .select('dossier_id')
      .distinct()
      .where('known_to', '>', landing)
      .where('dossier_id', '>', after)
      .where(names(to.by, agencies))
      .orderBy('dossier_id')
      .limit(BATCH)
      .execute()
    const ids = rows.map((row) => row.dossier_id)
    const found =
      ids.length === 0
        ? []
        : ((await db.selectFrom('dossier').selectAll().where('id', 'in', ids).execute()) as StoredDossier[])
    const left = found.filter((row) => !to.by.some((column) => own.has(row[column] ?? '')))
    if (left.length > 0) yield coursesFrom(left, await versionsOf(db, left, landing), both)
    const end = ids.at(-1)
    if (end === undefined || ids.length < BATCH) return
    after = end
  }
}

/** What was known after `landing` and is superseded now, oldest first. */
async function versionsOf(
  db: Reader,
  rows: readonly StoredDossier[],
  landing: number,
): Promise<Map<number, StoredDossier[]>> {
  const found = await db
    .selectFrom('dossier_version')
    .select(['dossier_id', 'known_from', 'known_to', 'data'])
    .where(
      'dossier_id',
      'in',
      rows.map(({ id }) => id),
    )
    .where('known_to', '>', landing)
    .orderBy('dossier_id')
    .orderBy('known_from')
    .execute()
  const versions = new Map<number, StoredDossier[]>()
  for (const { dossier_id, known_from, known_to, data } of found) {
    // Replaced within the landing that made it: nobody ever knew it.
    if (known_from === known_to) continue
    const list = versions.get(dossier_id) ?? []
    versions.set(dossier_id, list)
    list.push({ ...dossierOf(data), id: dossier_id, known_from })
  }
  return versions
}

const coursesFrom = (
  rows: readonly StoredDossier[],
  versions: ReadonlyMap<number, readonly StoredDossier[]>,
  both: Both,
): Course<StoredDossier>[] => rows.map((row) => courseFrom([...(versions.get(row.id) ?? []), row], both))
