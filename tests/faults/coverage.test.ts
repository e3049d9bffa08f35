/** Every hazard that this version answers for has a test of its name, so that none is lost when tests move. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

// How pipelines like this one are known to lose data, by their numbers; what each means stands in the test's title.
const HAZARDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 22, 26, 27, 28]
const TITLE = /\b(?:it|test)(?:\.each\((?:[^()]|\([^()]*\))*\))?\(\s*['"`]HAZARD (\d+): ./g

const TESTS = join(import.meta.dirname, '..')
const covered = (text: string): number[] => [...text.matchAll(TITLE)].map((match) => Number(match[1]))

it('every hazard has a test whose title begins with it', () => {
  const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.test.ts') && !file.endsWith('coverage.test.ts'),
  )
  const found = new Set(files.flatMap((file) => covered(readFileSync(join(TESTS, file), 'utf8'))))
  expect(HAZARDS.filter((hazard) => !found.has(hazard))).toEqual([])
})

it('sees titles and nothing else (its twin)', () => {
  expect(covered("  it('HAZARD 3: rows', () => {})\n it.each([[1, 2], [f(3)]])('HAZARD 5: %s', () => {})")).toEqual([
    3, 5,
  ])
  expect(covered("// HAZARD 7: to be written\n describe('HAZARD 8: x', () => {})")).toEqual([])
})
