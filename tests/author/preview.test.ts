import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { previewSource } from '../../src/author/preview.ts'
import { unknownText } from '../../src/author/trace.ts'
import { check } from '../../src/cli/connector-check.ts'
import { discover } from '../../src/cli/connector-discover.ts'
import { preview } from '../../src/cli/connector-preview.ts'
import { widthOf } from '../../src/cli/format.ts'
import { sideBySide } from '../../src/cli/side-by-side.ts'
import { documentOf } from '../cli/support.ts'
import { type Loopback, serve } from '../support/loopback.ts'
import { type AuthorHome, call, FORBIDDEN, makeAuthorHome, NAME, PASSWORD, record } from './author-home.ts'

let server: Loopback
let home: AuthorHome
let rows: readonly unknown[]
beforeAll(async () => {
  server = await serve(({ query }) => ({ total: rows.length, data: rows.slice(0, Number(query.get('size'))) }))
  home = makeAuthorHome(server.url)
})
beforeEach(() => {
  rows = [
    record(1, { NguoiXuLy: NAME, DiaChi: 'Ấp Hòa Bình', Ma: 'X-17', Ghi: PASSWORD }),
    record(2, { TrangThai: '7' }),
  ]
})
afterAll(async () => {
  home.remove()
  await server.close()
})

const previewed = async () => {
  const { streams } = await previewSource(home.deps(), home.source(), { stream: 'dossier', records: 2 })
  const [stream] = streams
  if (!stream) throw new Error('no stream')
  return stream
}

