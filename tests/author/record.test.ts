/** Recordings hold what a connector is tested with, and nobody: searched for every person and secret of the systems they were made of. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exchangesOf } from '../../src/author/record/exchanges.ts'
import { makeReplacer, renumbered, sameShape } from '../../src/author/record/made-up.ts'
import { protectRecord } from '../../src/author/record/protect-record.ts'
import { withoutPersons } from '../../src/author/record/record.ts'
import { MOST_BYTES, type Recording } from '../../src/author/record/recording.ts'
import { filesBelow, formsOf, type Hit, makeSearch } from '../../src/author/suite/search.ts'
import { CHECKOUT } from '../../src/config.ts'
import { sourceSchema } from '../../src/sync/source-schema.ts'
import { type PERSONAL_KINDS, verdict } from '../../src/sync/verdict.ts'
import { documentOf } from '../cli/support.ts'
import { type Home, makeHome } from '../support/home.ts'

const SHIPPED = ['catalogue', 'communes', 'judicial', 'land', 'one-stop']

describe('made-up values', () => {
  const REAL: [kind: (typeof PERSONAL_KINDS)[number], value: string][] = [
    ['name', 'Trần Thị Mẫu'],
    ['name', 'TRẦN VĂN MẪU'],
    ['name', 'Nguyễn Văn A'],
    ['id', '079301234567'],
    ['id', '290123456'],
    ['id', '000000001'],
    ['id', 'B1234567'],
    ['phone', '0912 345 678'],
    ['phone', '+84912345678'],
    ['phone', '1900'],
    ['email', 'mau@tinh.gov.vn'],
    ['email', 'a@example.com'],
    ['address', '12 Lê Lợi, Phường 1'],
    ['text', 'xin cấp lại giấy khai sinh'],
    ['text', 'test'],
    ['account', 'mau.tran'],
    ['name', ''],
  ]
  it.each(REAL)('%s "%s": another one, with the same verdict', (kind, value) => {
    const made = makeReplacer().personal(kind, value)
    expect(verdict(kind, made)).toBe(verdict(kind, value))
    // a placeholder is nobody's
    if (verdict(kind, value) !== 'absent' && verdict(kind, value) !== 'dummy') expect(made).not.toBe(value)
  })

  it('the same person is the same made-up one, another person another', () => {
    const replacer = makeReplacer()
    const of = (value: string) => replacer.personal('id', value)
    expect(of('079301234567')).toBe(of('079301234567'))
    expect(of('079301234567')).not.toBe(of('079301234568'))
  })

  it('codes are numbered again, the same one alike; a code that may be a person keeps nothing', () => {
    const replacer = makeReplacer()
    expect(replacer.code('H53.07-241104-00412')).toBe('H53.07-241104-00001')
    expect(replacer.code('H53.07-241104-00413')).toBe('H53.07-241104-00002')
    expect(replacer.code('H53.07-241104-00412')).toBe('H53.07-241104-00001')
    expect(renumbered('079301234567', 3)).toBe('100000000003')
    expect(renumbered('TNMT/2024/000412', 12_345)).toBe('TNMT/2024/012345')
  })

  it('other text keeps its shape', () => {
    expect(sameShape('Ab-12')).toMatch(/^[A-Z][a-z]-12$/)
    expect(sameShape({ a: ['x1', 25] })).toEqual({ a: [expect.stringMatching(/^[a-z]1$/), 11] })
  })
})

describe('where nobody looks for a person', () => {
  const NUMBER = '079195001234'
  const PERSON = 'Trần Thị Mẫu'
  const text = { type: ['string', 'null'] }
  const properties = {
    Ma: text,
    SoMay: { type: 'integer' },
    Muc: { type: 'array', items: { properties: { Loai: text } } },
  }
  const { root } = sourceSchema({ type: 'object', required: ['Ma'], properties }, 'x.schema.json', 'x')
  const rules = { root, codes: new Set(['Ma']), mapped: new Set<string>(), isAgency: () => false }

  it.each<[string, object]>([
    ['a field of the record', { [NUMBER]: 1, [PERSON]: 2 }],
    ['a field of what the schema does not know', { La: { [NUMBER]: { [PERSON]: 1 } } }],
    ['a field of an item', { Muc: [{ Loai: '1', [PERSON]: 'x', [NUMBER]: 'y' }] }],
    ['a declared number', { SoMay: 912345678 }],
  ])('%s', (_, fields) => {
    const kept = JSON.stringify(protectRecord({ ...rules, replacer: makeReplacer() }, { Ma: 'H1-0001', ...fields }))
    for (const told of [NUMBER, PERSON, '912345678']) expect(kept).not.toContain(told)
  })

  it.each<[string, string]>([
    ['a name in the envelope', JSON.stringify({ data: { [NUMBER]: { Ma: '1' } }, [PERSON]: 1 })],
    ['a number in the envelope', '{"data":[{"Ma":"1"}],"user":{"so":912345678}}'],
    ['a record that unwrap has yet to make', '{"rows":[{"props":{"diaChi":"ấp chánh","id":"1"}}]}'],
    ['XML around the rows', `<A><B>${PERSON} ${NUMBER}</B><HoSo><c/></HoSo><D>0912345678</D></A>`],
    ['a header that is the first row', `Ma,${PERSON},${NUMBER}\n1,2,3`],
  ])('%s, and what was asked for', (_, body) => {
    const link = `<https://x/dossier?after=${NUMBER}>; rel="next"`
    const answer = {
      status: 200,
      headers: { link },
      text: body,
      place: 'x',
      bytes: Buffer.from(body),
      damaged: false,
    }
    const query = { ten: PERSON, so: '0912345678' }
    const request = { url: `https://x/persons/${NUMBER}?so=${NUMBER}`, query, body: { json: { [PERSON]: [NUMBER] } } }
    const kept = JSON.stringify(exchangesOf([{ request, answer }], { key: ['Ma'], row: 'HoSo', secrets: [] }))
    expect(kept).toContain('/persons/')
    for (const told of [NUMBER, PERSON, '912345678', 'ấp chánh']) expect(kept).not.toContain(told)
  })

  it('the name of a file: what the pattern does not ask for', () => {
    expect(withoutPersons('HoSo_TranThiMau_202411.csv', /^HoSo_\w+_(\d{6})\.csv$/)).toBe('HoSo_MautHumAut_202411.csv')
    expect(withoutPersons(`${NUMBER}-202411.csv`, /(\d{6})\.csv$/)).not.toContain(NUMBER)
    expect(withoutPersons('HoSo_202411.csv', /^HoSo_(\d{6})\.csv$/)).toBe('HoSo_202411.csv')
  })
})

describe('ioc connector record', () => {
  let home: Home
  let search: (where: string, bytes: Buffer) => Hit[]
  beforeAll(async () => {
    home = await makeHome({ dossiers: 600, communes: 12 })
    const people = [...new Set(home.sandbox.world.dossiers.map((dossier) => dossier.applicant))]
    const kinds = ['name', 'identity', 'phone', 'email', 'address'] as const
    search = makeSearch([
      ...people.flatMap((person) => kinds.flatMap((kind) => formsOf(kind, person[kind]))),
      ...formsOf('secret', 'sandbox-secret'),
      ...formsOf('host', home.sandbox.url),
    ])
  })
  afterAll(() => home?.remove())
  const recordings = (name: string) => join(home.dir, 'connectors', name, 'recordings')

  it('makes a recording of each stream, in which nobody and no secret is found', async () => {
    const ran = await Promise.all(
      SHIPPED.map((name) =>
        home.ioc(['connector', 'record', name, '--pages', name === 'judicial' ? '9' : '2', '--json']),
      ),
    )
    for (const [i, one] of ran.entries()) {
      expect(one).toMatchObject({ code: 0, stderr: '' })
      const { recordings: made } = documentOf<{
        recordings: { stream: string; file: string; records: number; bytes: number }[]
      }>(one, 'connector-record')
      for (const { file, records, bytes } of made) {
        expect(file.startsWith(recordings(SHIPPED[i] ?? ''))).toBe(true)
        expect([records > 0 && records <= 30, bytes <= MOST_BYTES]).toEqual([true, true])
        const recording = JSON.parse(readFileSync(file, 'utf8')) as Recording
        expect(recording.made).toMatchObject({ note: expect.stringContaining('Made-up data') })
      }
    }
    const hits = SHIPPED.flatMap((name) =>
      [...filesBelow(recordings(name), () => false)].flatMap(({ path, bytes }) => search(path, bytes)),
    )
    expect(hits).toEqual([])
  }, 120_000)

  it('the search finds what a recording without replacement would hold (its twin)', () => {
    const [dossier] = home.sandbox.world.dossiers
    const file = join(recordings('one-stop'), 'twin.json')
    mkdirSync(recordings('one-stop'), { recursive: true })
    writeFileSync(file, JSON.stringify({ ChuHoSo: dossier?.applicant.name, url: home.sandbox.url }))
    expect(search('twin', readFileSync(file)).length).toBeGreaterThanOrEqual(2)
  })

  it('refuses a source, a stream and a number that are none', async () => {
    const [source, stream, pages] = await Promise.all([
      home.ioc(['connector', 'record', 'one-stpo']),
      home.ioc(['connector', 'record', 'one-stop', '--stream', 'dosier']),
      home.ioc(['connector', 'record', 'one-stop', '--pages', '0']),
    ])
    expect([source.code, source.stderr]).toEqual([2, expect.stringContaining('one-stop?')])
    expect([stream.code, stream.stderr]).toEqual([2, expect.stringContaining('dossier?')])
    expect([pages.code, pages.stderr]).toEqual([2, expect.stringContaining('pages')])
  })
})

it('the recordings that are shipped are small and say what they are', () => {
  for (const name of SHIPPED) {
    const folder = join(CHECKOUT, 'connectors', name, 'recordings')
    for (const file of readdirSync(folder)) {
      const text = readFileSync(join(folder, file), 'utf8')
      const { made, records } = JSON.parse(text) as Recording
      expect([file, text.length <= MOST_BYTES, records.length <= 30, made.note.startsWith('Made-up data')]).toEqual([
        file,
        true,
        true,
        true,
      ])
      expect(text).not.toContain('sandbox-secret')
    }
  }
})
