/** What the reading thread sees of drift, and what a read makes of it. */
import { describe, expect, it } from 'vitest'
import type { DriftPolicy } from '../../src/connect/connector.ts'
import { type PageDrift, widens } from '../../src/sync/drift.ts'
import { RunDrift } from '../../src/sync/drift-judge.ts'
import type { MaskRules } from '../../src/sync/mask.ts'
import { header, record, row } from './sample-stream.ts'
import { openSample } from './support-home.ts'

const rowsOf = (rows: readonly unknown[][], columns: readonly string[] = header, drift?: DriftPolicy) =>
  openSample(drift ? { drift } : {}).page({ records: rows, header: columns, resume: {} })
const objectsOf = (records: readonly unknown[], drift?: DriftPolicy) =>
  openSample(drift ? { drift } : {}).page({ records, resume: {} })

describe('found', () => {
  it('nothing in a stream that is as its schema says', () => {
    expect(objectsOf([record(), record({ MaHoSo: 'HS-2' })]).drift?.found).toEqual([])
    expect(rowsOf([row(1), row(2)]).drift?.found).toEqual([])
  })

  it('a new field once a page, with its types, its first record and as what it looks personal', () => {
    const records = [
      record(),
      record({ MaHoSo: 'HS-2', Moi: null }),
      record({ MaHoSo: 'HS-3', Moi: 7, SDT: '0912345678' }),
    ]
    expect(objectsOf(records).drift?.found).toEqual([
      expect.objectContaining({
        field: '/Moi',
        kind: 'new-field',
        found: ['null', 'integer'],
        place: 'record HS-2',
        count: 2,
      }),
      expect.objectContaining({ field: '/SDT', found: ['string'], place: 'record HS-3', personal: 'phone' }),
    ])
    const cells = [
      [...row(1), '', 'Trần Thị Mẫu'],
      [...row(2), '1.5', 'Nguyễn Văn Mẫu'],
    ]
    expect(rowsOf(cells, [...header, 'Ghi thêm', 'Người ký']).drift?.found).toMatchObject([
      { field: '/Ghi thêm', kind: 'new-field', found: ['string'], place: 'record HS-000001', personal: null },
      { field: '/Người ký', kind: 'new-field', found: ['string'], personal: 'name' },
    ])
    const nested = objectsOf([record({ GiayTo: [{ Loai: 'x', Moi: ['a'] }, { Moi: [1] }] })]).drift?.found
    expect(nested).toMatchObject([{ field: '/GiayTo/Moi', found: ['array of string', 'array of integer'], count: 2 }])
  })

  it('as what a new field looks personal, of its values; an opaque id is none', () => {
    const kindOf = (value: unknown) => objectsOf([record({ X: value })]).drift?.found[0]?.personal
    expect(kindOf('a.b@example.vn')).toBe('email')
    expect(kindOf('072190123456')).toBe('id')
    expect(kindOf('Trần Thị Mẫu 0912345678')).toBe('name')
    expect(kindOf(['x', 'Trần Thị Mẫu'])).toBe('name')
    expect(kindOf([null, ['072190123456']])).toBe('id')
    expect(kindOf('ĐT: 0912 345 678')).toBe('text')
    for (const value of ['0d1f9123456780aa', 'f3b1-912345678', 'Đang xử lý', 12, true, ['Đang xử lý', 7]])
      expect(kindOf(value), String(value)).toBeNull()
  })

  it('a changed type, an index of a list left out, and never a value of it', () => {
    const page = objectsOf([record({ GiayTo: [{ Loai: 7 }], DonVi: { Ten: 'Trần Thị Mẫu' }, MaTTHC: 5 })])
    expect(page.rejected).toHaveLength(1)
    expect(page.drift?.found).toMatchObject([
      { field: '/MaTTHC', kind: 'changed-type', found: ['integer'], expected: 'string' },
      { field: '/DonVi', kind: 'changed-type', found: ['object'], expected: 'string or null' },
      { field: '/GiayTo/Loai', kind: 'changed-type', found: ['integer'], expected: 'string' },
    ])
    expect(JSON.stringify(page.drift)).not.toContain('Mẫu')
  })

  it('new values of an enumeration, of the schema and of the map, but none that is long or names somebody', () => {
    const values = ['7', 'Trần Thị Mẫu', 'Nguyễn Văn Mẫu 0912345678', 'x'.repeat(41), '7']
    const page = rowsOf(values.map((TrangThai, i) => row(i, { TrangThai })))
    expect(page.drift?.found).toMatchObject([
      {
        field: '/TrangThai',
        kind: 'new-value',
        found: ['7', '(12 characters)', '(25 characters)', '(41 characters)'],
        expected: 'one of 1, 4, 9',
        place: 'record HS-000000',
        count: 5,
      },
    ])
    expect(objectsOf([record({ LePhi: 'y' })]).drift?.found).toMatchObject([
      { field: '/LePhi', kind: 'new-value', found: ['y'], expected: 'one of x' },
    ])
  })

  it('the number on its page where a record has no key of its own', () => {
    expect(objectsOf([record(), record({ MaHoSo: null, Moi: 1 })]).drift?.found).toMatchObject(
      [
        { field: '/MaHoSo', kind: 'changed-type', found: ['null'], place: 'record 2 of its page' },
        { field: '/Moi', place: 'record 2 of its page' },
      ].toSorted((a, b) => b.field.localeCompare(a.field)),
    )
  })

  it('of a source that writes a key of its own into each record, 200 fields', () => {
    const fields = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`F${i}`, 1]))
    expect(objectsOf([record(fields)]).drift?.found).toHaveLength(200)
  })

  it('how often each field came, and with a value', () => {
    const { fields } = objectsOf([record({ GhiChu: '' }), record({ MaHoSo: 'HS-2', GhiChu: 'x' })]).drift as PageDrift
    expect(fields).toMatchObject({ MaHoSo: [2, 2], GhiChu: [2, 1], LePhi: [0, 0], ChuHoSo: [2, 2] })
    const rows = rowsOf([row(1, { DonVi: '' }), row(2)]).drift as PageDrift
    expect(rows.fields).toMatchObject({ DonVi: [2, 1], GhiChu: [0, 0], SoGiayTo: [2, 2] })
  })
})

