/**
 * What agencies report by hand (số đơn vị báo cáo), with the office that signed and the document: a table of its own, in no sum of ours. An
 * agency that has nothing else stands in it, too.
 */
import type { Basis } from '../indicators/basis.ts'
import { findIndicator } from '../indicators/catalogue/index.ts'
import type { StoredInput } from '../warehouse/inputs.ts'
import { tellsSmall } from './public-figures.ts'
import type { Cell, FigureOf, Table } from './report.ts'
import { MASK } from './settled.ts'

export interface Stated {
  agency: string
  agencyName: string
  indicator: string
  name: string
  numerator: number
  denominator: number | null
  /** a title, never a name */
  signer: string
  document: string
  signedOn: string
  source: string
  /** our own of the same, null where there is none */
  ours: { numerator: number | null; denominator: number | null }
}

/** By agency, then in the order of the catalogue; of several documents about one figure the newest first. */
export function statedOf(
  basis: Basis,
  statements: readonly StoredInput<'statement'>[],
  figureOf: FigureOf,
): readonly Stated[] {
  const places = new Map(statements.map(({ agency }) => [agency, basis.agencies.get(agency)?.code ?? agency]))
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
  return statements
    .map((one) => {
      const ours = figureOf(one.indicator, one.agency)
      return {
        agency: one.agency,
        agencyName: basis.agencies.get(one.agency)?.name ?? one.agency,
        indicator: one.indicator,
        name: findIndicator(one.indicator)?.names.vi ?? one.indicator,
        numerator: one.numerator,
        denominator: one.denominator,
        signer: one.signer,
        document: one.document,
        signedOn: one.signed_on,
        source: one.source,
        ours: { numerator: ours?.numerator ?? null, denominator: ours?.denominator ?? null },
      }
    })
    .sort(
      (a, b) =>
        compare(places.get(a.agency) ?? '', places.get(b.agency) ?? '') ||
        compare(a.indicator, b.indicator) ||
        compare(b.signedOn, a.signedOn) ||
        compare(a.document, b.document),
    )
}

/** `maskedOf`: agencies of which the public may not see everything; null: all is shown. */
export function statementsTable(stated: readonly Stated[], maskedOf: ReadonlySet<string> | null): Table {
  return {
    name: 'Số đơn vị báo cáo',
    title: 'Số liệu do đơn vị tự báo cáo',
    columns: [
      { title: 'Đơn vị', kind: 'text', width: 38 },
      { title: 'Chỉ tiêu', kind: 'text', width: 38 },
      { title: 'Số báo cáo', group: 'Đơn vị báo cáo', kind: 'count', width: 12 },
      { title: 'Trên số', group: 'Đơn vị báo cáo', kind: 'count', width: 12 },
      { title: 'Số báo cáo', group: 'Số của hệ thống', kind: 'count', width: 12 },
      { title: 'Trên số', group: 'Số của hệ thống', kind: 'count', width: 12 },
      { title: 'Người ký (chức danh)', kind: 'text', width: 24 },
      { title: 'Văn bản', kind: 'text', width: 18 },
      { title: 'Ngày ký', kind: 'text', width: 12 },
      { title: 'Nguồn', kind: 'text', width: 16 },
    ],
    rows: stated.map((one) => {
      // What an agency says of itself is near enough to what is masked of it.
      const hidden = maskedOf !== null && (maskedOf.has(one.agency) || tellsSmall(one))
      const numbers: Cell[] = hidden
        ? [MASK, one.denominator === null ? null : MASK, null, null]
        : [one.numerator, one.denominator, maskedOf ? null : one.ours.numerator, maskedOf ? null : one.ours.denominator]
      return {
        role: 'agency' as const,
        cells: [one.agencyName, one.name, ...numbers, one.signer, one.document, dayText(one.signedOn), one.source],
      }
    }),
    notes: [
      stated.length === 0
        ? 'Không có đơn vị nào báo cáo bằng văn bản cho kỳ này.'
        : 'Số đơn vị báo cáo không cộng vào số của hệ thống ở các bảng khác.',
    ],
  }
}
const dayText = (day: string) => day.split('-').reverse().join('/')
