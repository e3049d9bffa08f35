// generated from schemas/ by: npm run types — do not edit

// schemas/canonical/agency.schema.json
/**
 * How one source names an agency. It lands as an alias of a known agency; sources never create agencies.
 */
export interface CanonicalAgency {
  /**
   * the source's own code or group
   */
  local: string
  /**
   * agency reference; resolved at landing by the received date
   */
  agency: string
  name?: string | null
}

// schemas/canonical/dossier.schema.json
/**
 * A citizen's dossier (hồ sơ) after normalise. No person is in it: identity is a verdict.
 */
export interface CanonicalDossier {
  /**
   * its code in the source; one row per (source, code)
   */
  code: string
  /**
   * mã hồ sơ quốc gia; rows with the same one form a group of which one is counted. In another form it lands as null, with the note national-code-form
   */
  nationalCode?: string | null
  /**
   * first eight characters of the procedure code
   */
  procedure: string
  /**
   * the procedure code as the source writes it
   */
  procedureLocal?: string | null
  /**
   * agency reference; resolved at landing by the received date
   */
  assisting?: string | null
  /**
   * agency reference; resolved at landing by the received date
   */
  receiving?: string | null
  /**
   * agency reference; resolved at landing by the received date
   */
  resolving: string
  /**
   * trực tiếp, trực tuyến, bưu chính công ích
   */
  channel: 'counter' | 'online' | 'post'
  /**
   * TrangThaiHoSo 1–10
   */
  status: number
  /**
   * when the source says the status was reached
   */
  statusAt?: {
    /**
     * epoch milliseconds, UTC; a day is its local 00:00
     */
    at: number
    precision: 'day' | 'minute' | 'second'
  } | null
  applicantKind?: 'citizen' | 'enterprise' | 'state' | 'other' | null
  /**
   * verdict on the identity number; the number itself is never kept
   */
  identity?: 'present' | 'valid' | 'dummy' | 'absent' | null
  submitted?: {
    /**
     * epoch milliseconds, UTC; a day is its local 00:00
     */
    at: number
    precision: 'day' | 'minute' | 'second'
  } | null
  received?: {
    /**
     * epoch milliseconds, UTC; a day is its local 00:00
     */
    at: number
    precision: 'day' | 'minute' | 'second'
  } | null
  /**
   * printed due date (ngày hẹn trả), the latest appointment
   */
  due?: {
    /**
     * epoch milliseconds, UTC; a day is its local 00:00
     */
    at: number
    precision: 'day' | 'minute' | 'second'
  } | null
  finished?: {
    /**
     * epoch milliseconds, UTC; a day is its local 00:00
     */
    at: number
    precision: 'day' | 'minute' | 'second'
  } | null
  returned?: {
    /**
     * epoch milliseconds, UTC; a day is its local 00:00
     */
    at: number
    precision: 'day' | 'minute' | 'second'
  } | null
  refused?: {
    /**
     * epoch milliseconds, UTC; a day is its local 00:00
     */
    at: number
    precision: 'day' | 'minute' | 'second'
  } | null
  /**
   * requests to supplement; each is a pause from requestedAt to completedAt
   */
  supplements?: {
    requestedAt: number | null
    completedAt: number | null
    previousDueAt: number | null
    newDueAt: number | null
  }[]
  reappointments?: {
    from: number | null
    to: number | null
  }[]
  /**
   * VND
   */
  fee?: number | null
  paidOnline?: 'none' | 'national' | 'gateway' | 'other' | null
  digitised?: boolean | null
  reused?: boolean | null
  vneid?: boolean | null
  electronicResult?: boolean | null
  delivery?: 'counter' | 'post' | 'online' | null
}

// schemas/canonical/feedback.schema.json
/**
 * A rating of one dossier (đánh giá mức độ hài lòng). Free text is never kept.
 */
export interface CanonicalFeedback {
  code: string
  /**
   * the dossier's code in the same source
   */
  dossier: string
  rated: {
    /**
     * epoch milliseconds, UTC; a day is its local 00:00
     */
    at: number
    precision: 'day' | 'minute' | 'second'
  }
  score: number
  channel?: string | null
}

// schemas/canonical/official-score.schema.json
/**
 * A figure of the national portal's own QĐ 766 score of one unit: authoritative, shown with its date, never overwritten by ours.
 */
export interface CanonicalOfficialScore {
  /**
   * its key in the source; one row per (source, code)
   */
  code: string
  /**
   * the unit; resolved at landing by the last day of the period
   */
  agency: string
  /**
   * a reporting period: 2024-11, 2024-Q4, 2024-H2, 2024, 2024-YTD-11, RP-2024-11 …
   */
  period: string
  /**
   * id of a component (2.1), code of a group (TDGQ), or total
   */
  component: string
  /**
   * null where the portal gives none
   */
  numerator?: number | null
  /**
   * null where the portal gives none
   */
  denominator?: number | null
  /**
   * 0 to 1; null is not 0
   */
  ratio?: number | null
  /**
   * points; null is not 0
   */
  score?: number | null
  /**
   * most points
   */
  maxScore?: number | null
  /**
   * when the portal was first seen to say so; no part of the content
   */
  stated: {
    /**
     * epoch milliseconds, UTC; a day is its local 00:00
     */
    at: number
    precision: 'day' | 'minute' | 'second'
  }
}

// schemas/canonical/petition.schema.json
/**
 * A petition (phản ánh, kiến nghị). Who wrote it, whom it names and what it says are never kept.
 */
export interface CanonicalPetition {
  /**
   * its key in the source; one row per (source, code)
   */
  code: string
  /**
   * who has to answer; resolved at landing by the day it was received
   */
  agency: string
  /**
   * first eight characters of the procedure code
   */
  procedure?: string | null
  /**
   * code of the dossier that it is about
   */
  dossier?: string | null
  /**
   * about a procedure, or about conduct of staff
   */
  subject?: 'procedure' | 'staff' | null
  received: {
    /**
     * epoch milliseconds, UTC; a day is its local 00:00
     */
    at: number
    precision: 'day' | 'minute' | 'second'
  }
  /**
   * refused, returned for a supplement, answered; null: open
   */
  outcome?: 'refused' | 'supplement' | 'answered' | null
  /**
   * when the outcome was reached
   */
  outcomeAt?: {
    /**
     * epoch milliseconds, UTC; a day is its local 00:00
     */
    at: number
    precision: 'day' | 'minute' | 'second'
  } | null
  /**
   * when the answer was made public
   */
  published?: {
    /**
     * epoch milliseconds, UTC; a day is its local 00:00
     */
    at: number
    precision: 'day' | 'minute' | 'second'
  } | null
  /**
   * what the petitioner said of the answer
   */
  satisfied?: boolean | null
  complainedAgain?: boolean | null
}

// schemas/canonical/procedure.schema.json
/**
 * An administrative procedure (thủ tục hành chính) as one source's catalogue gives it.
 */
export interface CanonicalProcedure {
  code: string
  localCode?: string | null
  name: string
  fieldCode?: string | null
  fieldName?: string | null
  /**
   * toàn trình, một phần, cung cấp thông tin
   */
  level: 'full' | 'partial' | 'information'
  /**
   * public and offered as an online service (full or partial)
   */
  online: boolean
  /**
   * integrated into the national portal
   */
  integrated: boolean
  /**
   * cấp thực hiện; district and commune mean every one of them
   */
  executing: ('ministry' | 'province' | 'district' | 'commune')[]
  /**
   * agencies named as executing; empty where the level says all
   *
   * Items: agency reference; resolved at landing by the received date
   */
  agencies: string[]
  limit?: number | null
  limitUnit?: 'working-day' | 'day' | 'hour' | null
  /**
   * has fee information
   */
  fee?: boolean | null
  requiresResult?: boolean | null
  pilotFrom?: string | null
  pilotTo?: string | null
}

// schemas/canonical/publication.schema.json
/**
 * A decision that announces a procedure (công bố), one record per decision and procedure, and when the procedure was made public on the national database.
 */
export interface CanonicalPublication {
  /**
   * its key in the source; one row per (source, code)
   */
  code: string
  /**
   * who announced it; resolved at landing by the day of the decision
   */
  agency: string
  /**
   * first eight characters of the procedure code
   */
  procedure?: string | null
  /**
   * day of the decision
   */
  decided: {
    /**
     * epoch milliseconds, UTC; a day is its local 00:00
     */
    at: number
    precision: 'day' | 'minute' | 'second'
  }
  /**
   * when the latest legal basis takes effect; without it nobody can say that the decision was in time
   */
  effective?: {
    /**
     * epoch milliseconds, UTC; a day is its local 00:00
     */
    at: number
    precision: 'day' | 'minute' | 'second'
  } | null
  /**
   * when it was made public on the national database (CSDLQG); null: not yet
   */
  published?: {
    /**
     * epoch milliseconds, UTC; a day is its local 00:00
     */
    at: number
    precision: 'day' | 'minute' | 'second'
  } | null
  /**
   * made public with all its parts (k2 Đ8 NĐ 63/2010)
   */
  complete?: boolean | null
}

