import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { detectTable, proposalOf } from '../../src/connect/detect.ts'
import { isSyllable } from '../../src/connect/syllables.ts'
import { WRITTEN, type Written, writtenIn } from '../support/legacy.ts'

const bytes = (text: string, encoding: Written): string => {
  const written = writtenIn(text, encoding)
  if (written === undefined) throw new Error(`${text} cannot be written in ${encoding}`)
  return written
}
const NAMES = ['Tên thủ tục', 'Đăng ký khai sinh', 'Cấp giấy phép xây dựng', 'Chứng thực bản sao', 'Thị xã Hòa Thành']
const ROWS = NAMES.map((name, i) => [`HS-00${i}`, name])
const inColumns = (...encodings: Written[]) =>
  ROWS.map((row) => row.map((cell, i) => bytes(cell, encodings[i] ?? 'utf-8')))

describe('syllables', () => {
  test.each(['nghiệp', 'Quyết', 'GIẤY', 'thuỷ', 'thủy', 'gì', 'giếng', 'quốc', 'khuỷu', 'ưỡn', 'yêu', 'ngoẻo'])(
    '%s is one',
    (word) => expect(isSyllable(word.normalize('NFD')) && isSyllable(word)).toBe(true),
  )
  test.each(['céng', 'Taây', 'sàch', 'ngiệp', 'gệ', 'ca\u0301\u0300', 'Đắk', 'thuôt', 'Café'])('%s is none', (word) =>
    expect(isSyllable(word)).toBe(false),
  )
})

