import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { APPLICANT, CHANNEL, EXECUTING, LEVEL, PAYMENT, STATUS } from '../../src/connect/converters-national.ts'
import * as kit from '../../src/connect/index.ts'

const ZONE = 'Asia/Ho_Chi_Minh'
const CONTEXT = { zone: ZONE, source: 'test', agency: null }
const MORNING = { at: Date.parse('2024-11-05T08:30:00+07:00'), precision: 'second' }
const no = (rule: string): unknown => ({ rejected: true, rule })

type Case = [raw: readonly unknown[], expected: unknown]
const tables: Record<string, { converter: kit.Converter; cases: Case[] }> = {
  firstOf: {
    converter: kit.firstOf(),
    cases: [
      [['', null, ' b ', 'c'], 'b'],
      [['', undefined], null],
      [[{}, 'b'], no('type')],
    ],
  },
  'firstOf as': { converter: kit.firstOf(kit.integer()), cases: [[['', '12'], 12]] },
  joined: {
    converter: kit.joined(' ', kit.vietnameseDate(ZONE)),
    cases: [
      [['05/11/2024', '08:30:00'], MORNING],
      [['05/11/2024', ''], { at: Date.parse('2024-11-05T00:00:00+07:00'), precision: 'day' }],
      [['', '08:30'], no('date')],
      [['', ''], null],
      [['05/11/2024', {}], no('type')],
    ],
  },
  orElse: {
    converter: kit.orElse(kit.notEmpty(), false),
    cases: [
      [[undefined], false],
      [[[{}]], true],
      [['x'], no('type')],
    ],
  },
  orNone: {
    converter: kit.orNone(kit.required(kit.integer())),
    cases: [
      [[undefined], null],
      [[' '], null],
      [['12'], 12],
      [['x'], no('integer')],
    ],
  },
  required: {
    converter: kit.required(kit.text()),
    cases: [
      [['a'], 'a'],
      [[''], no('required')],
    ],
  },
  isOneOf: {
    converter: kit.isOneOf('1', '2'),
    cases: [
      [['1'], true],
      [[3], false],
      [[''], null],
      [[[]], no('type')],
    ],
  },
  allTrue: {
    converter: kit.allTrue(kit.anyFlag('A'), kit.isOneOf('1')),
    cases: [
      [[[{ A: '1' }], '1'], true],
      [[[{ A: '1' }], '2'], false],
      [[undefined, '1'], false],
      [['x', '1'], no('type')],
    ],
  },
  first: {
    converter: kit.first('A', kit.integer()),
    cases: [
      [[[{ A: '1' }, { A: '2' }]], 1],
      // a list of one, as XML gives it
      [[{ A: '7' }], 7],
      [[[]], null],
      [[undefined], null],
      [[[{ A: 'x' }]], no('integer')],
    ],
  },
  anyFlag: {
    converter: kit.anyFlag('A'),
    cases: [
      [[[{ A: '0' }, { A: 1 }]], true],
      [[[{ A: true }]], true],
      [[[{ A: '2' }, {}]], false],
      [[''], false],
      [[null], null],
      [[['1']], no('type')],
    ],
  },
  anyText: {
    converter: kit.anyText('A'),
    cases: [
      [[[{ A: '' }, { A: 'link' }]], true],
      [[[{ A: [] }]], false],
      [[[{ A: [{}] }]], true],
      [[[]], false],
      [[7], no('type')],
    ],
  },
  anyWith: {
    converter: kit.anyWith({ state: ['1', ''], level: ['3', '4'] }),
    cases: [
      [[[{ level: 4 }]], true],
      [
        [
          [
            { state: '1', level: 2 },
            { state: '0', level: 4 },
          ],
        ],
        false,
      ],
      [[[]], false],
    ],
  },
  notEmpty: {
    converter: kit.notEmpty(),
    cases: [
      [[[{}]], true],
      [[[]], false],
    ],
  },
  countOf: { converter: kit.countOf(), cases: [[[[{}, {}]], 2]] },
  sumOf: {
    converter: kit.sumOf('Gia'),
    cases: [
      [[[{ Gia: '50000' }, { Gia: 20_000 }, { Gia: '' }]], 70_000],
      [[[]], 0],
      [[[{ Gia: '50.000' }]], no('amount')],
    ],
  },
  highest: {
    converter: kit.highest('MUCDO', kit.nationalLevel(), kit.LEVELS),
    cases: [
      [[[{ MUCDO: '2' }, { MUCDO: 4 }, { MUCDO: '3' }]], 'full'],
      [[[]], null],
      [[[{ MUCDO: '9' }]], no('enumeration')],
    ],
  },
  inside: {
    converter: kit.inside('THOIGIAN', kit.anyText('PHILEPHI')),
    cases: [
      [[[{}, { THOIGIAN: [{ PHILEPHI: [{ SOTIEN: '1' }] }] }]], true],
      [[[{ THOIGIAN: [{ PHILEPHI: [] }] }]], false],
      [[undefined], null],
    ],
  },
  'each of objects': {
    converter: kit.each({ field: 'A', as: kit.integer(), set: true }),
    cases: [
      [[[{ A: '2' }, { A: '1' }, { A: 2 }, {}]], [1, 2]],
      [[null], null],
      [[[{ A: 'x' }]], no('integer')],
      [['x'], no('type')],
    ],
  },
  'each of a cell': {
    converter: kit.each({ as: kit.agencyAnyCode(), separator: ';' }),
    cases: [
      [['H53.14;\n 25459 ;'], ['identifier:H53.14', 'code:25459']],
      [[['25459']], ['code:25459']],
      [[''], []],
      [['25459; Sở Tư pháp'], no('agency')],
    ],
  },
  nationalStatus: {
    converter: kit.nationalStatus({ also: { 'Chờ lãnh đạo ký': 4 } }),
    cases: [
      [['9'], 9],
      [[10], 10],
      [['09'], 9],
      [['ĐÃ XỬ LÝ XONG'], 9],
      [['Yêu cầu bổ sung giấy tờ'], 5],
      [['chờ lãnh đạo ký'], 4],
      [[''], null],
      [['11'], no('enumeration')],
      [['Đã xong'], no('enumeration')],
    ],
  },
  nationalChannel: {
    converter: kit.nationalChannel(),
    cases: [
      [[''], 'counter'],
      [[null], 'counter'],
      [['1'], 'counter'],
      [[2], 'online'],
      [['Bưu chính công ích'], 'post'],
      [['trực  tuyến'], 'online'],
      [['4'], no('enumeration')],
    ],
  },
  nationalPayment: {
    converter: kit.nationalPayment({ also: { Có: 'gateway', Không: 'none' } }),
    cases: [
      [['0'], 'none'],
      [[1], 'national'],
      [['2'], 'gateway'],
      [['3'], 'other'],
      [['Có'], 'gateway'],
      [[''], null],
      [['4'], no('enumeration')],
    ],
  },
  nationalApplicant: {
    converter: kit.nationalApplicant(),
    cases: [
      [['1'], 'citizen'],
      [['Công dân'], 'citizen'],
      [['Doanh nghiệp'], 'enterprise'],
      [[3], 'state'],
      [['Khác'], 'other'],
      [['5'], no('enumeration')],
    ],
  },
  nationalDelivery: {
    converter: kit.nationalDelivery(),
    cases: [
      [['0'], 'counter'],
      [['Bưu chính công ích'], 'post'],
      [['2'], 'online'],
      [['3'], no('enumeration')],
    ],
  },
  nationalLevel: {
    converter: kit.nationalLevel(),
    cases: [
      [['4'], 'full'],
      [['Toàn trình'], 'full'],
      [['MỘT PHẦN'], 'partial'],
      [[1], 'information'],
      [['5'], no('enumeration')],
    ],
  },
  nationalExecuting: {
    converter: kit.nationalExecuting(),
    cases: [
      [[[{ CAPTHUCHIEN: '3' }, { CAPTHUCHIEN: 1 }, { CAPTHUCHIEN: '3' }]], ['province', 'commune']],
      [[[{}]], no('required')],
    ],
  },
  nationalAgencies: {
    converter: kit.nationalAgencies(),
    cases: [
      [[[{ MADONVI: 'H53.14' }, { MADONVI: '000.00.02.H53' }]], ['identifier:H53.02', 'identifier:H53.14']],
      [[[{ MADONVI: '' }]], no('required')],
    ],
  },
  nationalLimit: {
    converter: kit.nationalLimit(),
    cases: [
      [[[{ THOIGIAN: [{ THOIGIANGIAIQUYET: 'theo quy định' }, { THOIGIANGIAIQUYET: '5', DONVITINH: 'Giờ' }] }]], 5],
      [[[{ THOIGIAN: '' }]], null],
    ],
  },
  nationalLimitUnit: {
    converter: kit.nationalLimitUnit(),
    cases: [[[[{ THOIGIAN: [{ THOIGIANGIAIQUYET: 15, DONVITINH: 'Ngày làm việc' }] }]], 'working-day']],
  },
  nationalSupplements: {
    converter: kit.nationalSupplements(kit.compactInstant(ZONE)),
    cases: [
      [
        [[{ NgayBoSung: '20241106' }, { NgayBoSung: '20241105083000', NgayTiepNhanBoSung: '' }]],
        [
          { requestedAt: MORNING.at, completedAt: null, previousDueAt: null, newDueAt: null },
          {
            requestedAt: Date.parse('2024-11-06T00:00:00+07:00'),
            completedAt: null,
            previousDueAt: null,
            newDueAt: null,
          },
        ],
      ],
      [[[{ NgayBoSung: '20241345' }]], no('date')],
    ],
  },
}

