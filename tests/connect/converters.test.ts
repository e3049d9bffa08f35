import { describe, expect, it } from 'vitest'
import * as kit from '../../src/connect/index.ts'

const ZONE = 'Asia/Ho_Chi_Minh'
const CONTEXT = { zone: ZONE, source: 'test', agency: null }
const at = (iso: string, precision: 'day' | 'minute' | 'second') => ({ at: Date.parse(iso), precision })
const no = (rule: string): unknown => ({ rejected: true, rule })
const MORNING = '2024-11-05T08:30:00+07:00'

type Case = [raw: unknown, expected: unknown]
const tables: Record<string, { converter: kit.Converter; cases: Case[] }> = {
  text: {
    converter: kit.text(),
    cases: [
      [' a ', 'a'],
      ['', null],
      [undefined, null],
      [7, '7'],
      [{}, no('type')],
    ],
  },
  code: {
    converter: kit.code(),
    cases: [
      [' H53.1 ', 'H53.1'],
      ['Ho\u0300a', 'Hòa'],
      ['  ', no('required')],
      [null, no('required')],
    ],
  },
  compactInstant: {
    converter: kit.compactInstant(ZONE),
    cases: [
      ['20241105083000', at(MORNING, 'second')],
      ['20241105', at('2024-11-05T00:00:00+07:00', 'day')],
      ['', null],
      ['00010101000000', null],
      ['19000101', null],
      ['20240231', no('date')],
      ['20241301', no('date')],
      ['20241105240000', no('date')],
      ['20241105236000', no('date')],
      ['202411', no('date')],
    ],
  },
  vietnameseDate: {
    converter: kit.vietnameseDate(ZONE),
    cases: [
      ['05/11/2024', at('2024-11-05T00:00:00+07:00', 'day')],
      ['05/11/2024 08:30', at(MORNING, 'minute')],
      ['05/11/2024 08:30:00', at(MORNING, 'second')],
      ['5/11/2024', at('2024-11-05T00:00:00+07:00', 'day')],
      ['29/02/2024', at('2024-02-29T00:00:00+07:00', 'day')],
      ['29/02/2023', no('date')],
      ['31/02/2024 09:30', no('date')],
      ['11/25/2024', no('date')],
      ['05/11/2024 24:00', no('date')],
      ['01/01/1900', null],
      ['01/01/0001 00:00:00', null],
      ['5-11-2024', at('2024-11-05T00:00:00+07:00', 'day')],
      ['05.11.2024 08:30', at(MORNING, 'minute')],
      ['08:30 05/11/2024', at(MORNING, 'minute')],
      ['05/11/2024 8:30:00 SA', at(MORNING, 'second')],
      ['05/11/2024 08:30:00 CH', at('2024-11-05T20:30:00+07:00', 'second')],
      ['05/11/2024 12:00 SA', at('2024-11-05T00:00:00+07:00', 'minute')],
      ['05/11/2024 12:00 PM', at('2024-11-05T12:00:00+07:00', 'minute')],
      ['05/11/2024 13:00 CH', no('date')],
      ['05/11-2024', no('date')],
      ['05/11/24', no('date')],
      ['2024-11-05', no('date')],
    ],
  },
  isoInstant: {
    converter: kit.isoInstant({ zone: ZONE }),
    cases: [
      ['2024-11-05T01:30:00.000Z', at(MORNING, 'second')],
      ['2024-11-05T08:30:00+07:00', at(MORNING, 'second')],
      ['2024-11-05 08:30:00+07', at(MORNING, 'second')],
      ['2024-11-04T20:30:00-05:00', at(MORNING, 'second')],
      ['2024-11-05T08:30', at(MORNING, 'minute')],
      ['2024-11-05', at('2024-11-05T00:00:00+07:00', 'day')],
      ['0001-01-01T00:00:00Z', null],
      ['2024-02-30', no('date')],
    ],
  },
  falseZ: {
    converter: kit.isoInstant({ zone: ZONE, falseZ: true }),
    cases: [['2024-11-05T08:30:00.000Z', at(MORNING, 'second')]],
  },
  sqlInstant: {
    converter: kit.sqlInstant(ZONE),
    cases: [
      ['2024-11-05 08:30:00', at(MORNING, 'second')],
      ['2024-11-05 08:30:00.250', { at: Date.parse(MORNING) + 250, precision: 'second' }],
      ['1900-01-01 00:00:00', null],
      [null, null],
      ['2024-02-31 09:30:00', no('date')],
    ],
  },
  excelSerial: {
    converter: kit.excelSerial(ZONE),
    cases: [
      [45601, at('2024-11-05T00:00:00+07:00', 'day')],
      ['45601.354166666664', at(MORNING, 'minute')],
      [0, null],
      [1, null],
      [60, no('date')],
      ['05/11/2024', no('date')],
    ],
  },
  epochInstant: {
    converter: kit.epochInstant('milliseconds'),
    cases: [
      [1730770200000, at(MORNING, 'second')],
      ['1730770200000', at(MORNING, 'second')],
      ['/Date(1730770200000+0700)/', at(MORNING, 'second')],
      ['/Date(-62135596800000)/', null],
      [0, null],
      ['', null],
      ['1730770200000000', no('date')],
      ['2024-11-05', no('date')],
      [1730770200.5, no('date')],
    ],
  },
  epochSeconds: {
    converter: kit.epochInstant('seconds'),
    cases: [
      [1730770200, at(MORNING, 'second')],
      // milliseconds in a column of seconds are the year 56817
      [1730770200000, no('date')],
    ],
  },
  asDay: {
    converter: kit.asDay(ZONE, kit.isoInstant({ zone: ZONE })),
    cases: [
      ['2024-11-05T00:00:00', at('2024-11-05T00:00:00+07:00', 'day')],
      ['2024-11-04T17:00:00Z', at('2024-11-05T00:00:00+07:00', 'day')],
      ['', null],
      ['x', no('date')],
    ],
  },
  oneOf: {
    converter: kit.oneOf(kit.vietnameseDate(ZONE), kit.excelSerial(ZONE)),
    cases: [
      ['05/11/2024 08:30', at(MORNING, 'minute')],
      ['45601', at('2024-11-05T00:00:00+07:00', 'day')],
      ['x', no('date')],
    ],
  },
  count: {
    converter: kit.count(),
    cases: [
      ['1.622', 1622],
      ['1622', 1622],
      ['12.345.678', 12_345_678],
      ['', null],
      ['1.62', no('count')],
      ['1,622', no('count')],
      ['-1', no('count')],
      ['9007199254740993', no('count')],
    ],
  },
  decimal: {
    converter: kit.decimal(),
    cases: [
      ['1.234,50', 1234.5],
      ['83,02', 83.02],
      ['7', 7],
      ['1.622', no('decimal')],
      ['', null],
    ],
  },
  percent: {
    converter: kit.percent(),
    cases: [
      ['83,02%', 0.8302],
      ['100%', 1],
      ['0,07 %', 0.0007],
      ['83.02%', no('percent')],
      ['0,8302', no('percent')],
    ],
  },
  amount: {
    converter: kit.amount(),
    cases: [
      ['50.000 đ', 50_000],
      ['1.250.000 VNĐ', 1_250_000],
      ['50000', 50_000],
      ['0', 0],
      ['', null],
      ['50,5 đ', no('amount')],
      ['5 USD', no('amount')],
      ['đ', no('amount')],
    ],
  },
  machineDecimal: {
    converter: kit.machineDecimal(),
    cases: [
      ['1234.5', 1234.5],
      [83.02, 83.02],
      ['-0.5', -0.5],
      [1e-7, 1e-7],
      ['', null],
      ['1.234,5', no('decimal')],
      ['1,234.5', no('decimal')],
      ['1e999', no('decimal')],
      ['NaN', no('decimal')],
    ],
  },
  wholeMachineDecimal: {
    converter: kit.machineDecimal({ whole: true }),
    cases: [
      ['50000.0000', 50_000],
      [50_000, 50_000],
      ['50000.5', no('decimal')],
      ['9007199254740993', no('decimal')],
    ],
  },
  machinePercent: {
    converter: kit.machinePercent(),
    cases: [
      ['83.02', 0.8302],
      [83.02, 0.8302],
      ['83.02 %', 0.8302],
      ['', null],
      ['83,02', no('percent')],
      ['-1', no('percent')],
    ],
  },
  integer: {
    converter: kit.integer(),
    cases: [
      ['0007', 7],
      [12, 12],
      ['-3', -3],
      ['1.622', no('integer')],
      ['9007199254740993', no('integer')],
    ],
  },
  flag: {
    converter: kit.flag(),
    cases: [
      ['1', true],
      ['Có', true],
      ['x', true],
      ['TRUE', true],
      ['Đúng', true],
      ['0', false],
      ['Không', false],
      ['Sai', false],
      ['Rồi', true],
      ['CHƯA', false],
      ['đã có', true],
      ['✓', true],
      ['yes', true],
      ['N', false],
      [true, true],
      ['2', no('flag')],
      ['', null],
      ['có lẽ', no('flag')],
    ],
  },
  tick: {
    converter: kit.flag({ empty: false }),
    cases: [
      ['x', true],
      ['', false],
    ],
  },
  enumeration: {
    converter: kit.enumeration({ '': 'counter', '2': 'online' }),
    cases: [
      ['2', 'online'],
      [undefined, 'counter'],
      ['9', no('enumeration')],
    ],
  },
  folded: {
    converter: kit.enumeration({ 'Đã xử lý xong': 9, 'Công dân yêu cầu rút hồ sơ': 7 }, { fold: true }),
    cases: [
      ['đã xử  lý xong', 9],
      ['ĐÃ XỬ LÝ XONG', 9],
      ['Đã xử lí xong', no('enumeration')],
      ['', null],
    ],
  },
  procedureCode: {
    converter: kit.procedureCode(),
    cases: [
      ['1.004194', '1.004194'],
      ['2.000815.000.00.00.H55', '2.000815'],
      ['2.000815.000.00.00.H55.02', '2.000815'],
      ['0.004194', no('procedure-code')],
      ['', no('procedure-code')],
    ],
  },
  agencyIdentifier: {
    converter: kit.agencyIdentifier(),
    cases: [
      ['000.17.22.H56', 'identifier:H56.22.17'],
      ['000.00.00.H49', 'identifier:H49'],
      ['005.17.22.H56', 'identifier:H56.22.17.005'],
      ['h53.14', 'identifier:H53.14'],
      ['H55.242', 'identifier:H55.242'],
      ['', null],
      ['Sở Tư pháp', no('agency')],
    ],
  },
  agencyCode: {
    converter: kit.agencyCode(),
    cases: [
      ['25459', 'code:25459'],
      ['', null],
    ],
  },
  agencyAnyCode: {
    converter: kit.agencyAnyCode(),
    cases: [
      ['000.17.22.H56', 'identifier:H56.22.17'],
      ['H53.14', 'identifier:H53.14'],
      ['25459', 'code:25459'],
      [25459, 'code:25459'],
      ['', null],
      ['Sở Tư pháp', no('agency')],
      ['254590', no('agency')],
    ],
  },
  unitCode: {
    converter: kit.unitCode('commune'),
    cases: [
      ['25459', 'code:25459'],
      [1, 'code:00001'],
      ['', null],
      ['Phường 3', no('agency')],
      ['254590', no('agency')],
      [{}, no('type')],
    ],
  },
  agencyLocal: {
    converter: kit.agencyLocal(),
    cases: [
      [' CN-01 ', 'local:CN-01'],
      [null, null],
    ],
  },
  verdict: {
    converter: kit.verdict(),
    cases: [
      ['dummy', 'dummy'],
      [undefined, null],
      ['072169265212', no('verdict')],
    ],
  },
}