describe('preview', () => {
  it('shows a request, the shape of its answer, and each step of a record', async () => {
    const { exchanges, records } = await previewed()
    expect(exchanges).toEqual([
      {
        method: 'GET',
        url: `${server.url}/dossier?ma=***&page=1&size=2`,
        body: null,
        status: 200,
        type: 'application/json',
        bytes: expect.any(Number),
        shape: expect.stringMatching(
          /^\{total: number, data: 2 × \{MaHoSo: string, .*GiayTo: 1 × \{Loai: string, So: string\}/,
        ),
        problem: null,
      },
    ])
    const [first, second] = records
    expect(first?.fields.map(({ field, is, extracted, protected: clean }) => [field, is, extracted, clean])).toEqual([
      ['MaHoSo', 'declared', 'H53.99-2411-0001', 'H53.99-2411-0001'],
      ['MaTTHC', 'declared', '1.001193', '1.001193'],
      ['TrangThai', 'declared', '4', '4'],
      ['NgayTiepNhan', 'declared', '2024-11-01T08:00:00+07:00', '2024-11-01T08:00:00+07:00'],
      ['ChuHoSo', 'personal', '(name)', 'present'],
      ['GiayTo/0/Loai', 'declared', '1', '1'],
      ['GiayTo/0/So', 'personal', '(id)', 'valid'],
      ['NguoiXuLy', 'unknown', '(string, 14 characters)', '(string)'],
      ['DiaChi', 'unknown', '(string, 11 characters)', '(string)'],
      ['Ma', 'unknown', 'X-17', '(string)'],
      ['Ghi', 'unknown', '(string, 12 characters)', '(string)'],
    ])
    expect(first?.reasons).toEqual([])
    expect(first?.mapped).toContainEqual({ field: 'code', from: ['MaHoSo'], value: 'H53.99-2411-0001' })
    expect(first?.mapped).toContainEqual({ field: 'resolving', from: [], value: 'identifier:H53.99' })
    expect(first?.mapped).toContainEqual({
      field: 'received',
      from: ['NgayTiepNhan'],
      value: '2024-11-01T01:00:00.000Z (second)',
    })
    expect(second?.reasons).toEqual([{ path: '/TrangThai', rule: 'enum', expected: 'one of 1, 4, 9', value: '7' }])
    // what can be mapped of a refused record is seen too
    expect(second?.mapped).toContainEqual({ field: 'status', from: ['TrangThai'], value: null })
  })

  it('fits the terminal', async () => {
    for (const width of ['60', '100', '160']) {
      const { lines, exit } = await call(home, preview, ['dept'], { stream: 'dossier', limit: '2', width })
      expect(exit).toBe(0)
      expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(Number(width))
      expect(lines.join('\n')).toContain('✗ set aside: /TrangThai enum')
    }
  })
})

describe('no secret and no person, in any form, in any of the three', () => {
  it.each([
    ['preview', preview],
    ['discover', discover],
    ['check', check],
  ] as const)('%s', async (name, verb) => {
    // a person where the schema expects a code, and as the name of a field
    rows = [record(1, { MaTTHC: NAME, [NAME]: '1', NgayTra: `trả cho ${NAME}` }), record(2, { token: PASSWORD })]
    const text = await call(home, verb, ['dept'])
    const json = await call(home, verb, ['dept'], {}, true)
    documentOf(json, `connector-${name}`)
    expect(text.text.length).toBeGreaterThan(300)
    for (const form of FORBIDDEN) {
      expect(text.text).not.toContain(form)
      expect(json.stdout).not.toContain(form)
    }
  })

  it('an error of the source that quotes one', async () => {
    const quoting = await serve(() => ({ error: `the password $1 is wrong` }))
    const other = makeAuthorHome(quoting.url)
    await expect(call(other, preview, ['dept'])).rejects.toThrow(/the password \*\*\* is wrong/)
    const { exit, text } = await call(other, check, ['dept'])
    expect([exit, text.includes('the password *** is wrong')]).toEqual([4, true])
    other.remove()
    await quoting.close()
  })

  it('a bug of the connector that quotes a record', async () => {
    const odd = await serve(() => ({ error: { toString: NAME } }))
    const other = makeAuthorHome(odd.url)
    for (const verb of [preview, discover, check]) {
      const error: unknown = await call(other, verb, ['dept']).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'INTERNAL', exit: 1, cause: { stack: expect.stringMatching(/ at /) } })
      expect(String((error as Error).cause)).not.toContain(NAME)
    }
    other.remove()
    await odd.close()
  })

  it('hides the token that a login hands out', async () => {
    const { learn, redacted } = await import('../../src/author/secrets.ts')
    const secrets: string[] = []
    const answer = {
      status: 200,
      headers: { 'set-cookie': 'sid=c00kie-value; Path=/' },
      bytes: new Uint8Array(),
      damaged: false,
      place: '',
    }
    learn(secrets, { ...answer, text: '{"data":{"session":"s3ssion value"},"rows":[{"token":"row"}]}' })
    const shown = redacted({ url: 'http://x/?s=s3ssion%20value', cookie: 'sid=c00kie-value', row: 'row' }, secrets)
    expect(shown).toEqual({ url: 'http://x/?s=***', cookie: 'sid=***', row: 'row' })
  })
})

it.each([
  ['Ma', 'X-17', 'X-17'],
  ['Ngay', '2024-11-01', '2024-11-01'],
  ['Loai', 12, '12'],
  ['Ok', true, 'true'],
  ['Ma', 'Lan', '(string, 3 characters)'],
  ['Ma', NAME, '(string, 14 characters)'],
  ['Ma', '079195001234', '(string, 12 characters)'],
  ['Ma', 79195001234, '(number, 11 characters)'],
  ['HoTen', 'N17', '(string, 3 characters)'],
  ['diaChi', '12/3', '(string, 4 characters)'],
  ['Ma', { a: 1 }, '(object)'],
])('of a field that the schema does not know: %s %j → %s', (name, value, shown) => {
  expect(unknownText(name, value)).toBe(shown)
})

it('columns give way to each other, and a long word is broken', () => {
  const lines = sideBySide([['a', 'x'.repeat(30), 'y'.repeat(30)]], 40, '  ')
  expect(lines).toEqual([`  a  ${'x'.repeat(16)}  ${'y'.repeat(17)}`, `     ${'x'.repeat(14)}    ${'y'.repeat(13)}`])
})
