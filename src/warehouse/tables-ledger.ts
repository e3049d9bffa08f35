/** Row types of what the pipeline knows about itself: runs, checkpoints, quarantine, holds, leases, events. See tables.ts. */
import type { Generated } from 'kysely'

export const RUN_STATES = ['running', 'succeeded', 'partial', 'incomplete', 'held', 'failed'] as const
export type RunState = (typeof RUN_STATES)[number]
export interface RunTable {
  id: string
  parent: string | null
  /** 'invocation' | 'source' | 'push' */
  kind: string
  verb: string
  job: string | null
  source: string | null
  state: RunState
  /** JSON {code, params} of the sentence that says why */
  why: string | null
  /** real time */
  started_at: number
  ended_at: number | null
  /** the time the run took as now (sample time in a sample warehouse) */
  as_of: number
  /** JSON of counters, see src/sync/counts.ts */
  counts: string
  /** JSON array of remarks */
  remarks: string
  exit_code: number | null
}
export interface CheckpointTable {
  source: string
  stream: string
  watermark: string | null
  resume: string | null
  updated_at: number
  run: string | null
  complete_at: number | null
  deletions_checked_at: number | null
}
export interface EnumeratedTable {
  source: string
  stream: string
  key: string
  run: string
  missing_since: string | null
}
export interface QuarantineTable {
  id: Generated<number>
  source: string
  stream: string
  key: string
  /** quarantined | waiting-for */
  outcome: string
  /** JSON array of Reason */
  reasons: string
  /** e.g. `procedure:1.004194`, `agency:name:…`; null unless waiting */
  waiting_for: string | null
  record: string | null
  place: string | null
  length: number | null
  hmac: string | null
  order_at: number | null
  arrived_at: number
  count: number
  first_seen: number
  last_seen: number
  run: string
  closed_at: number | null
  /** landed | discarded */
  closed_by: string | null
  closed_reason: string | null
}
export interface NoteTable {
  source: string
  stream: string
  key: string
  kind: string
  detail: string | null
  first_seen: number
  run: string
}
export interface HoldTable {
  id: Generated<number>
  run: string
  source: string
  stream: string
  guard: string
  observed: number
  limit_value: number
  /** JSON: the resume point or watermark the held read started from */
  range: string
  held_at: number
  released_at: number | null
  released_by: string | null
  reason: string | null
  /** when a read of that range passed, by a release or because nothing tripped any more */
  used_at: number | null
}
export interface SourceStatusTable {
  source: string
  state: string
  as_of: number | null
  fresh_until: number
  sequence: number
  retired_at: number | null
  successor: string | null
}
/** What was told of a source from a landing on, for figures as they were known then; source_status has the newest. */
export interface SourceStateTable {
  source: string
  known_from: number
  /** null: it counts no more */
  state: string | null
  as_of: number | null
  fresh_until: number
}
export interface LeaseTable {
  name: string
  holder: string
  token: number
  expires_at: number
}
export interface EventTable {
  id: Generated<number>
  at: number
  kind: string
  data: string
}
export interface RequestTable {
  id: Generated<number>
  kind: string
  params: string
  asked_at: number
  asked_by: string
  state: string
  result: string | null
  done_at: number | null
}
export interface DriftTable {
  id: Generated<number>
  source: string
  stream: string
  /** JSON pointer into the raw record, without the places of items */
  field: string
  /** one of DRIFT_KINDS */
  kind: string
  /** JSON array: types, values or shares that came; never of a person */
  found: string
  expected: string | null
  /** of a new field: as what its values look like persons */
  personal: string | null
  /** the first such record */
  place: string | null
  /** how often it was seen, a record that is read again counted again */
  count: number
  first_seen: number
  last_seen: number
  /** the run that reports it: it was new, came back or brought more */
  run: string
  last_run: string
  closed_at: number | null
  closed_by: string | null
}
export interface FieldShareTable {
  source: string
  stream: string
  /** everything | changes: what the read enumerated; shares of one are no measure for the other */
  scope: string
  run: string
  at: number
  records: number
  /** JSON {field: [came, filled]} */
  fields: string
}
export interface MessageTable {
  seq: Generated<number>
  id: string
  kind: string
  figure: string
  revision: number
  body: string
  made_at: number
}
export interface OutboxTable {
  target: string
  seq: number
  attempts: number
  next_at: number
  last_error: string | null
}
export interface ReceiptTable {
  target: string
  seq: number
  message: string
  result: string
  reason: string | null
  confirmed_at: number
}
