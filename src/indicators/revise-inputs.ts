/** The effects of publications and petitions: followed as dossiers are. They are few: none is left out beforehand. */
import { type CountedInput, inputCourses, type StoredInput } from '../warehouse/inputs.ts'
import type { Reader } from '../warehouse/open.ts'
import { makeInputJudge } from './explain-judge.ts'
import { countedTerms } from './explain-total.ts'
import type { Both, Cause, Effect } from './revise.ts'
import { type Counting, type Course, countingParts, courseFrom, effectsOf, type Step, stepsOf } from './revise-steps.ts'

/** Those of a figure that counts them one by one. */
export function inputEffects(db: Reader, both: Both, name: CountedInput): AsyncGenerator<Effect> {
  const terms = countedTerms(both.indicator)
  const counting = countingParts<StoredInput<CountedInput>>(both, (scoped) => {
    const judge = makeInputJudge(scoped, terms)
    return (row) => judge(name, row as never)
  })
  return effectsOf(inputSteps(db, both, name, counting), name, terms)
}

/** Every step of every one of them that moves a count. */
export const inputSteps = <Count>(
  db: Reader,
  both: Both,
  name: CountedInput,
  counting: Counting<StoredInput<CountedInput>, Count>,
): AsyncGenerator<Step<StoredInput<CountedInput>, Count>> =>
  stepsOf(db, both, counting, coursesOf(db, both, name), causeOf)

async function* coursesOf(
  db: Reader,
  both: Both,
  name: CountedInput,
): AsyncGenerator<Course<StoredInput<CountedInput>>[]> {
  for await (const rows of inputCourses(db, name, both.from.known?.landing ?? 0))
    yield rows.map((versions) => courseFrom(versions, both))
}

type Column = keyof StoredInput<'publication'> | keyof StoredInput<'petition'>
const WHERE: readonly Column[] = ['agency', 'procedure', 'subject']
const BY_RULE: readonly Column[] = ['announce_by_at', 'publish_by_at', 'due_at']
const SAID: readonly Column[] = [
  ...(['decided_at', 'effective_at', 'published_at', 'complete'] as const),
  ...(['received_at', 'outcome', 'outcome_at', 'satisfied', 'complained_again'] as const),
]

function causeOf(
  before: StoredInput<CountedInput> | null,
  after: StoredInput<CountedInput>,
  kind: string,
): { cause: Cause; detail: string } {
  if (!before) return { cause: 'late', detail: 'landed' }
  const [old, now]: Partial<Record<Column, unknown>>[] = [before, after]
  const changed = (columns: readonly Column[]) => columns.filter((name) => old?.[name] !== now?.[name])
  if (after.deleted && !before.deleted) return { cause: 'deleted', detail: 'deleted' }
  if (before.deleted && !after.deleted) return { cause: 'corrected', detail: 'seen-again' }
  const where = changed(WHERE)
  if (where.length > 0) return { cause: 'reclassified', detail: where.join(' ') }
  const said = changed(SAID)
  // Another publication of the procedure came, or went: its own source has said nothing new of this one.
  if (said.length === 0 && changed(['replaced_at']).length > 0)
    return old?.replaced_at === null
      ? { cause: 'deleted', detail: 'replaced' }
      : { cause: 'reclassified', detail: now?.replaced_at === null ? 'counts-now' : 'replaced' }
  const byRule = changed(BY_RULE)
  // Judged again without a new statement of the source.
  if (kind !== 'land' || (after.content_hash === before.content_hash && said.length === 0))
    return { cause: 'rule', detail: byRule.join(' ') || 'judged-again' }
  return { cause: 'corrected', detail: said.join(' ') || 'restated' }
}
