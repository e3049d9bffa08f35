/** The demo's three proofs: the report's figures from records, every planted kind of dirt found, every figure held by the IOC. */
import { type IndicatorRow, readIndicators } from '../indicators/read.ts'
import type { Warehouse } from '../warehouse/open.ts'
import type { Cli } from './context.ts'
import { number, percent, table } from './format.ts'

export const REPORT_PERIOD = '2024-YTD-11'
const NAMED_DEPARTMENTS = [
  'Sở Thông tin và Truyền thông',
  'Sở Văn hóa, Thể thao và Du lịch',
  'Sở Khoa học và Công nghệ',
  'Sở Công Thương',
  'Sở Nông nghiệp và Phát triển nông thôn',
]
const NAMED_DISTRICTS = ['Huyện Gò Dầu', 'Thị xã Hòa Thành', 'Huyện Dương Minh Châu']

/** Prints the report's figures, computed beside published; false where a computed one is not what was published. */
export async function printFigures(cli: Cli, warehouse: Warehouse): Promise<boolean> {
  const rows = await warehouse.read((db) =>
    readIndicators(db, { periods: [REPORT_PERIOD], language: cli.language }, cli.config.zone),
  )
  const province = new Map(rows.filter((row) => row.agency.kind === 'province').map((row) => [row.indicator, row]))
  const lines: string[][] = [
    [
      cli.words('chỉ số', 'figure'),
      cli.words('tính từ bản ghi', 'computed'),
      'n/d',
      cli.words('đã công bố', 'published'),
      '',
    ],
  ]
  let right = true
  const add = (id: string, published: string, holds: (row: IndicatorRow) => boolean, remark = '') => {
    const row = province.get(id)
    const fine = row !== undefined && holds(row)
    right &&= fine
    lines.push([
      row?.name ?? id,
      row ? shown(cli, row) : '-',
      row ? parts(cli, row) : '',
      published,
      `${fine ? '✓' : '✗'} ${remark}`,
    ])
  }
  const is = (value: number) => (row: IndicatorRow) => row.numerator === value
  const rounds = (text: string, digits: number) => (row: IndicatorRow) =>
    row.value !== null && (row.value * 100).toFixed(digits) === text
  add('procedures-online', '1,622', is(1622))
  add('procedures-online-share', '98 %', rounds('98', 0))
  add('procedures-integrated-share', '73 %', rounds('73', 0))
  add('services-with-any-dossier', '324', is(324))
  add(
    'services-with-any-dossier-share',
    '19.97 %',
    (row) => row.numerator === 324 && row.denominator === 1622,
    cli.words('báo cáo cắt bớt; làm tròn được 19,98 %', 'the report cuts; rounded it is 19.98 %'),
  )
  add(
    'full-process-share-of-used',
    '83.02 %',
    rounds('83.02', 2),
    cli.words('cả nước 55,5 %: đã công bố, không nêu cách tính', 'national 55.5 %: published, definition not stated'),
  )
  add('communes-at-100', '87 / 94', is(87), withoutCases(cli, province))
  for (const line of table(lines, [1, 2, 3])) cli.print(`  ${line}`)
  right = named(cli, rows, NAMED_DEPARTMENTS, 0.8) && right
  right = named(cli, rows, NAMED_DISTRICTS, 0.6) && right
  return right
}

function withoutCases(cli: Cli, province: ReadonlyMap<string, IndicatorRow>): string {
  const none = province.get('communes-without-cases')
  return cli.words(
    `${none?.numerator ?? '?'} xã không phát sinh trong ${none?.denominator ?? '?'}`,
    `${none?.numerator ?? '?'} of ${none?.denominator ?? '?'} communes had no cases`,
  )
}

/** "As for example": the report names some above the threshold; each of them must be, with its own n/d. */
function named(cli: Cli, rows: readonly IndicatorRow[], names: readonly string[], threshold: number): boolean {
  const found = names.map((name) => ({
    name,
    row: rows.find((row) => row.indicator === 'full-process-online-use' && row.agency.name === name),
  }))
  const above = found.every(({ row }) => (row?.value ?? 0) > threshold)
  cli.print(
    `  ${above ? '✓' : '✗'} ${cli.words(`nêu trong báo cáo, đều trên ${threshold * 100} %`, `named in the report, all above ${threshold * 100} %`)}:`,
  )
  for (const line of table(
    found.map(({ name, row }) => [name, row ? shown(cli, row) : '-', row ? parts(cli, row) : '']),
    [1, 2],
  ))
    cli.print(`      ${line}`)
  return above
}

const shown = (cli: Cli, row: IndicatorRow): string =>
  row.value === null
    ? row.valueState
    : row.unit === 'ratio'
      ? percent(row.value, cli.language)
      : number(row.value, cli.language)
const parts = (cli: Cli, row: IndicatorRow): string =>
  row.denominator === null ? '' : `${number(row.numerator ?? 0, cli.language)}/${number(row.denominator, cli.language)}`

interface Planted {
  [kind: string]: { planted: number; outcome: string }
}

/** Prints planted beside found; false where they differ. */
export async function printDirt(cli: Cli, warehouse: Warehouse, url: string): Promise<boolean> {
  const planted = (await (await fetch(`${url}/planted`)).json()) as Planted
  const found = await findDirt(warehouse)
  const lines = [
    [
      cli.words('loại lỗi cố ý', 'planted dirt'),
      cli.words('kết cục', 'outcome'),
      cli.words('gieo', 'planted'),
      cli.words('thấy', 'found'),
      '',
    ],
  ]
  let right = true
  for (const [kind, { planted: n, outcome }] of Object.entries(planted)) {
    const fine = found[kind] === n
    right &&= fine
    lines.push([kind, outcome, String(n), String(found[kind] ?? 0), fine ? '✓' : '✗'])
  }
  for (const line of table(lines, [2, 3])) cli.print(`  ${line}`)
  return right
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

/** Does the IOC hold every figure that the warehouse has? */
export async function printReceived(cli: Cli, warehouse: Warehouse, url: string): Promise<boolean> {
  const received = (await (await fetch(`${url}/received?indicator=procedures-total`)).json()) as {
    figures: number
    sources: Record<string, { state: string }>
  }
  const { held } = await warehouse.read((db) =>
    db
      .selectFrom('indicator_value')
      .select(({ fn }) => fn.countAll<number>().as('held'))
      .where('current', '=', 1)
      .executeTakeFirstOrThrow(),
  )
  const fine = received.figures === Number(held)
  cli.print(
    cli.words(
      `  ${fine ? '✓' : '✗'} IOC đang giữ ${number(received.figures, cli.language)} / ${number(Number(held), cli.language)} chỉ số`,
      `  ${fine ? '✓' : '✗'} the IOC holds ${number(received.figures, cli.language)} of ${number(Number(held), cli.language)} figures`,
    ),
  )
  for (const [source, { state }] of Object.entries(received.sources)) cli.print(`      ${source}: ${state}`)
  return fine
}
