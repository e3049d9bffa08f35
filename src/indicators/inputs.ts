/**
 * What a publication and a petition contribute to the measures: pure functions of the row and the persisted tick, as `contributions` is of a
 * dossier. Last moments are stored on the row (src/sync/input-days.ts), so that no calendar is asked here: `by` and `due` are the first
 * instant that is too late.
 */
import type { CellEntry } from '../warehouse/cells.ts'
import { COUNTED_INPUTS, type CountedInput, eachInput, type InputRecords } from '../warehouse/inputs.ts'
import type { Reader } from '../warehouse/open.ts'
import type { MeasureName } from '../warehouse/tables.ts'
import type { LocalDays } from './local-day.ts'

type PublicationColumn =
  | 'deleted'
  | 'agency'
  | 'procedure'
  | 'decided_at'
  | 'published_at'
  | 'complete'
  | 'announce_by_at'
  | 'publish_by_at'
  | 'replaced_at'
type PetitionColumn =
  | 'deleted'
  | 'agency'
  | 'procedure'
  | 'subject'
  | 'received_at'
  | 'outcome'
  | 'outcome_at'
  | 'published_at'
  | 'satisfied'
  | 'complained_again'
  | 'due_at'
  | 'publish_by_at'
/** What measures read of them. */
export interface CountedColumns {
  publication: Pick<InputRecords['publication'], PublicationColumn>
  petition: Pick<InputRecords['petition'], PetitionColumn>
}

export function inputContributions<Name extends CountedInput>(
  name: Name,
  row: CountedColumns[Name],
  days: LocalDays,
  tickAt: number,
): CellEntry[] {
  if (row.deleted) return []
  const out: CellEntry[] = []
  const add = (measure: MeasureName, at: number, n = 1) =>
    out.push({ agency: row.agency, procedure: row.procedure ?? '', channel: '', day: days.dayOf(at), measure, n })
  if (name === 'publication') ofPublication(row as CountedColumns['publication'], tickAt, add)
  else ofPetition(row as CountedColumns['petition'], tickAt, add)
  return out
}

type Add = (measure: MeasureName, at: number, n?: number) => void

/**
 * By the day of the decision: `published` decisions, `published_on_time` those made early enough before the legal basis took effect (nobody can
 * say so without that day), `updated` what was to be made public, `updated_on_time` what was in time or still is. A procedure in several
 * decisions of a period is one cell: it is late where the two numbers differ. `listed` are stocks: what stands in public, each until the
 * next publication of the procedure.
 */
function ofPublication(row: CountedColumns['publication'], tickAt: number, add: Add): void {
  const { decided_at, published_at, announce_by_at, publish_by_at, replaced_at, complete } = row
  add('published', decided_at)
  if (announce_by_at !== null && decided_at < announce_by_at) add('published_on_time', decided_at)
  add('updated', decided_at)
  if (publish_by_at !== null && (published_at ?? tickAt) < publish_by_at) add('updated_on_time', decided_at)
  if (published_at === null) return
  for (const measure of complete ? (['listed', 'listed_complete'] as const) : (['listed'] as const)) {
    add(measure, published_at)
    if (replaced_at !== null) add(measure, replaced_at, -1)
  }
}

/** By the day of reception. `petitions_unsatisfied`: unsatisfied, complained of again, or late; each once. */
function ofPetition(row: CountedColumns['petition'], tickAt: number, add: Add): void {
  const { received_at, subject, satisfied, complained_again } = row
  add('petitions', received_at)
  if (subject !== null) add(subject === 'staff' ? 'petitions_staff' : 'petitions_procedure', received_at)
  const isLate = petitionIsLate(row, tickAt)
  if (!isLate) add('petitions_on_time', received_at)
  if (isLate || satisfied === 0 || complained_again === 1) add('petitions_unsatisfied', received_at)
}

/** Open ones are late once the tick has come to their last moment; an answer must be made public, too. */
export function petitionIsLate(row: CountedColumns['petition'], tickAt: number): boolean {
  if ((row.outcome_at ?? tickAt) >= row.due_at) return true
  return row.outcome === 'answered' && row.publish_by_at !== null && (row.published_at ?? tickAt) >= row.publish_by_at
}

/** The next instant after `tickAt` at which the contributions change by time alone (epoch ms); null: never. */
export function nextInputChange<Name extends CountedInput>(
  name: Name,
  row: CountedColumns[Name],
  tickAt: number,
): number | null {
  if (row.deleted) return null
  const last = name === 'publication' ? row.publish_by_at : lastOf(row as CountedColumns['petition'])
  return row.published_at === null && last !== null && last > tickAt ? last : null
}

function lastOf({ outcome, outcome_at, due_at, publish_by_at }: CountedColumns['petition']): number | null {
  if (outcome_at === null) return due_at
  return outcome === 'answered' && outcome_at < due_at ? publish_by_at : null
}

/**
 * What everything that is no dossier contributes, in batches: for whoever adds up all records (rebuild, build, as known at). `known`: as the
 * landing of that number knew the records, null: as they are.
 */
export async function* inputEntries(
  db: Reader,
  days: LocalDays,
  tickAt: number,
  known: number | null = null,
): AsyncGenerator<CellEntry[]> {
  for (const name of COUNTED_INPUTS)
    for await (const rows of eachInput(db, name, known))
      yield rows.flatMap((row) => inputContributions(name, row as never, days, tickAt))
}
