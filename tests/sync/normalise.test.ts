import { describe, expect, it } from 'vitest'
import { isInOrder } from '../../src/sync/dossier-rules.ts'
import { recordsOf } from '../../src/sync/kept-records.ts'
import { orderAt } from '../../src/sync/normalise.ts'
import { DOSSIER_COLUMNS, type DossierColumn, type DossierRow, NO_RECORDS } from '../../src/sync/protocol.ts'
import { header, record, row, stream, ZONE } from './sample-stream.ts'
import { openSample } from './support-home.ts'

const at = (value: unknown, column: DossierColumn) => (value as DossierRow)[DOSSIER_COLUMNS.indexOf(column)]
const reader = openSample()
const none = () => false
const one = (parts: Readonly<Record<string, unknown>>) => reader.page({ records: [record(parts)], resume: {} })
const rules = (parts: Readonly<Record<string, unknown>>) =>
  one(parts).rejected.flatMap(({ reasons }) => reasons.map(({ path, rule }) => `${path} ${rule}`))

describe('a dossier', () => {
  it('becomes a row in the order of the columns', () => {
    const [found] = one({}).rows
    expect(found).toHaveLength(DOSSIER_COLUMNS.length + 2)
    expect(at(found, 'code')).toBe('HS-1')
    expect(at(found, 'procedure')).toBe('1.004194')
    expect(at(found, 'resolving')).toBe('identifier:H53.14')
    expect(at(found, 'status')).toBe(9)
    expect(at(found, 'received_at')).toBe(Date.UTC(2024, 1, 1, 0, 30))
    expect(at(found, 'received_precision')).toBe('minute')
    expect(at(found, 'finished_at')).toBe(Date.UTC(2024, 1, 4, 17))
    expect(at(found, 'finished_precision')).toBe('day')
    expect(at(found, 'supplements')).toBeNull()
  })
  it('has a content hash of its business content only', () => {
    const hash = (parts: Readonly<Record<string, unknown>>) => (one(parts).rows[0] as DossierRow).at(-1)
    expect(hash({})).toMatch(/^[0-9a-f]{40}$/)
    expect(hash({ GhiChu: 'khác', DonVi: 'khác' })).toBe(hash({}))
    expect(hash({ TrangThai: '4' })).not.toBe(hash({}))
  })
  it.each([
    [{ NgayTiepNhan: '02/01/2025' }, ['/NgayTiepNhan future-date', '/NgayKetThuc date-order']],
    [{ NgayTiepNhan: '05/02/2024 18:00' }, []],
    [{ NgayTiepNhan: '06/02/2024' }, ['/NgayKetThuc date-order']],
    [{ NgayKetThuc: null }, ['/NgayKetThuc ended-without-date']],
    [{ NgayTiepNhan: null }, ['/NgayTiepNhan required']],
    [{ TrangThai: '1', NgayTiepNhan: null, NgayKetThuc: null }, []],
    [{ LePhi: 'y' }, ['/LePhi enumeration']],
    [{ MaTTHC: '1.004194.9' }, ['/MaTTHC procedure-code']],
  ])('%j gives %j', (parts, expected) => expect(rules(parts)).toEqual(expected))

  it('notes a dummy identity and repaired text', () => {
    const page = one({ SoGiayTo: '000000001', DonVi: 'Xã Mẫu'.normalize('NFD') })
    expect(page.notes).toEqual([
      { key: 'HS-1', kind: 'dummy-identity', detail: null },
      { key: 'HS-1', kind: 'repaired-text', detail: null },
    ])
    expect(page.records.text).toContain('Xã Mẫu')
  })
})

describe('the map', () => {
  const open = (map: object) => () => openSample({ map: { ...stream.map, ...map } })
  it('says which name is wrong and what is near', () => {
    expect(open({ statuss: 'TrangThai' })).toThrow(/"statuss"; did you mean "status"/)
    expect(open({ received: 'NgayTiepNhann' })).toThrow(/did you mean "NgayTiepNhan"/)
    expect(open({ channel: { value: 'fax' } })).toThrow(/channel is "fax"/)
    expect(open({ code: 'DonVi' })).toThrow(/code must be mapped from the key/)
    const { status: _, ...rest } = stream.map
    expect(() => openSample({ map: rest })).toThrow(/gives no status/)
  })
})

describe('order', () => {
  it('reads the usual forms in the declared zone', () => {
    const instant = Date.UTC(2024, 1, 1, 0, 30)
    for (const text of ['20240201073000', '2024-02-01 07:30:00', '2024-02-01T00:30:00Z', '01/02/2024 07:30'])
      expect(orderAt(text, ZONE)).toBe(instant)
    expect(orderAt('', ZONE)).toBeNull()
    expect(orderAt('hôm qua', ZONE)).toBeUndefined()
  })
  it('refuses a version of 2099, which would win for ever', () => {
    const ordered = openSample({ order: { field: 'GhiChu', zone: ZONE } })
    const page = ordered.page({ records: [record({ GhiChu: '20990101000000' })], resume: {} })
    expect(page.rejected[0]?.reasons[0]).toMatchObject({ path: '/GhiChu', rule: 'future-date' })
  })
  it('compares as exactly as the vaguer side is known', () => {
    const day = Date.UTC(2024, 1, 4, 17)
    expect(isInOrder({ at: day + 5000, precision: 'second' }, { at: day, precision: 'minute' }, ZONE)).toBe(true)
    expect(isInOrder({ at: day + 60_000, precision: 'second' }, { at: day, precision: 'minute' }, ZONE)).toBe(false)
    expect(isInOrder({ at: day + 86_399_000, precision: 'second' }, { at: day, precision: 'day' }, ZONE)).toBe(true)
    expect(isInOrder({ at: day + 86_400_000, precision: 'second' }, { at: day, precision: 'day' }, ZONE)).toBe(false)
  })
})