// schemas/canonical/statement.schema.json
/**
 * A figure that an agency reports by hand (số đơn vị báo cáo), shown in a column of its own. Who signed is an office or title, never a name.
 */
export interface CanonicalStatement {
  /**
   * its key in the source; one row per (source, code)
   */
  code: string
  /**
   * whose figure it is; resolved at landing by the last day of the period
   */
  agency: string
  /**
   * id of an indicator, or a key of its own
   */
  indicator: string
  /**
   * a reporting period: 2024-11, 2024-Q4, 2024-H2, 2024, 2024-YTD-11, RP-2024-11 …
   */
  period: string
  /**
   * the figure itself where there is no denominator
   */
  numerator: number
  /**
   * null: the figure has none
   */
  denominator?: number | null
  /**
   * title of who signed, e.g. Chánh Văn phòng
   */
  signer: string
  /**
   * number and sign of the document, e.g. 12/BC-STP
   */
  document: string
  /**
   * day of the signature
   */
  signed: {
    /**
     * epoch milliseconds, UTC; a day is its local 00:00
     */
    at: number
    precision: 'day' | 'minute' | 'second'
  }
}

// schemas/cli/close.schema.json
/**
 * What `ioc close --json` prints.
 */
export interface CloseOutput {
  report: 'monthly' | 'quarterly' | 'yearly'
  period: string
  id: number
  /**
   * epoch ms
   */
  at: number
  by: string
  note: string
  lateSources: string[]
  /**
   * why it was closed although something spoke against it
   */
  override: string | null
  /**
   * the knowledge it rests on
   */
  landing: number
  /**
   * how many were kept
   */
  figures: number
}

// schemas/cli/connector-accept-drift.schema.json
/**
 * What `ioc connector accept-drift --json` prints.
 */
export interface ConnectorAcceptDriftOutput {
  dryRun: boolean
  files: {
    path: string
    /**
     * lines that go (-) and come (+)
     */
    diff: string[]
    accepted: {
      source: string
      stream: string
      /**
       * JSON pointer into the raw record, without the places of items
       */
      field: string
      kind: 'new-field' | 'missing-field' | 'changed-type' | 'new-value' | 'null-share'
      /**
       * types, values of an enumeration or a share; of a person never a value
       */
      found: string[]
      expected: string | null
      personal: 'name' | 'id' | 'phone' | 'email' | 'address' | 'text' | 'account' | null
      /**
       * the first such record
       */
      place: string | null
      count: number
      firstSeen: number
      lastSeen: number
      /**
       * the run that reports it
       */
      run: string
      closedAt: number | null
      closedBy: string | null
      /**
       * whether the schema says something else now
       */
      writes: boolean
    }[]
    /**
     * what the schema cannot be made to say
     */
    left: {
      source: string
      stream: string
      /**
       * JSON pointer into the raw record, without the places of items
       */
      field: string
      kind: 'new-field' | 'missing-field' | 'changed-type' | 'new-value' | 'null-share'
      /**
       * types, values of an enumeration or a share; of a person never a value
       */
      found: string[]
      expected: string | null
      personal: 'name' | 'id' | 'phone' | 'email' | 'address' | 'text' | 'account' | null
      /**
       * the first such record
       */
      place: string | null
      count: number
      firstSeen: number
      lastSeen: number
      /**
       * the run that reports it
       */
      run: string
      closedAt: number | null
      closedBy: string | null
      why: 'not-told' | 'other-shape' | 'no-enumeration' | 'no-such-field'
    }[]
  }[]
}

// schemas/cli/connector-check.schema.json
/**
 * What `ioc connector check --json` prints: how far one gets with a source, step by step.
 */
export interface ConnectorCheckOutput {
  source: string
  connector: string
  /**
   * the builder of its first stream; null where it was written by hand
   */
  kind: string | null
  /**
   * host and port, file or folder
   */
  target: string | null
  /**
   * what is so whether it can be reached or not
   */
  remarks: string[]
  steps: {
    step: 'dns' | 'route' | 'proxy' | 'tls' | 'login' | 'permission' | 'data' | 'clock'
    state: 'passed' | 'warned' | 'failed' | 'not-reached' | 'not-needed'
    says: string
    mend: string | null
    code: string | null
  }[]
  clock: {
    /**
     * theirs minus ours
     */
    skewMs: number | null
    sampleTime: number | null
  }
  streams: {
    stream: string
    steps: {
      step: 'dns' | 'route' | 'proxy' | 'tls' | 'login' | 'permission' | 'data' | 'clock'
      state: 'passed' | 'warned' | 'failed' | 'not-reached' | 'not-needed'
      says: string
      mend: string | null
      code: string | null
    }[]
    /**
     * the one record that was judged; of persons their verdicts only
     */
    record: {
      fields: number
      unknown: string[]
      persons: {
        field: string
        verdict: 'present' | 'valid' | 'dummy' | 'absent'
      }[]
      reasons: {
        path: string
        rule: string
        expected: string
        value: string | null
      }[]
    } | null
    guarantees: {
      name: 'sees' | 'late' | 'deletions' | 'duplicates' | 'order' | 'resume' | 'complete'
      state: 'sure' | 'limited' | 'unknown'
      vi: string
      en: string
    }[]
  }[]
  exitCode: 0 | 3 | 4
}

// schemas/cli/connector-discover.schema.json
/**
 * What `ioc connector discover --json` prints: fields of a sample beside what the schema declares.
 */
export interface ConnectorDiscoverOutput {
  source: string
  connector: string
  streams: {
    stream: string
    entity: string
    records: number
    pages: number
    /**
     * nothing was left to read
     */
    isWhole: boolean
    fields: {
      path: string
      types: string[]
      /**
       * share of its parent objects in which it is absent, null or blank
       */
      empty: number
      distinct: number
      time: {
        /**
         * none is before the one that came before it
         */
        grows: boolean
        granularity: 'day' | 'second'
      } | null
      schema: 'declared' | 'undeclared' | 'missing'
      required: boolean
      /**
       * the mark in the schema; ? where values of an undeclared field look like a person's
       */
      personal: string | null
      examples: string[]
    }[]
    /**
     * fields, or pairs of them, unique and never empty in the sample
     */
    keys: string[][]
    declaredKey: {
      fields: string[]
      empty: number
      doubled: number
    }
  }[]
}

// schemas/cli/connector-new.schema.json
/**
 * ioc connector new --json
 */
export interface ConnectorNewDocument {
  name: string
  kind: 'rest' | 'files' | 'soap' | 'sql'
  entity: 'agency' | 'procedure' | 'dossier' | 'feedback'
  stream: string
  /**
   * records of the sample that were looked at
   */
  records: number
  /**
   * written, relative to the home
   */
  files: string[]
  personal: ProposedPersonal[]
  todos: OpenQuestion[]
  /**
   * variables that have to be set
   */
  environment: string[]
  /**
   * the next command
   */
  next: string
}

export interface ProposedPersonal {
  field: string
  kind: 'name' | 'id' | 'phone' | 'email' | 'address' | 'text' | 'account'
}

export interface OpenQuestion {
  /**
   * the canonical or raw field, or the part of the declaration
   */
  at: string
  question: string
}

// schemas/cli/connector-preview.schema.json
/**
 * What `ioc connector preview --json` prints: the first records on their whole way, persons and secrets masked.
 */
export interface ConnectorPreviewOutput {
  source: string
  connector: string
  streams: {
    stream: string
    entity: string
    /**
     * what is asked where no HTTP is: a query, a folder, a command
     */
    origin: string | null
    exchanges: {
      method: string
      url: string
      body: string | null
      status: number | null
      type: string | null
      bytes: number | null
      /**
       * of the answer: names and types, never values
       */
      shape: string | null
      problem: string | null
    }[]
    records: {
      fields: {
        field: string
        is: 'declared' | 'personal' | 'unknown'
        extracted: string | null
        protected: string | null
      }[]
      mapped: {
        field: string
        from: string[]
        value: string | null
      }[]
      reasons: {
        path: string
        rule: string
        expected: string
        value: string | null
      }[]
      notes: string[]
    }[]
    undecodable: {
      place: string
      rule: string
    }[]
    remarks: string[]
    why: string | null
  }[]
}

// schemas/cli/connector-record.schema.json
/**
 * What `ioc connector record --json` prints.
 */
