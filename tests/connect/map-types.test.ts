/**
 * A map that names a field which is not canonical, or misses a required one, is marked in the editor and refused at start. The first is
 * what `@ts-expect-error` holds: `npm run check` fails where the line below one has no error.
 */
import { describe, expect, it } from 'vitest'
import {
  agencyName,
  code,
  defineConnector,
  type MapOf,
  nationalChannel,
  procedureCode,
} from '../../src/connect/index.ts'
import { openSample } from '../sync/support-home.ts'

const whole = {
  code: { from: 'MaHoSo', as: code() },
  procedure: { from: 'MaTTHC', as: procedureCode() },
  resolving: { from: 'DonVi', as: agencyName() },
  channel: { from: 'LePhi', as: nationalChannel() },
  status: 'TrangThai',
} as const satisfies MapOf<'dossier'>

describe('a map', () => {
  it('that is whole is taken by both', () => {
    const map: MapOf<'dossier'> = { ...whole, received: 'NgayTiepNhan' }
    expect(() => openSample({ map: { ...map, status: { value: 4 } } })).not.toThrow()
  })

  it('with a field that is not canonical', () => {
    // @ts-expect-error statuss is no canonical field
    const map: MapOf<'dossier'> = { ...whole, statuss: 'TrangThai' }
    expect(() => openSample({ map: { ...map } })).toThrow(/"statuss"; did you mean "status"/)
  })

  it('without a required field', () => {
    const { channel: _, ...rest } = whole
    // @ts-expect-error channel is required
    const map: MapOf<'dossier'> = rest
    expect(() => openSample({ map: { ...map } })).toThrow(/gives no channel/)
  })

  it('of another entity', () => {
    // @ts-expect-error a dossier has no score
    const map: MapOf<'dossier'> = { ...whole, score: 'LePhi' }
    expect(() => openSample({ map: { ...map } })).toThrow(/no canonical field of dossier "score"/)
  })

  it('with a value that is no way to read a field', () => {
    // @ts-expect-error a converter needs to know from what
    const map: MapOf<'dossier'> = { ...whole, received: { as: code() } }
    expect(map).toHaveProperty('received')
  })
})

it('a connector marks the map of the stream it stands in', () => {
  const stream = {
    name: 'dossier',
    schema: 'x/dossier.schema.json',
    key: ['MaHoSo'],
    order: 'arrival',
    sees: 'everything',
    deletes: 'never',
    read: async function* () {
      yield { records: [], resume: {} }
      return { enumerated: 'incomplete', why: 'a test' } as const
    },
  } as const
  const made = defineConnector({
    name: 'x',
    settings: { type: 'object' },
    streams: [
      { ...stream, entity: 'dossier', map: whole },
      // @ts-expect-error the map of a dossier is none of a procedure
      { ...stream, name: 'procedure', entity: 'procedure', map: whole },
      // @ts-expect-error no such policy
      { ...stream, name: 'held', entity: 'dossier', map: whole, drift: 'holt' },
    ],
  })
  expect(made.streams).toHaveLength(3)
})
