/** Converters for the lists inside a one-stop record. */
import { asText, type Converter, compactInstant, isRejection, type Rejection, reject } from 'ioc-feed/connect'

type Item = Readonly<Record<string, unknown>>

/** A converter of a list of objects; null where the field is absent, `[]` and '' are an empty list. */
function ofList(name: string, doc: string, convert: (items: readonly Item[]) => unknown): Converter {
  return {
    name,
    doc,
    convert([value]) {
      if (value === undefined || value === null) return null
      const items = value === '' ? [] : value
      const isList = Array.isArray(items) && items.every((item) => typeof item === 'object' && item !== null)
      return isList ? convert(items as Item[]) : reject('type', 'a list of objects')
    },
  }
}

/** The first field that is not empty. */
export const firstOf = (): Converter => ({
  name: 'firstOf',
  doc: 'the first of the fields that is not empty',
  convert: (values) => values.map(asText).find((value) => value !== undefined && value !== '') ?? null,
})

/** Whether any item has `1` in `field`. */
export const anyFlag = (field: string): Converter =>
  ofList('anyFlag', `true where any item has ${field} = 1`, (items) =>
    items.some((item) => asText(item[field]) === '1'),
  )

/** Whether any item has something in `field`. */
export const anyText = (field: string): Converter =>
  ofList('anyText', `true where any item has a ${field}`, (items) =>
    items.some((item) => (asText(item[field]) ?? '') !== ''),
  )

/** Sum of whole amounts (VND); an empty one counts nothing. */
export const sumOf = (field: string): Converter =>
  ofList('sumOf', `sum of ${field}, whole VND`, (items) => {
    const amounts = items.map((item) => asText(item[field]))
    const wrong = amounts.some((amount) => amount === undefined || !/^\d{0,15}$/.test(amount))
    return wrong ? reject('amount', 'whole VND') : amounts.reduce((sum, amount) => sum + Number(amount), 0)
  })

/** Requests to supplement (yêu cầu bổ sung), oldest first; instants in epoch ms. */
export function supplements(zone: string): Converter {
  const instant = compactInstant(zone)
  const at = (value: unknown): number | null | Rejection => {
    const converted = instant.convert([value], { zone, source: '', agency: null })
    return isRejection(converted) ? converted : ((converted as { at: number } | null)?.at ?? null)
  }
  return ofList('supplements', 'requests to supplement with their dates, yyyyMMddHHmmss', (items) => {
    const rows = items.map((item) => ({
      requestedAt: at(item.NgayBoSung),
      completedAt: at(item.NgayTiepNhanBoSung),
      previousDueAt: at(item.NgayHenTraTruoc),
      newDueAt: at(item.NgayHenTraMoi),
    }))
    const refused = rows.flatMap((row) => Object.values(row)).find(isRejection)
    return refused ?? rows.toSorted((a, b) => Number(a.requestedAt) - Number(b.requestedAt))
  })
}
