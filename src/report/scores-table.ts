/**
 * The points of QĐ 766 (bộ chỉ số phục vụ người dân, doanh nghiệp) of the province: groups with their components, which add up to the total,
 * beside the national portal's own.
 */
import { loadBasis } from '../indicators/basis.ts'
import type { Indicator } from '../indicators/catalogue/indicator.ts'
import { qd766 } from '../indicators/catalogue/qd766.ts'
import { localDays } from '../indicators/local-day.ts'
import { isWithoutCounts } from '../indicators/qd766/national.ts'
import { mostPoints } from '../indicators/qd766/points.ts'
import type { Rules } from '../indicators/qd766/rules.ts'
import { type IndicatorRow, readIndicators } from '../indicators/read.ts'
import { currentTick } from '../indicators/tick.ts'
import type { Reader } from '../warehouse/open.ts'
import type { ReportQuery } from './build.ts'
import { publicRows } from './public-figures.ts'
import { type Cell, type Column, type Row, STATE_TEXT, type Table } from './report.ts'

const COLUMNS: readonly Column[] = [
  { title: 'STT', kind: 'text', width: 6 },
  { title: 'Nhóm chỉ số, chỉ số', kind: 'text', width: 52 },
  { title: 'Tử số', kind: 'count', width: 12 },
  { title: 'Mẫu số', kind: 'count', width: 12 },
  { title: 'Điểm', kind: 'points', width: 10 },
  { title: 'Tối đa', kind: 'points', width: 10 },
  { title: 'Điểm', group: 'Cổng Dịch vụ công quốc gia', kind: 'points', width: 10 },
  { title: 'Ngày', group: 'Cổng Dịch vụ công quốc gia', kind: 'text', width: 12 },
  { title: 'Chênh lệch', kind: 'points', width: 12 },
  { title: 'Ghi chú', kind: 'text', width: 30 },
]

/** A table for each province that has points in the period; `known`: as they were known then. */
export async function scoresTables(
  db: Reader,
  { period, zone, known, audience }: Pick<ReportQuery, 'period' | 'zone' | 'known' | 'audience'>,
): Promise<Table[]> {
  const basis = await loadBasis(db, known?.tickAt ?? (await currentTick(db)) ?? 0, zone, known?.landing ?? null)
  const provinces = [...basis.agencies.values()].filter(({ kind }) => kind === 'province').map(({ key }) => key)
  const query = { indicators: qd766.map(({ id }) => id), agencies: provinces, periods: [period.text], known }
  const told = provinces.length === 0 ? [] : await readIndicators(db, query, zone)
  const rows = audience === 'public' ? publicRows(told) : told
  const dayOf = (at: number) => localDays(zone).dayOf(at).split('-').reverse().join('/')
  const found = [...Map.groupBy(rows, ({ agency }) => agency.key).values()]
  return (found.length === 0 ? [[]] : found).map((own) => scoresTable(own, basis.rulesOn(period.firstDay), dayOf))
}

/** `rows`: of one province. */
function scoresTable(rows: readonly IndicatorRow[], rules: Rules | null, dayOf: (at: number) => string): Table {
  const byId = new Map(rows.map((row) => [row.indicator, row]))
  const line = (role: Row['role'], place: string, one: Indicator): Row => ({
    role,
    cells: [place, ...cellsOf(one, byId.get(one.id), rules, dayOf)],
  })
  const total = byId.get('qd766-total')
  const standing = rules?.classes.find((one) => one.standing === total?.standing)?.names.vi
  const [sum, ...groups] = qd766.filter(({ numerator }) => numerator.of === 'points').toReversed()
  // Numbered through: "5.1" beside a component that the decision calls 4.1 would be read for it.
  let place = 0
  const inOrder = groups
    .toReversed()
    .flatMap((group, i) => [
      line('subtotal', ROMAN[i] ?? '', group),
      ...qd766.filter((one) => isOf(one, group)).map((one) => line('agency', String(++place), one)),
    ])
  return {
    name: 'Điểm QĐ 766',
    title: `Bộ chỉ số phục vụ người dân, doanh nghiệp (QĐ 766/QĐ-TTg): ${rows[0]?.agency.name ?? ''}`,
    columns: COLUMNS,
    rows: [...(sum ? [line('total', '', sum)] : []), ...inOrder],
    notes: [
      standing ? `Xếp loại: ${standing}.` : 'Chưa xếp loại: chỉ xếp loại khi đủ dữ liệu của mọi chỉ số.',
      'Điểm của Cổng là điểm chính thức; điểm tính tại đây để đối chiếu. Chênh lệch = điểm tính tại đây − điểm của Cổng.',
      'Các chỉ số 1.4, 3.5, 4.4, 4.5a và tỷ lệ đồng bộ trong 3.3 lấy số đếm của Cổng; chứng thực bản sao điện tử lấy tỷ lệ do Cổng công bố.',
      'Điểm hiển thị làm tròn đến 2 chữ số; tổng cộng từ điểm chưa làm tròn.',
    ],
  }
}

const ROMAN = ['I', 'II', 'III', 'IV', 'V', 'VI']

/** Those without points stand where they are followed. */
const FOLLOWED: Readonly<Record<string, string>> = {
  'qd766-2.2': 'TDGQ',
  'qd766-5.1': 'MDHL',
  'qd766-5.1-staff': 'MDHL',
}
function isOf({ id, score }: Indicator, { numerator }: Indicator): boolean {
  if (numerator.of !== 'points') return false
  return (score?.group ?? FOLLOWED[id]) === numerator.group
}

function cellsOf(
  one: Indicator,
  row: IndicatorRow | undefined,
  rules: Rules | null,
  dayOf: (at: number) => string,
): Cell[] {
  const [isSum, isScore] = [one.numerator.of === 'points', one.kind === 'score']
  const state = row?.valueState ?? 'no-data-yet'
  const isUncounted = isSum || isWithoutCounts(one, row?.official)
  const notes = [
    isScore ? '' : `theo dõi, không chấm điểm`,
    state === 'ok' ? '' : (STATE_TEXT[state] ?? state),
    row?.provisional ? 'tạm tính' : '',
  ]
  return [
    one.names.vi.replace(/^QĐ 766: /, ''),
    isUncounted ? null : (row?.numerator ?? null),
    isUncounted ? null : (row?.denominator ?? null),
    isScore ? (row?.value ?? null) : null,
    mostPoints(one, rules),
    row?.official?.score ?? null,
    row?.official ? dayOf(row.official.statedAt) : '',
    row?.difference ?? null,
    notes.filter((text) => text !== '').join('; '),
  ]
}
