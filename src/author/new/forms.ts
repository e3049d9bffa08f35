/** In which form the values of a field are written, and the converter that reads it. */
import type { Rejection } from '../../connect/converters.ts'
import { amount, flag, integer, isRejection, machineDecimal } from '../../connect/converters.ts'
import { parseCompact, parseExcelSerial, parseIso, parseNaive, parseVietnamese } from '../../connect/instants.ts'
import type { Field } from './draft.ts'

const ZONE = 'Asia/Ho_Chi_Minh'
const all = (values: readonly string[], test: (value: string) => unknown): boolean =>
  values.length > 0 && values.every((value) => test(value) !== undefined)

export interface Dated {
  /** code of the converter */
  code: string
  /** a question that the values leave open */
  doubt?: 'false-z' | 'none' | 'serial'
}

/** The converter of a date, from its values or from what a description says. Undefined where the values are no dates. */
export function datedBy({ values, says }: Pick<Field, 'values' | 'says'>): Dated | undefined {
  if (values.length === 0) {
    if (says) return { code: 'isoInstant({ zone: ZONE })' }
    return { code: 'isoInstant({ zone: ZONE })', doubt: 'none' }
  }
  if (all(values, (value) => parseVietnamese(value, ZONE))) return { code: 'vietnameseDate(ZONE)' }
  if (all(values, (value) => parseCompact(value, ZONE))) return { code: 'compactInstant(ZONE)' }
  if (all(values, (value) => parseNaive(value, ZONE))) return { code: 'sqlInstant(ZONE)' }
  if (all(values, (value) => parseIso(value, ZONE, false))) return isoBy(values)
  if (all(values, (value) => (/^[34]\d{4}(?:\.\d+)?$/.test(value) ? parseExcelSerial(value, ZONE) : undefined)))
    return { code: 'excelSerial(ZONE)', doubt: 'serial' }
  return undefined
}

/** Office hours tell whether a Z is true: 07–17 in Việt Nam is 00–10 in UTC. */
function isoBy(values: readonly string[]): Dated {
  const marked = values.filter((value) => /z$/i.test(value))
  if (marked.length === 0) return { code: 'isoInstant({ zone: ZONE })' }
  const hours = marked.map((value) => Number(/[T ](\d{2})/.exec(value)?.[1] ?? 0))
  const midnight = marked.every((value) => /[T ]00:00(?::00(?:\.0+)?)?z$/i.test(value))
  const local = midnight || hours.filter((hour) => hour >= 11 && hour <= 17).length > hours.length / 4
  return { code: `isoInstant({ zone: ZONE, falseZ: ${local} })`, doubt: 'false-z' }
}

const CONTEXT = { zone: ZONE, source: '', agency: null }
const reads = (values: readonly string[], converter: ReturnType<typeof amount>): boolean =>
  values.length > 0 && values.every((value) => !isRejection(converter.convert([value], CONTEXT) as Rejection))

/** The converter of whole amounts of money; undefined where the values are none. */
export function amountBy({ values }: Pick<Field, 'values'>): string | undefined {
  if (values.length === 0 || reads(values, integer())) return 'integer()'
  // first: 150.000 is a hundred and fifty thousand đồng, although it reads as a decimal too
  if (reads(values, amount())) return 'amount()'
  return reads(values, machineDecimal({ whole: true })) ? 'machineDecimal({ whole: true })' : undefined
}
export const isWhole = ({ values }: Pick<Field, 'values'>): boolean => values.length === 0 || reads(values, integer())
export const isFlagLike = ({ values }: Pick<Field, 'values'>): boolean => reads(values, flag())