describe('a column', () => {
  test.each([
    ['utf-8', 'utf-8'],
    ['utf-8 apart', 'utf-8'],
    ['windows-1258', 'windows-1258'],
    ['tcvn', 'tcvn'],
    ['vni', 'vni'],
  ] as const)('in %s is found beside codes in ASCII, and comes out in NFC', (written, reading) => {
    const rows = inColumns('utf-8', written)
    const table = detectTable(rows)
    expect(table.columns).toMatchObject([
      { reading: null, certain: true },
      { reading, certain: true, share: 1 },
    ])
    expect(rows.map(table.read)).toEqual(ROWS.map((cells) => ({ cells })))
  })

  it('is decided by itself: two of them may be in two encodings', () => {
    const rows = NAMES.map((name) => [bytes(name, 'tcvn'), bytes(name, 'vni'), bytes(name, 'utf-8')])
    const table = detectTable(rows)
    expect(table.columns.map(({ reading }) => reading)).toEqual(['tcvn', 'vni', 'utf-8'])
    expect(rows.map(table.read)).toEqual(NAMES.map((name) => ({ cells: [name, name, name] })))
  })

  it('in letters of a font, saved as UTF-8, is read through both', () => {
    for (const font of ['tcvn', 'vni'] as const) {
      const rows = NAMES.map((name) => [Buffer.from(bytes(name, font), 'latin1').toString('latin1')])
      const saved = rows.map(([cell = '']) => [Buffer.from(cell, 'utf8').toString('latin1')])
      const table = detectTable(saved, { utf8: true })
      expect(table.columns).toMatchObject([{ reading: `utf-8+${font}`, certain: true }])
      expect(saved.map(table.read)).toEqual(NAMES.map((name) => ({ cells: [name] })))
    }
  })

  it('of UTF-8 that may be letters of a font is left as written, unless a column of the table is in such a font', () => {
    const saved = (text: string) => Buffer.from(bytes(text, 'tcvn'), 'utf8').toString('latin1')
    // é is ộ in TCVN3
    const plain = NAMES.map((name) => [bytes(name, 'utf-8'), bytes('bé', 'utf-8')])
    expect(plain.map(detectTable(plain).read)).toEqual(NAMES.map((name) => ({ cells: [name, 'bé'] })))
    const mixed = NAMES.map((name) => [saved(name), bytes(name, 'utf-8'), bytes('bé', 'utf-8')])
    expect(detectTable(mixed).columns).toMatchObject([
      { reading: 'utf-8+tcvn', certain: true },
      { reading: 'utf-8', certain: true },
      { certain: false },
    ])
  })

  it('drawn by a font of capitals comes out in capitals', () => {
    const rows = NAMES.map((name) => [bytes(name, 'tcvn capitals')])
    expect(rows.map(detectTable(rows).read)).toEqual(NAMES.map((name) => ({ cells: [name.toUpperCase()] })))
  })

  it('of one doubtful word is not converted alone, and says what it may be', () => {
    // F3 is ó in windows-1258, ú in TCVN3, ĩ in VNI
    const table = detectTable([['h\u00F3']])
    expect(table.columns).toMatchObject([{ certain: false }])
    expect(table.read(['h\u00F3'])).toMatchObject({ column: 0, why: expect.stringContaining('not certain: likely ') })
  })

  it('of one word is converted where the table is of one encoding and no other can be meant', () => {
    const rows = inColumns('utf-8', 'tcvn').map((row) => [...row, bytes('Đơn vị', 'tcvn')])
    expect(detectTable(rows).columns[2]).toMatchObject({ reading: 'tcvn', certain: true, words: 2 })
    const mixed = NAMES.map((name) => [bytes(name, 'tcvn'), bytes(name, 'vni'), bytes('Đơn', 'tcvn')])
    expect(detectTable(mixed).columns[2]).toMatchObject({ certain: false })
  })

  it('whose words are syllables in two encodings is not certain, however many there are, nor by the table', () => {
    // chú hộ bộ số mộ in TCVN3 are the bytes of chó hé bé sè mé in windows-1258
    const either = ['chú', 'hộ', 'bộ', 'số', 'mộ'].map((word) => bytes(word, 'tcvn'))
    expect(detectTable(either.map((cell) => [cell])).columns).toMatchObject([{ certain: false, share: 1 }])
    const beside = NAMES.map((name, i) => [bytes(name, 'tcvn'), either[i] ?? ''])
    const table = detectTable(beside)
    expect(table.columns).toMatchObject([{ reading: 'tcvn', certain: true }, { certain: false }])
    expect(table.read(['', bytes('chó', 'windows-1258')])).toHaveProperty('why')
  })

  it('half in one encoding and half in another is not certain', () => {
    const rows = NAMES.map((name, i) => [bytes(name, i % 2 === 0 ? 'tcvn' : 'windows-1258')])
    const table = detectTable(rows)
    expect(table.columns[0]?.certain).toBe(false)
    expect(proposalOf(table.columns[0] ?? { reading: null, certain: false, share: 0, words: 0 })).toMatch(
      /^likely .+, \d+ % of \d+ words$/,
    )
    for (const row of rows) expect(table.read(row)).toHaveProperty('why')
  })

  it('of French, Russian or Chinese in another encoding is not made Vietnamese', () => {
    const french = ['Société générale', 'été à la plage', 'forêt brûlée', 'château', 'naïveté', 'élève'].map((text) => [
      Buffer.from(text, 'latin1').toString('latin1'),
    ])
    const russian = ['\u00CC\u00EE\u00F1\u00EA\u00E2\u00E0', '\u00CF\u00E5\u00F2\u00FF', '\u00E4\u00EE\u00EC'].map(
      (one) => [one],
    )
    for (const rows of [french, russian]) {
      const table = detectTable(rows)
      expect(table.columns[0]?.certain).toBe(false)
    }
    const chinese = [['河内'], ['胡志明市']].map((row) => row.map((cell) => bytes(cell, 'utf-8')))
    expect(chinese.map(detectTable(chinese).read)).toEqual([{ cells: ['河内'] }, { cells: ['胡志明市'] }])
  })
})

