/** Drift on the whole path: reported once, kept as a proposal, accepted into the home's schema; and what each policy lets land. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { closeDrift, listDrift, type StoredDrift } from '../../src/warehouse/drift.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { documentOf, verbHere } from '../cli/support.ts'
import { eachDialect, onDialects } from '../support/warehouse.ts'
import { codesOf, type Deployment, deploy, openQuarantine } from './deployment.ts'
import { records, type Tape, type TapeRecord, tapeFiles } from './tape.ts'

let deployment: Deployment
afterEach(() => deployment?.remove())

const SCHEMA = 'schemas/sources/tape/dossier.schema.json'
/** `status` of the sample lists its values, as a vendor's page does. */
function tape(drift?: 'hold' | 'widen-only'): Deployment {
  const files = tapeFiles(drift ? { drift } : {})
  const schema = JSON.parse(files[SCHEMA] ?? '') as { properties: Record<string, object> }
  schema.properties.status = { type: 'string', enum: ['2', '4', '9'], 'x-public': true }
  schema.properties.note = { type: ['string', 'null'], maxLength: 40 }
  deployment = deploy(
    { tape: [{ id: 'tape', settings: { folder: 'tape' } }] },
    { ...files, [SCHEMA]: JSON.stringify(schema) },
  )
  return deployment
}
const play = (rows: readonly TapeRecord[], end?: Tape['end']) =>
  deployment.put('tape/dossier.json', JSON.stringify({ pages: [rows], ...(end ? { end } : {}) } satisfies Tape))
/** A tape holds texts; a type that changes is the point here. */
const number = (value: number) => value as unknown as string
const driftOf = (warehouse: Warehouse) => warehouse.read((db) => listDrift(db, { source: 'tape' }))
const told = ({ field, kind, found, place, run, closed_at }: StoredDrift) => [field, kind, found, place, run, closed_at]

async function asSpoken(location: string, run: string): Promise<void> {
  const spoken = await deployment.start(['runs', run, '--warehouse', location]).ended
  expect(spoken.stdout).toContain(
    'dossier: new field signer (string); looks like a person (name); first: record D-00003',
  )
  expect(spoken.stdout).toContain('→ ioc connector accept-drift tape --dry-run')
  expect(spoken.stdout).not.toContain('Mẫu')

  const before = readFileSync(join(deployment.home, SCHEMA), 'utf8')
  const dry = await deployment.start(['connector', 'accept-drift', 'tape', '--dry-run', '--warehouse', location]).ended
  expect(dry).toMatchObject({ code: 0, stderr: '' })
  expect(dry.stdout).toContain('+       "x-personal": "name"')
  expect(readFileSync(join(deployment.home, SCHEMA), 'utf8')).toBe(before)
}

