import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { readIndicators } from '../../src/indicators/read.ts'
import { rebuild } from '../../src/indicators/rebuild.ts'
import { type RefreshOptions, refresh } from '../../src/indicators/refresh.ts'
import { tick } from '../../src/indicators/tick.ts'
import { saveMeta } from '../../src/warehouse/landing.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { eachDialect } from '../support/warehouse.ts'
import { at, DAY, dossier, FRESH, land, seedProvince, ZONE } from './world.ts'

const TICK = at('2024-12-02T08:00')
const NOW = at('2026-01-05T01:00')
const options: Omit<RefreshOptions, 'now'> = { zone: ZONE, targets: ['ioc', 'file'], sources: FRESH(NOW + 9 * DAY) }
const S1 = 'S1@2020-01-01'
const S3 = 'S3@2020-01-01'
const schema = (path: string) =>
  JSON.parse(readFileSync(new URL(`../../schemas/${path}.schema.json`, import.meta.url), 'utf8'))

async function filled(open: () => Promise<{ warehouse: Warehouse }>, tickAt = TICK): Promise<Warehouse> {
  const { warehouse } = await open()
  await seedProvince(warehouse)
  await tick(warehouse, tickAt, ZONE)
  await land(warehouse, [
    dossier({ resolving: S1, received_at: at('2024-10-07T09:00') }),
    dossier({ resolving: S3, procedure: '1.000011' }),
    dossier({ resolving: S3, procedure: '1.000011', received_at: tickAt - DAY }),
  ])
  await refresh(warehouse, { ...options, now: NOW })
  return warehouse
}
const messagesAfter = async (warehouse: Warehouse, seq: number) => {
  const rows = await warehouse.read((db) =>
    db.selectFrom('message').selectAll().where('seq', '>', seq).orderBy('seq').execute(),
  )
  return rows.map((row) => ({ ...row, body: JSON.parse(row.body) as Record<string, unknown> }))
}
const lastSeq = async (warehouse: Warehouse) => (await messagesAfter(warehouse, 0)).at(-1)?.seq ?? 0

/** rests on nothing because nobody brings it */
const UNTOLD = ['no-data-yet', 'insufficient']