describe('what quarantine gets', () => {
  it('is the protected record; what failed is kept only where it is no person', () => {
    const [rejected] = one({ TrangThai: 'Trần Thị Mẫu', GhiChu: 'x'.repeat(101), LePhi: 'gặp 0912345670' }).rejected
    expect(rejected?.reasons[0]).toMatchObject({ path: '/TrangThai', rule: 'enum', value: '(string, 12 characters)' })
    expect(rejected?.record).not.toMatch(/Trần|0912345670|072190123456/)
    expect(JSON.parse(rejected?.record ?? '')).toMatchObject({
      TrangThai: { 'x-masked': 'string', length: 12 },
      GhiChu: { 'x-masked': 'string', length: 101 },
    })
  })
  it('can be normalised again, over what was masked where the map does not read it', () => {
    const again = reader.renormalise(JSON.parse(recordsOf([one({ GhiChu: 'x'.repeat(101) })], none)(0)))
    expect('row' in again && again.row).toEqual(one({}).rows[0])
  })
  it('lands again without the national code that it masked', () => {
    const national = openSample({ map: { ...stream.map, nationalCode: 'GhiChu' } })
    const page = national.page({ records: [record({ GhiChu: '072190123456' })], resume: {} })
    expect(page.notes).toEqual([{ key: 'HS-1', kind: 'national-code-form', detail: '(12 characters)' }])
    const kept = recordsOf([page], none)(0)
    expect(kept).not.toContain('0721')
    const again = national.renormalise(JSON.parse(kept))
    expect('row' in again && again.row).toEqual(page.rows[0])
    expect(at(page.rows[0], 'national_code')).toBeNull()
  })
  it('keeps no part of what could not be decoded or has the wrong width', () => {
    const bytes = Buffer.from('072190123456')
    const undecodable = [{ place: 'a.csv line 3', rule: 'encoding' as const, bytes }]
    const page = reader.page({ records: [row(1).slice(1), row(2)], header, undecodable, resume: {} })
    expect(page.read).toBe(3)
    expect(page.rows).toHaveLength(1)
    expect(page.rejected[0]).toMatchObject({ place: 'a.csv line 3', length: 12, record: null })
    expect(page.rejected[0]?.hmac).toMatch(/^[0-9a-f]{64}$/)
    expect(page.rejected[1]).toMatchObject({ reasons: [{ rule: 'column-count' }], record: null })
    const proposed = [{ place: 'a.csv line 3', rule: 'encoding' as const, bytes, expected: 'column Tên: likely VNI' }]
    expect(reader.page({ records: [], undecodable: proposed, resume: {} }).rejected[0]).toMatchObject({
      reasons: [{ rule: 'encoding', expected: 'column Tên: likely VNI', value: null }],
    })
  })
})

it('other entities are objects checked against their canonical schema', () => {
  const properties = {
    Ma: { type: 'string' },
    HoSo: { type: 'string' },
    Muc: { type: 'integer' },
    Ngay: { type: 'integer' },
  }
  const feedback = openSample(
    {
      entity: 'feedback',
      key: ['Ma'],
      map: {
        code: 'Ma',
        dossier: 'HoSo',
        score: { from: 'Muc', as: { name: 'as is', doc: '', convert: ([value]) => value } },
        rated: { from: 'Ngay', as: { name: 'ms', doc: '', convert: ([value]) => ({ at: value, precision: 'day' }) } },
      },
    },
    { type: 'object', properties },
  )
  const page = feedback.page({
    records: [
      { Ma: '2', HoSo: ' HS 1', Muc: 5, Ngay: 7 },
      { Ma: '1', HoSo: 'HS-2', Muc: 6, Ngay: 7 },
    ],
    resume: {},
  })
  expect(page.rows).toMatchObject([{ code: '2', dossier: 'HS1', score: 5, channel: null, orderAt: null }])
  expect(page.rejected[0]).toMatchObject({ key: '1', reasons: [{ path: '/Muc', value: '6' }] })
})

it('says 50 things about a read and no more, each within 300 characters', () => {
  const said = openSample()
  const many = ['x'.repeat(1_000), ...Array.from({ length: 200 }, (_, i) => `file ${i}`)]
  const page = said.page({ records: [record()], remarks: many, resume: {} })
  expect(page.remarks).toHaveLength(51)
  expect(page.remarks[0]).toHaveLength(301)
  expect(page.remarks.at(-1)).toBe('and more of which nothing is said')
  expect(said.page({ records: [record()], remarks: ['more'], resume: {} }).remarks).toEqual([])
})

it('rows are sorted by key, equal keys stay in order, unknown columns are said once', () => {
  const strange = [...header, 'Cột lạ']
  const records = [3, 1, 2, 1].map((n, i) => [...row(n, { NgayKetThuc: `0${i + 5}/02/2024` }), 'x'])
  const page = reader.page({ records, header: strange, resume: {} })
  expect(page.rows.map((found) => at(found, 'code'))).toEqual(['HS-000001', 'HS-000001', 'HS-000002', 'HS-000003'])
  const recordAt = recordsOf([{ rows: [], records: NO_RECORDS }, page], none)
  const days = page.rows.map((_, i) => JSON.parse(recordAt(i)).NgayKetThuc.slice(0, 2))
  expect(days).toEqual(['06', '08', '07', '05'])
  expect(page.remarks).toEqual([])
  expect(page.drift?.found).toMatchObject([{ field: '/Cột lạ', kind: 'new-field', found: ['string'] }])
  expect(reader.page({ records, header: strange, resume: {} }).remarks).toEqual([])
})
