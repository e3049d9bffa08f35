/** Code lists: the words and codes of a field against the national ones and those that systems usually write; what is neither is asked. */
import { asText, type Converter, isRejection } from '../../connect/converters.ts'
import {
  nationalApplicant,
  nationalChannel,
  nationalDelivery,
  nationalLevel,
  nationalPayment,
  nationalStatus,
} from '../../connect/converters-national.ts'
import { foldName } from '../../connect/names.ts'
import { labelNamesPerson } from '../../connect/persons.ts'
import type { Field, MapLine, Todo } from './draft.ts'
import { plain, property, quote } from './plain.ts'
import * as question from './questions.ts'
import { FURTHER, WANTED } from './vocabulary.ts'

interface Words {
  converter: string
  known: Converter
  /** canonical values, for a question */
  values: string
  /** by which standard its bare codes are read */
  standard: string
}
const WORDS: Readonly<Record<string, Words>> = {
  status: { converter: 'nationalStatus', known: nationalStatus(), values: '1–10', standard: 'TrangThaiHoSo 1–10' },
  channel: {
    converter: 'nationalChannel',
    known: nationalChannel(),
    values: 'counter, online, post',
    standard: 'KenhThucHien 1–3',
  },
  applicantKind: {
    converter: 'nationalApplicant',
    known: nationalApplicant(),
    values: 'citizen, enterprise, state, other',
    standard: 'LoaiDoiTuong 1–4',
  },
  paidOnline: {
    converter: 'nationalPayment',
    known: nationalPayment(),
    values: 'none, national, gateway, other',
    standard: 'DuocThanhToanTrucTuyen 0–3',
  },
  delivery: {
    converter: 'nationalDelivery',
    known: nationalDelivery(),
    values: 'counter, post, online',
    standard: 'HinhThuc 0–2',
  },
  level: {
    converter: 'nationalLevel',
    known: nationalLevel(),
    values: 'full, partial, information',
    standard: 'MucDo 4–1',
  },
}
const MOST_WORDS = 40
const LONGEST_WORD = 60
const CONTEXT = { zone: 'Asia/Ho_Chi_Minh', source: '', agency: null }

export function wordsLine(canonical: string, field: Field, todos: Todo[]): MapLine {
  const { name } = field
  const words = WORDS[canonical]
  if (!words) throw new TypeError(`no words for ${canonical}`)
  const further = new Map(
    Object.entries(FURTHER[canonical] ?? {}).flatMap(([value, texts]) =>
      texts.map((text) => [foldName(text), value] as const),
    ),
  )
  const seen = [...new Set(field.values.map((value) => asText(value) ?? ''))].slice(0, MOST_WORDS)
  const strange = seen.filter((value) => isRejection(words.known.convert([value], CONTEXT)))
  const also = strange.flatMap((value) => {
    const meaning = further.get(foldName(value))
    return meaning === undefined ? [] : [`${property(value)}: ${canonical === 'status' ? meaning : quote(meaning)}`]
  })
  const unknown = strange.filter((value) => !further.has(foldName(value)))
  const shown = unknown.filter((value) => value.length <= LONGEST_WORD && !labelNamesPerson(value))
  if (seen.length === 0) todos.push(question.unseenWords(canonical, name, words.values))
  if (shown.length > 0) todos.push(question.unknownWords(canonical, name, shown, words.values))
  if (unknown.length > shown.length) todos.push(question.withheldWords(canonical, name, unknown.length - shown.length))
  const usual = WANTED.dossier[canonical]?.names.slice(0, 2).includes(plain(name)) ?? false
  if (!usual && seen.some((value) => /^\d+$/.test(value)))
    todos.push(question.standardCodes(canonical, name, words.standard))
  const options = also.length === 0 ? '' : `{ also: { ${also.join(', ')} } }`
  return { canonical, from: [name], code: `{ from: ${quote(name)}, as: ${words.converter}(${options}) }` }
}