eachDialect('drift', (open, dialect) => {
  test('each field once, by the run that saw it first; open until accepted, open again with what is new', async () => {
    tape()
    const { warehouse, location } = await open()
    await deployment.prepare(warehouse)
    play(records(30, (i) => (i === 3 ? { signer: 'Trần Thị Mẫu', status: '5' } : i === 7 ? { note: number(12) } : {})))
    const first = await deployment.syncOne(warehouse, 'tape')
    expect(first).toMatchObject({ state: 'partial', counts: { landed: 28, quarantined: 2 }, remarks: [] })
    const reported = [
      ['/note', 'changed-type', ['integer'], 'record D-00007', first.run, null],
      ['/signer', 'new-field', ['string'], 'record D-00003', first.run, null],
      ['/status', 'new-value', ['5'], 'record D-00003', first.run, null],
    ]
    expect((await driftOf(warehouse)).map(told)).toEqual(reported)

    // the same again is no news, another value is
    const second = await deployment.syncOne(warehouse, 'tape', { full: true })
    expect((await driftOf(warehouse)).map(told)).toEqual(reported)
    expect((await driftOf(warehouse))[0]).toMatchObject({ count: 2, last_run: second.run })
    play([...records(1, () => ({ status: '10' }), 50), ...records(1, () => ({ status: '5' }), 51)])
    const third = await deployment.syncOne(warehouse, 'tape', { full: true })
    expect((await driftOf(warehouse)).map(told)[2]).toEqual([
      '/status',
      'new-value',
      ['5', '10'],
      'record D-00050',
      third.run,
      null,
    ])

    // as somebody sees and accepts it
    const ask = (...words: string[]) => verbHere(deployment.home, location, words)
    const shown = await ask('runs', first.run)
    expect(documentOf<{ drift: { field: string; personal: string | null }[] }>(shown, 'runs').drift).toMatchObject([
      { field: '/note', personal: null },
      { field: '/signer', personal: 'name' },
    ])
    if (dialect === 'sqlite') await asSpoken(location, first.run)

    await expect(ask('connector', 'accept-drift', 'tape', '--field', 'sttus')).rejects.toMatchObject({
      code: 'UNKNOWN_NAME',
      params: { known: expect.stringMatching(/^status\?/) },
    })
    const one = await ask('connector', 'accept-drift', 'tape', '--field', 'note')
    expect(documentOf(one, 'connector-accept-drift')).toMatchObject({
      files: [{ accepted: [{ field: '/note', writes: true }], left: [] }],
    })
    const rest = await ask('connector', 'accept-drift', 'tape')
    expect(documentOf(rest, 'connector-accept-drift')).toMatchObject({
      files: [{ accepted: [{ field: '/signer', personal: 'name' }, { field: '/status' }], left: [] }],
    })
    expect((await driftOf(warehouse)).filter((row) => row.closed_at === null)).toEqual([])
    const { properties } = JSON.parse(readFileSync(join(deployment.home, SCHEMA), 'utf8'))
    expect(properties).toMatchObject({
      note: { type: ['string', 'null', 'integer'] },
      signer: { 'x-personal': 'name' },
      status: { enum: ['2', '4', '9', '5', '10'] },
    })

    // the next read takes all of it, and has nothing to report
    play(records(30, (i) => (i === 3 ? { signer: 'Trần Thị Mẫu', status: '5' } : i === 7 ? { note: number(12) } : {})))
    expect(await deployment.syncOne(warehouse, 'tape', { full: true })).toMatchObject({ counts: { quarantined: 0 } })
    expect((await driftOf(warehouse)).filter((row) => row.closed_at === null)).toEqual([])
    play(records(1, () => ({ status: '7' })))
    await deployment.syncOne(warehouse, 'tape', { full: true })
    expect((await driftOf(warehouse)).filter((row) => row.closed_at === null).map(told)).toMatchObject([
      ['/status', 'new-value', ['7'], 'record D-00000', expect.any(String), null],
    ])
  })

  test('hold: nothing lands, the next night neither; a release or an accepted schema lets it pass', async () => {
    tape('hold')
    const { warehouse } = await open()
    await deployment.prepare(warehouse)
    play(records(30, (i) => (i === 3 ? { status: '5' } : i === 4 ? { note: number(7) } : { fresh: 'x' })))
    const held = await deployment.syncOne(warehouse, 'tape')
    expect(held).toMatchObject({
      state: 'held',
      error: { code: 'SOURCE_HELD', params: { guard: 'drift', observed: 2 } },
    })
    expect(held.error?.message).toContain('2 fields came in another form')
    expect(await codesOf(warehouse)).toEqual([])
    expect((await driftOf(warehouse)).map(({ field }) => field)).toEqual(['/fresh', '/note', '/status'])
    const again = await deployment.syncOne(warehouse, 'tape')
    expect(again).toMatchObject({ state: 'held', counts: { landed: 0 } })

    if (dialect === 'sqlite') {
      const { releaseRun } = await import('../../src/sync/guards.ts')
      await warehouse.write((trx) => releaseRun(trx, again.run, 'a test', 'the vendor confirms', Date.now()))
      expect(await deployment.syncOne(warehouse, 'tape')).toMatchObject({ state: 'partial', counts: { landed: 28 } })
      expect(await openQuarantine(warehouse)).toHaveLength(2)
      return
    }
    const file = join(deployment.home, SCHEMA)
    const schema = JSON.parse(readFileSync(file, 'utf8'))
    schema.properties.status.enum.push('5')
    schema.properties.note.type.push('integer')
    writeFileSync(file, JSON.stringify(schema))
    await warehouse.write((trx) => closeDrift(trx, [1, 2, 3], 'a test', Date.now()))
    expect(await deployment.syncOne(warehouse, 'tape')).toMatchObject({ state: 'succeeded', counts: { landed: 30 } })
  })

  test('a field that stops coming and a share of empty values, against earlier runs', async () => {
    tape()
    const { warehouse } = await open()
    await deployment.prepare(warehouse)
    const night = async (more: (i: number) => TapeRecord) => {
      play(records(250, (i) => ({ note: `n ${i}`, due: '20241114', ...more(i) })))
      return deployment.syncOne(warehouse, 'tape', { full: true })
    }
    for (let n = 0; n < 3; n++) await night((i) => (i % 20 === 0 ? { due: null } : {}))
    const unfilled = ['/changed', '/finished', '/national']
    expect((await driftOf(warehouse)).map(({ field, kind }) => [field, kind])).toEqual(
      [...unfilled, '/applicant'].sort().map((field) => [field, 'missing-field']),
    )
    await warehouse.write(async (trx) =>
      closeDrift(
        trx,
        (await listDrift(trx.db, {})).map(({ id }) => id),
        'a test',
        1,
      ),
    )
    const { run } = await night((i) => (i % 2 === 0 ? { due: null } : {}))
    expect((await driftOf(warehouse)).filter((row) => row.closed_at === null)).toMatchObject([
      { field: '/due', kind: 'null-share', found: ['50 %'], expected: '5–5 %', run },
    ])
    play(records(250).map(({ status, ...rest }) => ({ ...rest, status: status ?? '4', due: '20241114' })))
    const last = await deployment.syncOne(warehouse, 'tape', { full: true })
    expect((await driftOf(warehouse)).filter((row) => row.run === last.run)).toMatchObject([
      { field: '/note', kind: 'missing-field', expected: 'optional', count: 250 },
    ])
  })
})

