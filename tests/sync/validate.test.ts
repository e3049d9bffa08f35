import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CHECKOUT } from '../../src/config.ts'
import { datePicture } from '../../src/sync/formats.ts'
import { recordsOf } from '../../src/sync/kept-records.ts'
import { codeText, naturalKey } from '../../src/sync/keys.ts'
import { compileProtect } from '../../src/sync/protect.ts'
import { sourceSchema } from '../../src/sync/source-schema.ts'
import { checkSchema, compileValidate, rowObject } from '../../src/sync/validate.ts'
import { dossierSchema, header, record, row } from './sample-stream.ts'
import { openSample } from './support-home.ts'

const schema = sourceSchema({ ...dossierSchema, required: ['MaHoSo', 'SoGiayTo'] }, 'drop/dossier.schema.json', 'drop')
const protect = compileProtect(schema.root)
const validate = compileValidate(schema.derived, 'drop', 'drop')
const check = (parts: Readonly<Record<string, unknown>>) => validate(protect(record(parts)))

describe('validate', () => {
  it('passes a good record, with unknown fields', () => expect(check({ Moi: 1 })).toBeNull())
  it('collects every failure of a bad one', () => {
    expect(check({ NgayTiepNhan: '31/02/2024', TrangThai: '77', SoGiayTo: '', DonVi: { a: 1 } })).toEqual([
      { path: '/DonVi', rule: 'type', expected: 'string or null', value: { 'x-masked': 'object' } },
      { path: '/TrangThai', rule: 'enum', expected: 'one of 1, 4, 9', value: '77' },
      { path: '/NgayTiepNhan', rule: 'date', expected: 'dd/MM/yyyy[ HH:mm]', value: '31/02/2024' },
      { path: '/SoGiayTo', rule: 'required', expected: 'present', value: null },
    ])
  })
  it('names what is missing', () => {
    const { MaHoSo: _, ...rest } = record()
    expect(validate(protect(rest))).toEqual([{ path: '/MaHoSo', rule: 'required', expected: 'a value', value: null }])
  })
  it('refuses a keyword or format that does not exist', () => {
    const typo = (field: object) => () => compileValidate({ type: 'object', properties: { a: field } }, 'f', 'c')
    expect(typo({ type: 'string', 'x-personnal': 'id' })).toThrow(/x-personnal/)
    expect(typo({ type: 'string', format: 'dat' })).toThrow(/dat/)
  })
})

it('shipped schemas are schemas: reading threads do not ask again', () => {
  const ajv = new Ajv2020({ strict: false })
  const folders = ['sources', 'canonical'].map((name) => join(CHECKOUT, 'schemas', name))
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  const schemas = files.filter((file) => file.endsWith('.json'))
  expect(schemas.length).toBeGreaterThan(15)
  for (const file of schemas) {
    const told = ajv.validateSchema(JSON.parse(readFileSync(file, 'utf8')))
    expect([file, told, ajv.errors ?? []]).toEqual([file, true, []])
  }
  // another's is still held to it, and named
  const wrong = { type: 'object', properties: { a: { type: 'string', minLength: -1 } } }
  expect(() => compileValidate(wrong, '/home/schemas/sources/f.json', 'c')).toThrow(/schema is invalid.*minLength/)
  const here = join(CHECKOUT, 'schemas', 'sources', 'f.json')
  expect(compileValidate(wrong, here, 'c')({ a: '' })).toBeNull()
  // which is why doctor and authors ask for it
  expect(() => checkSchema(wrong, here, 'c')).toThrow(/schema is invalid.*minLength/)
})

it.each([
  ['yyyyMMddHHmmss', '20240229235959', true],
  ['yyyyMMddHHmmss', '20230229000000', false],
  ['yyyyMMddHHmmss', '20240101240000', false],
  ['dd/MM/yyyy[ HH:mm]', '01/02/2024', true],
  ['dd/MM/yyyy[ HH:mm]', '01/02/2024 09:60', false],
  ['dd/MM/yyyy', '1/2/2024', false],
  ['yyyy-MM-ddTHH:mm:ss', '2024-02-30T00:00:00', false],
])('%s takes %s: %s', (picture, text, expected) => expect(datePicture(picture)(text)).toBe(expected))

it('positions and objects agree', () => {
  const reader = openSample()
  const cells = fc.constantFrom('', ' ', 'x', '9', '31/02/2024', '01/02/2024', '1.004194', 'HS-1', '072190123456')
  fc.assert(
    fc.property(fc.array(cells, { minLength: header.length, maxLength: header.length }), (values) => {
      const [asRow] = [reader.page({ records: [values], header, resume: {} })]
      const object = Object.fromEntries(header.map((name, i) => [name, values[i]]).filter(([, v]) => v?.trim()))
      const asObject = reader.page({ records: [object], resume: {} })
      expect(asRow.rows).toEqual(asObject.rows)
      expect(asRow.rejected.map(({ reasons }) => reasons)).toEqual(asObject.rejected.map(({ reasons }) => reasons))
    }),
  )
})

it('keeps rows as the records they stand for', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constant(null), fc.integer())), (values) => {
      const columns = values.map((_, i) => `cột "${i}"`)
      const records = { columns, text: JSON.stringify([[], values]) }
      const recordAt = recordsOf([{ rows: [1, 2], records }], () => false)
      expect(recordAt(1)).toBe(JSON.stringify(rowObject(columns, values)))
    }),
  )
})

describe('keys', () => {
  it('do not change with Unicode form, spaces and invisible characters, and keep case', () => {
    const spaced = fc.constantFrom('', ' ', '\u200b', '\ufeff', '\u00a0')
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), spaced, spaced, (text, before, inside) => {
        const key = codeText(text)
        expect(codeText(`${before}${text.normalize('NFD')}${inside}`)).toBe(key)
        expect(codeText(key)).toBe(key)
      }),
    )
    expect(codeText(' H53.14 - 001\u200b')).toBe('H53.14-001')
    expect(codeText('a1')).not.toBe(codeText('A1'))
  })
  it('of several parts never collide', () => {
    const parts = fc.array(fc.string({ minLength: 1 }).map(codeText).filter(Boolean), { minLength: 2, maxLength: 2 })
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(naturalKey(a) === naturalKey(b)).toBe(a.join('\0') === b.join('\0'))
      }),
    )
    expect(naturalKey(['a', ' '])).toBeNull()
  })
  it('that are missing become a fingerprint of the whole record', () => {
    const page = openSample().page({
      records: [row(1, { MaHoSo: '' }), row(1, { MaHoSo: ' ', DonVi: 'x' })],
      header,
      resume: {},
    })
    const [a, b] = page.rejected
    expect(a?.key).toMatch(/^#[0-9a-f]{16}$/)
    expect(a?.key).not.toBe(b?.key)
    expect(a?.reasons).toEqual([{ path: '/MaHoSo', rule: 'required', expected: 'a value', value: null }])
  })
})
