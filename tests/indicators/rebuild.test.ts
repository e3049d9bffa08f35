import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { readIndicators } from '../../src/indicators/read.ts'
import { rebuild } from '../../src/indicators/rebuild.ts'
import { type RefreshOptions, refresh } from '../../src/indicators/refresh.ts'
import { tick } from '../../src/indicators/tick.ts'
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
  await tick(warehouse, tickAt, ZONE, NOW)
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

eachDialect('what nobody looks at any more', (open) => {
  test('the open year of the old province gets one last revision, resting on nothing and fresh no more', async () => {
    const warehouse = await filled(open, at('2025-06-30T08:00'))
    const old = 'dossiers-received|72@2020-01-01|2025'
    const [made] = (await messagesAfter(warehouse, 0)).filter(({ figure }) => figure === old)
    expect(made?.body).toMatchObject({ value: 1, freshUntil: expect.any(Number), sources: [{ source: 'one-stop' }] })
    const before = await lastSeq(warehouse)
    await tick(warehouse, at('2025-07-02T08:00'), ZONE, NOW)
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
      ({ body }) => (body.sources as unknown[]).length === 0 && body.valueState !== 'no-data-yet',
    )
    expect(new Set(gone.map(({ figure }) => figure.split('|').slice(1).join('|')))).toEqual(
      new Set(['72@2020-01-01|2025']),
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
    await tick(warehouse, at('2025-07-03T08:00'), ZONE, NOW)
    await refresh(warehouse, { ...options, now: NOW + 120_000 })
    expect((await messagesAfter(warehouse, before)).filter(({ figure }) => figure === old)).toHaveLength(1)
  })
})
