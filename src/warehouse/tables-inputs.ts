/** Row types of what is no dossier and stands in figures or beside them: publications, petitions, statements, official scores, rules, closings. See tables.ts. */
import type { Generated } from 'kysely'

/** What every landed input carries; `code` is its key in the source. */
interface Landed {
  source: string
  code: string
  deleted: number
  order_at: number
  content_hash: string
  run: string
  known_from: number
}
/** A decision that announces a procedure (công bố), and when it was made public. */
export interface PublicationTable extends Landed {
  id: Generated<number>
  agency: string
  procedure: string | null
  decided_at: number
  decided_precision: string
  effective_at: number | null
  effective_precision: string | null
  published_at: number | null
  published_precision: string | null
  complete: number | null
  /** first instant at which the decision, and the publication, would have been late; null: nothing says so */
  announce_by_at: number | null
  publish_by_at: number | null
  /** when the next publication of the same procedure took its place */
  replaced_at: number | null
  next_at: number | null
}
/** A petition (phản ánh, kiến nghị). Its text and who wrote it are never kept. */
export interface PetitionTable extends Landed {
  id: Generated<number>
  agency: string
  procedure: string | null
  dossier_code: string | null
  /** procedure | staff */
  subject: string | null
  received_at: number
  received_precision: string
  /** refused | supplement | answered; null: open */
  outcome: string | null
  outcome_at: number | null
  outcome_precision: string | null
  published_at: number | null
  published_precision: string | null
  satisfied: number | null
  complained_again: number | null
  /** first instant at which its outcome, and the publication of an answer, would be late */
  due_at: number
  publish_by_at: number | null
  next_at: number | null
}
/** A figure that an agency reports by hand: shown in its own column, never mixed. */
export interface StatementTable extends Landed {
  id: Generated<number>
  agency: string
  indicator: string
  period: string
  numerator: number
  denominator: number | null
  /** title of who signed, never a name */
  signer: string
  document: string
  signed_on: string
}
/** The national portal's own score of QĐ 766: authoritative, never overwritten by ours. */
export interface OfficialScoreTable extends Landed {
  id: Generated<number>
  agency: string
  period: string
  /** a component's id, a group's code, or `total` */
  component: string
  numerator: number | null
  denominator: number | null
  ratio: number | null
  score: number | null
  max_score: number | null
  stated_at: number
}
/** Measures of publications, counted on the day of the decision; `listed` and `listed_complete` are stocks from the day of publication on. */
export const PUBLICATION_MEASURES = [
  'published',
  'published_on_time',
  'updated',
  'updated_on_time',
  'listed',
  'listed_complete',
] as const
/** Measures of petitions, counted on the day of reception. */
export const PETITION_MEASURES = [
  'petitions',
  'petitions_procedure',
  'petitions_staff',
  'petitions_on_time',
  'petitions_unsatisfied',
] as const

export interface InputVersionTable {
  entity: string
  input_id: number
  known_from: number
  known_to: number
  /** JSON of the superseded row */
  data: string
}
/**
 * Which source has brought inputs of an entity for an agency; what `feeds` is for dossiers. Agency '': a source that brings nothing else, so
 * that figures over dossiers do not wait for it.
 */
export interface InputFeedTable {
  source: string
  entity: string
  agency: string
  /** landing that brought the first of it */
  known_from: number
}
/** What a one-stop system may not write down of a dossier at all; null is then not no. */
export const FEED_FIELDS = ['fee', 'paid_online', 'digitised', 'reused', 'vneid', 'electronic_result'] as const
export type FeedField = (typeof FEED_FIELDS)[number]
/** Which of the fields that a one-stop system may lack a source has ever brought of a dossier: without, nothing can be counted by it. */
export interface FeedFieldTable {
  source: string
  /** FeedField */
  field: string
  /** landing */
  known_from: number
}
export interface RuleTable {
  /** e.g. `qd766`, `calendar` */
  kind: string
  valid_from: string
  valid_to: string | null
  /** JSON */
  data: string
  known_from: number
  known_to: number | null
}
/** A period closed (chốt số liệu): what was submitted, and by what knowledge. */
export interface ClosingTable {
  id: Generated<number>
  report: string
  period: string
  closed_at: number
  closed_by: string
  note: string
  landing: number
  tick_at: number
  /** JSON array of sources that were late */
  late_sources: string
  override_reason: string | null
  /** JSON: what the report told besides figures of agencies, see src/report/told.ts */
  beside: string
}
export interface ClosingValueTable {
  closing: number
  indicator: string
  version: number
  agency: string
  value: number | null
  value_state: string
  numerator: number | null
  denominator: number | null
}
/** `live`: its column holds every dossier; `building`: changes since `from_landing`, and of the earlier ones those up to id `built_to`. */
export interface MeasureTable {
  name: string
  version: number
  state: string
  from_landing: number
  tick_at: number
  built_to: number
}
export interface CellTimeTable {
  agency: string
  /** YYYY-MM of the end */
  month: string
  /** whole working hours from reception to end */
  bucket: number
  n: number
}