export interface ConnectorRecorded {
  source: string
  recordings: {
    stream: string
    file: string
    /**
     * records kept
     */
    records: number
    /**
     * records that came
     */
    of: number
    /**
     * values replaced by made-up ones
     */
    replaced: number
    bytes: number
  }[]
}

// schemas/cli/connector-test.schema.json
/**
 * What `ioc connector test --json` prints.
 */
export interface ConnectorTested {
  connectors: {
    connector: string
    ms: number
    checks: Check[]
  }[]
  pass: number
  fail: number
  notApplicable: number
}

/**
 * This interface was referenced by `ConnectorTested`'s JSON-Schema
 * via the `definition` "check".
 */
export interface Check {
  stream: string
  hazard: number
  check: string
  title: string
  verdict: 'PASS' | 'FAIL' | 'NOT APPLICABLE'
  /**
   * what was seen; the smallest counter-example; why it does not apply
   */
  what: string
  hint: string | null
  ms: number
}

// schemas/cli/demo.schema.json
/**
 * What `ioc demo --json` prints; the proofs are null where the nightly run failed.
 */
export interface DemoOutput {
  /**
   * null where the slot had been run before
   */
  run: string | null
  /**
   * epoch ms: sample time in a sample warehouse
   */
  asOf: number
  exitCode: 0 | 1 | 2 | 3 | 4 | 5 | 6
  sources: SyncSource[]
  pushed: PushedTarget[]
  /**
   * null: made by an earlier job of the day, there is nothing to compare, or the slot had been run before
   */
  spotCheck: null | SpotCheckItem
  figures: {
    proofs: {
      indicator: string
      name: string
      value: number | null
      numerator: number | null
      denominator: number | null
      published: string
      holds: boolean
      remark: string | null
    }[]
    named: {
      threshold: number
      holds: boolean
      agencies: {
        name: string
        value: number | null
        numerator: number | null
        denominator: number | null
      }[]
    }[]
  } | null
  dirt:
    | {
        kind: string
        outcome: 'quarantined' | 'waiting-for' | 'noted' | 'merged' | 'repaired'
        planted: number
        found: number
      }[]
    | null
  received: {
    held: number
    figures: number
    sources: {
      [k: string]: string
    }
  } | null
}

/**
 * What became of one source.
 */
export interface SyncSource {
  source: string
  run: string
  state: 'succeeded' | 'partial' | 'incomplete' | 'held' | 'failed'
  error: Problem | null
  counts: SyncCounts
  streams: {
    [k: string]: SyncCounts
  }
  remarks: string[]
}

/**
 * A failure as --json shows it.
 */
export interface Problem {
  /**
   * see the table of error codes
   */
  code: string
  /**
   * what happened, in the chosen language
   */
  message: string
  /**
   * what to do, in the chosen language
   */
  mend: string
  exitCode: 1 | 2 | 3 | 4 | 5 | 6
}

/**
 * What a read counted.
 */
export interface SyncCounts {
  read: number
  landed: number
  new: number
  changed: number
  unchanged: number
  stale: number
  late: number
  doubled: number
  deleted: number
  merged: number
  quarantined: number
  waiting: number
  replayed: number
  noted: number
  repaired: number
  regressed: number
  writes: number
}

/**
 * What one target of deliveries took.
 */
export interface PushedTarget {
  target: string
  delivered: number
  duplicate: number
  superseded: number
  /**
   * figures and sources whose newest message stands refused, whenever that was said
   */
  refused: number
  /**
   * still in the outbox
   */
  pending: number
  /**
   * Items: the first 20 of them
   */
  refusals: {
    id: string
    figure: string
    reason: string | null
  }[]
  error: Problem | null
}

/**
 * What is kept at a few agencies, compared with the records; made by the first job of each day.
 */
export interface SpotCheckItem {
  /**
   * epoch ms, real time
   */
  at: number
  /**
   * local day of the tick
   */
  day: string
  /**
   * keys of the agencies compared
   */
  agencies: string[]
  cells: number
  figures: number
  differences: number
  /**
   * one of the differences
   */
  example: null | DifferenceItem
}

/**
 * What is kept, beside what the records say.
 */
export interface DifferenceItem {
  kind: 'cell_month' | 'cell_day' | 'cell_time' | 'indicator'
  key: string
  field: string
  /**
   * null: there is none
   */
  held: number | string | null
  /**
   * null: there is none
   */
  recomputed: number | string | null
}

// schemas/cli/difference.schema.json


// schemas/cli/doctor.schema.json
/**
 * What `ioc doctor --json` prints: one entry per thing looked at.
 */
export type DoctorOutput = {
  /**
   * node, warehouse, disk, file:<path in the home> where one is wrong, source:<id>, targets, jobs
   */
  check: string
  what: string
  ok: boolean
  says: string
  mend: string | null
  exit: 0 | 1 | 2 | 3 | 4 | 5 | 6
}[]

// schemas/cli/drift-row.schema.json
/**
 * What a source sends otherwise than its schema says: one field, one kind.
 */
export interface DriftRow {
  source: string
  stream: string
  /**
   * JSON pointer into the raw record, without the places of items
   */
  field: string
  kind: 'new-field' | 'missing-field' | 'changed-type' | 'new-value' | 'null-share'
  /**
   * types, values of an enumeration or a share; of a person never a value
   */
  found: string[]
  expected: string | null
  personal: 'name' | 'id' | 'phone' | 'email' | 'address' | 'text' | 'account' | null
  /**
   * the first such record
   */
  place: string | null
  count: number
  firstSeen: number
  lastSeen: number
  /**
   * the run that reports it
   */
  run: string
  closedAt: number | null
  closedBy: string | null
}

// schemas/cli/error.schema.json
/**
 * What any verb prints with --json where it fails before it has a result.
 */
export interface ErrorOutput {
  error: Problem
}

// schemas/cli/explain.schema.json
/**
 * What `ioc explain --json` prints; with --message ID the message and, for an indicator, its explanation by what was known when it was made; with --join FILE the list held against the records.
 */
export type ExplainOutput =
  | ExplainedFigureRecords
  | {
      /**
       * as it was made: schemas/ioc
       */
      message: {
        [k: string]: unknown
      }
      explanation: null | ExplainedFigureRecords
    }
  | ExplainedList

/**
 * what a list can name
 */
export type ExplainedListed = ExplainedDossier | ExplainedPublication | ExplainedPetition

export interface ExplainedFigureRecords {
  /**
   * null: never computed
   */
  figure: null | ExplainedFigure
  /**
   * by what was known then; null: now
   */
  known: {
    landing: number
    /**
     * warehouse's time of that landing, epoch ms
     */
    at: number | null
    /**
     * what open dossiers are judged by, epoch ms
     */
    tickAt: number
  } | null
  /**
   * recomputed from the records; null: nothing to count on
   */
  value: number | null
  total: {
    numerator: number
    denominator: number | null
  }
  records: (
    | ExplainedDossier
    | ExplainedPublication
    | ExplainedPetition
    | ExplainedProcedure
    | ExplainedAgency
    | ExplainedOfficial
    | ExplainedPoints
  )[]
  /**
   * --after of the next page; null: this is the last
   */
  next: string | null
  quarantined: ExplainedAside[]
  quarantinedTotal: number
}

/**
 * as of `ioc indicators`
 */
export interface ExplainedFigure {
  indicator: string
  version: number
  name: string
  agency: {
    /**
     * <code>@<validFrom>
     */
    key: string
    code: string
    validFrom: string
    name: string
    kind: 'province' | 'department' | 'vertical' | 'district' | 'commune'
  }
  /**
   * 2024-11, 2024-Q4, 2024-H2, 2024, 2024-YTD-11, 2024-12-02, 2024-W45, R7@2024-11-30, RP-2024-11
   */
  period: string
  /**
   * null: valueState says why
   */
  value: number | null
  /**
   * ok; không phát sinh; chưa có dữ liệu; chưa đủ dữ liệu; held: a source is held, the last value stands
   */
  valueState: 'ok' | 'no-cases' | 'no-data-yet' | 'insufficient' | 'held'
  numerator: number | null
  /**
   * null: the figure has none
   */
  denominator: number | null
  /**
   * a ratio is the unrounded n/d; points are the mean of 1 to 5, or those of QĐ 766
   */
  unit: 'procedures' | 'dossiers' | 'petitions' | 'agencies' | 'ratio' | 'working-hours' | 'points'
  /**
   * epoch ms
   */
  asOf: number
  provisional: boolean
  /**
   * null: computed when asked for, not kept
   */
  revision: number | null
  /**
   * epoch ms: real time; null likewise
   */
  knownAt: number | null
  /**
   * class, where the indicator has one
   */
  standing: string | null
  /**
   * only of points of QĐ 766: the most that there are
   */
  max?: number
  sources: {
    source: string
    /**
     * epoch ms up to which it was read completely
     */
    asOf: number | null
    state: 'fresh' | 'partial' | 'incomplete' | 'held' | 'failed' | 'never'
  }[]
  /**
   * only with --geography now
   */
  geography?: 'merged' | 'undetermined'
  /**
   * only with --as-known-at: what is not as it was told then. other-definition: told by another version of the definition than today's; recomputed: nobody kept it, recomputed from the records of then; measure-since: over a measure that came later; states-of-now: how its sources stood then is not kept
   */
  remarks?: ('other-definition' | 'recomputed' | 'measure-since' | 'states-of-now')[]
  /**
   * what the agency reports by hand, the newest signature first; beside the value, never in it
   */
  reported?: {
    numerator: number
    denominator: number | null
    document: string
    /**
     * title of who signed, never a name
     */
    signedBy: string
    signedOn: string
    source: string
  }[]
  /**
   * the national portal's own score of the component
   */
  official?: {
    component: string
    /**
     * points; null is not 0
     */
    score: number | null
    maxScore: number | null
    numerator: number | null
    denominator: number | null
    /**
     * 0 to 1
     */
    ratio: number | null
    /**
     * epoch ms: when the portal was first seen to say so
     */
    statedAt: number
    source: string
  }
  /**
   * our points less the portal's; only where both are said
   */
  difference?: number
}

