/** The demo's three proofs: the report's figures from records, every planted kind of dirt found, every figure held by the IOC. */
import { type IndicatorRow, readIndicators } from '../indicators/read.ts'
import type { Warehouse } from '../warehouse/open.ts'
import type { Cli } from './context.ts'
import { partsText, valueText } from './figures.ts'
import { number, percent, table } from './format.ts'
import { listed } from './words-lists.ts'

export const REPORT_PERIOD = '2024-YTD-11'
/** "As for example": the report names some above the threshold; each of them must be, with its own n/d. */
const NAMED = [
  {
    threshold: 0.8,
    names: [
      'Sở Thông tin và Truyền thông',
      'Sở Văn hóa, Thể thao và Du lịch',
      'Sở Khoa học và Công nghệ',
      'Sở Công Thương',
      'Sở Nông nghiệp và Phát triển nông thôn',
    ],
  },
  { threshold: 0.6, names: ['Huyện Gò Dầu', 'Thị xã Hòa Thành', 'Huyện Dương Minh Châu'] },
] as const

export interface FigureProof {
  indicator: string
  name: string
  value: number | null
  numerator: number | null
  denominator: number | null
  /** as it stands in the report: a count, or a ratio as it was printed */
  published: string
  holds: boolean
  remark: string | null
}
export interface NamedProof {
  threshold: number
  holds: boolean
  agencies: { name: string; value: number | null; numerator: number | null; denominator: number | null }[]
}
interface Proven {
  proofs: FigureProof[]
  named: NamedProof[]
}

/** The report's figures, computed beside published. */
export async function proveFigures(cli: Cli, warehouse: Warehouse): Promise<Proven> {
  const rows = await warehouse.read((db) =>
    readIndicators(db, { periods: [REPORT_PERIOD], language: cli.language }, cli.config.zone),
  )
  const province = new Map(rows.filter((row) => row.agency.kind === 'province').map((row) => [row.indicator, row]))
  const { language, words } = cli
  const proofs: FigureProof[] = []
  const add = (id: string, published: string, holds: (row: IndicatorRow) => boolean, remark: string | null = null) => {
    const row = province.get(id)
    proofs.push({
      indicator: id,
      name: row?.name ?? id,
      value: row?.value ?? null,
      numerator: row?.numerator ?? null,
      denominator: row?.denominator ?? null,
      published,
      holds: row !== undefined && holds(row),
      remark,
    })
  }
  const is = (value: number) => (row: IndicatorRow) => row.numerator === value
  const rounds = (ratio: number, digits: number) => (row: IndicatorRow) =>
    row.value !== null && percent(row.value, 'en', digits) === percent(ratio, 'en', digits)
  const none = province.get('communes-without-cases')
  const withoutCases = words('without-cases', { n: none?.numerator ?? '?', d: none?.denominator ?? '?' })
  add('procedures-online', number(1622, language), is(1622))
  add('procedures-online-share', percent(0.98, language, 0), rounds(0.98, 0))
  add('procedures-integrated-share', percent(0.73, language, 0), rounds(0.73, 0))
  add('services-with-any-dossier', '324', is(324))
  add(
    'services-with-any-dossier-share',
    percent(0.1997, language),
    (row) => row.numerator === 324 && row.denominator === 1622,
    words('cut', { percent: percent(0.1998, language) }),
  )
  const national = words('national', { percent: percent(0.555, language, 1) })
  add('full-process-share-of-used', percent(0.8302, language), rounds(0.8302, 2), national)
  add('communes-at-100', '87/94', is(87), withoutCases)
  return { proofs, named: NAMED.map(({ threshold, names }) => proveNamed(rows, names, threshold)) }
}

function proveNamed(rows: readonly IndicatorRow[], names: readonly string[], threshold: number): NamedProof {
  const agencies = names.map((name) => {
    const row = rows.find((one) => one.indicator === 'full-process-online-use' && one.agency.name === name)
    const { value = null, numerator = null, denominator = null } = row ?? {}
    return { name, value, numerator, denominator }
  })
  return { threshold, agencies, holds: agencies.every(({ value }) => (value ?? 0) > threshold) }
}

/** `judged`: in a sample too small for the report nothing is right or wrong. */
export function printFigures(cli: Cli, { proofs, named }: Proven, judged: boolean): void {
  const { words } = cli
  const mark = (holds: boolean) => (judged ? markOf(holds) : '·')
  const shown = (value: Pick<FigureProof, 'value' | 'denominator'>) =>
    valueText(cli, {
      value: value.value,
      unit: value.denominator === null ? 'count' : 'ratio',
      valueState: 'no-data-yet',
    })
  const lines = proofs.map((proof) => [
    mark(proof.holds),
    proof.name,
    proof.indicator === 'communes-at-100' ? number(proof.numerator ?? 0, cli.language) : shown(proof),
    partsText(cli, proof),
    proof.published,
  ])
  const head = ['', words('figure'), words('computed'), words('parts'), words('published')]
  for (const line of table([head, ...lines], { right: [2, 3, 4], wrap: 1, width: cli.width })) cli.print(line)
  const remarks = proofs.flatMap(({ name, remark }) => (remark === null ? [] : [['·', `${name}: ${remark}`]]))
  for (const line of table(remarks, { wrap: 1, width: cli.width, indent: '   ' })) cli.print(line)
  for (const { threshold, holds, agencies } of named) {
    cli.print(`${mark(holds)} ${words('above', { percent: percent(threshold, cli.language, 0) })}`)
    const rows = agencies.map((agency) => [agency.name, shown({ ...agency, denominator: 1 }), partsText(cli, agency)])
    for (const line of table(rows, { right: [1, 2], wrap: 0, width: cli.width, indent: '    ' })) cli.print(line)
  }
}

