/** The dossiers behind a figure: found by index, as they are or were known, and judged by the figure's own terms. */
import type { Reader } from '../warehouse/open.ts'
import type { DossierRecord } from '../warehouse/tables.ts'
import { type CountedTerms, countedAt, type Judged, makeJudge, narrowing, type Scoped } from './explain-judge.ts'
import type { Knowledge } from './knowledge.ts'
import { type AgencyColumn, dossiersKnown, type KnownDossier } from './known-dossiers.ts'

/** numerator: counts above the line · denominator: below the line only. */
export type Role = 'numerator' | 'denominator'
/** What every record behind a figure says. */
export interface Behind {
  role: Role
  /** why it counts */
  rule: string
  /** what it adds above the line, and below it (null where there is none) */
  above: number
  below: number | null
}
export interface DossierBehind extends Behind {
  kind: 'dossier'
  source: string
  code: string
  nationalCode: string | null
  procedure: string
  /** key of the resolving agency */
  agency: string
  /** epoch ms */
  received: number | null
  receivedPrecision: string | null
  /** what decided: printed, put off, or ours; epoch ms */
  due: number | null
  duePrecision: string | null
  /** as printed, and as the statutory limit has it */
  duePrinted: number | null
  dueOurs: number | null
  ended: number | null
  endedPrecision: string | null
  /** finished, returned, refused, status-date or first-seen */
  endedBasis: string | null
  channel: string
  status: number
  /** the run and landing that brought it */
  run: string
  landing: number
}
/** What is explained, by what was known then; null: by what is known now. */
export interface Explained extends Scoped {
  known: Knowledge | null
  by: readonly AgencyColumn[]
}

export const SHOWN_COLUMNS = [
  'source',
  'code',
  'national_code',
  'received_precision',
  'due_printed_at',
  'due_ours_at',
  'ended_basis',
  'run',
  'known_from',
] as const satisfies readonly (keyof DossierRecord)[]
export type ShownDossier = KnownDossier<(typeof SHOWN_COLUMNS)[number]>

/** Dossiers that may count for the terms, in batches: those that have not changed since first. */
export function candidates(db: Reader, explained: Explained, terms: CountedTerms): AsyncGenerator<ShownDossier[]> {
  const { known, by } = explained
  const members = countedAt(explained)
  return dossiersKnown(db, {
    landing: known?.landing ?? null,
    agencies: members === null ? null : [...members],
    by,
    columns: SHOWN_COLUMNS,
    narrow: narrowing(explained, terms),
  })
}

/** Dossiers of both terms of a figure that count, in batches. */
export async function* dossiersBehind(
  db: Reader,
  explained: Explained,
  terms: CountedTerms,
  language: 'vi' | 'en',
): AsyncGenerator<{ record: DossierBehind; judged: Judged }[]> {
  const judge = makeJudge(explained, terms)
  for await (const rows of candidates(db, explained, terms)) {
    const found = rows.flatMap((row) => {
      const judged = judge(row)
      if (judged.numerator === 0 && judged.denominator === 0) return []
      return [{ record: dossierBehind(row, judged, terms, language), judged }]
    })
    if (found.length > 0) yield found
  }
}

export function dossierBehind(
  row: ShownDossier,
  { numerator, denominator }: Judged,
  terms: CountedTerms,
  language: 'vi' | 'en',
): DossierBehind {
  const role = numerator !== 0 ? 'numerator' : 'denominator'
  return {
    kind: 'dossier',
    source: row.source,
    code: row.code,
    nationalCode: row.national_code,
    procedure: row.procedure,
    agency: row.resolving,
    received: row.received_at,
    receivedPrecision: row.received_precision,
    due: row.due_at,
    duePrecision: row.due_precision,
    duePrinted: row.due_printed_at,
    dueOurs: row.due_ours_at,
    ended: row.ended_at,
    endedPrecision: row.ended_precision,
    endedBasis: row.ended_basis,
    channel: row.channel,
    status: row.status,
    role,
    rule: terms[role]?.rule[language] ?? '',
    above: numerator,
    below: terms.denominator ? denominator : null,
    run: row.run,
    landing: row.known_from,
  }
}