export interface ExplainedDossier {
  kind: 'dossier'
  source: string
  code: string
  nationalCode: string | null
  procedure: string
  agency: string
  received: number | null
  receivedPrecision: string | null
  /**
   * what decided: printed, put off, or ours
   */
  due: number | null
  duePrecision: string | null
  duePrinted: number | null
  /**
   * by the statutory limit
   */
  dueOurs: number | null
  ended: number | null
  endedPrecision: string | null
  /**
   * finished, returned, refused, status-date or first-seen
   */
  endedBasis: string | null
  channel: string
  status: number
  /**
   * the run that brought it
   */
  run: string
  /**
   * and the landing
   */
  landing: number
  /**
   * numerator: counts above the line; denominator: only below it
   */
  role: 'numerator' | 'denominator'
  /**
   * why it counts
   */
  rule: string
  /**
   * what it adds above the line
   */
  above: number
  /**
   * and below it; null: the figure has no denominator
   */
  below: number | null
}

export interface ExplainedPublication {
  kind: 'publication'
  source: string
  code: string
  procedure: string | null
  agency: string
  decided: number
  decidedPrecision: string
  /**
   * when its legal basis took effect
   */
  effective: number | null
  effectivePrecision: string | null
  /**
   * the first instant that is too late, epoch ms; null: nothing says so
   */
  announceBy: number | null
  published: number | null
  publishedPrecision: string | null
  /**
   * the first instant that is too late, epoch ms; null: nothing says so
   */
  publishBy: number | null
  /**
   * with all parts; null: nobody says so
   */
  complete: boolean | null
  /**
   * when the next one of its procedure took its place
   */
  replaced: number | null
  /**
   * numerator: counts above the line; denominator: only below it
   */
  role: 'numerator' | 'denominator'
  /**
   * why it counts
   */
  rule: string
  /**
   * what it adds above the line
   */
  above: number
  /**
   * and below it; null: the figure has no denominator
   */
  below: number | null
  /**
   * the run that brought it
   */
  run: string
  /**
   * and the landing
   */
  landing: number
}

export interface ExplainedPetition {
  kind: 'petition'
  source: string
  code: string
  procedure: string | null
  agency: string
  /**
   * code of the dossier that it is about
   */
  dossier: string | null
  subject: 'procedure' | 'staff' | null
  received: number
  receivedPrecision: string
  /**
   * null: open
   */
  outcome: 'refused' | 'supplement' | 'answered' | null
  outcomeAt: number | null
  outcomePrecision: string | null
  /**
   * the first instant at which its outcome is too late, epoch ms
   */
  dueBy: number
  published: number | null
  publishedPrecision: string | null
  /**
   * the first instant that is too late, epoch ms; null: nothing says so
   */
  publishBy: number | null
  satisfied: boolean | null
  complainedAgain: boolean | null
  /**
   * numerator: counts above the line; denominator: only below it
   */
  role: 'numerator' | 'denominator'
  /**
   * why it counts
   */
  rule: string
  /**
   * what it adds above the line
   */
  above: number
  /**
   * and below it; null: the figure has no denominator
   */
  below: number | null
  /**
   * the run that brought it
   */
  run: string
  /**
   * and the landing
   */
  landing: number
}

export interface ExplainedProcedure {
  kind: 'procedure'
  procedure: string
  name: string
  level: string
  online: boolean
  integrated: boolean
  /**
   * dossiers in the period
   */
  received: number
  receivedOnline: number
  /**
   * decisions of the period that announced it
   */
  decisions: number
  source: string
  /**
   * numerator: counts above the line; denominator: only below it
   */
  role: 'numerator' | 'denominator'
  /**
   * why it counts
   */
  rule: string
  /**
   * what it adds above the line
   */
  above: number
  /**
   * and below it; null: the figure has no denominator
   */
  below: number | null
}

export interface ExplainedAgency {
  kind: 'agency'
  agency: string
  name: string
  numerator: number
  denominator: number
  /**
   * numerator: counts above the line; denominator: only below it
   */
  role: 'numerator' | 'denominator'
  /**
   * why it counts
   */
  rule: string
  /**
   * what it adds above the line
   */
  above: number
  /**
   * and below it; null: the figure has no denominator
   */
  below: number | null
}

/**
 * the national portal's own row of a component of QĐ 766: its counts
 */
export interface ExplainedOfficial {
  kind: 'official'
  component: string
  /**
   * epoch ms: when the portal was first seen to say so
   */
  statedAt: number
  source: string
  run: string
  landing: number
  /**
   * numerator: counts above the line; denominator: only below it
   */
  role: 'numerator' | 'denominator'
  /**
   * why it counts
   */
  rule: string
  /**
   * what it adds above the line
   */
  above: number
  /**
   * and below it; null: the figure has no denominator
   */
  below: number | null
}

/**
 * a component of QĐ 766 of which a group is the sum, or a group of which the total is
 */
export interface ExplainedPoints {
  kind: 'points'
  indicator: string
  name: string
  /**
   * null: nothing to count on, or an input is missing
   */
  points: number | null
  max: number
  /**
   * what its points are told from; null where an input is missing
   */
  numerator: number | null
  denominator: number | null
  /**
   * numerator: counts above the line; denominator: only below it
   */
  role: 'numerator' | 'denominator'
  /**
   * why it counts
   */
  rule: string
  /**
   * what it adds above the line
   */
  above: number
  /**
   * and below it; null: the figure has no denominator
   */
  below: number | null
}

export interface ExplainedAside {
  id: number
  source: string
  key: string
  /**
   * path, rule and value of each
   */
  reasons: {
    [k: string]: unknown
  }
  waitingFor: string | null
  /**
   * would: it would count if it landed as it is; might: too little of it can be read
   */
  counts: 'would' | 'might'
}

export interface ExplainedList {
  figure: null | ExplainedFigure
  /**
   * by what was known then; null: now
   */
  known: {
    landing: number
    /**
     * warehouse's time of that landing, epoch ms
     */
    at: number | null
    /**
     * what open dossiers are judged by, epoch ms
     */
    tickAt: number
  } | null
  total: {
    numerator: number
    denominator: number | null
  }
  file: string
  codeColumn: string
  both: ExplainedListRow[]
  onlyTheirs: ExplainedListRow[]
  /**
   * up to --limit
   */
  onlyOurs: ExplainedListed[]
  counts: {
    listed: number
    both: number
    onlyTheirs: number
    onlyOurs: number
    /**
     * rows of a record that the list names before
     */
    doubled: number
  }
}

export interface ExplainedListRow {
  /**
   * row of the list, from 1 below its header
   */
  line: number
  code: string
  record: null | ExplainedListed
  /**
   * why it does not count here; null: it does
   */
  why: {
    reason:
      | 'not-landed'
      | 'set-aside'
      | 'other-agency'
      | 'other-period'
      | 'same-dossier'
      | 'deleted'
      | 'status'
      | 'not-this-figure'
    detail?: string
    source?: string
    code?: string
    id?: number
  } | null
  /**
   * days that differ
   */
  dates: {
    field: 'received' | 'due' | 'ended' | 'decided' | 'published'
    ours: string | null
    theirs: string
  }[]
}

// schemas/cli/indicators.schema.json
/**
 * What `ioc indicators --json` prints.
 */