describe('policy', () => {
  const breaking = (page: { drift?: PageDrift }, policy: DriftPolicy) => {
    const drift = new RunDrift(policy)
    if (page.drift) drift.add(page.drift)
    return drift.breaking()
  }
  // null where a text was, a whole number that has a fraction now, a value that nothing is mapped from
  const schema = {
    type: 'object',
    required: ['MaHoSo', 'MaTTHC', 'TrangThai'],
    properties: {
      MaHoSo: { type: 'string' },
      MaTTHC: { type: 'string' },
      TrangThai: { type: 'string' },
      NgayTiepNhan: { type: ['string', 'null'] },
      NgayKetThuc: { type: ['string', 'null'] },
      LePhi: { type: ['string', 'null'], enum: ['x', null] },
      SoGiayTo: { 'x-personal': 'id' },
      Khac: { type: 'string' },
      SoTo: { type: 'integer' },
      Loai: { type: 'string', enum: ['A', 'B'] },
    },
  }
  const open = (drift: DriftPolicy) => openSample({ drift }, schema)
  const widened = { Khac: null, SoTo: 1.5, Loai: 'C', Moi: 1 }

  it('widen-only passes what only widens, and says it', () => {
    const page = open('widen-only').page({ records: [record(widened)], resume: {} })
    expect(page).toMatchObject({ rejected: [], rows: [expect.anything()] })
    expect(page.drift?.found.map(({ field, kind }) => `${field} ${kind}`)).toEqual(
      expect.arrayContaining(['/Khac changed-type', '/SoTo changed-type', '/Loai new-value', '/Moi new-field']),
    )
    expect(breaking(page, 'widen-only')).toBe(0)
    // a record of quarantine too, once the stream says so
    const kept = record({ ...widened, SoGiayTo: 'valid' })
    expect(open('widen-only').renormalise(kept)).toHaveProperty('row')
    expect(open('quarantine-rows').renormalise(kept)).toHaveProperty('rejected')
  })

  it('widen-only breaks where a type narrows or changes, and where the map needs a value', () => {
    for (const parts of [{ Khac: 7 }, { SoTo: '7' }, { LePhi: 'y' }]) {
      const page = open('widen-only').page({ records: [record(parts)], resume: {} })
      expect(page.rejected, JSON.stringify(parts)).toHaveLength(1)
      expect(breaking(page, 'widen-only'), JSON.stringify(parts)).toBe(1)
    }
  })

  it('widen-only does not pass null in key or order: such a version would count as of its arrival', () => {
    const failure = { rule: 'type', path: '/CapNhat', expected: 'string', value: null }
    const rules = { mapped: new Set<string>(), isAgency: () => false, root: {} as MaskRules['root'] }
    expect(widens(failure, { ...rules, keys: new Set(['CapNhat']) })).toBe(false)
    expect(widens(failure, { ...rules, keys: new Set(['MaHoSo']) })).toBe(true)
  })

  it('hold breaks at each of them but a new field; quarantine-rows at none', () => {
    const page = open('hold').page({ records: [record(widened)], resume: {} })
    expect(breaking(page, 'hold')).toBe(3)
    expect(breaking(open('hold').page({ records: [record({ Moi: 1 })], resume: {} }), 'hold')).toBe(0)
    expect(breaking(open('quarantine-rows').page({ records: [record(widened)], resume: {} }), 'quarantine-rows')).toBe(
      0,
    )
  })

  it('a required field that is in none of 20 records breaks; in one of them it does not', () => {
    const without = Array.from({ length: 20 }, (_, i) => ({ ...record({ MaHoSo: `HS-${i}` }), MaTTHC: undefined }))
    expect(breaking(open('hold').page({ records: without, resume: {} }), 'hold')).toBe(1)
    expect(breaking(open('hold').page({ records: without.slice(1), resume: {} }), 'hold')).toBe(0)
    expect(breaking(open('hold').page({ records: [record(), ...without], resume: {} }), 'hold')).toBe(0)
  })
})

