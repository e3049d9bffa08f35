import { expect, it } from 'vitest'
import { makeCli } from '../../src/cli/context.ts'
import { driftLines } from '../../src/cli/drift-text.ts'
import { CHECKOUT } from '../../src/config.ts'
import type { DriftKind, StoredDrift } from '../../src/warehouse/drift.ts'

const lines = (language: string, drifts: readonly StoredDrift[]) => {
  const surroundings = { cwd: CHECKOUT, signal: new AbortController().signal, document: () => {} }
  const cli = makeCli({ json: false, quiet: true }, { ...surroundings, env: { IOC_LANG: language } })
  return driftLines(cli, drifts)
}
let id = 0
const drift = (field: string, kind: DriftKind, found: string[], more: Partial<StoredDrift> = {}): StoredDrift => ({
  ...{ id: id++, source: 's', stream: 'dossier', field, kind, found, personal: null, expected: null, count: 1200 },
  ...{ place: 'record HS-1', first_seen: 0, last_seen: 0, run: 'r', last_run: 'r', closed_at: null, closed_by: null },
  ...more,
})

it('says each difference in both languages, and dozens of new fields in one line', () => {
  const few = [
    drift('/NgayKy', 'new-field', ['string'], { personal: 'name' }),
    drift('/Fax', 'missing-field', [], { place: null }),
    drift('/Loai', 'changed-type', ['integer'], { expected: 'string' }),
    drift('/TrangThai', 'new-value', ['5', '11'], { expected: 'one of 1, 4' }),
    drift('/Han', 'null-share', ['40 %'], { expected: '5–10 %', place: null }),
  ]
  expect(lines('en', few)).toEqual([
    'dossier: new field NgayKy (string); looks like a person (name); first: record HS-1',
    'dossier: Fax was in none of 1,200 records',
    'dossier: Loai came as integer, the schema says string; first: record HS-1',
    'dossier: TrangThai has new values: 5, 11; first: record HS-1',
    'dossier: Han is empty in 40 %, in earlier runs 5–10 %',
  ])
  expect(lines('vi', few)[3]).toBe('hồ sơ: TrangThai có giá trị mới: 5, 11; đầu tiên: bản ghi HS-1')
  const many = ['/A', '/B/C', '/D', '/E'].map((field) => drift(field, 'new-field', ['string']))
  expect(lines('en', [...many, ...few.slice(0, 1)])).toEqual([
    'dossier: 4 new fields: A (string), B/C (string), D (string), E (string)',
    expect.stringContaining('new field NgayKy'),
  ])
})
