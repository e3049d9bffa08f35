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
   * mã hồ sơ quốc gia; rows with the same one form a group of which one is counted
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
    basis: string
    confidence: 'published' | 'recalled-high' | 'recalled-medium' | 'provisional' | 'assumed'
  }[]
  days: {
    date: string
    /**
     * off_swap: off in exchange for a worked Saturday; work_swap: that Saturday
     */
    kind: 'off' | 'off_swap' | 'work_swap'
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

// schemas/config/sources.schema.json
/**
 * The configured instances of one departmental system (connectors/<system>/sources.json). Texts may hold ${env:NAME}, ${env:NAME:-default} or ${file:path}.
 */
export interface SourcesFile {
  sources: SourceEntry[]
}

// schemas/config/targets.schema.json
/**
 * Where indicators are delivered to (jobs/targets.json). Texts may hold ${env:NAME}, ${env:NAME:-default} or ${file:path}.
 */
export interface TargetsFile {
  targets: TargetEntry[]
}
