import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { FileRefused, readCsv } from '../../src/connect/csv.ts'
import { describeReal, percent, report } from '../support/realdata.ts'

async function read(path: string, columns: readonly string[] = []) {
  const options = { columns, aliases: {}, encoding: 'utf-8', delimiter: ',', longest: 1 << 20 } as const
  const records: Record<string, string>[] = []
  const undecodable: string[] = []
  let header: readonly string[] = []
  try {
    for await (const page of readCsv(path, null, options)) {
      header = page.header
      for (const row of page.rows) records.push(Object.fromEntries(row.map((cell, i) => [header[i] ?? '', cell])))
      undecodable.push(...page.undecodable.map(({ rule }) => rule))
    }
  } catch (error) {
    if (!(error instanceof FileRefused)) throw error
    undecodable.push(error.message)
  }
  return { header, records, undecodable }
}

describeReal('csv/csvs', (folder) => {
  const cases = readdirSync(folder)
  test.each(cases)('csv-spectrum: %s', async (name) => {
    const answer = JSON.parse(readFileSync(join(folder, '../json', `${basename(name, '.csv')}.json`), 'utf8'))
    const { records, undecodable } = await read(join(folder, name))
    expect(undecodable).toEqual([])
    // the set's own slip: its file has another telephone number than its answer, which is one record and no list
    if (name === 'location_coordinates.csv') {
      expect(records).toEqual([{ ...answer, 'Contact Phone Number': '2095257564' }])
    } else expect(records).toEqual(answer)
  })
  it('all of it', () => void report(`csv-spectrum: ${cases.length} of ${cases.length} cases as the set says`))
})

/** What csvlint says of each, by its own features and specs: valid, or the fault. Remarks on style are not faults. */
const CSVLINT: Readonly<Record<string, string>> = {
  'valid.csv': 'valid',
  'valid_many_rows.csv': 'valid',
  'white space in filename.csv': 'valid',
  'windows-line-endings.csv': 'valid',
  'crlf-line-endings.csv': 'valid',
  'lf-line-endings.csv': 'valid',
  'cr-line-endings.csv': 'valid',
  'title-row.csv': 'valid',
  'invalid-byte-sequence.csv': 'invalid_encoding',
  'invalid_many_rows.csv': 'stray_quote',
  'inconsistent-line-endings.csv': 'line_breaks',
  'inconsistent-line-endings-unquoted.csv': 'line_breaks',
}
const OURS: Readonly<Record<string, string>> = { encoding: 'invalid_encoding', syntax: 'stray_quote' }
/** Where we differ, and why. */
const DIFFERENT: Readonly<Record<string, string>> = {
  'inconsistent-line-endings.csv': 'CR LF and LF in one file end a line alike: nothing is lost by reading them',
  'inconsistent-line-endings-unquoted.csv': 'the same',
}

describeReal('csv/csvlint', (folder) => {
  const cases = readdirSync(folder)
  describe('csvlint', () => {
    it('has the cases that are known', () => expect(cases.sort()).toEqual(Object.keys(CSVLINT).sort()))

    it('agrees but where we say why', async () => {
      const different: string[] = []
      for (const name of cases) {
        // a title is passed over where the columns are declared
        const { undecodable, records } = await read(
          join(folder, name),
          name === 'title-row.csv' ? ['Foo', 'Bsr', 'Baz'] : [],
        )
        const said = undecodable.length === 0 ? 'valid' : (OURS[undecodable[0] ?? ''] ?? undecodable[0])
        if (said !== CSVLINT[name]) different.push(name)
        if (said === 'valid') expect(records.length).toBeGreaterThan(0)
      }
      report(
        `csvlint: ${cases.length - different.length} of ${cases.length} (${percent(cases.length - different.length, cases.length)}) as csvlint says; ` +
          different.map((name) => `${name}: ${DIFFERENT[name] ?? '?'}`).join('; '),
      )
      expect(different.sort()).toEqual(Object.keys(DIFFERENT).sort())
    })

    it('one bad line of many is set aside by itself', async () => {
      const { records, undecodable } = await read(join(folder, 'invalid_many_rows.csv'))
      expect(undecodable).toEqual(['syntax'])
      expect(records).toHaveLength(8)
    })
  })
})