export type IndicatorsOutput = {
  indicator: string
  version: number
  name: string
  agency: {
    /**
     * <code>@<validFrom>
     */
    key: string
    code: string
    validFrom: string
    name: string
    kind: 'province' | 'department' | 'vertical' | 'district' | 'commune'
  }
  /**
   * 2024-11, 2024-Q4, 2024-H2, 2024, 2024-YTD-11, 2024-12-02, 2024-W45, R7@2024-11-30, RP-2024-11
   */
  period: string
  /**
   * null: valueState says why
   */
  value: number | null
  /**
   * ok; không phát sinh; chưa có dữ liệu; chưa đủ dữ liệu; held: a source is held, the last value stands; masked: not for the public (--audience public)
   */
  valueState: 'ok' | 'no-cases' | 'no-data-yet' | 'insufficient' | 'held' | 'masked'
  numerator: number | null
  /**
   * null: the figure has none
   */
  denominator: number | null
  /**
   * a ratio is the unrounded n/d; points are the mean of 1 to 5, or those of QĐ 766
   */
  unit: 'procedures' | 'dossiers' | 'petitions' | 'agencies' | 'ratio' | 'working-hours' | 'points'
  /**
   * epoch ms
   */
  asOf: number
  /**
   * the period is open at the newest tick
   */
  provisional: boolean
  /**
   * null: computed when asked for, not kept
   */
  revision: number | null
  /**
   * epoch ms: real time; null likewise
   */
  knownAt: number | null
  /**
   * class of a total of QĐ 766: veryGood, good, fair, bad or veryBad
   */
  standing: string | null
  /**
   * only of points of QĐ 766: the most that there are
   */
  max?: number
  /**
   * the part it is of; with --by the row of all parts together lacks what is broken down
   */
  breakdown?: {
    procedure?: string
    /**
     * empty: procedures without a field
     */
    field?: string
    channel?: 'online' | 'counter' | 'post'
  }
  sources: {
    source: string
    /**
     * epoch ms up to which it was read completely
     */
    asOf: number | null
    state: 'fresh' | 'partial' | 'incomplete' | 'held' | 'failed' | 'never'
  }[]
  /**
   * only with --geography now
   */
  geography?: 'merged' | 'undetermined'
  /**
   * only with --as-known-at: what is not as it was told then. other-definition: told by another version of the definition than today's; recomputed: nobody kept it, recomputed from the records of then; measure-since: over a measure that came later; states-of-now: how its sources stood then is not kept
   */
  remarks?: ('other-definition' | 'recomputed' | 'measure-since' | 'states-of-now')[]
  /**
   * reorganisations of its agency within the period; only where there is one
   *
   * @minItems 1
   */
  breaks?: {
    /**
     * the first day after it
     */
    on: string
    /**
     * joined: it went on, and took others in
     */
    kind: 'began' | 'ended' | 'renamed' | 'merged' | 'divided' | 'joined'
    from: {
      key: string
      name: string
    }[]
    to: {
      key: string
      name: string
    }[]
  }[]
  /**
   * what the agency reports by hand, the newest signature first; beside the value, never in it
   */
  reported?: {
    numerator: number
    denominator: number | null
    document: string
    /**
     * title of who signed, never a name
     */
    signedBy: string
    signedOn: string
    source: string
  }[]
  /**
   * our points less the portal's; only where both are said
   */
  difference?: number
  /**
   * the national portal's own score of the component
   */
  official?: {
    component: string
    /**
     * points; null is not 0
     */
    score: number | null
    maxScore: number | null
    numerator: number | null
    denominator: number | null
    /**
     * 0 to 1
     */
    ratio: number | null
    /**
     * epoch ms: when the portal was first seen to say so
     */
    statedAt: number
    source: string
  }
}[]

// schemas/cli/migrate.schema.json
/**
 * What `ioc migrate --json` prints.
 */
export interface MigrateOutput {
  schema: number
  /**
   * without password
   */
  warehouse: string
  /**
   * measures that are being built: figures over them are insufficient
   */
  building: string[]
}

// schemas/cli/problem.schema.json


// schemas/cli/push.schema.json
/**
 * What `ioc push --json` prints.
 */
export interface PushOutput {
  pushed: PushedTarget[]
  exitCode: 0 | 1 | 2 | 3 | 4 | 5 | 6
}

// schemas/cli/pushed.schema.json


// schemas/cli/quarantine.schema.json
/**
 * What `ioc quarantine … --json` prints: records (list, show, export), what was done (discard, replay, map), or the agencies that nobody knows (map without --to).
 */
export type QuarantineOutput =
  | {
      id: number
      source: string
      stream: string
      key: string
      outcome: 'quarantined' | 'waiting-for'
      reasons: {
        /**
         * JSON pointer into the record; empty for the whole
         */
        path: string
        rule: string
        expected: string
        /**
         * after protect: never a person
         */
        value: string | null
      }[]
      waitingFor: string | null
      place: string | null
      /**
       * bytes of what could not be decoded
       */
      length: number | null
      count: number
      firstSeen: number
      lastSeen: number
      run: string | null
      closedAt: number | null
      closedBy: string | null
      closedReason: string | null
      /**
       * the protected record; null where it could not be decoded
       */
      record: {
        [k: string]: unknown
      }
    }[]
  | {
      discarded: number
    }
  | {
      run: string
      tried: number
      replayed: number
      undecoded: number
    }
  | {
      unknown: {
        /**
         * as it is looked up
         */
        ref: string
        /**
         * as its source writes it
         */
        written: string
        /**
         * records
         */
        waiting: number
        sources: string[]
        /**
         * @maxItems 3
         */
        nearest: {
          key: string
          name: string
          validFrom: string
          /**
           * exclusive
           */
          validTo: string | null
          likeness: number
        }[]
      }[]
    }
  | {
      ref: string
      written: string
      sources: string[]
      agency: {
        key: string
        name: string
      }
      validFrom: string
      /**
       * exclusive
       */
      validTo: string | null
      /**
       * what the name meant on some of these days before
       */
      replaced: {
        source: string
        agency: string
        validFrom: string
        /**
         * exclusive
         */
        validTo: string | null
      }[]
      run: string | null
      dryRun: boolean
      waited: number
      landed: number
    }

// schemas/cli/rebuild.schema.json
/**
 * What `ioc rebuild --json` prints.
 */
export interface RebuildOutput {
  /**
   * cells compared, both grains
   */
  cells: number
  /**
   * figures compared
   */
  figures: number
  differences: DifferenceItem[]
  /**
   * measures that are being built: not compared
   */
  building: string[]
}

// schemas/cli/reference.schema.json
/**
 * This interface was referenced by `ReferenceOutput`'s JSON-Schema
 * via the `definition` "key".
 */
export type Key = string

/**
 * What `ioc reference import --json` prints.
 */
export interface ReferenceOutput {
  file: string
  kind: 'agencies' | 'calendar' | 'aliases'
  from: string
  basis: string
  written: boolean
  /**
   * the knowledge that it is from; null: not written
   */
  landing: number | null
  /**
   * records assigned anew
   */
  moved: number
  preview: {
    founded: Named[]
    merged: {
      key: Key
      name: string
      on: string
      successors: Named[]
      open: number
      received: number
      figures: number
    }[]
    renamed: {
      from: Named
      to: Named
      open: number
      received: number
      figures: number
    }[]
    /**
     * no one successor: which of them a dossier went to cannot be told; dossiers: all that it ever had
     */
    undetermined: {
      key: Key
      name: string
      on: string
      successors: Named[]
      open: number
      received: number
      figures: number
      dossiers: number
    }[]
    /**
     * a code that means another unit from then on
     */
    reused: {
      before: Named
      after: Named
    }[]
    corrected: Named[]
    /**
     * what came since and is assigned to another version
     */
    moves: {
      from: Named
      to: Named
      dossiers: number
      /**
       * petitions, announced procedures, statements and scores
       */
      inputs: number
    }[]
    /**
     * names that mean nobody any more
     */
    unresolved: string[]
    authorities: {
      source: string
      agency: string
    }[]
    days: {
      date: string
      before: string | null
      after: string
    }[]
    aliases: {
      name: string
      agency: string
      isNew: boolean
    }[]
  }
}

/**
 * This interface was referenced by `ReferenceOutput`'s JSON-Schema
 * via the `definition` "named".
 */
export interface Named {
  key: Key
  name: string
}

// schemas/cli/release.schema.json
/**
 * What `ioc release --json` prints.
 */
export interface ReleaseOutput {
  run: string
  released: number
}

// schemas/cli/report.schema.json
/**
 * What `ioc report --json` prints: the tables of the workbook, numbers unrounded.
 */