describe.each(Object.entries(tables))('%s', (_, { converter, cases }) => {
  it.each(cases)('%j → %j', (raw, expected) => {
    const value = converter.convert(raw, CONTEXT)
    if (kit.isRejection(expected)) expect(value).toMatchObject(expected)
    else expect(value).toEqual(expected)
  })
  it('says in one line what it does', () => expect(converter.doc).toMatch(/^[^\n]{4,300}$/))
})

it('HAZARD 19: reads a unit code on the day of a second field, for systems that write the code of the day of transfer', () => {
  const dated = kit.unitCode('commune', { on: kit.compactInstant(ZONE) })
  // 00:30 local is still the day before in UTC
  expect(dated.convert(['25459', '20250701003000'], CONTEXT)).toBe('code:25459@2025-07-01')
  expect(dated.convert(['25459', '20250630'], CONTEXT)).toBe('code:25459@2025-06-30')
  expect(dated.convert(['25459', ''], CONTEXT)).toBe('code:25459')
  expect(dated.convert(['25459', '20251301'], CONTEXT)).toMatchObject({ rejected: true, rule: 'date' })
})

describe('national words are those of data/reference/code-lists.json', () => {
  type Codes = { codes: readonly { code: number; vi: string }[] }
  const lists = JSON.parse(
    readFileSync(new URL('../../data/reference/code-lists.json', import.meta.url), 'utf8'),
  ) as Record<string, Codes>
  it.each([
    ['statuses', STATUS],
    ['channels', CHANNEL],
    ['applicantKinds', APPLICANT],
    ['serviceLevels', LEVEL],
    ['onlinePayments', PAYMENT],
    ['executingLevels', EXECUTING],
  ] as const)('%s', (name, table) => {
    const values: Readonly<Record<string, unknown>> = table
    for (const { code, vi } of lists[name]?.codes ?? []) {
      expect(values[vi], vi).toBeDefined()
      expect(values[vi], vi).toBe(values[code])
    }
    // no code that the list does not know, but the old level 1
    const codes = new Set([
      ...(lists[name]?.codes ?? []).map(({ code }) => String(code)),
      ...(table === LEVEL ? ['1'] : []),
    ])
    expect(Object.keys(table).filter((key) => /^\d+$/.test(key))).toEqual(
      [...codes].sort((a, b) => Number(a) - Number(b)),
    )
  })
})

it('has a table for each converter of the kit, and the kit offers each', () => {
  const folder = new URL('../../src/connect/', import.meta.url)
  const files = readdirSync(folder).filter((file) => /^(converters.*|agencies)\.ts$/.test(file))
  const named = files.flatMap((file) =>
    [
      ...readFileSync(new URL(file, folder), 'utf8').matchAll(
        /^export (?:const|function) (\w+)[^\n]*(?:\n[^\n]+)?\): Converter\b/gm,
      ),
    ].map(([, name = '']) => name),
  )
  expect(named.length).toBeGreaterThan(40)
  const here = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8')
  const tested = here('converters.test.ts') + here('converters-list.test.ts')
  for (const name of named.filter((name) => name !== 'ofText')) {
    expect(kit, name).toHaveProperty(name)
    expect(tested, name).toContain(`kit.${name}(`)
  }
})
