import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormatsModule from 'ajv-formats'
import { describe, expect, test } from 'vitest'
import catalogue from '../../connectors/catalogue/connector.ts'
import * as ofCatalogue from '../../connectors/catalogue/converters.ts'
import judicial from '../../connectors/judicial/connector.ts'
import oneStop from '../../connectors/one-stop/connector.ts'
import * as ofOneStop from '../../connectors/one-stop/converters.ts'
import type { Mapped, Stream } from '../../src/connect/connector.ts'
import { type Converter, isRejection } from '../../src/connect/converters.ts'

const read = (path: string) => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')) as Json
type Json = Record<string, unknown> & { properties: Record<string, Json>; required: string[] }
const addFormats = addFormatsModule as unknown as (ajv: Ajv2020) => void
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, keywords: ['x-personal'] })
addFormats(ajv)

const connectors = [oneStop, catalogue, judicial] as const
const streams = connectors.flatMap(({ name, streams: own }) =>
  (own as readonly Stream<never>[]).map((stream) => [`${name} ${stream.name}`, name, stream] as const),
)
const rawFields = (mapped: Mapped): readonly string[] =>
  typeof mapped === 'string' ? [mapped] : 'from' in mapped ? [mapped.from].flat() : []

describe.each(streams)('%s', (_, name, stream) => {
  const source = read(`schemas/sources/${stream.schema}`)
  const canonical = read(`schemas/canonical/${stream.entity}.schema.json`)

  test('its source schema is one, and is named as its path', () => {
    expect(ajv.validateSchema(source)).toBe(true)
    expect(() => ajv.compile(source)).not.toThrow()
    expect(source.$id).toBe(`sources/${stream.schema}`)
    expect(stream.schema.startsWith(`${name}/`)).toBe(true)
  })

  test('key, order and mapped fields exist in the source schema; the key is required', () => {
    const known = Object.keys(source.properties)
    expect(known).toEqual(expect.arrayContaining([...stream.key]))
    expect(source.required).toEqual(expect.arrayContaining([...stream.key]))
    expect(known).toEqual(expect.arrayContaining([...new Set(Object.values(stream.map).flatMap(rawFields))]))
    if (stream.order !== 'arrival') expect(known).toContain(stream.order.field)
  })

  test('the map names canonical fields only, and all that are required', () => {
    expect(Object.keys(canonical.properties)).toEqual(expect.arrayContaining(Object.keys(stream.map)))
    expect(Object.keys(stream.map)).toEqual(expect.arrayContaining(canonical.required))
  })

  test('no personal field is mapped but as its verdict', () => {
    for (const mapped of Object.values(stream.map)) {
      const personal = rawFields(mapped).some((field) => source.properties[field]?.['x-personal'] !== undefined)
      if (personal) expect((mapped as { as: Converter }).as.name).toBe('verdict')
    }
  })

  test('every personal field allows a verdict only', () => {
    const personal: unknown[] = []
    JSON.stringify(source, (_key, value: unknown) => {
      if (typeof value === 'object' && value !== null && 'x-personal' in value) personal.push(value)
      return value
    })
    for (const field of personal) expect(field).toMatchObject({ enum: ['present', 'valid', 'dummy', 'absent'] })
    expect(personal.length > 0).toBe(stream.entity !== 'procedure')
  })
})

test.each(connectors.map((connector) => [connector.name, connector] as const))(
  'the settings of %s are checked',
  (name, connector) => {
    const check = ajv.compile(connector.settings)
    const { sources } = read(`connectors/${name}/sources.json`) as unknown as {
      sources: { id: string; settings: Record<string, unknown> }[]
    }
    for (const { settings } of sources) {
      const resolved = Object.fromEntries(
        Object.entries(settings).map(([key, value]) => [key, String(value).replace(/\$\{env:\w+:-([^}]*)\}/g, '$1')]),
      )
      expect(check(resolved), ajv.errorsText(check.errors)).toBe(true)
      expect(check({ ...resolved, unknown: 1 })).toBe(false)
      expect(check({})).toBe(false)
    }
  },
)

