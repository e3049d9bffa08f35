import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { discoverSource } from '../../src/author/discover.ts'
import { countFields } from '../../src/author/discover-fields.ts'
import { discover } from '../../src/cli/connector-discover.ts'
import { type Loopback, serve } from '../support/loopback.ts'
import { type AuthorHome, call, makeAuthorHome, NAME, record } from './author-home.ts'

let server: Loopback
let home: AuthorHome
let rows: readonly unknown[]
beforeAll(async () => {
  server = await serve(({ query }) => {
    const [page, size] = [Number(query.get('page')), Number(query.get('size'))]
    return { total: rows.length, data: rows.slice((page - 1) * size, page * size) }
  })
  home = makeAuthorHome(server.url)
})
beforeEach(() => {
  rows = Array.from({ length: 60 }, (_, i) =>
    record(1 + (i % 28), {
      MaHoSo: `H53.99-${i}`,
      MaTTHC: i % 4 === 0 ? null : '1.001193',
      CapNhat: `2024-11-${String(1 + Math.floor(i / 3)).padStart(2, '0')} 08:00:00`,
      CanBo: NAME,
    }),
  )
})
afterAll(async () => {
  home.remove()
  await server.close()
})

it('counts what came, beside what the schema declares', async () => {
  const { streams } = await discoverSource(home.deps(), home.source(), { stream: 'dossier', pages: 3 })
  const [stream] = streams
  expect(stream).toMatchObject({ records: 60, pages: 2, isWhole: true, keys: [['MaHoSo']] })
  expect(stream?.declaredKey).toEqual({ fields: ['MaHoSo'], empty: 0, doubled: 0 })
  const of = (path: string) => stream?.fields.find((field) => field.path === path)
  expect(of('MaHoSo')).toMatchObject({ types: ['string'], empty: 0, distinct: 60, schema: 'declared', required: true })
  expect(of('MaTTHC')).toMatchObject({ empty: 0.25, distinct: 1, examples: ['1.001193'] })
  expect(of('CapNhat')).toMatchObject({
    schema: 'undeclared',
    time: { grows: true, granularity: 'second' },
    examples: [],
  })
  expect(of('NgayTiepNhan')).toMatchObject({ time: { grows: false } })
  expect(of('CanBo')).toMatchObject({ schema: 'undeclared', personal: '?', examples: [] })
  expect(of('ChuHoSo')).toMatchObject({ schema: 'declared', personal: 'name', examples: [] })
  expect(of('GiayTo[]/So')).toMatchObject({ schema: 'declared', personal: 'id', examples: [] })
  expect(of('GiayTo[]/Loai')).toMatchObject({ distinct: 1, examples: ['1'] })
  expect(of('NgayTra')).toMatchObject({ schema: 'missing', required: false })
})

it('reads as many pages as are wanted, and says that there are more', async () => {
  const { text } = await call(home, discover, ['dept'], { stream: 'dossier', pages: '1' })
  expect(text).toContain('Stream dossier (dossier): records 50, pages 1, there are more')
  expect(text).toMatch(/CapNhat .*UNKNOWN .*grows: could be the cursor/)
  expect(text).toMatch(/NgayTra .*missing/)
})

it('says where the declared key is none, and offers a pair where no field is one', async () => {
  rows = [record(1), record(1, { TrangThai: '9' }), record(2)]
  const { text } = await call(home, discover, ['dept'], { stream: 'dossier' })
  expect(text).toContain('Could be the key: MaHoSo + TrangThai')
  expect(text).toContain('The declared key (MaHoSo): empty in 0 records, that of another record too in 1')
})

it('a count is no time, a person is no key, and no name of a field is a person', () => {
  const rows = [1, 2, 3].map((n) => ({
    So: 20_240_101 + n,
    Cccd: `07919500123${n}`,
    [NAME]: 1,
    Muon: n === 3 ? null : n,
  }))
  const { fields, keys } = countFields(rows, { zone: 'Asia/Ho_Chi_Minh', isPersonal: () => false })
  expect(fields.map(({ path }) => path)).toEqual(['So', 'Cccd', '(14 characters)', 'Muon'])
  expect(fields.every(({ time }) => time === null)).toBe(true)
  expect(keys).toEqual([['So']])
})
