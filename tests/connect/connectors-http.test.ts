import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormatsModule from 'ajv-formats'
import { describe, expect, test } from 'vitest'
import catalogue from '../../connectors/catalogue/connector.ts'
import judicial from '../../connectors/judicial/connector.ts'
import oneStop from '../../connectors/one-stop/connector.ts'
import type { PlainMapped, Stream } from '../../src/connect/connector.ts'
import type { Converter } from '../../src/connect/converters.ts'
import { declaredMap } from '../../src/sync/declared-map.ts'

const read = (path: string) => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')) as Json
type Json = Record<string, unknown> & { properties: Record<string, Json>; required: string[] }
const addFormats = addFormatsModule as unknown as (ajv: Ajv2020) => void
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, keywords: ['x-personal', 'x-secret'] })
addFormats(ajv)

const connectors = [oneStop, catalogue, judicial] as const
const streams = connectors.flatMap(({ name, streams: own }) =>
  (own as readonly Stream<never>[]).map((stream) => [`${name} ${stream.name}`, name, stream] as const),
)
const rawFields = (mapped: PlainMapped): readonly string[] =>
  typeof mapped === 'string' ? [mapped] : 'from' in mapped ? [mapped.from].flat() : []

describe.each(streams)('%s', (_, name, stream) => {
  const source = read(`schemas/sources/${stream.schema}`)
  const canonical = read(`schemas/canonical/${stream.entity}.schema.json`)
  const map = declaredMap(stream.map, new Set(Object.keys(source.properties)))

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
    expect(known).toEqual(expect.arrayContaining([...new Set(Object.values(map).flatMap(rawFields))]))
    if (stream.order !== 'arrival') expect(known).toContain(stream.order.field)
  })

  test('the map names canonical fields only, and all that are required', () => {
    expect(Object.keys(canonical.properties)).toEqual(expect.arrayContaining(Object.keys(map)))
    expect(Object.keys(map)).toEqual(expect.arrayContaining(canonical.required))
  })

  test('no personal field is mapped but as its verdict', () => {
    for (const mapped of Object.values(map)) {
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
