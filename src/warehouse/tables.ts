/**
 * Row types, beside the migrations that make them (tests compare both on both dialects).
 * Instants: epoch ms UTC. Dates: 'YYYY-MM-DD', valid_to exclusive. Flags: 0/1. known_from/known_to: landing numbers.
 */
import type { Generated } from 'kysely'
import {
  type CellTimeTable,
  type ClosingTable,
  type ClosingValueTable,
  type FeedFieldTable,
  type InputFeedTable,
  type InputVersionTable,
  type MeasureTable,
  type OfficialScoreTable,
  PETITION_MEASURES,
  type PetitionTable,
  PUBLICATION_MEASURES,
  type PublicationTable,
  type RuleTable,
  type StatementTable,
} from './tables-inputs.ts'
import type {
  CheckpointTable,
  DriftTable,
  EnumeratedTable,
  EventTable,
  FieldShareTable,
  HoldTable,
  LeaseTable,
  MessageTable,
  NoteTable,
  OutboxTable,
  QuarantineTable,
  ReceiptTable,
  RequestTable,
  RunTable,
  SourceStateTable,
  SourceStatusTable,
} from './tables-ledger.ts'

export * from './tables-inputs.ts'
export * from './tables-ledger.ts'

interface Known {
  known_from: number
  known_to: number | null
}
interface Valid {
  valid_from: string
  valid_to: string | null
}

export interface MetaTable {
  key: string
  value: string
}
export interface LandingTable {
  id: Generated<number>
  at: number
  kind: string
  run: string | null
  /** work: dossiers written, cells changed; null where nothing was counted */
  rows_touched: number | null
  cells_touched: number | null
}
export interface AgencyTable extends Known, Valid {
  /** `<code>@<valid_from>` */
  key: string
  code: string
  code_system: string
  identifier: string | null
  kind: string
  name: string
  parent: string | null
  /** JSON array of keys */
  successors: string
}
export interface AliasTable extends Known, Valid {
  /** '' for everyone, else a source id */
  scope: string
  /** `name:…` or `local:…` */
  ref: string
  /** agency code */
  agency: string
  basis: string
}
export interface CalendarTable extends Known {
  date: string
  kind: string
  name: string
  basis: string
  confidence: string
}
export interface ProcedureTable extends Known, Valid {
  code: string
  local_code: string | null
  name: string
  field_code: string | null
  field_name: string | null
  level: string
  online: number
  integrated: number
  /** JSON array of executing levels */
  executing: string
  limit_count: number | null
  limit_unit: string | null
  fee: number | null
  requires_result: number | null
  pilot_from: string | null
  pilot_to: string | null
  source: string
  content_hash: string
}
export interface ProcedureAgencyTable extends Known, Valid {
  procedure: string
  /** `<code>@<valid_from>`, the version that the catalogue's name meant when it was read; its one successor inherits */
  agency: string
}

/** The canonical columns of a dossier with its agencies resolved to `<code>@<valid_from>`. */
export interface DossierBusiness {
  code: string
  national_code: string | null
  procedure: string
  procedure_local: string | null
  assisting: string | null
  receiving: string | null
  resolving: string
  channel: string
  status: number
  status_at: number | null
  status_precision: string | null
  applicant_kind: string | null
  identity: string | null
  submitted_at: number | null
  submitted_precision: string | null
  received_at: number | null
  received_precision: string | null
  due_printed_at: number | null
  due_printed_precision: string | null
  finished_at: number | null
  finished_precision: string | null
  returned_at: number | null
  returned_precision: string | null
  refused_at: number | null
  refused_precision: string | null
  supplements: string | null
  reappointments: string | null
  fee: number | null
  paid_online: string | null
  digitised: number | null
  reused: number | null
  vneid: number | null
  electronic_result: number | null
  delivery: string | null
}
export interface DossierRecord extends DossierBusiness {
  source: string
  counted: number
  deleted: number
  /** what decides (src/sync/due.ts): an instant, or the close of office hours of a day */
  due_at: number | null
  due_precision: string | null
  /** from the statutory limit; decides only where none is printed */
  due_ours_at: number | null
  ended_at: number | null
  ended_precision: string | null
  ended_basis: string | null
  /** first instant of the working day two, and one, before the due day; null without a due date */
  due_in_2_at: number | null
  due_in_1_at: number | null
  /** whole working hours from reception to end, pauses left out; null while open */
  processing_hours: number | null
  /** the newest feedback on it, 1 to 5, and when it was given */
  rating: number | null
  rated_at: number | null
  /** 1: a petition names it; null: none does */
  complained: number | null
  /** when its measures next change by time alone; null: never (src/indicators/measures.ts) */
  next_at: number | null
  /** when this status was first seen */
  status_seen_at: number
  order_at: number
  order_declared: number
  content_hash: string
  run: string
  known_from: number
}
export interface DossierTable extends DossierRecord {
  id: Generated<number>
}
export interface DossierVersionTable {
  dossier_id: number
  known_from: number
  known_to: number
  /** JSON of the superseded row */
  data: string
}
export interface FeedbackTable {
  id: Generated<number>
  source: string
  code: string
  dossier_code: string
  rated_at: number
  score: number
  channel: string | null
  deleted: number
  order_at: number
  content_hash: string
  run: string
  known_from: number
}

