/** What is printed: the same in both languages, in columns, without what a terminal would obey. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { number, percent, safe, table, widthOf } from '../../src/cli/format.ts'
import { ALL_WORDS, sayer } from '../../src/cli/words.ts'
import { listed } from '../../src/cli/words-lists.ts'
import { DIRT } from '../../src/sandbox/world-types.ts'

it.each(Object.entries(ALL_WORDS))('%s asks for the same names in both languages', (_, [vi, en]) => {
  const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort()
  expect(vi).not.toBe('')
  expect(en).not.toBe('')
  expect(new Set(names(vi))).toEqual(new Set(names(en)))
})

it('has no word twice: of two tables the later would win, wherever the other is said', () => {
  const folder = new URL('../../src/cli/', import.meta.url)
  const files = readdirSync(folder).filter((file) => /^words(-\w+)?\.ts$/.test(file) && file !== 'words-lists.ts')
  const keys = files.flatMap((file) =>
    [...readFileSync(new URL(file, folder), 'utf8').matchAll(/^ {2}(?:'(.+?)'|(\w+)): \[/gm)].map(
      ([, quoted, bare]) => quoted ?? bare,
    ),
  )
  expect(keys.length).toBe(new Set(keys).size)
  expect(new Set(keys)).toEqual(new Set(Object.keys(ALL_WORDS)))
})

it('has a word for every kind of dirt and its outcome', () => {
  for (const [kind, outcome] of Object.entries(DIRT)) {
    expect(listed('dirt', kind, 'vi')).not.toBe(kind)
    expect(listed('outcome', outcome, 'vi')).not.toBe(outcome)
  }
})

it('fills names in', () => {
  expect(sayer('vi')('has-replayed', { tried: 3, n: 2 })).toBe('Thử lại 3: 2 đã ghi được.')
  expect(sayer('en')('no-reason')).toBe('--reason is missing')
})

it('counts Vietnamese text by letters, whatever its form', () => {
  const name = 'Huyện Gò Dầu'
  expect(widthOf(name)).toBe(12)
  expect(widthOf(name.normalize('NFD'))).toBe(12)
  const [first, second] = table(
    [
      [name.normalize('NFD'), '1'],
      ['Xã', '1.622'],
    ],
    { right: [1] },
  )
  expect(first?.normalize('NFC')).toBe('Huyện Gò Dầu      1')
  expect(second).toBe('Xã            1.622')
})

it('breaks words where the terminal is narrow, and nothing where there is none', () => {
  const rows = [['1', 'một hai ba bốn năm sáu bảy', '9']]
  expect(table(rows)).toEqual(['1  một hai ba bốn năm sáu bảy  9'])
  expect(table(rows, { wrap: 1, width: 22 })).toEqual(['1  một hai ba bốn    9', '   năm sáu bảy'])
})

it('rounds half up for the eye only, with the decimals of the language', () => {
  expect(percent(324 / 1622, 'vi')).toBe('19,98%')
  expect(percent(324 / 1622, 'en')).toBe('19.98%')
  expect(number(1622, 'vi')).toBe('1.622')
  expect(number(1622, 'en')).toBe('1,622')
})

it('shows control characters instead of obeying them', () => {
  expect(safe('a\u001b[2Jb\u009b\nc')).toBe('a�[2Jb��c')
})
