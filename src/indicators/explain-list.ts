/** A department's own list held against the records behind a figure: what is on both, only there, and only here, each with its reason. */
import type { StoredDossier } from '../warehouse/dossiers.ts'
import { type CountedInput, inputsNamed } from '../warehouse/inputs.ts'
import type { Reader } from '../warehouse/open.ts'
import type { Indicator } from './catalogue/indicator.ts'
import { type DossierBehind, dossierBehind, type Explained } from './explain-dossiers.ts'
import { type InputBehind, inputBehind } from './explain-inputs.ts'
import { type CountedRecord, makeInputJudge, makeJudge, recordsCounted } from './explain-judge.ts'
import type { RecordBehind } from './explain-records.ts'
import { countedTerms, makeTotal, recordsOf, type Total } from './explain-total.ts'
import { makeInputWhy, makeWhy, type Why } from './explain-why.ts'
import { dossierOf } from './known-dossiers.ts'
import { localDays } from './local-day.ts'

const FIELDS = ['received', 'due', 'ended', 'decided', 'published'] as const
/** What a list can name. */
export type ListedRecord = DossierBehind | InputBehind
/** The kind of record that a figure's list is a list of; null: it counts none one by one. */
export function listedKind(indicator: Indicator): CountedRecord | null {
  const [first = null] = recordsCounted(countedTerms(indicator))
  return first
}
export interface Listed {
  line: number
  code: string
  /** YYYY-MM-DD, as the list writes them */
  dates: Partial<Record<(typeof FIELDS)[number], string>>
}
export interface ListedRow {
  line: number
  code: string
  /** the record that the row means; null: there is none */
  record: ListedRecord | null
  /** why it does not count here; null: it does */
  why: Why | null
  /** days that differ */
  dates: { field: (typeof FIELDS)[number]; ours: string | null; theirs: string }[]
}
export interface JoinedList {
  total: Total
  both: ListedRow[]
  onlyTheirs: ListedRow[]
  /** up to the limit */
  onlyOurs: ListedRecord[]
  counts: { listed: number; both: number; onlyTheirs: number; onlyOurs: number }
}

const BATCH = 500
const codeKey = (code: string) => code.normalize('NFC').trim().toUpperCase()

export async function joinList(
  db: Reader,
  explained: Explained,
  indicator: Indicator,
  rows: readonly Listed[],
  { limit, language = 'vi' }: { limit: number; language?: 'vi' | 'en' | undefined },
): Promise<JoinedList> {
  const { zone } = explained.basis
  const theirs = new Map(rows.map((row) => [codeKey(row.code), row]))
  const found = new Map<Listed, ListedRecord>()
  const onlyOurs: ListedRecord[] = []
  let ours = 0
  const total = makeTotal(indicator)
  for await (const batch of recordsOf(db, explained, indicator, language, total)) {
    for (const record of batch.filter(isListed)) {
      const row = codesOf(record).flatMap((code) => theirs.get(code) ?? [])[0]
      if (row) found.set(row, record)
      else if (++ours <= limit) onlyOurs.push(record)
    }
  }
  const both = rows.flatMap((row): ListedRow[] => {
    const record = found.get(row)
    return record ? [{ line: row.line, code: row.code, record, why: null, dates: differing(row, record, zone) }] : []
  })
  const onlyTheirs: ListedRow[] = []
  const left = rows.filter((row) => !found.has(row))
  const meant = makeMeant(db, explained, indicator, language)
  for (let start = 0; start < left.length; start += BATCH) {
    const part = left.slice(start, start + BATCH)
    const of = await meant(part.map(({ code }) => code))
    for (const row of part) {
      const { record, why } = await of(row.code)
      onlyTheirs.push({
        line: row.line,
        code: row.code,
        record: record && { ...record, rule: record.rule || '-' },
        why,
        dates: record ? differing(row, record, zone) : [],
      })
    }
  }
  return {
    total: total.read().total,
    both,
    onlyTheirs,
    onlyOurs,
    counts: { listed: rows.length, both: both.length, onlyTheirs: onlyTheirs.length, onlyOurs: ours },
  }
}

const isListed = (record: RecordBehind): record is ListedRecord =>
  record.kind !== 'procedure' && record.kind !== 'agency'

