/** Cursors over a departmental database (connectors/land): what has one value, comes late, or has none. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { eachDialect, onDialects } from '../support/warehouse.ts'
import {
  checkpointOf,
  codesOf,
  type Deployment,
  deploy,
  dossiersOf,
  expectRebuilt,
  killWhen,
  receivedOf,
  versionsOf,
} from './deployment.ts'
import { type LandRow, landFile } from './sources.ts'

/** The shipped land connector, made to wait behind its first page while the file `gate` is there. */
const GATED = `import land from 'CHECKOUT/connectors/land/connector.ts'
import { existsSync } from 'node:fs'
const gate = (read) => async function* (context) {
  const pages = read(context)
  for (let n = 1; ; n++) {
    const next = await pages.next()
    if (next.done) return next.value
    yield next.value
    while (n === 1 && existsSync(context.config.file + '.gate')) await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
export default { ...land, streams: land.streams.map((stream) => stream.name === 'dossier' ? { ...stream, read: gate(stream.read) } : stream) }
`

let deployment: Deployment
let database: ReturnType<typeof landFile>
const many = (count: number, changed: string | null, from = 1): LandRow[] =>
  Array.from({ length: count }, (_, i) => [from + i, `L-${String(from + i).padStart(6, '0')}`, changed])

beforeEach(() => {
  deployment = deploy(
    { land: [{ id: 'land', settings: { file: 'land.sqlite' } }] },
    { 'connectors/land/connector.ts': GATED.replace('CHECKOUT', join(import.meta.dirname, '..', '..')) },
  )
  database = landFile(join(deployment.home, 'land.sqlite'))
})
afterEach(() => {
  database.close()
  deployment.remove()
})

eachDialect('cursor', (open) => {
  it('HAZARD 1: three rows share a cursor value, the process is killed after two: all three, once', async () => {
    const { warehouse, location } = await open()
    await deployment.prepare(warehouse)
    // a page holds 1,000 rows, so the value of rows 999 to 1001 stands on both sides of the checkpoint
    database.put([
      ...many(998, '2024-11-28 06:00:00'),
      ...many(3, '2024-11-28 07:00:00', 999),
      ...many(1_500, '2024-11-28 07:30:00', 1_002),
    ])
    const gate = deployment.put('land.sqlite.gate', '')
    const child = deployment.start(['sync', 'land', '--warehouse', location])
    await killWhen(child, async () => (await checkpointOf(warehouse, 'land'))?.resume)
    expect(await codesOf(warehouse)).toHaveLength(1_000)
    expect(await checkpointOf(warehouse, 'land')).toMatchObject({ watermark: null })
    rmSync(gate)
    expect(await deployment.syncOne(warehouse, 'land')).toMatchObject({ state: 'succeeded', counts: { new: 1_501 } })
    expect(new Set(await codesOf(warehouse)).size).toBe(2_501)
    expect(await codesOf(warehouse)).toHaveLength(2_501)
    expect([await versionsOf(warehouse), await receivedOf(warehouse)]).toEqual([0, 2_501])
    expect(await checkpointOf(warehouse, 'land')).toEqual({ watermark: '2024-11-28 07:30:00', resume: null })
    await expectRebuilt(warehouse)
  })
})

// what follows is about the reading; the warehouse has no part in it
onDialects(['sqlite'], 'cursor', (open) => {
  it('HAZARD 2: rows committed behind the watermark arrive within the lookback; beyond it the next full read reports them', async () => {
    const { warehouse } = await open()
    await deployment.prepare(warehouse)
    database.put(many(10, '2024-12-02 07:00:00'))
    await deployment.syncOne(warehouse, 'land')
    database.put([
      [101, 'within', '2024-12-02 05:30:00'],
      [102, 'beyond-1', '2024-12-02 04:30:00'],
      [103, 'beyond-2', '2024-12-01 09:00:00'],
    ])
    deployment.setTime('2024-12-02T09:00')
    expect(await deployment.syncOne(warehouse, 'land')).toMatchObject({ state: 'succeeded', counts: { new: 1 } })
    expect(await codesOf(warehouse)).toContain('within')
    expect(await codesOf(warehouse)).not.toContain('beyond-1')
    const full = await deployment.syncOne(warehouse, 'land', { full: true })
    expect(full).toMatchObject({ state: 'succeeded', counts: { new: 2, late: 2 } })
    expect(full.remarks.join('\n')).toMatch(/2 .*late/)
    expect(await codesOf(warehouse)).toHaveLength(13)
    expect((await deployment.syncOne(warehouse, 'land', { full: true })).counts).toMatchObject({ new: 0, late: 0 })
  })

  it('HAZARD 7: rows without a cursor value, two pages of nothing else: none lost, reading goes on', async () => {
    const { warehouse } = await open()
    await deployment.prepare(warehouse)
    database.put([...many(2_100, null), ...many(5, '2024-12-02 07:00:00', 5_001)])
    expect(await deployment.syncOne(warehouse, 'land')).toMatchObject({
      state: 'succeeded',
      streams: { dossier: { new: 2_105 } },
    })
    expect(await checkpointOf(warehouse, 'land')).toEqual({ watermark: '2024-12-02 07:00:00', resume: null })
    database.put([
      ...many(1, null, 9_001),
      [7, 'L-000007', null, { status: 5 }],
      [5_010, 'later', '2024-12-02 07:45:00'],
    ])
    expect(await deployment.syncOne(warehouse, 'land')).toMatchObject({
      state: 'succeeded',
      streams: { dossier: { new: 2, changed: 1, unchanged: 2_104 } },
    })
    const rows = await dossiersOf(warehouse)
    expect(rows).toHaveLength(2_107)
    expect(rows.find((row) => row.code === 'L-000007')?.status).toBe(5)
    await expectRebuilt(warehouse)
  })
})
