/** The national portal's own QĐ 766 scores (điểm chính thức): its evaluation interface, or the answers saved as files. See README.md. */
import * as kit from 'ioc-feed/connect'
import { figuresOf, unitsOf } from './answers.ts'

const settings = kit.settings({
  url: kit.setting.optional(kit.setting.url('address of the portal, e.g. https://dichvucong.gov.vn')),
  root: kit.setting.optional(kit.setting.text("the province's id in it (rootDepartmentId)")),
  unit: kit.setting.text("the province's code there, e.g. H53: other provinces of a list are passed over"),
  months: kit.setting.optional(
    kit.setting.number('months that are asked for again with their quarters and years, this one included; 2', [1, 24]),
  ),
  folder: kit.setting.optional(kit.setting.path('instead of the address: where its answers lie as files')),
  stableSeconds: kit.setting.optional(kit.setting.number('a file is taken when it has not changed for so long; 2')),
})
type Config = kit.ConfigOf<typeof settings>
type Item = Readonly<Record<string, unknown>>

const NAMES = [
  'transparency',
  'dvc-progress-tree',
  'provide-online-tree',
  'formality-online-payment-tree',
  'dossier-digitized',
  'handling-satisfaction',
] as const
const PAGE_ROWS = 1_000

const succeeded = kit.success('code', /^OK$/, 'message')
/** A list that goes on behind its page would look whole. */
function guard(body: unknown): string | undefined {
  const failed = succeeded(body)
  const total = Number(kit.pick(body, 'data.pagination.total') ?? 0)
  const rows = [kit.pick(body, 'data.evaluation'), kit.pick(body, 'data.children')].find(Array.isArray)?.length ?? 0
  return failed ?? (rows >= PAGE_ROWS || total > rows ? `${rows} units came of ${total || 'more'}` : undefined)
}

interface Question {
  name: string
  period: string
  /** Where the portal refuses it the read is incomplete; of quarters and years, which need not be served yet, that is only said. */
  needed: boolean
  body: Record<string, unknown>
}
/** A month, or the quarter or year that it lies in, as the portal asks for it. */
interface Span {
  period: string
  first: Temporal.PlainYearMonth
  months: number
  time: Record<string, string | number>
}
function spansOf(month: Temporal.PlainYearMonth): Span[] {
  const { year } = month
  const quarter = Math.ceil(month.month / 3)
  const from = (first: number) => Temporal.PlainYearMonth.from({ year, month: first })
  return [
    { period: month.toString(), first: month, months: 1, time: { timeType: 'month', year, month: month.month } },
    {
      period: `${year}-Q${quarter}`,
      first: from(quarter * 3 - 2),
      months: 3,
      time: { timeType: 'quarter', year, quarter },
    },
    { period: String(year), first: from(1), months: 12, time: { timeType: 'year', year } },
  ]
}
/** What is asked for one span: each interface in the form that it takes. */
function questionsFor({ period, first, months, time }: Span, root: string | undefined): Question[] {
  const pages = { rootDepartmentId: root ?? '', currentPage: 1, pageSize: PAGE_ROWS }
  const last = first.add({ months: months - 1 })
  const days = {
    fromDate: first.toPlainDate({ day: 1 }).toString(),
    toDate: last.toPlainDate({ day: last.daysInMonth }).toString(),
  }
  return NAMES.map((name) => ({
    name,
    period,
    needed: months === 1,
    body: { ...(name === 'handling-satisfaction' ? days : time), ...pages },
  }))
}
const yearOf = (year: number): Question => ({
  name: 'service-results',
  period: String(year),
  needed: true,
  body: { timeType: 'year', year, departmentType: 'ADMINISTRATIVE_UNIT' },
})

type Take = (data: Item, question: Pick<Question, 'period'>, stated: string) => Item[]

/**
 * One answer after another; one that is refused costs its own figures only, and the run says so. A read that broke off begins anew: from a later
 * question on it would know nothing of what was refused before, and the questions of another day are others.
 */
async function* fromPortal(context: kit.ReadContext<Config>, questions: readonly Question[], take: Take) {
  const stated = new Date(context.now).toISOString()
  const failed: string[] = []
  const remarks: string[] = []
  for (const question of questions) {
    const list = kit.rest<Config>({
      base: ({ url }) => url ?? '',
      auth: kit.noAuth(),
      request: { path: `/api/v1/reporting/evaluation/${question.name}`, method: 'POST', body: question.body },
      guard,
      records: 'data',
      paging: { kind: 'none' },
    })
    const read = kit.exploded(list, (data) => take(data, question, stated))
    try {
      for await (const page of read({ ...context, resume: null, watermark: null })) yield { ...page, resume: {} }
    } catch (error) {
      const { code, message } = error as { code?: string; message?: string }
      if (code !== 'SOURCE_ANSWERED_ERROR' && code !== 'SOURCE_UNREADABLE') throw error
      const refused = question.needed ? failed : remarks
      refused.push(`${question.name} ${question.period}: ${message}`)
    }
  }
  if (remarks.length > 0) yield { records: [], resume: {}, remarks }
  if (failed.length > 0) return { enumerated: 'incomplete', why: failed.join('; ') } as const
  return { enumerated: 'everything', by: 'number', upTo: stated } as const
}