describe('converters of the connectors', () => {
  const context = { zone: 'Asia/Ho_Chi_Minh', source: 'made-up', agency: null }
  const as = (converter: Converter, ...values: unknown[]) => {
    const value = converter.convert(values, context)
    return isRejection(value) ? `rejected ${value.rule}` : value
  }

  test('one-stop', () => {
    expect(as(ofOneStop.firstOf(), '', 'H53.01-240823-0001')).toBe('H53.01-240823-0001')
    expect(as(ofOneStop.firstOf(), 'a', 'b')).toBe('a')
    expect(as(ofOneStop.anyFlag('x'), [{ x: '0' }, { x: '1' }])).toBe(true)
    expect(as(ofOneStop.anyFlag('x'), [])).toBe(false)
    expect(as(ofOneStop.anyFlag('x'), undefined)).toBe(null)
    expect(as(ofOneStop.anyFlag('x'), 'text')).toBe('rejected type')
    expect(as(ofOneStop.anyText('x'), [{ x: '' }, {}])).toBe(false)
    expect(as(ofOneStop.sumOf('Gia'), [{ Gia: '15000' }, { Gia: '' }, { Gia: '5000' }])).toBe(20_000)
    expect(as(ofOneStop.sumOf('Gia'), [{ Gia: '15.000' }])).toBe('rejected amount')
    const supplements = ofOneStop.supplements('Asia/Ho_Chi_Minh')
    const asked = {
      NgayBoSung: '20240823093000',
      NgayTiepNhanBoSung: '',
      NgayHenTraTruoc: '20240901',
      NgayHenTraMoi: '',
    }
    expect(as(supplements, [{ ...asked, NgayBoSung: '20240824093000' }, asked])).toEqual([
      {
        requestedAt: Date.UTC(2024, 7, 23, 2, 30),
        completedAt: null,
        previousDueAt: Date.UTC(2024, 7, 31, 17),
        newDueAt: null,
      },
      {
        requestedAt: Date.UTC(2024, 7, 24, 2, 30),
        completedAt: null,
        previousDueAt: Date.UTC(2024, 7, 31, 17),
        newDueAt: null,
      },
    ])
    expect(as(supplements, [{ ...asked, NgayBoSung: '20240231093000' }])).toBe('rejected date')
  })

  test('catalogue', () => {
    const services = [
      { MUCDO: 3, TICHHOP: 0, TRANGTHAI: '1' },
      { MUCDO: '4', TICHHOP: '1', TRANGTHAI: '0' },
    ]
    expect(as(ofCatalogue.level(), services)).toBe('full')
    expect(as(ofCatalogue.level(), [])).toBe('information')
    expect(as(ofCatalogue.level(), [{ MUCDO: '9' }])).toBe('rejected enumeration')
    expect(as(ofCatalogue.online(), services, '1')).toBe(true)
    expect(as(ofCatalogue.online(), services.slice(1), '1')).toBe(false)
    expect(as(ofCatalogue.online(), services, '0')).toBe(false)
    expect(as(ofCatalogue.online(), [{ MUCDO: 2, TRANGTHAI: '1' }], '1')).toBe(false)
    expect(as(ofCatalogue.integrated(), services)).toBe(true)
    expect(as(ofCatalogue.executing(), [{ CAPTHUCHIEN: '3' }, { CAPTHUCHIEN: 1 }, { CAPTHUCHIEN: '3' }])).toEqual([
      'province',
      'commune',
    ])
    expect(as(ofCatalogue.executing(), [{ CAPTHUCHIEN: '' }])).toBe('rejected enumeration')
    expect(
      as(ofCatalogue.agencies(), [{ MADONVI: 'H53.14' }, { MADONVI: '000.00.14.H53' }, { MADONVI: '25459' }]),
    ).toEqual(['code:25459', 'identifier:H53.14'])
    const ways = [
      {
        KENH: '1',
        THOIGIAN: [
          { THOIGIANGIAIQUYET: 'theo quy định', DONVITINH: 'Ngày' },
          { THOIGIANGIAIQUYET: 15, DONVITINH: 'Ngày làm việc', PHILEPHI: [{}] },
        ],
      },
    ]
    expect([as(ofCatalogue.limit(), ways), as(ofCatalogue.limitUnit(), ways)]).toEqual([15, 'working-day'])
    expect([as(ofCatalogue.fee(), ways), as(ofCatalogue.fee(), [])]).toEqual([true, false])
    expect(as(ofCatalogue.limit(), [])).toBe(null)
    expect(as(ofCatalogue.firstIn('TEN'), [{ TEN: ' a ' }, { TEN: 'b' }])).toBe('a')
    expect(as(ofCatalogue.notEmpty(), '')).toBe(false)
  })
})