describe('a cell after the sample', () => {
  const table = detectTable(inColumns('utf-8', 'tcvn'))
  it('that contradicts the decision is refused by itself', () => {
    expect(table.read(['HS-9', bytes('Cấp lại giấy phép', 'vni')])).toEqual({
      column: 1,
      why: 'read as TCVN3 (ABC), here VNI',
    })
    expect(table.read(['HS-9', bytes('Cấp lại giấy phép', 'utf-8')])).toEqual({
      column: 1,
      why: 'read as TCVN3 (ABC), here UTF-8',
    })
    expect(table.read(['HS-9', bytes('Cấp lại giấy phép', 'tcvn')])).toEqual({ cells: ['HS-9', 'Cấp lại giấy phép'] })
  })
  it('with a name from elsewhere follows its column', () => {
    expect(table.read(['HS-9', bytes('tỉnh Đắk Lắk', 'tcvn')])).toEqual({ cells: ['HS-9', 'tỉnh Đắk Lắk'] })
  })
  it('in a column that was ASCII is converted only where it can be of the table alone', () => {
    expect(table.read([bytes('Đơn vị', 'tcvn'), 'x'])).toEqual({ cells: ['Đơn vị', 'x'] })
    expect(table.read([bytes('Đơn vị', 'vni'), 'x'])).toEqual({
      column: 0,
      why: expect.stringMatching(/^only ASCII in the sample, here .*VNI/),
    })
  })
  it('with signs of windows-1252 keeps them, and is no capital of TCVN 5712', () => {
    expect(
      table.read(['x', `${bytes('Kế hoạch', 'tcvn')}\u0085 \u0093${bytes('Số', 'tcvn')}\u0094 \u0096 5\u0089`]),
    ).toEqual({
      cells: ['x', 'Kế hoạch… “Số” – 5‰'],
    })
  })
})

const ONSETS = 'b c ch d đ g gi h kh l m n ng ngh nh ph qu s t th tr v x'.split(' ')
const RIMES = 'a an ao âp ăng ây e ê ên êt i iên inh ô ông ơ ươi ương oa oan u uc uyên uôc ư y'.split(' ')
const TONES = ['', '\u0301', '\u0300', '\u0309', '\u0303', '\u0323']
/** random syllables, and what stands beside them in real tables */
const word = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(fc.constantFrom(...ONSETS), fc.constantFrom(...RIMES), fc.constantFrom(...TONES))
      .map(([onset, rime, tone]) => onset + rime.replace(/([aăâeêioôơuưy])(?=[^aăâeêioôơuưy]*$)/, `$1${tone}`))
      .map((text) => text.normalize('NFC'))
      .filter(isSyllable),
  },
  { weight: 1, arbitrary: fc.constantFrom('UBND', '123', 'Đắk', 'QĐ-UBND', 'đ', 'Kông', 'A', '(m2)', 'VNĐ', 'ô tô') },
)
const cell = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' '))

test('whatever the table, no cell is ever converted wrongly', () => {
  const column = fc.record({
    cells: fc.array(cell, { minLength: 1, maxLength: 12 }),
    encoding: fc.constantFrom(...WRITTEN),
  })
  let [converted, all] = [0, 0]
  fc.assert(
    fc.property(fc.array(column, { minLength: 1, maxLength: 3 }), (columns) => {
      const meant = (text: string, encoding: Written) => (encoding === 'tcvn capitals' ? text.toUpperCase() : text)
      const height = Math.max(...columns.map(({ cells }) => cells.length))
      const rows = Array.from({ length: height }, (_, i) =>
        columns.map(({ cells, encoding }) => {
          const text = cells[i] ?? ''
          const written = writtenIn(text, encoding)
          return written === undefined ? { text: '', written: '' } : { text: meant(text, encoding), written }
        }),
      )
      const table = detectTable(rows.map((row) => row.map(({ written }) => written)))
      for (const row of rows) {
        for (const [i, { text, written }] of row.entries()) {
          const read = table.read(row.map((_, at) => (at === i ? written : '')))
          all++
          if (!('cells' in read)) continue
          converted++
          // a lone capital of a font of capitals may stay small: its case is not in the bytes
          if (columns[i]?.encoding === 'tcvn capitals') expect(read.cells[i]?.toUpperCase()).toBe(text)
          else expect(read.cells[i]).toBe(text)
        }
      }
    }),
    { numRuns: 100 },
  )
  expect(converted / all).toBeGreaterThan(0.7)
})