export interface ReportOutput {
  kind: 'monthly' | 'quarterly' | 'yearly' | '766'
  title: string
  period: string
  firstDay: string
  lastDay: string
  /**
   * epoch ms
   */
  asOf: number
  /**
   * the period is open
   */
  provisional: boolean
  /**
   * made-up data
   */
  sample: boolean
  /**
   * public: small counts, and what would tell them, are masked (*)
   */
  audience: 'staff' | 'public'
  closing: {
    id: number
    /**
     * epoch ms
     */
    at: number
    by: string
    note: string
    lateSources: string[]
    override: string | null
    landing: number
  } | null
  tables: {
    name: string
    title: string
    columns: {
      title: string
      group?: string
      kind: 'text' | 'count' | 'ratio' | 'points'
      width: number
    }[]
    rows: {
      role: 'total' | 'subtotal' | 'agency'
      cells: (string | number | null)[]
    }[]
    notes: string[]
  }[]
}

// schemas/cli/revise.schema.json
/**
 * What `ioc revise --json` prints: the records that explain the difference of a figure between two knowledges; their effects sum to it exactly.
 */
export interface ReviseOutput {
  indicator: string
  agency: string
  period: string
  from: RevisePoint
  to: RevisePoint
  causes: {
    /**
     * late: landed since; corrected: it says something else; deleted: gone, or counted no more; reclassified: another agency, procedure or channel, or what these are; rule: another calendar, limit or definition; time: the tick passed its instant
     */
    cause: 'late' | 'corrected' | 'deleted' | 'reclassified' | 'rule' | 'time'
    records: number
    numerator: number
    denominator: number | null
  }[]
  /**
   * up to --limit of each cause
   */
  effects: ReviseEffect[]
  effectsTotal: number
}

/**
 * This interface was referenced by `ReviseOutput`'s JSON-Schema
 * via the `definition` "RevisePoint".
 */
export interface RevisePoint {
  landing: number
  at: number | null
  tickAt: number
  value: number | null
  /**
   * recomputed from the records of then
   */
  numerator: number
  denominator: number | null
  /**
   * as it was told then; null: it was not
   */
  told: null | {
    value: number | null
    numerator: number | null
    denominator: number | null
    version: number
    revision: number | null
  }
  /**
   * by today's definition, where another one told it
   */
  recomputed?: {
    value: number | null
    numerator: number
    denominator: number | null
  }
}

/**
 * This interface was referenced by `ReviseOutput`'s JSON-Schema
 * via the `definition` "ReviseEffect".
 */
export interface ReviseEffect {
  /**
   * late: landed since; corrected: it says something else; deleted: gone, or counted no more; reclassified: another agency, procedure or channel, or what these are; rule: another calendar, limit or definition; time: the tick passed its instant
   */
  cause: 'late' | 'corrected' | 'deleted' | 'reclassified' | 'rule' | 'time'
  /**
   * what exactly
   */
  detail: string
  kind: 'dossier' | 'publication' | 'petition' | 'procedure' | 'agency' | 'official' | 'points' | 'definition'
  /**
   * source and code, procedure or agency
   */
  key: string
  source: string | null
  code: string | null
  /**
   * what it adds to the difference
   */
  numerator: number
  denominator: number | null
  /**
   * that brought it; null: time, or reference data
   */
  landing: number | null
  /**
   * warehouse's time of that landing
   */
  at: number | null
  run: string | null
}

// schemas/cli/run-row.schema.json
/**
 * One entry of the run ledger.
 */
export interface RunEntry {
  id: string
  parent: string | null
  kind: 'invocation' | 'source' | 'push'
  verb: string
  job: string | null
  source: string | null
  state: 'running' | 'succeeded' | 'partial' | 'incomplete' | 'held' | 'failed'
  why: {
    code: string
    params: {
      [k: string]: string | number
    }
  } | null
  /**
   * epoch ms: real time
   */
  startedAt: number
  endedAt: number | null
  /**
   * epoch ms: sample time in a sample warehouse
   */
  asOf: number | null
  /**
   * counters by name, `streams` by stream; `slot` and `holder` of an invocation
   */
  counts: {
    [k: string]: unknown
  }
  remarks: string[]
  exitCode: null | 0 | 1 | 2 | 3 | 4 | 5 | 6
}

// schemas/cli/run.schema.json
/**
 * What `ioc run --json` prints.
 */
export interface RunOutput {
  /**
   * null where the slot had been run before
   */
  run: string | null
  /**
   * epoch ms: sample time in a sample warehouse
   */
  asOf: number
  exitCode: 0 | 1 | 2 | 3 | 4 | 5 | 6
  sources: SyncSource[]
  pushed: PushedTarget[]
  /**
   * null: made by an earlier job of the day, there is nothing to compare, or the slot had been run before
   */
  spotCheck: null | SpotCheckItem
}

// schemas/cli/runs.schema.json
/**
 * What `ioc runs --json` prints: the last runs, newest first; with an ID that run, its sources and holds.
 */
export type RunsOutput =
  | RunEntry[]
  | {
      id: string
      parent: string | null
      kind: 'invocation' | 'source' | 'push'
      verb: string
      job: string | null
      source: string | null
      state: 'running' | 'succeeded' | 'partial' | 'incomplete' | 'held' | 'failed'
      why: {
        code: string
        params: {
          [k: string]: string | number
        }
      } | null
      /**
       * epoch ms: real time
       */
      startedAt: number
      endedAt: number | null
      /**
       * epoch ms: sample time in a sample warehouse
       */
      asOf: number | null
      /**
       * counters by name, `streams` by stream; `slot` and `holder` of an invocation
       */
      counts: {
        [k: string]: unknown
      }
      remarks: string[]
      exitCode: null | 0 | 1 | 2 | 3 | 4 | 5 | 6
      sources: RunEntry[]
      holds: {
        stream: string
        guard: 'rejected' | 'regressed' | 'deleted' | 'empty' | 'drift'
        observed: number
        limit: number
        heldAt: number
        releasedAt: number | null
        releasedBy: string | null
        reason: string | null
        usedAt: number | null
      }[]
      /**
       * differences from the schema that this run or its sources report
       */
      drift: DriftRow[]
    }

// schemas/cli/sandbox.schema.json
/**
 * What `ioc sandbox --json` prints once it answers.
 */
export interface SandboxOutput {
  url: string
  dir: string
}

// schemas/cli/serve.schema.json
/**
 * What `ioc serve --json` prints once everything runs.
 */
export interface ServeOutput {
  url: string
  /**
   * without password
   */
  warehouse: string
}

// schemas/cli/sources-quality.schema.json
/**
 * What `ioc sources --quality --json` prints.
 */
export interface SourcesQualityOutput {
  period: string
  sources: {
    source: string
    figures: {
      valid: Share
      complete: Share
      unique: Share
      fresh: Share
    }
    /**
     * reads that were not complete, by cause
     */
    causes: {
      source: number
      network: number
      ours: number
      'rule-change': number
      undecided: number
    }
  }[]
}

/**
 * This interface was referenced by `SourcesQualityOutput`'s JSON-Schema
 * via the `definition` "share".
 */
export interface Share {
  numerator: number
  denominator: number
}

// schemas/cli/sources.schema.json
/**
 * What `ioc sources --json` prints; with `retire` what was done.
 */
export type SourcesOutput =
  | {
      id: string
      name: string
      agency: string | null
      sample: boolean
      state: 'fresh' | 'partial' | 'incomplete' | 'held' | 'failed' | 'never'
      /**
       * epoch ms up to which it was read completely
       */
      asOf: number | null
      /**
       * epoch ms: real time
       */
      freshUntil: number | null
      retiredAt: number | null
      successor: string | null
      /**
       * open records set aside
       */
      quarantined: number
      streams: {
        stream: string
        completeAt: number | null
        deletionsCheckedAt: number | null
      }[]
    }[]
  | {
      retired: string
      successor: string
      groupsReElected: number
    }

// schemas/cli/spot-check.schema.json


// schemas/cli/stop.schema.json
/**
 * What `ioc stop --json` prints.
 */
export interface StopOutput {
  /**
   * false where no serve was running
   */
  stopped: boolean
}

// schemas/cli/sync-counts.schema.json


// schemas/cli/sync-source.schema.json


// schemas/cli/sync.schema.json
/**
 * What `ioc sync --json` prints.
 */
export interface SyncOutput {
  /**
   * null where the slot had been run before
   */
  run: string | null
  /**
   * epoch ms: sample time in a sample warehouse
   */
  asOf: number
  exitCode: 0 | 1 | 2 | 3 | 4 | 5 | 6
  sources: SyncSource[]
  pushed: PushedTarget[]
}

// schemas/config/agencies.schema.json
/**
 * Agencies and administrative units as one table of versions (data/reference/agencies.json).
 */