describe.each(Object.entries(tables))('%s', (_, { converter, cases }) => {
  it.each(cases)('%j → %j', (raw, expected) => {
    const value = converter.convert([raw], CONTEXT)
    if (kit.isRejection(expected)) expect(value).toMatchObject(expected)
    else expect(value).toEqual(expected)
  })
})

describe('agencyName', () => {
  const convert = (...values: unknown[]) => kit.agencyName().convert(values, CONTEXT)
  it('keeps two communes of one name apart by their district', () => {
    expect(convert('Xã Tân Bình', 'Huyện Tân Biên')).not.toBe(convert('Xã Tân Bình', 'Thành phố Tây Ninh'))
  })
  it('finds one key for the spellings of one name', () => {
    expect(convert('UBND phường Hoà Thành')).toBe(convert('Ủy ban nhân dân P. Hòa Thành'))
  })
  it('does not put a district into itself', () => {
    expect(convert('UBND huyện Tân Biên', 'Huyện Tân Biên')).toBe(convert('Huyện Tân Biên'))
  })
  it('is null where there is none', () => expect(convert('', 'Huyện Tân Biên')).toBeNull())
})

it('HAZARD 8: agrees on one instant in each of the forms in which systems write it', () => {
  const forms = [
    kit.isoInstant({ zone: ZONE }).convert(['2024-11-05T08:30:00+07:00'], CONTEXT),
    kit.isoInstant({ zone: ZONE }).convert(['2024-11-05T01:30:00Z'], CONTEXT),
    kit.isoInstant({ zone: ZONE, falseZ: true }).convert(['2024-11-05T08:30:00Z'], CONTEXT),
    kit.sqlInstant(ZONE).convert(['2024-11-05 08:30:00'], CONTEXT),
    kit.compactInstant(ZONE).convert(['20241105083000'], CONTEXT),
  ]
  for (const form of forms) expect(form).toEqual(at(MORNING, 'second'))
})

it('knows the days of other zones that are not 24 hours long', () => {
  const berlin = kit.sqlInstant('Europe/Berlin')
  expect(berlin.convert(['2024-03-31 12:00:00'], CONTEXT)).toEqual(at('2024-03-31T12:00:00+02:00', 'second'))
  expect(berlin.convert(['2024-03-30 12:00:00'], CONTEXT)).toEqual(at('2024-03-30T12:00:00+01:00', 'second'))
})