/** One wide row per grain; a new measure is a new column. Signed columns are stocks: their running sum is the level. */
export const MEASURES = [
  'received',
  'finished_early',
  'finished_on_time',
  'finished_late',
  'finished_no_due',
  'withdrawn',
  'stopped',
  'refused',
  'paused',
  'past_due',
  'no_due',
  // flows on the day of reception
  'received_online',
  // stocks of open dossiers: of now only
  'due_today',
  'due_in_1',
  'due_in_2',
  'open_over_10',
  'open_over_30',
  'open_over_90',
  // flows on the day of reception
  'payable',
  'paid_online',
  'digitised',
  'reused',
  'vneid',
  'reappointed',
  // likewise, counted at the receiving and at the assisting agency
  'taken',
  'assisted',
  // on the day of the end
  'returned_electronically',
  // on the day of the newest feedback
  'rated',
  'satisfied',
  'dissatisfied',
  'rating_sum',
  // open dossiers that QĐ 766 finds late, a stock; those that it found late at their end, on its day
  'late_766',
  'ended_late_766',
  // likewise those with a petition about them, or rated unsatisfactory
  'disliked',
  'ended_disliked',
  // flows on the day of reception
  'with_result',
  'online_with_result',
  'digitised_with_result',
  'fee_unknown',
  // likewise those that are finished by now, and how many working hours they took
  'done',
  'done_hours',
  ...PUBLICATION_MEASURES,
  ...PETITION_MEASURES,
] as const
export type MeasureName = (typeof MEASURES)[number]
/** Counted at another agency than the resolving one. */
export const BY_OTHERS: ReadonlySet<MeasureName> = new Set(['taken', 'assisted'])
/** Held of open dossiers only, and gone when they end: their level is that of the tick, and of no day before it. */
export const OF_NOW: ReadonlySet<MeasureName> = new Set([
  'due_today',
  'due_in_1',
  'due_in_2',
  'open_over_10',
  'open_over_30',
  'open_over_90',
])
/** 1 where not named. Whoever changes what a measure counts raises its number: its column is then emptied and built anew. */
export const MEASURE_VERSIONS: Partial<Record<MeasureName, number>> = {}
type MeasureColumns = { [name in MeasureName]: number }
export interface CellMonthTable extends MeasureColumns {
  agency: string
  procedure: string
  channel: string
  /** YYYY-MM */
  month: string
}
export interface CellDayTable extends MeasureColumns {
  agency: string
  day: string
}
export interface DirtyTable {
  /** agency key; '*' when every agency's figures must be looked at (reference or source state changed) */
  agency: string
  /** YYYY-MM: the first month whose figures may differ */
  month: string
}
export interface FeedsTable {
  source: string
  agency: string
  /** landing that brought the first of it; 0: before that was kept */
  known_from: number
}
export interface TickTable {
  id: Generated<number>
  at: number
  landing: number
}

export interface IndicatorValueTable {
  id: string
  indicator: string
  version: number
  agency: string
  period: string
  value: number | null
  value_state: string
  numerator: number | null
  denominator: number | null
  unit: string
  as_of: number
  computed_at: number
  fresh_until: number
  revision: number
  standing: string | null
  provisional: number
  /** JSON [{source, asOf, state}] */
  sources: string
  landing: number
  tick_at: number
  /** 1 for the newest revision of the figure */
  current: number
}
export interface MigrationTable {
  id: number
  name: string
  at: number
}

export interface Tables {
  meta: MetaTable
  landing: LandingTable
  agency: AgencyTable
  alias: AliasTable
  calendar: CalendarTable
  procedure: ProcedureTable
  procedure_agency: ProcedureAgencyTable
  dossier: DossierTable
  dossier_version: DossierVersionTable
  feedback: FeedbackTable
  cell_month: CellMonthTable
  cell_day: CellDayTable
  dirty: DirtyTable
  feeds: FeedsTable
  tick: TickTable
  measure: MeasureTable
  cell_time: CellTimeTable
  rule: RuleTable
  publication: PublicationTable
  petition: PetitionTable
  statement: StatementTable
  official_score: OfficialScoreTable
  input_version: InputVersionTable
  input_feed: InputFeedTable
  feed_field: FeedFieldTable
  closing: ClosingTable
  closing_value: ClosingValueTable
  indicator_value: IndicatorValueTable
  message: MessageTable
  outbox: OutboxTable
  receipt: ReceiptTable
  run: RunTable
  checkpoint: CheckpointTable
  enumerated: EnumeratedTable
  quarantine: QuarantineTable
  note: NoteTable
  drift: DriftTable
  field_share: FieldShareTable
  hold: HoldTable
  source_status: SourceStatusTable
  source_state: SourceStateTable
  lease: LeaseTable
  event: EventTable
  request: RequestTable
  migration: MigrationTable
}
