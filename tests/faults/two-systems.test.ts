/** One dossier in two systems: landed at the same moment, and after a department has changed its software. */
import { afterEach, expect, it } from 'vitest'
import { eachDialect } from '../support/warehouse.ts'
import { type Deployment, deploy, dossiersOf, expectRebuilt, receivedOf } from './deployment.ts'
import { records, type TapeRecord } from './tape.ts'

let deployment: Deployment
afterEach(() => deployment.remove())

eachDialect('two systems', (open) => {
  const rank = (value: number) => [{ rank: value, from: '2020-01-01' }]
  const play = (source: string, rows: TapeRecord[]) => {
    const pages = Array.from({ length: Math.ceil(rows.length / 100) }, (_, i) => rows.slice(i * 100, (i + 1) * 100))
    deployment.put(`${source}/dossier.json`, JSON.stringify({ pages }))
  }
  const shared = (prefix: string, count: number) =>
    records(count, (i) => ({
      id: `${prefix}-${String(i).padStart(4, '0')}`,
      national: `H53-241104-${String(i).padStart(4, '0')}`,
    }))

  it('HAZARD 28: the same dossiers from two systems that are read side by side are counted once, by authority', async () => {
    const { warehouse } = await open()
    deployment = deploy({
      tape: [
        { id: 'provincial', settings: { folder: 'provincial' }, authority: rank(2) },
        { id: 'ministry', settings: { folder: 'ministry' }, authority: rank(1) },
      ],
    })
    await deployment.prepare(warehouse)
    play('provincial', shared('P', 2_000))
    play('ministry', shared('M', 2_000).toReversed())
    const { sources } = await deployment.sync(warehouse)
    expect(sources.map(({ state }) => state)).toEqual(['succeeded', 'succeeded'])
    const rows = await dossiersOf(warehouse)
    expect(rows).toHaveLength(4_000)
    expect(new Set(rows.filter((row) => row.counted === 1).map((row) => row.source))).toEqual(new Set(['ministry']))
    expect(await receivedOf(warehouse)).toBe(2_000)
    await expectRebuilt(warehouse)
  })

  it('HAZARD 28: a department changes its software: counted once across both, before and after the old one is retired', async () => {
    const { warehouse, location } = await open()
    deployment = deploy({
      tape: [
        { id: 'old', settings: { folder: 'old' }, authority: rank(1) },
        { id: 'new', settings: { folder: 'new' }, authority: rank(2) },
      ],
    })
    await deployment.prepare(warehouse)
    play('old', shared('O', 150))
    // what was open has been carried over, and new dossiers come
    play('new', shared('X', 200).slice(100))
    await deployment.sync(warehouse)
    expect(await receivedOf(warehouse)).toBe(200)
    const retired = await deployment.start(['sources', 'retire', 'old', '--successor', 'new', '--warehouse', location])
      .ended
    expect([retired.code, retired.stderr]).toEqual([0, ''])
    // asked for by name it says so: a sync that reads nothing must not look well
    const ask = (...ids: string[]) => deployment.start(['sync', ...ids, '--quiet', '--warehouse', location]).ended
    const alone = await ask('old')
    expect([alone.code, alone.stderr]).toEqual([
      2,
      'SOURCE_RETIRED: old is retired and is not read any more\n→ Read what has replaced it: ioc sync new\n',
    ])
    expect(await ask('old', 'new')).toMatchObject({
      code: 0,
      stderr: 'old is retired and was not read (see: ioc sources)\n',
    })
    await deployment.sync(warehouse)
    const rows = await dossiersOf(warehouse)
    const counted = (source: string) => rows.filter((row) => row.source === source && row.counted === 1).length
    // the hundred that were never carried over are still the old system's
    expect([counted('old'), counted('new'), await receivedOf(warehouse)]).toEqual([100, 100, 200])
    await expectRebuilt(warehouse)
  })
})
