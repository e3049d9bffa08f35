/** The publications and petitions behind a figure, as they are or were known, judged by the figure's own terms. */
import { type CountedInput, eachInput, type StoredInput } from '../warehouse/inputs.ts'
import type { Reader } from '../warehouse/open.ts'
import type { Behind, Explained } from './explain-dossiers.ts'
import { type CountedTerms, type Judged, makeInputJudge } from './explain-judge.ts'

interface Landed extends Behind {
  source: string
  code: string
  procedure: string | null
  /** key of the agency it counts at */
  agency: string
  /** the run and landing that brought it */
  run: string
  landing: number
}
/** Instants: epoch ms. `…By`: the first instant that is too late; null: nothing says so. */
export interface PublicationBehind extends Landed {
  kind: 'publication'
  decided: number
  decidedPrecision: string
  effective: number | null
  effectivePrecision: string | null
  /** by when it had to be decided, and made public */
  announceBy: number | null
  published: number | null
  publishedPrecision: string | null
  publishBy: number | null
  /** with all parts; null: nobody says so */
  complete: boolean | null
  /** when the next one of its procedure took its place */
  replaced: number | null
}
export interface PetitionBehind extends Landed {
  kind: 'petition'
  /** code of the dossier that it is about */
  dossier: string | null
  /** procedure | staff */
  subject: string | null
  received: number
  receivedPrecision: string
  /** null: open */
  outcome: 'refused' | 'supplement' | 'answered' | null
  outcomeAt: number | null
  outcomePrecision: string | null
  /** by when that had to be */
  dueBy: number
  published: number | null
  publishedPrecision: string | null
  /** by when an answer had to be made public */
  publishBy: number | null
  satisfied: boolean | null
  complainedAgain: boolean | null
}
export type InputBehind = PublicationBehind | PetitionBehind

/** Those that count for one of the terms, in batches, always in the same order for the same knowledge. */
export async function* inputsBehind(
  db: Reader,
  explained: Explained,
  terms: CountedTerms,
  name: CountedInput,
  language: 'vi' | 'en',
): AsyncGenerator<InputBehind[]> {
  const judge = makeInputJudge(explained, terms)
  for await (const rows of eachInput(db, name, explained.known?.landing ?? null)) {
    const found = rows.flatMap((row) => {
      const judged = judge(name, row as never)
      return judged.numerator === 0 && judged.denominator === 0 ? [] : [inputBehind(name, row, judged, terms, language)]
    })
    if (found.length > 0) yield found
  }
}

export function inputBehind(
  name: CountedInput,
  row: StoredInput<CountedInput>,
  { numerator, denominator }: Judged,
  terms: CountedTerms,
  language: 'vi' | 'en',
): InputBehind {
  const role = numerator !== 0 ? 'numerator' : 'denominator'
  const { source, code, procedure, agency, run } = row
  const behind = {
    role,
    rule: terms[role]?.rule[language] ?? '',
    above: numerator,
    below: terms.denominator ? denominator : null,
  } as const
  const landed = { source, code, procedure, agency }
  const brought = { ...behind, run, landing: row.known_from }
  return name === 'publication'
    ? { kind: 'publication', ...landed, ...publicationDates(row as StoredInput<'publication'>), ...brought }
    : { kind: 'petition', ...landed, ...petitionDates(row as StoredInput<'petition'>), ...brought }
}

const flag = (value: number | null) => (value === null ? null : value === 1)

const publicationDates = (row: StoredInput<'publication'>) => ({
  decided: row.decided_at,
  decidedPrecision: row.decided_precision,
  effective: row.effective_at,
  effectivePrecision: row.effective_precision,
  announceBy: row.announce_by_at,
  published: row.published_at,
  publishedPrecision: row.published_precision,
  publishBy: row.publish_by_at,
  complete: flag(row.complete),
  replaced: row.replaced_at,
})

const petitionDates = (row: StoredInput<'petition'>) => ({
  dossier: row.dossier_code,
  subject: row.subject,
  received: row.received_at,
  receivedPrecision: row.received_precision,
  outcome: row.outcome as PetitionBehind['outcome'],
  outcomeAt: row.outcome_at,
  outcomePrecision: row.outcome_precision,
  dueBy: row.due_at,
  published: row.published_at,
  publishedPrecision: row.published_precision,
  publishBy: row.publish_by_at,
  satisfied: flag(row.satisfied),
  complainedAgain: flag(row.complained_again),
})