export interface AgenciesFile {
  /**
   * where each part comes from and which parts are made up
   */
  origin: {
    [k: string]: string
  }
  /**
   * @minItems 1
   */
  agencies: {
    /**
     * <code>@<validFrom>
     */
    key: string
    code: string
    /**
     * gso: provinces, districts, communes; qd20: departments
     */
    codeSystem: 'gso' | 'qd20'
    /**
     * mã định danh, QĐ 20/2020/QĐ-TTg
     */
    identifier: string | null
    kind: 'province' | 'department' | 'vertical' | 'district' | 'commune'
    name: string
    /**
     * followed through successors once it has ended
     */
    parent: string | null
    validFrom: string
    /**
     * exclusive; null: still valid
     */
    validTo: string | null
    /**
     * several: the unit was divided
     */
    successors: string[]
  }[]
}

// schemas/config/aliases.schema.json
/**
 * Names of agencies that systems write and no rule produces (data/reference/aliases.json).
 */
export interface AliasesFile {
  /**
   * where each part comes from and which parts are made up
   */
  origin: {
    [k: string]: string
  }
  aliases: {
    name: string
    /**
     * name of the containing unit where the name alone is ambiguous
     */
    within: string | null
    /**
     * code; resolved to a version by the date of reception
     */
    agency: string
    validFrom: string
    /**
     * exclusive; null: still valid
     */
    validTo: string | null
  }[]
}

// schemas/config/calendar.schema.json
/**
 * Public-sector working calendar and office hours (data/reference/calendar.json).
 */
export interface CalendarFile {
  version: string
  /**
   * where each part comes from and which parts are made up
   */
  origin: {
    [k: string]: string
  }
  /**
   * first and last day for which the days off are listed
   */
  covers: {
    from: string
    to: string
  }
  /**
   * ISO days of the week, 7 = Sunday
   *
   * @maxItems 6
   */
  weekend: number[]
  /**
   * @minItems 1
   */
  officeHours: {
    /**
     * null: from the beginning
     */
    validFrom: string | null
    /**
     * exclusive; null: still valid
     */
    validTo: string | null
    /**
     * ISO days of the week that the hours are of; absent: every day that no line before says otherwise
     *
     * @minItems 1
     */
    weekdays?: number[]
    /**
     * @minItems 1
     */
    sessions: {
      from: string
      to: string
    }[]
    /**
     * what is received later counts as received on the next day
     */
    cutOff: string
    /**
     * what is to be answered the same day and is received later is due on the next working day; absent: 15:00
     */
    sameDayCutOff?: string
    basis: string
    confidence: 'published' | 'recalled-high' | 'recalled-medium' | 'provisional' | 'assumed'
  }[]
  days: {
    date: string
    /**
     * off_swap: off in exchange for a worked Saturday; work_swap: that Saturday; morning, afternoon: a half day, worked only before, or from, noon
     */
    kind: 'off' | 'off_swap' | 'work_swap' | 'morning' | 'afternoon'
    name: string
    basis: string
    confidence: 'published' | 'recalled-high' | 'recalled-medium' | 'provisional'
  }[]
}

// schemas/config/code-lists.schema.json
/**
 * Code lists with labels in both languages (data/reference/code-lists.json).
 */
export interface CodeListsFile {
  version: string
  statuses: {
    origin: string
    /**
     * @minItems 1
     */
    codes: {
      code: number
      key: string
      vi: string
      en: string
      bucket: 'not-received' | 'in-progress' | 'paused' | 'withdrawn' | 'stopped' | 'done'
      /**
       * legal next statuses; a violation is noted, never refused
       */
      next: number[]
    }[]
  }
  channels: CodeList
  applicantKinds: CodeList
  serviceLevels: CodeList
  onlinePayments: CodeList
  executingLevels: CodeList
}

/**
 * This interface was referenced by `CodeListsFile`'s JSON-Schema
 * via the `definition` "codeList".
 */
export interface CodeList {
  origin: string
  /**
   * @minItems 1
   */
  codes: {
    code: number
    key: string
    vi: string
    en: string
  }[]
}

// schemas/config/job.schema.json
/**
 * One scheduled job (jobs/<id>.json): sync these sources, then push.
 */
export interface JobFile {
  id: string
  /**
   * minute hour day-of-month month day-of-week, in the deployment's zone
   */
  cron: string
  /**
   * source ids; "*" for all
   *
   * @minItems 1
   */
  sources: string[]
  /**
   * deliver afterwards
   */
  push: boolean
  /**
   * a slot missed by more than this is left out instead of being caught up at start; 1440
   */
  graceMinutes?: number
}

// schemas/config/qd766.schema.json
/**
 * The scoring rules of QĐ 766/QĐ-TTg as dated rule sets (data/reference/qd766.json).
 */
export interface ScoringFile {
  version: string
  /**
   * where each part comes from and which parts are made up
   */
  origin: {
    [k: string]: string
  }
  /**
   * @minItems 1
   */
  sets: ScoringRuleSet[]
}

/**
 * This interface was referenced by `ScoringFile`'s JSON-Schema
 * via the `definition` "ScoringRuleSet".
 */
export interface ScoringRuleSet {
  id: string
  /**
   * first day of the periods that it scores
   */
  validFrom: string
  /**
   * exclusive; null: still valid
   */
  validTo: string | null
  basis: string
  /**
   * @minItems 1
   */
  groups: {
    code: 'CKMB' | 'TDGQ' | 'CLGQ' | 'TTTT' | 'MDSH' | 'MDHL'
    max: number
    names: ScoringText
  }[]
  /**
   * how the groups are put together on a page: the five of the decision, the six of the portal
   */
  displays: {
    /**
     * @minItems 1
     */
    decision: ScoringDisplayRow[]
    /**
     * @minItems 1
     */
    portal: ScoringDisplayRow[]
  }
  /**
   * best first; a class holds from its score up to the one above
   *
   * @minItems 1
   */
  classes: {
    id: string
    from: number
    names: ScoringText
    /**
     * currentStanding of an NGSI-LD indicator
     */
    standing: 'veryGood' | 'good' | 'fair' | 'bad' | 'veryBad'
  }[]
  /**
   * @minItems 1
   */
  components: ScoringComponent[]
  /**
   * contradictions of the published formulas, each with what was chosen and why
   */
  options: {
    updateSign: {
      component: string
      chosen: 'after' | 'before'
      means: {
        after: ScoringText
        before: ScoringText
      }
      why: ScoringText
    }
    onTimeCompare: {
      component: string
      chosen: 'instant' | 'date'
      means: {
        instant: ScoringText
        date: ScoringText
      }
      why: ScoringText
    }
    refused: {
      component: string
      chosen: 'outside' | 'counted'
      means: {
        outside: ScoringText
        counted: ScoringText
      }
      why: ScoringText
    }
    movedDue: {
      component: string
      chosen: 'as-printed' | 'shifted-again'
      means: {
        'as-printed': ScoringText
        'shifted-again': ScoringText
      }
      why: ScoringText
    }
    noLimit: {
      component: string
      chosen: 'on-time' | 'late'
      means: {
        'on-time': ScoringText
        late: ScoringText
      }
      why: ScoringText
    }
    onlineServices: {
      component: string
      chosen: 'updated-text' | 'old-text'
      means: {
        'updated-text': ScoringText
        'old-text': ScoringText
      }
      why: ScoringText
    }
    syncRatio: {
      component: string
      chosen: 'multiplied' | 'left-out'
      means: {
        multiplied: ScoringText
        'left-out': ScoringText
      }
      why: ScoringText
    }
    feeProcedures: {
      component: string
      chosen: 'continued' | 'dropped'
      means: {
        continued: ScoringText
        dropped: ScoringText
      }
      why: ScoringText
    }
    paymentDenominator: {
      component: string
      chosen: 'dossiers' | 'procedures'
      means: {
        dossiers: ScoringText
        procedures: ScoringText
      }
      why: ScoringText
    }
    digitisedFull: {
      component: string
      chosen: 'linear' | 'full-at-80'
      means: {
        linear: ScoringText
        'full-at-80': ScoringText
      }
      why: ScoringText
    }
  }
}

/**
 * This interface was referenced by `ScoringFile`'s JSON-Schema
 * via the `definition` "ScoringText".
 */
export interface ScoringText {
  vi: string
  en: string
}

/**
 * This interface was referenced by `ScoringFile`'s JSON-Schema
 * via the `definition` "ScoringDisplayRow".
 */
export interface ScoringDisplayRow {
  /**
   * @minItems 1
   */
  groups: string[]
  max: number
  names: ScoringText
}

/**
 * This interface was referenced by `ScoringFile`'s JSON-Schema
 * via the `definition` "ScoringComponent".
 */
