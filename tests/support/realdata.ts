/** Data of others, beside the project: tests with it run where it is, and say so where it is not. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe } from 'vitest'

const ROOT = join(import.meta.dirname, '../../../shared/realdata')

export function describeReal(folder: string, tests: (path: string) => void): void {
  const path = join(ROOT, folder)
  const present = existsSync(path)
  if (!present) report(`skipped: ${path} is not there (data of others, not part of the project)`)
  describe.skipIf(!present)(`real data: ${folder}`, () => {
    if (present) tests(path)
  })
}

/** One line among those of the test runner. */
export const report = (line: string): boolean => process.stdout.write(`${line}\n`)

export const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`
