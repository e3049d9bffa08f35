/** What accepting drift writes into a schema, and what it cannot write. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lineDiff, planDrift, schemaText } from '../../src/author/accept-drift.ts'
import { CHECKOUT } from '../../src/config.ts'
import { sourceSchema } from '../../src/sync/source-schema.ts'
import type { DriftKind, StoredDrift } from '../../src/warehouse/drift.ts'

const SCHEMA = {
  type: 'object',
  required: ['code', 'state'],
  properties: {
    code: { type: 'string' },
    state: { type: 'string', enum: ['a', 'b'] },
    level: { enum: [1, 2] },
    amount: { type: 'integer' },
    papers: { type: 'array', items: { $ref: '#/$defs/paper' } },
  },
  $defs: { paper: { type: 'object', properties: { kind: { type: ['string', 'null'] } } } },
}
const drift = (field: string, kind: DriftKind, found: string[] = [], personal: string | null = null): StoredDrift => ({
  ...{ id: 1, source: 's', stream: 'dossier', field, kind, found, personal, expected: null, place: null, count: 1 },
  ...{ first_seen: 0, last_seen: 0, run: 'r', last_run: 'r', closed_at: null, closed_by: null },
})
type Fields = Record<string, Record<string, unknown>>
const accepted = (one: StoredDrift) =>
  planDrift(SCHEMA, [one]).schema as { properties: Fields; required: string[]; $defs: Fields }
const left = (one: StoredDrift) => planDrift(SCHEMA, [one]).left.map(({ why }) => why)

describe('a new field', () => {
  it.each([
    [['string'], { type: ['string', 'null'] }],
    [['null'], { type: ['string', 'null'] }],
    [['integer', 'number'], { type: ['number', 'null'] }],
    [['object'], { type: ['object', 'null'], properties: {} }],
    [['array of string'], { type: ['array', 'null'], items: { type: ['string', 'null'] } }],
    [['array of object'], { type: ['array', 'null'], items: { type: 'object', properties: {} } }],
  ])('%j → %j', (found, expected) => {
    const schema = planDrift(SCHEMA, [drift('/fresh', 'new-field', found)]).schema
    expect((schema as { properties: Fields }).properties.fresh).toEqual(expected)
    expect(() => sourceSchema(schema, 'x', 'x')).not.toThrow()
  })
  it.each([
    ['/Họ tên người nộp', 'name'],
    ['/soDienThoai', 'phone'],
    ['/Số CCCD', 'id'],
    ['/DiaChi', 'address'],
    ['/GhiChu', 'text'],
  ])('%s is a person: %s', (field, kind) => {
    expect(accepted(drift(field, 'new-field', ['string'])).properties[field.slice(1)]).toEqual({ 'x-personal': kind })
  })
  it('whose values looked like persons is marked, whatever its name', () => {
    const plan = planDrift(SCHEMA, [drift('/x', 'new-field', ['string'], 'id')])
    expect(plan).toMatchObject({
      accepted: [{ personal: 'id', writes: true }],
      schema: { properties: { x: { 'x-personal': 'id' } } },
    })
  })
  it('inside a list is written where its schema is, behind a reference', () => {
    expect(accepted(drift('/papers/copies', 'new-field', ['integer'])).$defs.paper?.properties).toEqual({
      kind: { type: ['string', 'null'] },
      copies: { type: ['integer', 'null'] },
    })
  })
  it('whose name was not kept cannot be written', () => {
    expect(left(drift('/(12 characters)', 'new-field', ['string']))).toEqual(['not-told'])
    expect(left(drift('/nowhere/x', 'new-field', ['string']))).toEqual(['no-such-field'])
  })
})

it('a type is widened, never narrowed; another shape is left to a person', () => {
  expect(accepted(drift('/amount', 'changed-type', ['number'])).properties.amount).toEqual({ type: 'number' })
  expect(accepted(drift('/code', 'changed-type', ['null'])).properties.code).toEqual({ type: ['string', 'null'] })
  expect(accepted(drift('/state', 'changed-type', ['null'])).properties.state).toEqual({
    type: ['string', 'null'],
    enum: ['a', 'b', null],
  })
  expect(left(drift('/code', 'changed-type', ['object']))).toEqual(['other-shape'])
})

it('values join their enumeration, as numbers where it has numbers', () => {
  expect(accepted(drift('/state', 'new-value', ['c', 'b'])).properties.state?.enum).toEqual(['a', 'b', 'c'])
  expect(accepted(drift('/level', 'new-value', ['3'])).properties.level?.enum).toEqual([1, 2, 3])
  expect(left(drift('/state', 'new-value', ['(12 characters)']))).toEqual(['not-told'])
  expect(left(drift('/code', 'new-value', ['c']))).toEqual(['no-enumeration'])
})

it('a required field that never came is required no more; of an optional one nothing is written', () => {
  expect(accepted(drift('/state', 'missing-field')).required).toEqual(['code'])
  expect(planDrift(SCHEMA, [drift('/amount', 'missing-field')])).toMatchObject({ accepted: [{ writes: false }] })
  expect(planDrift(SCHEMA, [drift('/amount', 'null-share', ['40 %'])])).toMatchObject({ accepted: [{ writes: false }] })
})

it('shows the lines that change and two around them', () => {
  const before = schemaText(SCHEMA, '')
  const { schema } = planDrift(SCHEMA, [drift('/amount', 'changed-type', ['number'])])
  expect(lineDiff(before, schemaText(schema, ''))).toEqual([
    '…',
    '      },',
    '      "amount": {',
    '-       "type": "integer"',
    '+       "type": "number"',
    '      },',
    '      "papers": {',
    '…',
  ])
  expect(lineDiff(before, before)).toEqual([])
})

it('writes every shipped schema as it stands', () => {
  const folder = join(CHECKOUT, 'schemas/sources')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'))
  expect(files.length).toBeGreaterThan(4)
  for (const file of files) {
    const text = readFileSync(join(folder, file), 'utf8')
    expect(schemaText(JSON.parse(text), text), file).toBe(text)
  }
})

it('a number where an enumeration has texts is taken once its type is, and a field called as what every object has', () => {
  const schema = { properties: { Loai: { type: 'string', enum: ['A'] } } }
  const plan = planDrift(schema, [
    drift('/Loai', 'changed-type', ['integer']),
    drift('/Loai', 'new-value', ['7']),
    drift('/constructor', 'new-field', ['string']),
  ])
  expect(plan.schema).toEqual({
    properties: {
      Loai: { type: ['string', 'integer'], enum: ['A', '7', 7] },
      constructor: { type: ['string', 'null'] },
    },
  })
})
