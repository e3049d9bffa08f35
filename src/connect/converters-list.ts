/**
 * Converters of several raw fields, and of a field that holds a list: objects (JSON, XML), or texts in one cell. An absent or null list is
 * null (nothing is known), `[]` and '' are an empty one.
 */
import {
  asText,
  type ConvertContext,
  type Converter,
  flag,
  isRejection,
  type Rejection,
  reject,
  text,
} from './converters.ts'

export type Item = Readonly<Record<string, unknown>>
const isItem = (value: unknown): value is Item => typeof value === 'object' && value !== null && !Array.isArray(value)

/** A list of objects: an array, or one object alone, as XML gives it; undefined where it is something else. */
function itemsOf(value: unknown): readonly Item[] | undefined {
  if (value === '') return []
  if (Array.isArray(value)) return value.every(isItem) ? value : undefined
  return isItem(value) ? [value] : undefined
}

/** A converter of a list of objects; `rest` are the further raw fields. For a connector's own converters. */
export function ofList(
  name: string,
  doc: string,
  convert: (items: readonly Item[], rest: readonly unknown[], context: ConvertContext) => unknown,
): Converter {
  return {
    name,
    doc,
    convert([value, ...rest], context) {
      if (value === undefined || value === null) return null
      const items = itemsOf(value)
      return items ? convert(items, rest, context) : reject('type', 'a list of objects')
    },
  }
}
/** The items of a list inside an item; none where there is no list. */
export const itemsIn = (item: Item, field: string): readonly Item[] => itemsOf(item[field] ?? '') ?? []

/** The first of the raw fields that is not empty, converted. */
export const firstOf = (as: Converter = text()): Converter => ({
  name: 'firstOf',
  doc: `the first of the fields that is not empty: ${as.doc}`,
  convert: (values, context) => as.convert([values.find((value) => asText(value) !== '')], context),
})
/** The raw fields joined by `separator`, empty ones left out, then converted: a date and a time in two columns. */
export const joined = (separator: string, as: Converter = text()): Converter => ({
  name: 'joined',
  doc: `the fields joined by ${JSON.stringify(separator)}: ${as.doc}`,
  convert(values, context) {
    const texts = values.map(asText)
    if (texts.includes(undefined)) return reject('type', 'text')
    return as.convert([texts.filter(Boolean).join(separator)], context)
  },
})
/** What a converter finds, or `value` where it finds nothing. */
export const orElse = (as: Converter, value: string | number | boolean | readonly never[]): Converter => ({
  name: as.name,
  doc: `${as.doc}; ${JSON.stringify(value)} where there is none`,
  convert: (values, context) => as.convert(values, context) ?? value,
})
/** Nothing where the raw field is empty, else the converter's value: for converters that refuse an empty field. */
export const orNone = (as: Converter): Converter => ({
  name: as.name,
  doc: `${as.doc}; empty is none`,
  convert: (values, context) => (asText(values[0]) === '' ? null : as.convert(values, context)),
})
/** A converter's value, refused where there is none. */
export const required = (as: Converter): Converter => ({
  name: as.name,
  doc: `${as.doc}; refused where there is none`,
  convert: (values, context) => as.convert(values, context) ?? reject('required', as.doc),
})
/** True where the text is one of these, else false; null where there is none. */
export const isOneOf = (...texts: readonly [string, ...string[]]): Converter => ({
  name: 'isOneOf',
  doc: `true where it is ${texts.join(' or ')}`,
  convert([value]) {
    const written = asText(value)
    if (written === undefined) return reject('type', 'text')
    return written === '' && !texts.includes('') ? null : texts.includes(written)
  },
})
/** True where each converter finds true in its own raw field, in order. */
export const allTrue = (...each: readonly [Converter, ...Converter[]]): Converter => ({
  name: 'allTrue',
  doc: `true where all hold: ${each.map(({ doc }) => doc).join('; and ')}`,
  convert(values, context) {
    const found = each.map((converter, i) => converter.convert([values[i]], context))
    return found.find(isRejection) ?? found.every((value) => value === true)
  },
})

/** `field` of the first item, converted; of an object that is no list, its `field`: `{ from: 'procedure', as: first('code', procedureCode()) }`. */
export const first = (field: string, as: Converter = text()): Converter =>
  ofList('first', `${field} of the first item: ${as.doc}`, ([item], _, context) =>
    item ? as.convert([item[field]], context) : null,
  )