onDialects(['sqlite'], 'drift under widen-only', (open) => {
  test('widen-only: what only widens lands, a type that changes holds', async () => {
    tape('widen-only')
    const { warehouse } = await open()
    await deployment.prepare(warehouse)
    const end = { enumerated: 'everything', by: 'snapshot', upTo: null } as const
    play(
      records(30, () => ({ fresh: 'x' })),
      end,
    )
    expect(await deployment.syncOne(warehouse, 'tape')).toMatchObject({ state: 'succeeded', counts: { landed: 30 } })
    play(
      records(31, (i) => (i === 30 ? { note: number(7) } : {})),
      end,
    )
    const held = await deployment.syncOne(warehouse, 'tape')
    expect(held).toMatchObject({ state: 'held', error: { params: { guard: 'drift', observed: 1 } } })
    expect(await codesOf(warehouse)).toHaveLength(30)
  })
})

test('a schema that only the checkout has is written into the home', async () => {
  const { readSchemaFile, writeSchema } = await import('../../src/author/accept-drift.ts')
  tape()
  const { CHECKOUT } = await import('../../src/config.ts')
  const file = readSchemaFile([deployment.home, CHECKOUT], 'land/agency.schema.json')
  expect(file.path).toBe(join(deployment.home, 'schemas/sources/land/agency.schema.json'))
  writeSchema(file.path, file.write(file.schema))
  expect(existsSync(file.path)).toBe(true)
  // written as the formatter of the project writes it, so that a diff shows nothing else
  expect(readFileSync(file.path, 'utf8')).toBe(
    readFileSync(join(CHECKOUT, 'schemas/sources/land/agency.schema.json'), 'utf8'),
  )
})
