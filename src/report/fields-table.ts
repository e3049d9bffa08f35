/** How dossiers were settled, by field (lĩnh vực) of their procedure on the counting day; the fields add up to the province. */
import type { Knowledge } from '../indicators/knowledge.ts'
import type { Period } from '../indicators/periods.ts'
import { readParts } from '../indicators/read-parts.ts'
import type { Reader } from '../warehouse/open.ts'
import { type ReportAgency, STATE_TEXT } from './report.ts'
import { type Counts, countsOf, SETTLED_FIGURES, type Settled, type SettledRow } from './settled.ts'

export const FIELDS = {
  of: 'Lĩnh vực',
  name: 'Theo lĩnh vực',
  title: 'Tình hình tiếp nhận và giải quyết hồ sơ theo lĩnh vực',
  notes: [
    'Lĩnh vực của thủ tục theo danh mục tại ngày cuối kỳ; kỳ chưa kết thúc: tại ngày tính số liệu.',
    'Từ kỳ trước và trong kỳ tính theo cùng một danh mục, nên các lĩnh vực cộng lại bằng toàn tỉnh.',
  ],
}

export interface FieldCounts {
  state: string
  /** null: nothing to count on */
  total: Counts | null
  /** code '': procedures of no field, and those that the catalogue does not know */
  fields: readonly { code: string; name: string; counts: Counts }[]
}

/** `known`: as it was known then. */
export async function countFields(
  db: Reader,
  province: Pick<ReportAgency, 'key'>,
  period: Period,
  zone: string,
  known: Knowledge | undefined,
): Promise<FieldCounts> {
  const figures = await readParts(
    db,
    {
      indicators: SETTLED_FIGURES,
      agencies: [province.key],
      periods: [period.text],
      breakdown: { only: {}, by: 'field' },
      known,
    },
    zone,
  )
  const own = figures.filter(({ row }) => row.agency.key === province.key)
  const byField = Map.groupBy(own, ({ row }) => row.breakdown?.field)
  const countsIn = (field: string | undefined) => {
    const rows = new Map(byField.get(field)?.map(({ row }) => [row.indicator, row]))
    const state = rows.get('dossiers-received') ?? byField.get(undefined)?.[0]?.row
    // A figure that is nothing in a field has no row of it.
    const nothing = { numerator: state?.numerator === null ? null : 0, valueState: state?.valueState ?? 'ok' }
    return countsOf((indicator) => rows.get(indicator) ?? (field === undefined ? undefined : nothing))
  }
  const { counts: total, state } = countsIn(undefined)
  const codes = [...byField.keys()].filter((code) => code !== undefined).sort(lastIfNone)
  const fields = codes.flatMap((code) => {
    const { counts } = countsIn(code)
    const name = byField.get(code)?.[0]?.part.field || code || 'Chưa rõ lĩnh vực'
    return counts ? [{ code, name, counts }] : []
  })
  return { state, total, fields: total ? fields : [] }
}
const lastIfNone = (a: string, b: string) => Number(a === '') - Number(b === '') || (a < b ? -1 : 1)

export function settledByField(province: string, { state, total, fields }: FieldCounts): Settled {
  const note = state === 'ok' ? '' : (STATE_TEXT[state] ?? state)
  const whole: SettledRow = { role: 'total', place: '', name: province, counts: total, note }
  const parts = fields.map(
    ({ name, counts }, i): SettledRow => ({ role: 'agency', place: String(i + 1), name, counts, note: '' }),
  )
  return { rows: [whole, ...parts], sums: [{ total: whole, parts }] }
}