/** Under which codes a list may name the record; a publication also by the procedure that it announces. */
function codesOf(record: ListedRecord): string[] {
  const other =
    record.kind === 'dossier' ? record.nationalCode : record.kind === 'publication' ? record.procedure : null
  return other === null ? [codeKey(record.code)] : [codeKey(record.code), codeKey(other)]
}

type Meant = (code: string) => Promise<{ record: ListedRecord | null; why: Why }>
/** What a code that counts nowhere here means, and why it does not count: asked of many codes at once, then of each. */
function makeMeant(
  db: Reader,
  explained: Explained,
  indicator: Indicator,
  language: 'vi' | 'en',
): (codes: readonly string[]) => Promise<Meant> {
  const terms = countedTerms(indicator)
  const landing = explained.known?.landing ?? null
  const kind = listedKind(indicator)
  if (kind === 'publication' || kind === 'petition') return makeInputMeant(db, explained, indicator, kind, language)
  const judge = makeJudge(explained, terms)
  const why = makeWhy(db, explained, indicator, language)
  return async (codes) => {
    const held = await dossiersNamed(db, codes, landing)
    return async (code) => {
      const of = held.filter((one) =>
        [one.code, one.national_code].some((own) => own !== null && codeKey(own) === codeKey(code)),
      )
      const [shown] = [...of].sort((a, b) => b.counted - a.counted)
      return { record: shown ? dossierBehind(shown, judge(shown), terms, language) : null, why: await why(code, of) }
    }
  }
}

function makeInputMeant(
  db: Reader,
  explained: Explained,
  indicator: Indicator,
  kind: CountedInput,
  language: 'vi' | 'en',
): (codes: readonly string[]) => Promise<Meant> {
  const terms = countedTerms(indicator)
  const judge = makeInputJudge(explained, terms)
  const why = makeInputWhy(db, explained, indicator, kind, language)
  return async (codes) => {
    const held = await inputsNamed(db, kind, written(codes), explained.known?.landing ?? null)
    return async (code) => {
      const named = (own: string | null) => own !== null && codeKey(own) === codeKey(code)
      const of = held.filter((one) => named(one.code) || (kind === 'publication' && named(one.procedure)))
      const [shown] = [...of].sort((a, b) => a.deleted - b.deleted)
      return {
        record: shown ? inputBehind(kind, shown, judge(kind, shown as never), terms, language) : null,
        why: await why(code, of),
      }
    }
  }
}

/** The days of a record by the names that a list has for them. */
function datesOf(record: ListedRecord): Partial<Record<(typeof FIELDS)[number], number | null>> {
  switch (record.kind) {
    case 'dossier':
      return { received: record.received, due: record.due, ended: record.ended }
    case 'petition':
      // its last day, not the first that is too late
      return {
        received: record.received,
        due: record.dueBy - 1,
        ended: record.outcomeAt,
        published: record.published,
      }
    case 'publication':
      return { decided: record.decided, published: record.published }
  }
}

function differing({ dates }: Listed, record: ListedRecord, zone: string): ListedRow['dates'] {
  const days = localDays(zone)
  const own = datesOf(record)
  return FIELDS.flatMap((field) => {
    const theirs = dates[field]
    const at = own[field]
    if (theirs === undefined || at === undefined) return []
    const ours = at === null ? null : days.dayOf(at)
    return theirs === ours ? [] : [{ field, ours, theirs }]
  })
}

const written = (codes: readonly string[]) => [...new Set(codes.flatMap((code) => [code, code.toUpperCase()]))]

/** Dossiers under these codes, whatever became of them, as they are or were known. */
async function dossiersNamed(db: Reader, codes: readonly string[], landing: number | null): Promise<StoredDossier[]> {
  const names = written(codes)
  const rows = (await db
    .selectFrom('dossier')
    .selectAll()
    .where(({ or, eb }) => or([eb('code', 'in', names), eb('national_code', 'in', names)]))
    .orderBy('id')
    .execute()) as StoredDossier[]
  if (landing === null) return rows
  const then: StoredDossier[] = []
  for (const row of rows) {
    if (row.known_from <= landing) {
      then.push(row)
      continue
    }
    const version = await db
      .selectFrom('dossier_version')
      .select('data')
      .where('dossier_id', '=', row.id)
      .where('known_from', '<=', landing)
      .where('known_to', '>', landing)
      .executeTakeFirst()
    if (version) then.push(dossierOf(version.data))
  }
  return then
}