describe('over a whole read', () => {
  const run = (records: number, fields: PageDrift['fields'], required: readonly string[] = []) => {
    const drift = new RunDrift('quarantine-rows')
    drift.add({ records, fields, required, found: [] })
    return drift
  }
  const past = (...shares: number[]) =>
    shares.map((filled, i) => ({ run: `r${i}`, records: 1_000, fields: { A: [1_000, filled] as const } }))
  const kinds = (drift: RunDrift, history: Parameters<RunDrift['judge']>[0] = []) =>
    drift.judge(history).map(({ kind, field, found, expected }) => [kind, field, ...found, expected])

  it('a field that never came is missing: in 100 records where nobody knows it, sooner where it came so often that chance is out', () => {
    expect(kinds(run(99, { A: [0, 0] }))).toEqual([])
    expect(kinds(run(100, { A: [0, 0] }))).toEqual([['missing-field', '/A', 'optional']])
    expect(kinds(run(20, { A: [0, 0] }, ['A']))).toEqual([['missing-field', '/A', 'required']])
    const often = [{ run: 'r', records: 1_000, fields: { A: [1_000, 10] as const } }]
    const seldom = [{ run: 'r', records: 1_000, fields: { A: [10, 10] as const } }]
    expect(kinds(run(14, { A: [0, 0] }), often)).toHaveLength(1)
    expect(kinds(run(13, { A: [0, 0] }), often)).toEqual([])
    expect(kinds(run(1_000, { A: [0, 0] }), seldom)).toEqual([])
    expect(kinds(run(1_400, { A: [0, 0] }), seldom)).toHaveLength(1)
  })

  it('a share of empty values is reported beyond all earlier runs by 10 points, given 3 runs and 200 records', () => {
    const empty = (n: number, of = 1_000) => run(of, { A: [of, of - n] })
    expect(kinds(empty(400), past(950, 900, 930))).toEqual([['null-share', '/A', '40 %', '5–10 %']])
    expect(kinds(empty(190), past(950, 900, 930))).toEqual([])
    expect(kinds(empty(400), past(950, 900))).toEqual([])
    expect(kinds(empty(76, 190), past(950, 900, 930))).toEqual([])
    // the source's own spread is its measure: it was as empty before
    expect(kinds(empty(400), past(950, 500, 930))).toEqual([])
    // filled more than ever is a change too
    expect(kinds(empty(0), past(600, 650, 620))).toEqual([['null-share', '/A', '0 %', '35–40 %']])
    // 12 points beyond, but of 200 records that is chance: 5 standard errors are 18
    expect(kinds(empty(124, 200), past(500, 510, 520))).toEqual([])
  })
})