export interface ScoringComponent {
  id: string
  /**
   * metric codes of the national API
   */
  codes: string[]
  group: 'CKMB' | 'TDGQ' | 'CLGQ' | 'TTTT' | 'MDSH' | 'MDHL'
  /**
   * points at most (Pmax)
   */
  max: number
  /**
   * false: shown or followed, without points
   */
  scored: boolean
  /**
   * the ratio, in percent, from which all points are given
   */
  fullAtPercent: number
  /**
   * a denominator of 0: no points, all points, or none given and none missing (N/A)
   */
  zero: 'zero' | 'full' | 'not-applicable'
  /**
   * the ratio is multiplied by that of 1.4
   */
  factor?: 'sync-ratio' | null
  /**
   * what is counted above and below the line; words that the catalogue knows
   */
  counts: {
    numerator: string
    denominator: string
  }
  /**
   * @minItems 1
   */
  inputs: (
    | 'dossiers'
    | 'procedures'
    | 'fees'
    | 'feedback'
    | 'publications'
    | 'petitions'
    | 'national-counts'
    | 'citizen-vault'
    | 'certified-copies'
  )[]
  /**
   * @minItems 1
   */
  at: ('province' | 'unit')[]
  /**
   * false: left out where one procedure is selected
   */
  byProcedure: boolean
  /**
   * time limits in working days, negative before: by level (1.1, 1.2) or by step (5.2)
   */
  workingDays?: {
    [k: string]: number
  }
  confidence: 'published' | 'inferred' | 'unverified'
  names: ScoringText
  /**
   * what another choice of an option changes
   */
  by?: {
    option:
      | 'updateSign'
      | 'onTimeCompare'
      | 'refused'
      | 'movedDue'
      | 'noLimit'
      | 'onlineServices'
      | 'syncRatio'
      | 'feeProcedures'
      | 'paymentDenominator'
      | 'digitisedFull'
    when: {
      [k: string]: ScoringOverride
    }
  }
}

/**
 * This interface was referenced by `ScoringFile`'s JSON-Schema
 * via the `definition` "ScoringOverride".
 */
export interface ScoringOverride {
  scored?: boolean
  /**
   * the ratio, in percent, from which all points are given
   */
  fullAtPercent?: number
  /**
   * the ratio is multiplied by that of 1.4
   */
  factor?: 'sync-ratio' | null
  /**
   * what is counted above and below the line; words that the catalogue knows
   */
  counts?: {
    numerator: string
    denominator: string
  }
  /**
   * time limits in working days, negative before: by level (1.1, 1.2) or by step (5.2)
   */
  workingDays?: {
    [k: string]: number
  }
}

// schemas/config/sources.schema.json
/**
 * The configured instances of one departmental system (connectors/<system>/sources.json). Texts may hold ${env:NAME}, ${env:NAME:-default} or ${file:path}.
 */
export interface SourcesFile {
  sources: SourceEntry[]
}

export interface SourceEntry {
  id: string
  name: string
  /**
   * code or identifier of the agency whose system it is; null for a system of many
   */
  agency: string | null
  /**
   * made-up data; never mixed with real data in one warehouse
   */
  sample: boolean
  /**
   * where a made-up system says its sample time: an address that answers {now}
   */
  clock?: string | null
  /**
   * which source counts where two carry the same dossier: the lowest rank, by resolving agency and date received
   *
   * @minItems 1
   */
  authority: Authority[]
  /**
   * ISO 8601 duration after the next scheduled run until which figures count as fresh
   */
  grace: string
  guards?: GuardLimits
  network?: SourceNetwork
  /**
   * checked by the connector's own schema
   */
  settings: {
    [k: string]: unknown
  }
}

export interface Authority {
  agency?: string
  rank: number
  from: string
  /**
   * exclusive
   */
  to?: string | null
}

/**
 * shares above which a run is held, and whether an empty read on a working day is
 */
export interface GuardLimits {
  rejected?: number
  deleted?: number
  regressed?: number
  empty?: boolean
}

/**
 * how the system is reached; the system's certificate authorities count always, and nothing ignores a certificate
 */
export interface SourceNetwork {
  tls?: SourceTls
  /**
   * address of the proxy, user:password@ inside it where it asks; HTTP_PROXY and HTTPS_PROXY unless said; null for none
   */
  proxy?: string | null
  /**
   * hosts that are reached without the proxy: names, .suffixes, addresses, host:port
   */
  noProxy?: string[]
  budget?: RequestBudget
  limits?: NetworkLimits
}

export interface SourceTls {
  /**
   * certificates (PEM) of further authorities, e.g. ${file:ca.pem}
   */
  ca?: string
  /**
   * name that the server's certificate is for, where its address is another
   */
  servername?: string
  /**
   * TLSv1.2 unless said
   */
  minVersion?: 'TLSv1.2' | 'TLSv1.3'
  /**
   * our own certificate (PEM), with its chain
   */
  cert?: string
  /**
   * its key (PEM)
   */
  key?: string
  /**
   * SHA-256 of the server's public key (SPKI), base64; one of several, so that a new key can be announced
   *
   * @minItems 1
   */
  pin?: string[]
}

/**
 * requests to each host, shared by all jobs and processes of this home
 */
export interface RequestBudget {
  perSecond: number
  /**
   * requests that may go at once; 1 unless said
   */
  burst?: number
}

export interface NetworkLimits {
  /**
   * until the connection stands, TLS included; 10 unless said
   */
  connectSeconds?: number
  /**
   * without a byte; 30 unless said
   */
  idleSeconds?: number
  /**
   * one answer, first byte to last; 120 unless said
   */
  totalSeconds?: number
  /**
   * one answer, after decompression; 64 unless said
   */
  megabytes?: number
}

// schemas/config/targets.schema.json
/**
 * Where indicators are delivered to (jobs/targets.json). Texts may hold ${env:NAME}, ${env:NAME:-default} or ${file:path}.
 */
export interface TargetsFile {
  targets: TargetEntry[]
}

export interface TargetEntry {
  name: string
  kind: 'rest'
  /**
   * the folder of the endpoints indicators and source-status
   */
  url: string
  /**
   * sent as X-IOC-Key
   */
  key: string
  /**
   * signs every request, HMAC-SHA256
   */
  secret: string
  /**
   * takes made-up data, and only that
   */
  sample: boolean
}

// schemas/ioc/indicator-message.schema.json
/**
 * One revision of a figure, as the IOC receives it. A newer revision replaces it.
 */
export interface IndicatorMessage {
  /**
   * SHA-256 of indicator|agency.key|period|revision
   */
  id: string
  kind: 'indicator'
  indicator: string
  /**
   * of the definition
   */
  version: number
  agency: {
    /**
     * <code>@<validFrom>
     */
    key: string
    code: string
    validFrom: string
    name: string
  }
  /**
   * 2024-11, 2024-Q4, 2024, 2024-YTD-11, 2024-12-02
   */
  period: string
  /**
   * null: valueState says why
   */
  value: number | null
  /**
   * ok; không phát sinh; chưa có dữ liệu; chưa đủ dữ liệu; held: a source is held, the last value stands
   */
  valueState: 'ok' | 'no-cases' | 'no-data-yet' | 'insufficient' | 'held'
  numerator: number | null
  /**
   * null: the figure has none
   */
  denominator: number | null
  /**
   * a ratio is the unrounded n/d; points are the mean of 1 to 5, or those of QĐ 766
   */
  unit: 'procedures' | 'dossiers' | 'petitions' | 'agencies' | 'ratio' | 'working-hours' | 'points'
  /**
   * epoch ms: the tick it was computed at
   */
  asOf: number
  /**
   * epoch ms: real time
   */
  computedAt: number
  /**
   * epoch ms: real time; grey it afterwards unless a later status of its sources says otherwise
   */
  freshUntil: number
  /**
   * never goes backwards
   */
  revision: number
  /**
   * class of a complete total of QĐ 766 (xuất sắc, tốt, khá, trung bình, yếu)
   */
  standing: 'veryGood' | 'good' | 'fair' | 'bad' | 'veryBad' | null
  /**
   * the period was open at asOf. Its end alone makes no new revision: show a figure as provisional only until the period has ended (midnight after its last day in the deployment's zone)
   */
  provisional: boolean
  sources: {
    source: string
    /**
     * epoch ms up to which it was read completely
     */
    asOf: number | null
    state: 'fresh' | 'partial' | 'incomplete' | 'held' | 'failed' | 'never'
  }[]
}

// schemas/ioc/source-status-message.schema.json
/**
 * The state of one source, sent with every run.
 */
export interface SourceStatusMessage {
  id: string
  kind: 'source-status'
  source: string
  /**
   * epoch ms up to which it was read completely
   */
  asOf: number | null
  state: 'fresh' | 'partial' | 'incomplete' | 'held' | 'failed' | 'never'
  /**
   * epoch ms: real time
   */
  freshUntil: number
  /**
   * never goes backwards
   */
  sequence: number
}
