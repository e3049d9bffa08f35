/** Errors as they are thrown and shown; what each says stands in src/error-table.ts. */
import { ERRORS, type Recovery } from './error-table.ts'

export { ERRORS, type Recovery }

export const EXIT = { done: 0, ours: 1, usage: 2, authentication: 3, source: 4, held: 5, delivery: 6 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** When several outcomes meet, the first of these is the exit code (design §6). */
export const EXIT_PRECEDENCE: readonly ExitCode[] = [2, 1, 3, 5, 4, 6, 0]
export const worstExit = (codes: readonly ExitCode[]): ExitCode =>
  EXIT_PRECEDENCE.find((code) => codes.includes(code)) ?? 0

export const LANGUAGES = ['vi', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

export type ErrorCode = keyof typeof ERRORS
export type ErrorParams = Readonly<Record<string, string | number>>

const fill = (text: string, params: ErrorParams) =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? `{${name}}`))

/** Params that are words of ours, not names of the user's: said in the reader's language. */
const SPOKEN_PARAMS: readonly string[] = ['kind', 'sourceKind', 'targetKind', 'warehouseKind']
const VIETNAMESE: Readonly<Record<string, string>> = {
  verb: 'lệnh',
  source: 'nguồn',
  target: 'đích',
  job: 'công việc',
  indicator: 'chỉ tiêu',
  agency: 'cơ quan',
  action: 'thao tác',
  operation: 'thao tác',
  table: 'bảng',
  entity: 'loại bản ghi',
  record: 'bản ghi cần rà soát',
  Run: 'lần đồng bộ',
  sample: 'mẫu',
  real: 'thật',
}
/** Params that count something; a port or a pid is not read in groups of three. */
const COUNTS: readonly string[] = ['count', 'observed', 'limit']

type Text = Readonly<Record<Language, string>>
/** What a guard saw. For an empty list "0, limit 1" would say nothing. */
const GUARDS: Readonly<Record<string, Text>> = {
  rejected: {
    vi: '{observed} bản ghi bị từ chối, quá giới hạn {limit}',
    en: '{observed} records were refused, more than the limit of {limit}',
  },
  regressed: {
    vi: '{observed} hồ sơ bị lùi trạng thái, quá giới hạn {limit}; giống như dữ liệu cũ (tệp của tháng trước) được gửi lại',
    en: '{observed} dossiers would go back to an earlier status, more than the limit of {limit}; it looks like old data again (last month’s file)',
  },
  deleted: {
    vi: '{observed} bản ghi đã biết sẽ bị xóa, quá giới hạn {limit}',
    en: '{observed} known records would be deleted, more than the limit of {limit}',
  },
  empty: {
    vi: 'không nhận được bản ghi nào, trong khi dự kiến có {limit}',
    en: 'no record came, although {limit} were to be expected',
  },
  drift: {
    vi: '{observed} trường đến với dạng khác lược đồ, mà luồng này không cho qua',
    en: '{observed} fields came in another form than the schema says, and this stream lets none of them pass',
  },
}
/** Names of leases (design §9) as somebody would say them. */
const WORK: readonly [name: RegExp, text: Text][] = [
  [/^source:(.+)$/, { vi: 'nguồn $1', en: 'source $1' }],
  [/^deliver:(.+)$/, { vi: 'việc gửi số liệu đến $1', en: 'the delivery to $1' }],
  [/^refresh$/, { vi: 'việc tính lại chỉ tiêu', en: 'the refresh of the figures' }],
  [/^build$/, { vi: 'việc tính số đo mới', en: 'the building of new measures' }],
  [/^tick$/, { vi: 'việc tính quá hạn', en: 'the tick' }],
  [/^serve$/, { vi: 'ioc serve', en: 'ioc serve' }],
]

const grouped = (value: string | number, language: Language) =>
  typeof value === 'number' ? new Intl.NumberFormat(language === 'vi' ? 'vi-VN' : 'en-GB').format(value) : value

function worded(code: ErrorCode, name: string, value: string | number, language: Language): string | number {
  if (COUNTS.includes(name)) return grouped(value, language)
  if (SPOKEN_PARAMS.includes(name)) return language === 'vi' ? (VIETNAMESE[value] ?? value) : value
  if (name !== 'what' || (code !== 'ALREADY_RUNNING' && code !== 'LEASE_LOST')) return value
  const [lease, text] = WORK.find(([known]) => known.test(String(value))) ?? []
  return lease && text ? String(value).replace(lease, text[language]) : value
}

/** The params as a reader of `language` wants them; a hold says what its guard saw as `{saw}`. */
function spoken(code: ErrorCode, params: ErrorParams, language: Language): ErrorParams {
  const said = Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, worded(code, name, value, language)]),
  )
  return code === 'SOURCE_HELD' ? { ...said, saw: guardSentence(params, language) } : said
}

/** `1,655 known records would be deleted, more than the limit of 82`, of the params `guard`, `observed` and `limit`. */
export function guardSentence({ guard = '', observed = '', limit = '' }: ErrorParams, language: Language): string {
  const text = GUARDS[guard]?.[language] ?? `${guard}: {observed} / {limit}`
  return fill(text, { observed: grouped(observed, language), limit: grouped(limit, language) })
}

/** A failure with a known mend. What has no entry above is a bug and keeps its stack. */
export class PipelineError extends Error {
  readonly code: ErrorCode
  readonly params: ErrorParams
  constructor(code: ErrorCode, params: ErrorParams = {}, options?: { cause?: unknown }) {
    super(fill(ERRORS[code].en[0], spoken(code, params, 'en')), options)
    this.name = 'PipelineError'
    this.code = code
    this.params = params
  }
  get recovery(): Recovery {
    return ERRORS[this.code].recovery
  }
  get exit(): ExitCode {
    return ERRORS[this.code].exit
  }
}

/** What happened and what to do, as two sentences in `language`. `again` in the params: what to run in place of a sync. */
/** What nobody made an error of is our fault; everything else keeps its own. */
export const asPipelineError = (thrown: unknown): PipelineError =>
  thrown instanceof PipelineError
    ? thrown
    : new PipelineError(
        'INTERNAL',
        { what: thrown instanceof Error ? thrown.message : String(thrown) },
        { cause: thrown },
      )

export function explainError(code: ErrorCode, params: ErrorParams, language: Language): { what: string; mend: string } {
  const [what, mend] = ERRORS[code][language]
  const said = spoken(code, params, language)
  const next = params.again === undefined ? mend : mend.replace('ioc sync {source}', '{again}')
  return { what: fill(what, said), mend: fill(next, said) }
}

/** The two lines a person sees: `CODE: what happened` and `→ what to do`. */
export function twoLines(error: PipelineError, language: Language): string {
  const { what, mend } = explainError(error.code, error.params, language)
  return `${error.code}: ${what}\n→ ${mend}`
}

/** The nearest of `known` to what was typed, for "did you mean"; undefined where nothing is near. */
export function nearest(typed: string, known: readonly string[]): string | undefined {
  const near = known
    .map((word) => ({ word, distance: editDistance(typed, word) }))
    .sort((a, b) => a.distance - b.distance)[0]
  // Of four letters one may be wrong, or two exchanged: "home" is no slip for "nope".
  return near && near.distance <= Math.max(1, typed.length / 3) ? near.word : undefined
}

/** Letters added, left out, changed, or exchanged with the next one. */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1))
      const exchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (exchanged) next[j] = Math.min(next[j] ?? 0, (before[j - 2] ?? 0) + 1)
    }
    before = row
    row = next
  }
  return row[b.length] ?? 0
}
