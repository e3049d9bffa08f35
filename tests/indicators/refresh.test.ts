import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { explainMessage } from '../../src/indicators/explain.ts'
import { type IndicatorQuery, readIndicators } from '../../src/indicators/read.ts'
import { type RefreshOptions, refresh } from '../../src/indicators/refresh.ts'
import { tick } from '../../src/indicators/tick.ts'
import { markDirty } from '../../src/warehouse/cells.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { eachDialect } from '../support/warehouse.ts'
import { at, DAY, dossier, FRESH, land, seedProvince, ZONE } from './world.ts'

const TICK = at('2024-12-02T08:00')
const NOW = at('2026-01-05T01:00')
const options: RefreshOptions = { asOf: TICK, now: NOW, zone: ZONE, targets: ['ioc', 'file'], sources: FRESH(NOW) }
const S1 = 'S1@2020-01-01'
const nth = (n: number) => `1.${String(n).padStart(6, '0')}`

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
addFormats.default(ajv)
const schema = (path: string) => {
  const json = JSON.parse(readFileSync(new URL(`../../schemas/${path}.schema.json`, import.meta.url), 'utf8'))
  return ajv.getSchema(json.$id) ?? ajv.compile(json)
}

async function figures(warehouse: Warehouse, query: IndicatorQuery): Promise<Record<string, unknown[]>> {
  const rows = await warehouse.read((db) => readIndicators(db, query, ZONE))
  return Object.fromEntries(
    rows.map((row) => [
      `${row.indicator} ${row.agency.code} ${row.period}`,
      [row.valueState, row.value, row.numerator, row.denominator],
    ]),
  )
}
async function prepared(open: () => Promise<{ warehouse: Warehouse }>): Promise<Warehouse> {
  const { warehouse } = await open()
  await seedProvince(warehouse)
  await tick(warehouse, TICK, ZONE)
  return warehouse
}
const count = (warehouse: Warehouse, table: 'message' | 'outbox' | 'indicator_value' | 'dirty') =>
  warehouse.read(
    async (db) =>
      (
        await db
          .selectFrom(table)
          .select(({ fn }) => fn.countAll<number>().as('n'))
          .executeTakeFirst()
      )?.n,
  )

