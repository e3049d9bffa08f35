/** Converters for the nested lists of a catalogue record. Numbers come as numbers, as text, or empty. */
import { agencyIdentifierOf, asText, type Converter, reject } from 'ioc-feed/connect'

type Item = Readonly<Record<string, unknown>>
const isList = (value: unknown): value is readonly Item[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null)

function ofList(
  name: string,
  doc: string,
  convert: (items: readonly Item[], rest: readonly unknown[]) => unknown,
): Converter {
  return {
    name,
    doc,
    convert([value, ...rest]) {
      if (value === undefined || value === null || value === '') return convert([], rest)
      return isList(value) ? convert(value, rest) : reject('type', 'a list of objects')
    },
  }
}
const inside = (item: Item, field: string): readonly Item[] => {
  const value = item[field]
  return isList(value) ? value : []
}

export const firstIn = (field: string): Converter =>
  ofList('firstIn', `${field} of the first item`, (items) => asText(items[0]?.[field]) || null)
export const notEmpty = (): Converter =>
  ofList('notEmpty', 'true where the list has an item', (items) => items.length > 0)

/** The former four levels: 4 is toàn trình, 3 một phần, 2 and 1 information (NĐ 42/2022). */
const LEVELS: Readonly<Record<string, 'full' | 'partial' | 'information'>> = {
  4: 'full',
  3: 'partial',
  2: 'information',
  1: 'information',
}
const levelOf = (item: Item) => LEVELS[asText(item.MUCDO) ?? '']

/** A procedure with several services counts at the highest (QĐ 766, indicator 3.1); without any it gives information only. */
export const level = (): Converter =>
  ofList('level', 'highest MUCDO of DICHVUCONG: 4 full, 3 partial, 2 information', (items) => {
    const levels = items.map(levelOf)
    if (levels.includes(undefined)) return reject('enumeration', 'MUCDO 4, 3 or 2')
    return levels.includes('full') ? 'full' : levels.includes('partial') ? 'partial' : 'information'
  })

/** From DICHVUCONG and TRANGTHAI: the procedure is public, and a service at full or partial level is in service. */
export const online = (): Converter =>
  ofList('online', 'public, with a full or partial service in service (TRANGTHAI 1)', (items, [state]) =>
    asText(state) === '1'
      ? items.some((item) => (asText(item.TRANGTHAI) || '1') === '1' && /full|partial/.test(levelOf(item) ?? ''))
      : false,
  )

export const integrated = (): Converter =>
  ofList('integrated', 'any service with TICHHOP 1', (items) => items.some((item) => asText(item.TICHHOP) === '1'))

const EXECUTING: Readonly<Record<string, string>> = { 0: 'ministry', 1: 'province', 2: 'district', 3: 'commune' }
/** Executing levels (cấp thực hiện), each once, from the top down. */
export const executing = (): Converter =>
  ofList('executing', 'CAPTHUCHIEN 0 ministry, 1 province, 2 district, 3 commune', (items) => {
    const codes = [...new Set(items.map((item) => asText(item.CAPTHUCHIEN) ?? ''))].toSorted()
    const levels = codes.map((given) => EXECUTING[given])
    return levels.includes(undefined) ? reject('enumeration', 'CAPTHUCHIEN 0, 1, 2 or 3') : levels
  })

/** Executing agencies by MADONVI, sorted: the order of the list means nothing and must not look like a change. */
export const agencies = (): Converter =>
  ofList('agencies', 'MADONVI of COQUANTHUCHIEN as identifier, or as code where it has no identifier form', (items) => {
    const codes = items.map((item) => asText(item.MADONVI) ?? '')
    if (codes.includes('')) return reject('required', 'MADONVI')
    const references = codes.map((given) => {
      const identifier = agencyIdentifierOf(given.toUpperCase())
      return identifier ? `identifier:${identifier}` : `code:${given}`
    })
    return [...new Set(references)].toSorted()
  })

const UNITS: Readonly<Record<string, string>> = {
  'ngày làm việc': 'working-day',
  ngày: 'day',
  giờ: 'hour',
  'giờ làm việc': 'hour',
}
/** The first time limit that is a whole number in a known unit; others are prose ("theo quy định") and say nothing to count with. */
function firstLimit(items: readonly Item[]): { limit: number; unit: string } | null {
  for (const { THOIGIANGIAIQUYET, DONVITINH } of items.flatMap((item) => inside(item, 'THOIGIAN'))) {
    const written = asText(THOIGIANGIAIQUYET) ?? ''
    const unit = UNITS[(asText(DONVITINH) ?? '').toLowerCase()]
    if (/^\d{1,5}$/.test(written) && unit) return { limit: Number(written), unit }
  }
  return null
}
export const limit = (): Converter =>
  ofList('limit', 'first whole THOIGIANGIAIQUYET, else null', (items) => firstLimit(items)?.limit ?? null)
export const limitUnit = (): Converter =>
  ofList('limitUnit', 'its DONVITINH: working day, day or hour', (items) => firstLimit(items)?.unit ?? null)

export const fee = (): Converter =>
  ofList('fee', 'true where any way of filing names a fee', (items) =>
    items.some((item) => inside(item, 'THOIGIAN').some((time) => inside(time, 'PHILEPHI').length > 0)),
  )
