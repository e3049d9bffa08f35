/** Data of others, beside the project: tests with it run where it is, and say so where it is not. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../../../shared/realdata')

export function describeReal(folder: string, tests: (path: string) => void): void {
  const path = join(ROOT, folder)
  if (existsSync(path)) return void describe(`real data: ${folder}`, () => tests(path))
  report(`left out: ${path} is not there (data of others, not part of the project)`)
  // a file without a test would be an error
  it('has nothing to try without the data of others', () => {
    expect(existsSync(path)).toBe(false)
  })
}

/** One line among those of the test runner. */
export const report = (line: string): boolean => process.stdout.write(`${line}\n`)

export const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`