eachDialect('refresh', (open) => {
  test('first figures, roll-up to the province, messages for every target; then nothing to do', async () => {
    const warehouse = await prepared(open)
    await land(warehouse, [
      dossier({
        resolving: S1,
        procedure: nth(1),
        received_at: at('2024-10-07T09:00'),
        due_at: at('2024-10-10T17:00'),
        ended_at: at('2024-10-09T10:00'),
        status: 9,
      }),
      dossier({ resolving: S1, procedure: nth(11), channel: 'counter', due_at: at('2024-11-20T17:00') }),
      dossier({ resolving: 'H1@2020-01-01', procedure: nth(13), due_at: at('2024-12-20T17:00') }),
    ])
    const first = await refresh(warehouse, options)
    expect(first.changed).toBe(first.looked)
    expect(await count(warehouse, 'message')).toBe(first.changed)
    expect(await count(warehouse, 'outbox')).toBe(first.changed * 2)
    expect(
      await figures(warehouse, {
        agencies: ['72', 'S1', 'S3'],
        indicators: [
          'dossiers-received',
          'online-share',
          'services-with-any-dossier',
          'procedures-total',
          'procedures-online-share',
        ],
        periods: ['2024-YTD-11'],
      }),
    ).toEqual({
      'dossiers-received 72 2024-YTD-11': ['ok', 3, 3, null],
      'dossiers-received S1 2024-YTD-11': ['ok', 2, 2, null],
      'dossiers-received S3 2024-YTD-11': ['no-data-yet', null, null, null],
      'online-share 72 2024-YTD-11': ['ok', 2 / 3, 2, 3],
      'online-share S1 2024-YTD-11': ['ok', 0.5, 1, 2],
      'online-share S3 2024-YTD-11': ['no-data-yet', null, null, null],
      'services-with-any-dossier 72 2024-YTD-11': ['ok', 3, 3, null],
      'services-with-any-dossier S1 2024-YTD-11': ['ok', 2, 2, null],
      'services-with-any-dossier S3 2024-YTD-11': ['no-data-yet', null, null, null],
      'procedures-total 72 2024-YTD-11': ['ok', 14, 14, null],
      'procedures-total S1 2024-YTD-11': ['ok', 12, 12, null],
      'procedures-total S3 2024-YTD-11': ['ok', 1, 1, null],
      'procedures-online-share 72 2024-YTD-11': ['ok', 13 / 14, 13, 14],
      'procedures-online-share S1 2024-YTD-11': ['ok', 11 / 12, 11, 12],
      'procedures-online-share S3 2024-YTD-11': ['ok', 1, 1, 1],
    })
    expect(
      await figures(warehouse, {
        agencies: ['72', 'S1', 'H1', 'X1'],
        indicators: ['carried-over', 'in-progress-past-due', 'overdue-now', 'services-with-any-dossier'],
        periods: ['2024-12', '2024-12-02'],
      }),
    ).toMatchObject({
      'carried-over S1 2024-12': ['ok', 1, 1, null],
      'carried-over 72 2024-12': ['ok', 2, 2, null],
      'in-progress-past-due S1 2024-12': ['ok', 1, 1, null],
      'overdue-now S1 2024-12-02': ['ok', 1, 1, null],
      'overdue-now H1 2024-12-02': ['ok', 0, 0, null],
      'overdue-now 72 2024-12-02': ['ok', 1, 1, null],
      'services-with-any-dossier S1 2024-12': ['no-cases', null, 0, null],
    })
    expect(await refresh(warehouse, options)).toEqual({ looked: 0, changed: 0 })
    await warehouse.write((trx) => markDirty(trx, [['*', '2024-01']]))
    expect(await refresh(warehouse, { ...options, now: NOW + 60_000 })).toEqual({ looked: first.looked, changed: 0 })
    expect(await count(warehouse, 'message')).toBe(first.changed)
  })

  test('a change makes one revision of what it changes, at the agency and the province, and the clock may step back', async () => {
    const warehouse = await prepared(open)
    const one = dossier({ resolving: S1, received_at: at('2024-12-02T07:00') })
    await land(warehouse, [one, dossier({ resolving: 'H1@2020-01-01', procedure: nth(13) })])
    await refresh(warehouse, options)
    const before = await count(warehouse, 'message')
    await land(warehouse, [{ ...one, due_at: at('2024-12-02T07:30') }])
    const { changed } = await refresh(warehouse, { ...options, now: NOW - DAY })
    const newest = await warehouse.read((db) =>
      db
        .selectFrom('message')
        .selectAll()
        .where('seq', '>', before ?? 0)
        .execute(),
    )
    expect(newest).toHaveLength(changed)
    expect([...new Set(newest.map((row) => JSON.parse(row.body).agency.code as string))].sort()).toEqual(['72', 'S1'])
    expect(new Set(newest.map((row) => row.figure.split('|')[0]))).toEqual(
      new Set([
        'in-progress-past-due',
        'in-progress-no-due',
        'in-progress-within-share',
        'overdue-now',
        'qd766-2.1',
        'qd766-TDGQ',
      ]),
    )
    expect(newest.every((row) => row.revision === NOW + 1)).toBe(true)
    const current = await warehouse.read((db) =>
      db
        .selectFrom('indicator_value')
        .select(['revision', 'current'])
        .where('indicator', '=', 'overdue-now')
        .where('agency', '=', S1)
        .orderBy('revision')
        .execute(),
    )
    expect(current).toEqual([
      { revision: NOW, current: 0 },
      { revision: NOW + 1, current: 1 },
    ])
  })

  test('messages and outputs follow their schemas, and a message opens by its id', async () => {
    const warehouse = await prepared(open)
    await land(warehouse, [dossier({ resolving: S1 })])
    await refresh(warehouse, options)
    const messages = await warehouse.read((db) => db.selectFrom('message').selectAll().orderBy('seq').execute())
    const valid = schema('ioc/indicator-message')
    for (const { body } of messages) expect(valid(JSON.parse(body)), JSON.stringify(valid.errors)).toBe(true)
    const one = messages.find((row) => row.figure === `dossiers-received|${S1}|2024-11`)
    expect(JSON.parse(one?.body ?? '')).toMatchObject({
      id: one?.id,
      value: 1,
      valueState: 'ok',
      numerator: 1,
      denominator: null,
      unit: 'dossiers',
      asOf: TICK,
      computedAt: NOW,
      freshUntil: NOW + DAY,
      revision: NOW,
      provisional: false,
      sources: [{ source: 'one-stop', asOf: NOW, state: 'fresh' }],
    })
    const opened = await warehouse.read((db) => explainMessage(db, one?.id ?? '', ZONE, { limit: 5 }))
    expect(opened.explanation?.total.numerator).toBe(1)
    const explained = schema('cli/explain')
    expect(explained(JSON.parse(JSON.stringify(opened))), JSON.stringify(explained.errors)).toBe(true)
    const indicators = schema('cli/indicators')
    expect(
      indicators(await warehouse.read((db) => readIndicators(db, {}, ZONE))),
      JSON.stringify(indicators.errors),
    ).toBe(true)
    await expect(warehouse.read((db) => explainMessage(db, 'none', ZONE, { limit: 5 }))).rejects.toMatchObject({
      code: 'MESSAGE_UNKNOWN',
    })
  })

  test('a period that has ended is no longer provisional, without a new revision: for readers and in the view alike', async () => {
    const { warehouse } = await open()
    await seedProvince(warehouse)
    await tick(warehouse, at('2024-11-20T08:00'), ZONE)
    await land(warehouse, [dossier({ resolving: S1 })])
    const targets = ['ioc']
    await refresh(warehouse, { ...options, asOf: at('2024-11-20T08:00'), targets })
    const openNow = async () => {
      const rows = await warehouse.read((db) => readIndicators(db, {}, ZONE))
      const { rows: viewed } = await warehouse.read((db) =>
        sql<{ n: number }>`SELECT count(*) AS n FROM report_indicators WHERE provisional = 1`.execute(db),
      )
      expect(viewed[0]?.n).toBe(rows.filter((row) => row.provisional).length)
      const received = rows.filter((row) => row.indicator === 'dossiers-received' && row.agency.key === S1)
      return received.filter((row) => row.provisional).map((row) => row.period)
    }
    const days = async () =>
      (await warehouse.read((db) => readIndicators(db, { indicators: ['overdue-now'], agencies: [S1] }, ZONE))).map(
        ({ period, provisional }) => [period, provisional],
      )
    const revisions = async () =>
      (await warehouse.read((db) => readIndicators(db, { periods: ['2024-11', '2024-YTD-11'] }, ZONE))).map(
        ({ indicator, agency, period, revision }) => [indicator, agency.key, period, revision],
      )
    expect(await openNow()).toEqual(['2024', '2024-11', '2024-Q4', '2024-YTD-11'])
    expect(await days()).toEqual([['2024-11-20', true]])
    const before = await revisions()
    // the last instant of November, and the first after it
    await tick(warehouse, at('2024-12-01') - 1, ZONE)
    await refresh(warehouse, { ...options, asOf: at('2024-12-01') - 1, now: NOW + DAY, targets })
    expect(await openNow()).toEqual(['2024', '2024-11', '2024-Q4', '2024-YTD-11'])
    await tick(warehouse, at('2024-12-01'), ZONE)
    await refresh(warehouse, { ...options, asOf: at('2024-12-01'), now: NOW + DAY, targets })
    expect(await openNow()).toEqual(['2024', '2024-12', '2024-Q4', '2024-YTD-12'])
    expect(await days()).toEqual([
      ['2024-11-20', false],
      ['2024-11-30', false],
      ['2024-12-01', true],
    ])
    expect(await revisions()).toEqual(before)
    await tick(warehouse, at('2025-01-01'), ZONE)
    await refresh(warehouse, { ...options, asOf: at('2025-01-01'), now: NOW + 2 * DAY, targets })
    expect(await openNow()).toEqual(['2025', '2025-01', '2025-Q1', '2025-YTD-01'])
  })

  test('thresholds are strict and unrounded: 8 of 10 is not above 80 %, 9 of 10 is; vertical agencies are not ranked', async () => {
    const warehouse = await prepared(open)
    const at80 = Array.from({ length: 10 }, (_, i) =>
      dossier({ resolving: S1, procedure: nth(i + 1), channel: i < 8 ? 'online' : 'counter' }),
    )
    const above = Array.from({ length: 10 }, (_, i) =>
      dossier({ resolving: 'S2@2020-01-01', procedure: nth(i + 1), channel: i < 9 ? 'online' : 'counter' }),
    )
    const vertical = dossier({ resolving: 'V1@2020-01-01', procedure: nth(1) })
    const communes = [
      dossier({ resolving: 'X1@2020-01-01', procedure: nth(13) }),
      dossier({ resolving: 'X2@2020-01-01', procedure: nth(13), channel: 'post' }),
    ]
    await land(warehouse, [...at80, ...above, vertical, ...communes])
    await refresh(warehouse, options)
    const wanted = {
      agencies: ['72'],
      periods: ['2024-11'],
      indicators: [
        'departments-above-80',
        'departments-without-cases',
        'districts-above-60',
        'communes-at-100',
        'communes-without-cases',
      ],
    }
    expect(await figures(warehouse, wanted)).toEqual({
      'departments-above-80 72 2024-11': ['ok', 1, 1, 2],
      'departments-without-cases 72 2024-11': ['ok', 1, 1, 3],
      'districts-above-60 72 2024-11': ['no-cases', null, 0, 0],
      'communes-at-100 72 2024-11': ['ok', 1, 1, 2],
      'communes-without-cases 72 2024-11': ['ok', 1, 1, 3],
    })
    // Only S1 is looked at now; the others' standings are the held ones.
    await land(warehouse, [dossier({ resolving: S1, procedure: nth(9) })])
    await refresh(warehouse, { ...options, now: NOW + 1 })
    expect(await figures(warehouse, { ...wanted, indicators: ['departments-above-80'] })).toEqual({
      'departments-above-80 72 2024-11': ['ok', 2, 2, 2],
    })
  })

  test('a held source marks its figures and keeps their values; one never read has no data yet; another state is a revision', async () => {
    const warehouse = await prepared(open)
    await land(warehouse, [
      dossier({ resolving: S1 }),
      dossier({ resolving: 'H1@2020-01-01', source: 'communes', procedure: nth(13) }),
    ])
    const states = (communes: { asOf: number | null; state: string }) =>
      new Map([...FRESH(NOW), ['communes', { ...communes, freshUntil: NOW }]])
    const wanted = { agencies: ['72', 'S1', 'H1'], periods: ['2024-11'], indicators: ['dossiers-received'] }
    await refresh(warehouse, { ...options, sources: states({ asOf: null, state: 'failed' }) })
    expect(await figures(warehouse, wanted)).toEqual({
      'dossiers-received 72 2024-11': ['insufficient', null, null, null],
      'dossiers-received H1 2024-11': ['no-data-yet', null, null, null],
      'dossiers-received S1 2024-11': ['ok', 1, 1, null],
    })
    await warehouse.write((trx) => markDirty(trx, [['H1@2020-01-01', '2024-11']]))
    await refresh(warehouse, { ...options, sources: states({ asOf: NOW, state: 'held' }) })
    expect(await figures(warehouse, wanted)).toEqual({
      'dossiers-received 72 2024-11': ['held', 2, 2, null],
      'dossiers-received H1 2024-11': ['held', 1, 1, null],
      'dossiers-received S1 2024-11': ['ok', 1, 1, null],
    })
  })

  test('marks left by a crash are drained by the next refresh; a lost lease writes nothing', async () => {
    const warehouse = await prepared(open)
    await land(warehouse, [dossier({ resolving: S1 })])
    await expect(refresh(warehouse, { ...options, lease: { name: 'refresh', token: 7 } })).rejects.toMatchObject({
      code: 'LEASE_LOST',
    })
    expect([await count(warehouse, 'message'), await count(warehouse, 'indicator_value')]).toEqual([0, 0])
    expect((await refresh(warehouse, options)).changed).toBeGreaterThan(0)
    expect(await count(warehouse, 'dirty')).toBe(0)
  })

  test('a procedure counts by the version valid at the end of the period', async () => {
    const warehouse = await prepared(open)
    await warehouse.write(async (trx) => {
      const ended = { valid_to: '2024-11-15' }
      await trx.db.updateTable('procedure').set(ended).where('code', '=', nth(1)).execute()
    })
    await land(warehouse, [dossier({ resolving: S1, received_at: at('2024-10-07T09:00') })])
    await refresh(warehouse, options)
    expect(
      await figures(warehouse, {
        agencies: ['72'],
        periods: ['2024-10', '2024-11'],
        indicators: ['procedures-total', 'procedures-integrated'],
      }),
    ).toEqual({
      'procedures-total 72 2024-10': ['ok', 14, 14, null],
      'procedures-total 72 2024-11': ['ok', 13, 13, null],
      'procedures-integrated 72 2024-10': ['ok', 6, 6, null],
      'procedures-integrated 72 2024-11': ['ok', 5, 5, null],
    })
  })

  test('a figure that was withdrawn comes back with a higher revision, also when the clock has stepped back', async () => {
    const warehouse = await prepared(open)
    await land(warehouse, [dossier({ resolving: S1, procedure: nth(1) })])
    const begin = (valid_from: string) =>
      warehouse.write(async (trx) => {
        await trx.db.updateTable('agency').set({ valid_from }).where('key', '=', S1).execute()
        await markDirty(trx, [['*', '0001-01']])
      })
    const figure = `dossiers-received|${S1}|2024`
    const told = () =>
      warehouse.read((db) =>
        db.selectFrom('message').select(['revision', 'body']).where('figure', '=', figure).orderBy('seq').execute(),
      )
    await refresh(warehouse, options)
    expect(await told()).toHaveLength(1)
    await begin('2099-01-01')
    await refresh(warehouse, { ...options, now: NOW + DAY })
    expect(JSON.parse((await told()).at(-1)?.body ?? '')).toMatchObject({ sources: [], freshUntil: NOW + DAY })
    await begin('2020-01-01')
    await refresh(warehouse, { ...options, now: NOW + 1 })
    const revisions = (await told()).map(({ revision }) => revision)
    expect(revisions).toEqual([NOW, NOW + DAY, NOW + DAY + 1])
  })

  test('the message of a figure whose agency is known no more opens by its id, by what was known when its value was', async () => {
    const warehouse = await prepared(open)
    await refresh(warehouse, options)
    await warehouse.write(async (trx) => {
      await trx.db.updateTable('agency').set({ known_to: 2 }).where('key', '=', S1).execute()
      await markDirty(trx, [['*', '0001-01']])
    })
    await refresh(warehouse, { ...options, now: NOW + DAY })
    const { id } = await warehouse.read((db) =>
      db
        .selectFrom('message')
        .select('id')
        .where('figure', '=', `dossiers-received|${S1}|2024`)
        .orderBy('seq', 'desc')
        .limit(1)
        .executeTakeFirstOrThrow(),
    )
    const opened = await warehouse.read((db) => explainMessage(db, id, ZONE, { limit: 5 }))
    expect(opened).toMatchObject({
      message: { id, sources: [], valueState: 'no-data-yet' },
      explanation: { known: { landing: 1 }, value: 0, total: { numerator: 0, denominator: null }, records: [] },
    })
  })
})
