/**
 * `encoding: 'detect'`: in which encoding each column of a table is, by how many of its words are Vietnamese syllables in one reading and in
 * no other. A real table mixes them: names typed in a font of TCVN3 beside codes in ASCII, or the text of such a font saved as UTF-8.
 *
 * Certain is a reading in which nearly every word is a syllable, and in which several words are that no other reading has right. A column of
 * too few words is certain where the rest of the table is of one encoding and each of its words agrees. All else is not converted: `read`
 * says what it probably is. A sample decides; every cell is held against the decision and refused by itself where it contradicts.
 */
import { READINGS, type Reading, textIn, type Verdict, verdictOf } from './detect-words.ts'

/** Of a column of the sample. */
export interface Decided {
  /** the likeliest; null: nothing but ASCII */
  reading: Reading | null
  certain: boolean
  /** share of its words that are Vietnamese in that reading, 0 to 1 */
  share: number
  /** different words with a letter outside of ASCII */
  words: number
}
export interface DetectedTable {
  columns: readonly Decided[]
  /** The row as text in NFC, or why it is not certain and in which column (from 0). Cells are bytes as latin1. */
  read(cells: readonly string[]): { cells: string[] } | { column: number; why: string }
  /** What a cell is by the likeliest reading of its column: for headers, which are looked up and never kept as data. */
  likely(cell: string, column: number): string
  /** What was decided, for the run: one sentence for each encoding and each doubt. Without a header columns go by number. */
  remarks(header?: readonly string[]): string[]
}
export const TITLES: Readonly<Record<Reading, string>> = {
  'utf-8': 'UTF-8',
  'windows-1258': 'windows-1258',
  tcvn: 'TCVN3 (ABC)',
  vni: 'VNI',
  'utf-8+tcvn': 'TCVN3 (ABC) saved as UTF-8',
  'utf-8+vni': 'VNI saved as UTF-8',
  'utf-8+utf-8': 'UTF-8 encoded twice',
}

const HIGH = /[\u0080-\u00FF]/
/** What no reading has in a cell of a table; capitals of TCVN 5712, which has them here, are read only where that is declared. */
const CONTROL = /[^\t\n\v\f\r\u0020-\u00FF]/
const WORD = /[A-Za-z\u0080-\u00FF]*[\u0080-\u00FF][A-Za-z\u0080-\u00FF]*/g
/** Different words of a column that are looked at. */
const WORDS_AT_MOST = 2_000
/** Words of a column that are remembered. */
const KNOWN_AT_MOST = 5_000
/** Words that a reading must have right, and every other wrong, to be certain by itself. */
const EVIDENCE = 3
/** Least share of right words; the rest are names from elsewhere and typing errors. */
const RIGHT = 0.9
/** By how much the share of any other reading must be below. */
const MARGIN = 0.15

/** Decides on rows of cells given as latin1. `utf8`: known to be UTF-8, by a byte order mark or because they come as text. */
export function detectTable(rows: Iterable<readonly string[]>, { utf8 = false } = {}): DetectedTable {
  const readings = utf8 ? READINGS.filter((one) => one.startsWith('utf-8')) : READINGS
  const words: Set<string>[] = []
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      const seen = words[column] ?? new Set<string>()
      words[column] = seen
      for (const word of wordsOf(cell)) if (seen.size < WORDS_AT_MOST) seen.add(word)
    }
  }
  const { columns, table } = decide(words.map((seen) => readings.map((reading) => scoreOf(reading, seen))))
  return {
    columns,
    read: rowReader(columns, readings, table),
    likely: (cell, column) => textIn(columns[column]?.reading ?? 'utf-8', cell) ?? cell,
    remarks: (header = []) => remarksOn(columns, header),
  }
}

const wordsOf = (cell: string): readonly string[] => (HIGH.test(cell) ? (cell.match(WORD) ?? []) : [])

interface Score {
  reading: Reading
  words: number
  right: number
  wrong: number
  impossible: number
}
const badOf = ({ wrong, impossible }: Score): number => wrong + impossible
const shareOf = (score: Score): number => score.right / Math.max(1, score.right + badOf(score))

function scoreOf(reading: Reading, words: Iterable<string>): Score {
  const counts: Record<Verdict, number> = { right: 0, wrong: 0, neutral: 0, impossible: 0 }
  for (const word of words) counts[verdictOf(word, reading)]++
  const { right, wrong, neutral, impossible } = counts
  return { reading, words: right + wrong + neutral + impossible, right, wrong, impossible }
}