/** Whether any item has a flag (1, true, Có …) set in `field`. */
export const anyFlag = (field: string): Converter =>
  ofList('anyFlag', `true where any item has ${field} set: 1, true, Có`, (items, _, context) =>
    items.some((item) => ticked.convert([item[field]], context) === true),
  )
const ticked = flag()
/** Whether any item has something in `field`: a text, or a list with something in it. */
export const anyText = (field: string): Converter =>
  ofList('anyText', `true where any item has a ${field}`, (items) =>
    items.some((item) => (Array.isArray(item[field]) ? item[field].length > 0 : (asText(item[field]) ?? '') !== '')),
  )
/** Whether any one item has one of the texts in each of the fields; '' stands for absent. */
export const anyWith = (wanted: Readonly<Record<string, readonly string[]>>): Converter => {
  const fields = Object.entries(wanted)
  const said = fields.map(([field, texts]) => `${field} ${texts.map((written) => written || 'empty').join(' or ')}`)
  return ofList('anyWith', `true where any item has ${said.join(' and ')}`, (items) =>
    items.some((item) => fields.every(([field, texts]) => texts.includes(asText(item[field]) ?? '\0'))),
  )
}
/** Whether the list has an item. */
export const notEmpty = (): Converter =>
  ofList('notEmpty', 'true where the list has an item', (items) => items.length > 0)
/** How many items the list has. */
export const countOf = (): Converter => ofList('countOf', 'number of items', (items) => items.length)
/** Sum of whole amounts (VND) in `field`; an empty one counts nothing. */
export const sumOf = (field: string): Converter =>
  ofList('sumOf', `sum of ${field}, whole VND`, (items) => {
    const amounts = items.map((item) => asText(item[field]))
    const wrong = amounts.some((amount) => amount === undefined || !/^\d{0,15}$/.test(amount))
    return wrong ? reject('amount', 'whole VND') : amounts.reduce((sum, amount) => sum + Number(amount), 0)
  })
/** Of what the items have in `field`, converted by `as`, the value that stands first in `ranking`. */
export const highest = (field: string, as: Converter, ranking: readonly unknown[]): Converter =>
  ofList('highest', `highest ${field} of the items: ${as.doc}`, (items, _, context) => {
    const found = items.map((item) => as.convert([item[field]], context))
    return found.find(isRejection) ?? ranking.find((value) => found.includes(value)) ?? null
  })
/** The items of the lists that stand in `field` of each item, as one list for another converter of lists. */
export const inside = (field: string, as: Converter): Converter =>
  ofList(as.name, `in ${field}: ${as.doc}`, (items, rest, context) =>
    as.convert([items.flatMap((item) => itemsIn(item, field)), ...rest], context),
  )

export interface Each {
  /** what each is converted by; what it finds nothing in is left out */
  as: Converter
  /** where the list is of objects: the field of each */
  field?: string
  /** where the list is the text of one cell, e.g. `;`: what stands between; line ends and spaces around each are dropped */
  separator?: string
  /** each once and in this order, or sorted: for lists whose order means nothing and must not look like a change */
  set?: true | readonly unknown[]
}
/** A list, each item converted: objects by a field, texts of an array, or the texts of one cell. The first refusal refuses the list. */
export function each({ as, field, separator, set }: Each): Converter {
  const where = field ? ` ${field} of` : ''
  const expected = field
    ? 'a list of objects'
    : separator
      ? `texts with ${JSON.stringify(separator)} between`
      : 'a list'
  return {
    name: 'each',
    doc: `${where ? `${where.trim()} each item` : 'each item'}: ${as.doc}${set ? '; each once' : ''}`,
    convert([value], context) {
      if (value === undefined || value === null) return null
      const items = partsOf(value, field, separator)
      if (!items) return reject('type', expected)
      const found = items.map((item) => as.convert([item], context)).filter((item) => item !== null)
      const refused = found.find(isRejection) as Rejection | undefined
      return refused ?? (set ? asSet(found, set) : found)
    },
  }
}
function partsOf(value: unknown, field: string | undefined, separator: string | undefined) {
  if (field !== undefined) return itemsOf(value)?.map((item) => item[field])
  if (Array.isArray(value)) return value as readonly unknown[]
  if (separator === undefined) return value === '' ? [] : undefined
  return asText(value)
    ?.split(separator)
    .map((part) => part.trim())
    .filter(Boolean)
}
function asSet(found: readonly unknown[], order: true | readonly unknown[]): unknown[] {
  const once = [...new Set(found)]
  return order === true ? once.sort() : once.sort((a, b) => order.indexOf(a) - order.indexOf(b))
}
