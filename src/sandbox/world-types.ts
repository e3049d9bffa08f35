/** The made-up world behind the sandbox: what really happened, from which each system shows its own (dirty) view. */

export const SYSTEMS = ['one-stop', 'communes', 'judicial', 'land'] as const
export type SystemName = (typeof SYSTEMS)[number]

/** Every kind of dirt has one declared outcome (design §9); the demo compares planted with found, kind by kind. */
export const DIRT = {
  'missing-key': 'quarantined',
  'impossible-date': 'quarantined',
  'future-date': 'quarantined',
  'lying-encoding': 'quarantined',
  'unknown-procedure': 'waiting-for',
  'unknown-agency': 'waiting-for',
  'status-backwards': 'noted',
  'dummy-identity': 'noted',
  'doubled-row': 'merged',
  'two-systems': 'merged',
  'nfd-text': 'repaired',
} as const
export type DirtKind = keyof typeof DIRT

export interface SampleAgency {
  /** `<code>@<validFrom>`, as in data/reference/agencies.json */
  key: string
  code: string
  identifier: string | null
  kind: 'department' | 'vertical' | 'district' | 'commune'
  name: string
  /** name of the district a commune belongs to */
  within: string | null
}

export interface SampleProcedure {
  /** eight characters, `1.004194` */
  code: string
  name: string
  fieldCode: string
  fieldName: string
  /** 4 full-process, 3 partial, 2 information only */
  level: 4 | 3 | 2
  integrated: boolean
  /** 1 province, 2 district, 3 commune */
  executingLevel: 1 | 2 | 3
  /** agency keys assigned; empty for levels 2 and 3: every district or every commune */
  agencies: readonly string[]
  limitDays: number | null
  feeVnd: number
  requiresResult: boolean
  /** accepted online on trial, both days included */
  pilot: { from: string; to: string } | null
}

export interface SampleApplicant {
  name: string
  identity: string
  phone: string
  email: string
  address: string
  kind: 1 | 2 | 3 | 4
}

export interface SampleSupplement {
  requestedAt: number
  completedAt: number | null
  previousDueAt: number | null
  newDueAt: number | null
}

/** One dossier's whole life. Instants are epoch ms (UTC); what a system shows at sample time T is the fold of what happened up to T. */
export interface SampleDossier {
  system: SystemName
  /** its code in that system */
  code: string
  nationalCode: string
  /** the second system that also holds it, under another local code but the same national code */
  alsoIn: { system: SystemName; code: string } | null
  /** index into World.procedures; -1 where the planted dirt is an unknown procedure */
  procedure: number
  /** index into World.agencies (the resolving agency); -1 where the planted dirt is an unknown agency */
  agency: number
  channel: 1 | 2 | 3
  applicant: SampleApplicant
  summary: string
  submittedAt: number
  receivedAt: number | null
  dueAt: number | null
  /** status changes in time order; the first is the submission (1) or the reception (2) */
  events: readonly { at: number; status: number }[]
  finishedAt: number | null
  returnedAt: number | null
  refusedAt: number | null
  supplements: readonly SampleSupplement[]
  feeVnd: number
  /** DuocThanhToanTrucTuyen 0..3 */
  paidOnline: 0 | 1 | 2 | 3
  digitised: boolean
  reused: boolean
  vneid: boolean
  electronicResult: boolean
  rating: { at: number; score: 1 | 2 | 3 | 4 | 5 } | null
  /** The record itself stays clean (its code, its identity, its dates): the system that holds it shows the dirt. */
  dirt: DirtKind | null
  /** index into World.agencies of the agency in whose file or rows it stands; differs from `agency` only where that is -1 */
  holder: number
  /** what stands in place of the reference where the dirt is an unknown one: a procedure code, an agency's name (communes), an agency's group code (land) */
  unknownReference: string | null
  /** status-backwards only: the earlier status that a correction shows after the month's file had shown 9 or 10 */
  backwardsTo: number | null
}

export interface World {
  seed: number
  /** sample time at which the clock starts: 2024-12-02T08:00+07:00 */
  start: number
  agencies: readonly SampleAgency[]
  procedures: readonly SampleProcedure[]
  /** in order of the first event; those after `start` arrive only in live mode */
  dossiers: readonly SampleDossier[]
  /** what a read at `start` must find, by kind */
  planted: Readonly<Record<DirtKind, number>>
}