/** `<name>.month-<yyyy-MM>.json`, each the whole answer; quarters and years are asked of the portal only. */
const fromFolder = (take: Take) =>
  kit.exploded(
    kit.files<Config>({
      from: ({ folder }) => folder ?? '',
      patterns: [
        {
          match: new RegExp(`^(?:${NAMES.join('|')})\\.month-(?<period>\\d{4}-\\d{2})\\.json$`),
          drop: 'full',
          format: 'json',
          records: 'data',
          one: true,
        },
      ],
      stableFor: ({ stableSeconds = 2 }) => stableSeconds * 1000,
    }),
    (data) => {
      const stated = String(data[kit.PERIOD_FIELD])
      return take(data, { period: stated.slice(0, 7) }, stated)
    },
  )

/** The last months, each quarter and year that one of them lies in, and the list of totals of those years. */
const questionsOf = ({ config, now, zone }: kit.ReadContext<Config>): Question[] => {
  const month = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone).toPlainDate().toPlainYearMonth()
  const asked = Array.from({ length: config.months ?? 2 }, (_, i) => month.subtract({ months: i })).reverse()
  const spans = new Map(asked.flatMap(spansOf).map((span) => [span.period, span]))
  const years = new Set(asked.map(({ year }) => year))
  return [...[...spans.values()].flatMap((span) => questionsFor(span, config.root)), ...[...years].map(yearOf)]
}

/** Its own units, and in lists of provinces ours. */
const isOurs = (unit: string, { departmentCode: code }: Item) =>
  code == null || code === unit || String(code).startsWith(`${unit}.`)
const figures =
  (unit: string): Take =>
  (data, { period }, stated) =>
    figuresOf(data, { period, stated }).filter((one) => isOurs(unit, one))
const units =
  (unit: string): Take =>
  (data) =>
    unitsOf(data).filter((one) => isOurs(unit, one))

/** Its code says who it is; where the answer gives none, its id does, which the stream of agencies has explained. */
const unitReference: kit.Converter = {
  name: 'unitReference',
  doc: 'mã định danh of the unit, else its id in the portal',
  convert: ([code, id], context) =>
    code == null || code === ''
      ? kit.agencyLocal().convert([id], context)
      : kit.agencyIdentifier().convert([code], context),
}
const KEY = ['departmentId', 'period', 'component'] as const

export default kit.defineConnector({
  name: 'national-766',
  settings: { ...settings, oneOf: [{ required: ['url', 'root'] }, { required: ['folder'] }] },
  streams: [
    {
      name: 'agency',
      entity: 'agency',
      schema: 'national-766/agency.schema.json',
      key: ['departmentId'],
      order: 'arrival',
      sees: 'everything',
      deletes: 'never',
      map: {
        local: 'departmentId',
        agency: { from: 'departmentCode', as: kit.agencyIdentifier() },
        name: 'departmentName',
      },
      async *read(context) {
        const { folder, unit } = context.config
        if (folder !== undefined) return yield* fromFolder(units(unit))(context)
        const questions = questionsOf(context).filter(
          ({ name, body }) => name === 'dvc-progress-tree' && 'month' in body,
        )
        return yield* fromPortal(context, questions.slice(-1), units(unit))
      },
    },
    {
      name: 'score',
      entity: 'official-score',
      schema: 'national-766/score.schema.json',
      key: KEY,
      order: 'arrival',
      sees: 'everything',
      deletes: 'never',
      map: {
        code: { from: KEY, as: kit.joined('|', kit.code()) },
        agency: { from: ['departmentCode', 'departmentId'], as: unitReference },
        period: 'period',
        component: 'component',
        numerator: { from: 'numerator', as: kit.machineDecimal() },
        denominator: { from: 'denominator', as: kit.machineDecimal() },
        ratio: { from: 'ratio', as: kit.machinePercent() },
        score: { from: 'score', as: kit.machineDecimal() },
        maxScore: { from: 'maxScore', as: kit.machineDecimal() },
        stated: { from: 'stated', as: kit.isoInstant({ zone: 'Asia/Ho_Chi_Minh' }) },
      },
      async *read(context) {
        const { folder, unit } = context.config
        if (folder !== undefined) return yield* fromFolder(figures(unit))(context)
        return yield* fromPortal(context, questionsOf(context), figures(unit))
      },
    },
  ],
})