type Scores = readonly Score[]
/** Each column by itself; then those with too few words by what the others are. */
function decide(scored: readonly Scores[]): { columns: Decided[]; table: Reading | undefined } {
  const alone = scored.map(strongest)
  const sure = new Set(alone.flatMap((reading) => reading ?? []))
  const [first] = sure
  const table = sure.size === 0 ? strongest(pooled(scored)) : sure.size === 1 ? first : undefined
  const columns = scored.map((scores, i) => {
    const certain = alone[i] ?? provenUtf8(scores) ?? agreed(scores, table) ?? asWritten(scores, sure)
    const ofTable = ({ reading }: Score) => (reading === table ? 1 : 0)
    const [best] = [...scores].sort((a, b) => shareOf(b) - shareOf(a) || badOf(a) - badOf(b) || ofTable(b) - ofTable(a))
    const told = scores.find(({ reading }) => reading === certain) ?? best
    if (!told || told.words === 0) return { reading: null, certain: true, share: 1, words: 0 }
    return { reading: told.reading, certain: certain !== undefined, share: shareOf(told), words: told.words }
  })
  return { columns, table }
}

/** Refutes every other by several words. */
function strongest(scores: Scores): Reading | undefined {
  const found = scores.find(
    (score) =>
      score.right >= EVIDENCE &&
      shareOf(score) >= RIGHT &&
      scores.every((other) => other === score || refutes(score, other, EVIDENCE)),
  )
  return found?.reading
}
const refutes = (score: Score, other: Score, words: number): boolean =>
  badOf(other) - badOf(score) >= words && shareOf(other) <= shareOf(score) - MARGIN

function pooled(scored: readonly Scores[]): Score[] {
  const sums: Score[] = []
  for (const score of scored.flat()) {
    const { reading, words, right, wrong, impossible } = score
    const sum = sums.find((one) => one.reading === reading)
    if (!sum) sums.push({ ...score })
    else {
      sum.words += words
      sum.right += right
      sum.wrong += wrong
      sum.impossible += impossible
    }
  }
  return sums
}

/** No word is wrong in the reading of the table, and every other reading has one wrong. */
function agreed(scores: Scores, table: Reading | undefined): Reading | undefined {
  const score = scores.find(({ reading }) => reading === table)
  if (!score || score.words === 0 || badOf(score) > 0) return undefined
  const alone = scores.every((other) => {
    if (other === score || refutes(score, other, 1)) return true
    // abbreviations such as Q§ (QĐ) are right in no reading, and of letters in one only
    return score.right === 0 && other.right === 0 && badOf(other) > 0
  })
  return alone ? table : undefined
}

/** UTF-8 proves itself where it holds letters beyond those of one byte, in whatever language: bytes of another encoding do not come out so. */
function provenUtf8(scores: Scores): Reading | undefined {
  const utf8 = ofUtf8(scores)
  if (!utf8) return undefined
  const proven = scores.every((other) => {
    if (other === utf8 || other.impossible > 0) return true
    return !other.reading.includes('+') && badOf(other) >= Math.max(1, utf8.wrong)
  })
  return proven ? 'utf-8' : undefined
}
/** UTF-8 with letters that also are those of a font is left as written, unless a column of the table is in such a font. */
function asWritten(scores: Scores, sure: ReadonlySet<Reading>): Reading | undefined {
  const utf8 = ofUtf8(scores)
  if (!utf8 || [...sure].some((reading) => reading !== 'utf-8')) return undefined
  const better = scores.some((other) => other !== utf8 && other.right > 0 && badOf(other) < utf8.wrong)
  return better ? undefined : 'utf-8'
}
const ofUtf8 = (scores: Scores): Score | undefined =>
  scores.find(({ reading, words, impossible }) => reading === 'utf-8' && words > 0 && impossible === 0)

type Cell = { text: string } | { why: string }
function rowReader(
  columns: readonly Decided[],
  readings: readonly Reading[],
  table: Reading | undefined,
): DetectedTable['read'] {
  const fitting = columns.map((column) => (column.certain ? fitter(column.reading) : () => undefined))
  return (cells) => {
    const row: string[] = []
    for (const [column, cell] of cells.entries()) {
      const plain = !HIGH.test(cell) && !CONTROL.test(cell)
      const text = plain ? cell : fitting[column]?.(cell)
      const read = text === undefined ? readCell(cell, columns[column], readings, table) : { text }
      if ('why' in read) return { column, why: read.why }
      row.push(read.text)
    }
    return { cells: row }
  }
}

