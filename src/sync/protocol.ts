/**
 * What the reading thread and the landing thread say to each other: plain data only, because an Error posted across threads
 * loses its class and an AbortSignal arrives dead. Rows in flight are bounded by credit; that bound is the memory.
 */
import type { Completeness, Entity, Resume } from '../connect/connector.ts'
import type { Network } from '../connect/network.ts'
import type { ErrorCode, ErrorParams } from '../errors.ts'
import type { PageDrift } from './drift.ts'
import type { LooseCell } from './mask.ts'

/**
 * Rows that one landing write takes where so many are waiting, and rows that may be on their way meanwhile: the next batch is ready
 * when one has landed, because SQLite lands without giving way. Smaller writes are slower per row, larger ones only take memory.
 */
export const BATCH_ROWS = 5_000

/**
 * Canonical dossier columns in the order rows travel and are bound to the upsert. Instants are epoch ms (UTC) beside their precision;
 * flags are 0/1; agencies are references (`identifier:…`, `code:…`, `name:…`, `local:…`) that `land` resolves by the received date;
 * supplements, reappointments are JSON text.
 */
export const DOSSIER_COLUMNS = [
  'code',
  'national_code',
  'procedure',
  'procedure_local',
  'assisting',
  'receiving',
  'resolving',
  'channel',
  'status',
  'status_at',
  'status_precision',
  'applicant_kind',
  'identity',
  'submitted_at',
  'submitted_precision',
  'received_at',
  'received_precision',
  'due_printed_at',
  'due_printed_precision',
  'finished_at',
  'finished_precision',
  'returned_at',
  'returned_precision',
  'refused_at',
  'refused_precision',
  'supplements',
  'reappointments',
  'fee',
  'paid_online',
  'digitised',
  'reused',
  'vneid',
  'electronic_result',
  'delivery',
] as const
export type DossierColumn = (typeof DOSSIER_COLUMNS)[number]
/** DOSSIER_COLUMNS, then `order_at` (epoch ms; null where the stream's order is arrival), then `content_hash` (of the canonical columns). */
export type DossierRow = readonly (string | number | null)[]

export interface Reason {
  /** JSON pointer into the raw record, e.g. `/NgayTiepNhan`; '' for the whole record */
  path: string
  /** e.g. required, type, enum, date, future-date, date-order, encoding, column-count */
  rule: string
  expected: string
  /** the offending value after `protect` (never a person), cut to 200 characters; null where absent */
  value: string | null
}
export interface Rejected {
  /** natural key joined by `|`, or `#` + fingerprint where the key itself is missing */
  key: string
  orderAt: number | null
  reasons: readonly Reason[]
  /** the whole protected record as JSON text; null where it could not be decoded */
  record: string | null
  /** set only where it could not be decoded: place, byte length and HMAC-SHA256 (hex) of the whole record */
  place: string | null
  length: number | null
  hmac: string | null
}
/** What is odd of a record that has landed; README.md says what each means. */
export const NOTE_KINDS = [
  'differs-in-case-only',
  'doubled-row',
  'due-differs',
  'dummy-identity',
  'national-code-form',
  'repaired-text',
  'status-backwards',
  'status-illegal',
  'unknown-assisting-agency',
  'unknown-executing-agency',
  'unknown-receiving-agency',
] as const
export type NoteKind = (typeof NOTE_KINDS)[number]
export interface NoteRow {
  key: string
  kind: NoteKind
  detail: string | null
}

/**
 * Protected records in the order of a page's rows, as one JSON text: few are ever looked at, and one text per page costs
 * the reading and the landing thread a tenth of one per row. Objects are masked; rows are when one of them is kept.
 */
export interface KeptRecords {
  /** names of the cells where records are rows; null where they are objects */
  columns: readonly string[] | null
  /** JSON array */
  text: string
  /** what `maskRow` has to look at */
  loose?: readonly LooseCell[]
  /** raw fields that agencies are read from; a person in one of them must not become what the record waits for */
  agencies?: readonly string[]
}
export const NO_RECORDS: KeptRecords = { columns: null, text: '[]' }

export type LandedEntity = Entity
/** One page on its way to `land`. `rows`: DossierRow for dossiers, the canonical object for every other entity. */
export interface NormalisedPage {
  entity: LandedEntity
  rows: readonly (DossierRow | CanonicalObject)[]
  /** what quarantine keeps if landing must refuse or delay a row */
  records: KeptRecords
  deleted: readonly string[]
  rejected: readonly Rejected[]
  notes: readonly NoteRow[]
  resume: Resume
  /** see Page.reread */
  reread?: string
  /** raw records in this page, undecodable ones included */
  read: number
  remarks: readonly string[]
  /** not in a replay */
  drift?: PageDrift
}
/** A canonical record of any entity but dossiers, plus its order and content hash. */
export interface CanonicalObject {
  readonly [field: string]: unknown
  orderAt: number | null
  contentHash: string
}

export interface WorkerStart {
  connector: string
  stream: string
  source: string
  agency: string | null
  settings: unknown
  /** how the source is reached, secrets in it; none unless said */
  network?: Network | null
  /** file of the request budgets that all threads and processes share */
  budgetFile?: string
  zone: string
  now: number
  watermark: string | null
  resume: Resume | null
  full: boolean
  /** folders searched in turn for `schemas/…` */
  schemaHomes: readonly string[]
  /** per-deployment key (hex) for fingerprints of records that could not be decoded or have no key */
  hmacKey: string
}

export type ToWorker =
  | { type: 'start'; start: WorkerStart }
  | { type: 'credit' }
  | { type: 'abort'; why: string }
  | { type: 'unfinished'; items: readonly { key: readonly string[]; received: number }[]; last: boolean }

export type FromWorker =
  | { type: 'page'; page: NormalisedPage }
  | { type: 'done'; completeness: Completeness }
  | { type: 'error'; code: ErrorCode; params: ErrorParams; stack: string | null }
  /** the connector asks for the next dossiers that have not ended, after the last one it was given */
  | { type: 'unfinished'; after: { key: readonly string[]; received: number } | null }