eachDialect('rebuild and what nobody looks at any more', (open) => {
  test('figures that are missing, of another definition, in another state or too many differ', async () => {
    const warehouse = await filled(open)
    const clean = await rebuild(warehouse, ZONE)
    expect(clean.differences).toEqual([])
    const ofS3 = await warehouse.read((db) =>
      db.selectFrom('indicator_value').selectAll().where('agency', '=', S3).where('current', '=', 1).execute(),
    )
    await warehouse.write(async (trx) => {
      await trx.db.deleteFrom('indicator_value').where('agency', '=', S3).execute()
      const ofS1 = (indicator: string) => ({ indicator, agency: S1, period: '2024-11' })
      const set = (values: { version: number } | { value_state: string }, indicator: string) =>
        trx.db
          .updateTable('indicator_value')
          .set(values)
          .where(({ and }) => and(ofS1(indicator)))
          .execute()
      await set({ version: 7 }, 'refused')
      await set({ value_state: 'held' }, 'withdrawn')
      const [row] = ofS3
      if (row)
        await trx.db
          .insertInto('indicator_value')
          .values({ ...row, period: '2024-09' })
          .execute()
    })
    const found = await rebuild(warehouse, ZONE)
    const valid = new Ajv2020({ allowUnionTypes: true })
      .addSchema(schema('cli/difference'))
      .compile(schema('cli/rebuild'))
    expect(valid(found), JSON.stringify(valid.errors)).toBe(true)
    const of = (key: string) => found.differences.filter((one) => one.key.includes(key))
    expect(of(`|${S3}|`)).toHaveLength(ofS3.length)
    expect(of(`dossiers-received|${S3}|2024-11`)).toEqual([
      expect.objectContaining({ kind: 'indicator', field: 'value_state', held: null, recomputed: 'ok' }),
    ])
    expect(of(`refused|${S1}|2024-11`)).toEqual([expect.objectContaining({ field: 'version', held: 7, recomputed: 1 })])
    expect(of(`withdrawn|${S1}|2024-11`)).toEqual([
      expect.objectContaining({ field: 'value_state', held: 'held', recomputed: 'ok' }),
    ])
    expect(found.differences).toHaveLength(ofS3.length + 2)
  })

  test('another catalogue of indicators looks at every figure once, also the oldest; until then rebuild waits', async () => {
    const warehouse = await filled(open)
    expect(await refresh(warehouse, { ...options, now: NOW + 1 })).toEqual({ looked: 0, changed: 0 })
    // As an older program left it: another definition, one that is no more, and one that did not exist.
    await warehouse.write(async (trx) => {
      const held = () => trx.db.updateTable('indicator_value').where('agency', '=', S1).where('period', '=', '2024-10')
      await held().set({ version: 0, value: 99, numerator: 99 }).where('indicator', '=', 'dossiers-received').execute()
      await trx.db.deleteFrom('indicator_value').where('indicator', '=', 'paused').execute()
      await held().set({ indicator: 'given-up' }).where('indicator', '=', 'refused').execute()
      await saveMeta(trx, 'figures-catalogue', 'older')
    })
    expect(await rebuild(warehouse, ZONE)).toMatchObject({ figures: 0, differences: [] })
    const before = await lastSeq(warehouse)
    const { changed } = await refresh(warehouse, { ...options, now: NOW + 2 })
    const told = await messagesAfter(warehouse, before)
    expect(told).toHaveLength(changed)
    expect(told.map(({ figure }) => figure)).toEqual(
      expect.arrayContaining([
        `dossiers-received|${S1}|2024-10`,
        `paused|${S1}|2024-10`,
        'paused|72@2020-01-01|2024',
        `refused|${S1}|2024-10`,
        `given-up|${S1}|2024-10`,
      ]),
    )
    expect(new Set(told.map(({ figure }) => figure.split('|')[0]))).toEqual(
      new Set(['dossiers-received', 'paused', 'refused', 'given-up']),
    )
    expect((await rebuild(warehouse, ZONE)).differences).toEqual([])
    expect(await refresh(warehouse, { ...options, now: NOW + 3 })).toEqual({ looked: 0, changed: 0 })
    expect(await messagesAfter(warehouse, before)).toHaveLength(changed)
  })

  test('the open year of the old province gets one last revision, resting on nothing and fresh no more', async () => {
    const warehouse = await filled(open, at('2025-06-30T08:00'))
    const old = 'dossiers-received|72@2020-01-01|2025'
    const [made] = (await messagesAfter(warehouse, 0)).filter(({ figure }) => figure === old)
    expect(made?.body).toMatchObject({ value: 1, freshUntil: expect.any(Number), sources: [{ source: 'one-stop' }] })
    const before = await lastSeq(warehouse)
    await tick(warehouse, at('2025-07-02T08:00'), ZONE)
    const { changed } = await refresh(warehouse, { ...options, now: NOW + 60_000 })
    const told = await messagesAfter(warehouse, before)
    expect(told).toHaveLength(changed)
    const last = told.filter(({ figure }) => figure === old)
    expect(last).toEqual([
      expect.objectContaining({
        kind: 'indicator',
        revision: NOW + 60_000,
        body: {
          ...made?.body,
          id: last[0]?.id,
          revision: NOW + 60_000,
          computedAt: NOW + 60_000,
          freshUntil: NOW + 60_000,
          sources: [],
        },
      }),
    ])
    expect(last[0]?.id).not.toBe(made?.id)
    const valid = new Ajv2020({ allowUnionTypes: true, formats: { date: true } }).compile(
      schema('ioc/indicator-message'),
    )
    for (const { body } of told) expect(valid(body), JSON.stringify(valid.errors)).toBe(true)
    const outbox = await warehouse.read((db) =>
      db
        .selectFrom('outbox')
        .select('target')
        .where('seq', '=', last[0]?.seq ?? 0)
        .orderBy('target')
        .execute(),
    )
    expect(outbox).toEqual([{ target: 'file' }, { target: 'ioc' }])
    // What it did until then stands as it was; the year is the successor's.
    const gone = told.filter(
      ({ body }) => (body.sources as unknown[]).length === 0 && !UNTOLD.includes(body.valueState as string),
    )
    expect(new Set(gone.map(({ figure }) => figure.split('|').slice(1).join('|')))).toEqual(
      // the communes that went into one another that day likewise; the divided one keeps what is left there
      new Set(['72@2020-01-01|2025', 'X1@2020-01-01|2025', 'X3@2020-01-01|2025']),
    )
    const shown = await warehouse.read((db) =>
      readIndicators(
        db,
        { indicators: ['dossiers-received'], agencies: ['72', '80'], periods: ['2025', '2025-06'] },
        ZONE,
      ),
    )
    expect(shown.map((row) => [row.agency.code, row.period, row.value])).toEqual([
      ['72', '2025-06', 1],
      ['80', '2025', 1],
    ])
    expect((await rebuild(warehouse, ZONE)).differences).toEqual([])
    await tick(warehouse, at('2025-07-03T08:00'), ZONE)
    await refresh(warehouse, { ...options, now: NOW + 120_000 })
    expect((await messagesAfter(warehouse, before)).filter(({ figure }) => figure === old)).toHaveLength(1)
  })
})