/** The quick way: the text of a cell in which nothing is wrong in the reading of its column. */
function fitter(reading: Reading | null): (cell: string) => string | undefined {
  const known = new Map<string, boolean>()
  const fits = (word: string): boolean => {
    const seen = known.get(word)
    if (seen !== undefined) return seen
    const verdict = reading === null ? 'wrong' : verdictOf(word, reading)
    if (known.size < KNOWN_AT_MOST) known.set(word, verdict === 'right' || verdict === 'neutral')
    return verdict === 'right' || verdict === 'neutral'
  }
  return (cell) =>
    reading !== null && !CONTROL.test(cell) && wordsOf(cell).every(fits) ? textIn(reading, cell) : undefined
}

function readCell(
  cell: string,
  column: Decided | undefined,
  readings: readonly Reading[],
  table: Reading | undefined,
): Cell {
  if (CONTROL.test(cell)) return { why: 'control characters' }
  const words = wordsOf(cell)
  const scores = readings.map((reading) => scoreOf(reading, words))
  const same = inEveryReading(cell, scores)
  if (same !== undefined) return { text: same }
  if (!column?.reading) {
    const reading = provenUtf8(scores) ?? agreed(scores, table)
    const text = reading && textIn(reading, cell)
    return text === undefined ? { why: `only ASCII in the sample, here ${guess(scores)}` } : { text }
  }
  if (!column.certain) return { why: `not certain: ${proposalOf(column)}` }
  const own = scores.find(({ reading }) => reading === column.reading)
  const text = textIn(column.reading, cell)
  // a name from elsewhere is wrong in every reading: the column decides
  const contradicted =
    !own || own.impossible > 0 || scores.some((other) => other.impossible === 0 && other.wrong < own.wrong)
  if (text === undefined || contradicted) return { why: `read as ${TITLES[column.reading]}, here ${guess(scores)}` }
  return { text }
}

/** The text where all readings that are possible give the same, as for a dash. */
function inEveryReading(cell: string, scores: Scores): string | undefined {
  const possible = scores.filter((score) => score.impossible === 0 && score.wrong === 0)
  const texts = new Set(possible.map(({ reading }) => textIn(reading, cell)))
  const [text] = texts
  return texts.size === 1 && possible.length > 1 ? text : undefined
}

function guess(scores: Scores): string {
  const likely = scores.filter((score) => score.impossible === 0 && score.wrong === 0 && score.right > 0)
  return likely.length === 0 ? 'of no known encoding' : likely.map(({ reading }) => TITLES[reading]).join(' or ')
}

/** e.g. `likely TCVN3 (ABC), 61 % of 18 words` */
export const proposalOf = ({ reading, share, words }: Decided): string =>
  reading === null
    ? 'ASCII'
    : `likely ${TITLES[reading]}, ${Math.floor(share * 100)} % of ${words} ${words === 1 ? 'word' : 'words'}`

const NAMED_AT_MOST = 12
const REMARKS_AT_MOST = 20

function remarksOn(columns: readonly Decided[], header: readonly string[]): string[] {
  const name = (column: number) => header[column] ?? String(column + 1)
  const decided = READINGS.flatMap((reading) => {
    const found = [...columns.entries()].filter(([, one]) => one.certain && one.reading === reading)
    if (found.length === 0) return []
    const words = found.reduce((sum, [, one]) => sum + one.words, 0)
    const right = found.reduce((sum, [, one]) => sum + one.share * one.words, 0)
    const named = found.slice(0, NAMED_AT_MOST).map(([column]) => name(column))
    if (found.length > NAMED_AT_MOST) named.push(`${found.length - NAMED_AT_MOST} more`)
    const share = `${Math.floor((right / words) * 100)} % of ${words} words are Vietnamese`
    return [`read as ${TITLES[reading]}: ${named.join(', ')} (${share})`]
  })
  const doubts = [...columns.entries()].filter(([, one]) => !one.certain)
  const doubted = doubts
    .slice(0, REMARKS_AT_MOST)
    .map(([column, one]) => `not certain, its rows are set aside: ${name(column)} (${proposalOf(one)})`)
  if (doubts.length > REMARKS_AT_MOST) doubted.push(`${doubts.length - REMARKS_AT_MOST} more columns are not certain`)
  const all = [...decided, ...doubted]
  return all.length === 0 ? ['all of the sample is ASCII'] : all
}
