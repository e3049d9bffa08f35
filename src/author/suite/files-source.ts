/** A folder of files whose names and form are those that `files({...})` declares, written anew before each read. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import iconv from 'iconv-lite'
import type { Recording } from '../record/recording.ts'
import { csvLine } from './answers.ts'
import type { Material } from './material.ts'
import type { Facts, Row, SourceState } from './types.ts'
import { workbook } from './workbook.ts'

interface Pattern {
  match: RegExp
  drop: 'full' | 'corrections'
  format: string
  encoding?: string
  delimiter?: string
  records?: string
}
interface Declared {
  patterns: readonly Pattern[] | ((config: unknown) => readonly Pattern[])
}
interface Written {
  pattern: Pattern
  /** a recorded name that it matches */
  name: string
}

export function filesFacts(zone: string): Facts {
  return {
    kind: 'files',
    paging: 'files',
    since: 'files',
    lookback: null,
    timeField: null,
    zone,
    http: false,
    perPage: 25,
  }
}

/** One way to write a file of each drop; undefined where the suite cannot write any of the declared forms. */
export interface FileForms {
  full?: Written
  corrections?: Written
}

export function fileForms(material: Material, recording: Recording, settings: unknown): FileForms {
  const patterns = (material.stream.read.kit?.declaration as Declared | undefined)?.patterns ?? []
  const declared = typeof patterns === 'function' ? patterns(settings) : patterns
  const names = (recording.files ?? []).map(({ name }) => name)
  const forms: FileForms = {}
  // what is written most plainly first
  for (const pattern of declared.toSorted((a, b) => effort(a) - effort(b))) {
    // the first that matches a name decides
    const name = names.find((one) => declared.find(({ match }) => match.test(one)) === pattern)
    if (name !== undefined && !forms[pattern.drop] && isWritable(pattern)) forms[pattern.drop] = { pattern, name }
  }
  return forms
}

const ENCODINGS: Readonly<Record<string, string>> = { 'utf-8': 'utf8', detect: 'utf8', 'windows-1258': 'windows-1258' }
const effort = ({ format, encoding }: Pattern) => (format === 'xlsx' ? 2 : encoding === 'windows-1258' ? 1 : 0)
const isWritable = ({ format, encoding = 'utf-8' }: Pattern) =>
  ['ndjson', 'json', 'xlsx'].includes(format) || (/^(?:csv|tsv)$/.test(format) && encoding in ENCODINGS)

export const monthOf = (at: number, zone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(at)
    .toZonedDateTimeISO(zone)
    .toPlainDate()
    .toString()
    .slice(0, 7)
    .replace('-', '')

export function writeFiles(
  folder: string,
  material: Material,
  state: SourceState,
  forms: FileForms,
  zone: string,
): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true })
  const groups = new Map<string, { form: Written; period: string; rows: Row[] }>()
  for (const row of state.rows) {
    const form = forms[row.drop ?? 'full'] ?? forms.full ?? forms.corrections
    if (!form) continue
    const period = row.period ?? monthOf(row.at, zone)
    const id = `${row.drop ?? 'full'} ${period}`
    const group = groups.get(id) ?? { form, period, rows: [] }
    group.rows.push(row)
    groups.set(id, group)
  }
  const all = [...groups.values()].sort((a, b) => (a.period < b.period ? -1 : 1))
  for (const [page, { form, period, rows }] of all.entries()) {
    const asked = { method: 'READ', path: '', query: new URLSearchParams(), body: '', page }
    state.before?.(asked)
    const spoilt = state.spoil?.(asked)
    const content = spoilt ? Buffer.from(spoilt.text) : contentOf(form.pattern, material, rows)
    writeFileSync(join(folder, named(form, period)), content)
  }
}

/** The recorded name with another period in it, as it is written there. */
function named({ pattern, name }: Written, period: string): string {
  const found = new RegExp(pattern.match.source, `${pattern.match.flags.replace('d', '')}d`).exec(name)
  const [from, to] = found?.indices?.groups?.period ?? [0, 0]
  const like = name.slice(from, to)
  const dashed = like.includes('-') ? `${period.slice(0, 4)}-${period.slice(4, 6)}` : period
  const day = like.replace(/\D/g, '').length === 8 ? (like.includes('-') ? '-28' : '28') : ''
  return name.slice(0, from) + dashed + day + name.slice(to)
}

function contentOf(
  { format, encoding = 'utf-8', delimiter, records = '' }: Pattern,
  material: Material,
  rows: readonly Row[],
): Buffer {
  const list = rows.map(({ record }) => record)
  if (format === 'ndjson') return Buffer.from(list.map((record) => JSON.stringify(record)).join('\n'))
  if (format === 'json') {
    const path = records
      .replace(/^\$\.?|\[\*\]$/g, '')
      .split('.')
      .filter(Boolean)
    return Buffer.from(JSON.stringify(path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), list)))
  }
  const header = material.columns
  if (format === 'xlsx') {
    const cells = list.map((record) => header.map((name) => String(record[name] ?? '').replace('@@number:', '')))
    return workbook([header, ...cells])
  }
  const sign = format === 'tsv' ? '\t' : (delimiter ?? ',')
  const head = Object.fromEntries(header.map((name) => [name, name]))
  const text = [head, ...list].map((record) => csvLine(header, record, sign)).join('\r\n')
  // a number stands in a cell as its digits
  const plain = `${text.replaceAll('@@number:', '')}\r\n`
  return iconv.encode(encoding === 'windows-1258' ? tonesApart(plain) : plain, ENCODINGS[encoding] ?? 'utf8')
}

/** windows-1258 writes the five tones as characters of their own. */
const TONES = ['\u0300', '\u0301', '\u0303', '\u0309', '\u0323']
const tonesApart = (text: string) =>
  text.normalize('NFD').replace(/(\p{L})(\p{M}+)/gu, (_, letter: string, marks: string) => {
    const isTone = (mark: string) => TONES.includes(mark)
    const others = [...marks].filter((mark) => !isTone(mark)).join('')
    return (letter + others).normalize('NFC') + [...marks].filter(isTone).join('')
  })
