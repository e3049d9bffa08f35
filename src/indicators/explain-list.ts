/** A department's own list held against the records behind a figure: what is on both, only there, and only here, each with its reason. */
import type { StoredDossier } from '../warehouse/dossiers.ts'
import type { Reader } from '../warehouse/open.ts'
import type { Indicator } from './catalogue/indicator.ts'
import { type DossierBehind, dossierBehind, type Explained } from './explain-dossiers.ts'
import { makeJudge } from './explain-judge.ts'
import type { RecordBehind } from './explain-records.ts'
import { countedTerms, makeTotal, recordsOf, type Total } from './explain-total.ts'
import { makeWhy, type Why } from './explain-why.ts'
import { dossierOf } from './known-dossiers.ts'
import { localDays } from './local-day.ts'

const FIELDS = ['received', 'due', 'ended'] as const
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
  record: DossierBehind | null
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
  onlyOurs: DossierBehind[]
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
  const found = new Map<Listed, DossierBehind>()
  const onlyOurs: DossierBehind[] = []
  let ours = 0
  const total = makeTotal(indicator)
  for await (const batch of recordsOf(db, explained, indicator, language, total)) {
    for (const record of batch.filter(isDossier)) {
      const row = theirs.get(codeKey(record.code)) ?? theirs.get(codeKey(record.nationalCode ?? ''))
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
  const judge = makeJudge(explained, countedTerms(indicator))
  const why = makeWhy(db, explained, indicator, language)
  for (let start = 0; start < left.length; start += BATCH) {
    const part = left.slice(start, start + BATCH)
    const held = await dossiersNamed(
      db,
      part.map(({ code }) => code),
      explained.known?.landing ?? null,
    )
    for (const row of part) {
      const of = held.filter((one) =>
        [one.code, one.national_code].some((code) => code !== null && codeKey(code) === codeKey(row.code)),
      )
      const [shown] = [...of].sort((a, b) => b.counted - a.counted)
      const record = shown ? dossierBehind(shown, judge(shown), countedTerms(indicator), language) : null
      onlyTheirs.push({
        line: row.line,
        code: row.code,
        record: record && { ...record, rule: record.rule || '-' },
        why: await why(row.code, of),
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

const isDossier = (record: RecordBehind): record is DossierBehind => record.kind === 'dossier'

function differing({ dates }: Listed, record: DossierBehind, zone: string): ListedRow['dates'] {
  const days = localDays(zone)
  return FIELDS.flatMap((field) => {
    const theirs = dates[field]
    const at = record[field]
    const ours = at === null ? null : days.dayOf(at)
    return theirs === undefined || theirs === ours ? [] : [{ field, ours, theirs }]
  })
}

/** Dossiers under these codes, whatever became of them, as they are or were known. */
async function dossiersNamed(db: Reader, codes: readonly string[], landing: number | null): Promise<StoredDossier[]> {
  const written = [...new Set(codes.flatMap((code) => [code, code.toUpperCase()]))]
  const rows = (await db
    .selectFrom('dossier')
    .selectAll()
    .where(({ or, eb }) => or([eb('code', 'in', written), eb('national_code', 'in', written)]))
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