const markOf = (fine: boolean): string => (fine ? '✓' : '✗')

export interface DirtProof {
  kind: string
  outcome: string
  planted: number
  found: number
}

/** What the sandbox says it planted, beside what the warehouse knows of each kind. */
export async function proveDirt(warehouse: Warehouse, url: string): Promise<DirtProof[]> {
  const answer = await fetch(`${url}/planted`)
  const planted = (await answer.json()) as Record<string, { planted: number; outcome: string }>
  const found = await findDirt(warehouse)
  return Object.entries(planted).map(([kind, one]) => ({ kind, ...one, found: found[kind] ?? 0 }))
}

export function printDirt(cli: Cli, proofs: readonly DirtProof[]): void {
  const { words, language } = cli
  const lines = proofs.map(({ kind, outcome, planted, found }) => [
    markOf(planted === found),
    listed('dirt', kind, language),
    listed('outcome', outcome, language),
    number(planted, language),
    number(found, language),
  ])
  const head = ['', words('dirt-kind'), words('outcome'), words('planted'), words('found')]
  for (const line of table([head, ...lines], { right: [3, 4], wrap: 1, width: cli.width })) cli.print(line)
}

/** What the warehouse knows of each kind, by its declared outcome. */
async function findDirt(warehouse: Warehouse): Promise<Record<string, number>> {
  return warehouse.read(async (db) => {
    const rows = await db
      .selectFrom('quarantine')
      .select(['key', 'reasons', 'waiting_for', 'place'])
      .where('closed_at', 'is', null)
      .execute()
    const notes = await db
      .selectFrom('note')
      .select(({ fn }) => ['kind', fn.countAll<number>().as('n')])
      .groupBy('kind')
      .execute()
    const groups = await db
      .selectFrom('dossier')
      .select('national_code')
      .where('deleted', '=', 0)
      .where('national_code', 'is not', null)
      .groupBy('national_code')
      .having(({ fn }) => fn.countAll(), '>', 1)
      .execute()
    const noted = (kind: string) => Number(notes.find((note) => note.kind === kind)?.n ?? 0)
    const rules = rows.map((row) => ({
      ...row,
      rules: (JSON.parse(row.reasons) as { rule: string }[]).map((reason) => reason.rule),
    }))
    const refused = (rule: string) => rules.filter((row) => row.waiting_for === null && row.rules.includes(rule)).length
    const waiting = (kind: string) => rows.filter((row) => row.waiting_for?.startsWith(`${kind}:`)).length
    return {
      'missing-key': rules.filter((row) => row.key.startsWith('#') && row.place === null).length,
      'impossible-date': refused('date'),
      'future-date': refused('future-date'),
      'lying-encoding': refused('encoding'),
      'unknown-procedure': waiting('procedure'),
      'unknown-agency': waiting('agency'),
      'status-backwards': noted('status-backwards'),
      'dummy-identity': noted('dummy-identity'),
      'doubled-row': noted('doubled-row'),
      'two-systems': groups.length,
      'nfd-text': noted('repaired-text'),
    }
  })
}

export interface ReceivedProof {
  held: number
  figures: number
  sources: Record<string, string>
}

/** Does the IOC hold every figure that the warehouse has? */
export async function proveReceived(warehouse: Warehouse, url: string): Promise<ReceivedProof> {
  const answer = await fetch(`${url}/received?indicator=procedures-total`)
  const received = (await answer.json()) as { figures: number; sources: Record<string, { state: string }> }
  const { figures } = await warehouse.read((db) =>
    db
      .selectFrom('indicator_value')
      .select(({ fn }) => fn.countAll<number>().as('figures'))
      .where('current', '=', 1)
      .executeTakeFirstOrThrow(),
  )
  const sources = Object.entries(received.sources).map(([source, { state }]) => [source, state])
  return { held: received.figures, figures: Number(figures), sources: Object.fromEntries(sources) }
}

export function printReceived(cli: Cli, { held, figures, sources }: ReceivedProof): void {
  const counts = { n: number(held, cli.language), all: number(figures, cli.language) }
  cli.print(`${markOf(held === figures)} ${cli.words('demo-received', counts)}`)
  const lines = Object.entries(sources).map(([source, state]) => [source, cli.speech.name('state', state)])
  for (const line of table(lines, { indent: '    ' })) cli.print(line)
}
