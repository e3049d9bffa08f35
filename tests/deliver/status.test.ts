import { expect, test } from 'vitest'
import { enqueueSourceStatus } from '../../src/deliver/status.ts'
import type { SourceState } from '../../src/warehouse/source-status.ts'
import { eachDialect } from '../support/warehouse.ts'

eachDialect('source status', (open) => {
  const told = (state: SourceState) => ({ source: 's', asOf: 1, state, freshUntil: 2 })

  test('one message per run, a sequence that never goes backwards, marks only when the state changes', async () => {
    const { warehouse } = await open()
    await warehouse.write(async (trx) => {
      for (const agency of ['a@1', 'b@1'])
        await trx.db.insertInto('feeds').values({ source: 's', agency, known_from: 0 }).execute()
      await trx.db
        .insertInto('cell_month')
        .values({ agency: 'x', procedure: 'p', channel: 'c', month: '2024-03' } as never)
        .execute()
    })
    const marks = () =>
      warehouse.write(async (trx) => {
        const rows = await trx.db.selectFrom('dirty').selectAll().orderBy('agency').execute()
        await trx.db.deleteFrom('dirty').execute()
        return rows
      })
    const tell = (state: SourceState, now: number) =>
      warehouse.write((trx) => enqueueSourceStatus(trx, told(state), ['x', 'y'], now))
    expect(await tell('fresh', 1000)).toBe(1000)
    expect(await marks()).toEqual([
      { agency: 'a@1', month: '2024-03' },
      { agency: 'b@1', month: '2024-03' },
      { agency: 'province', month: '2024-03' },
    ])
    expect(await tell('fresh', 900)).toBe(1001)
    expect(await marks()).toEqual([])
    expect(await tell('failed', 2000)).toBe(2000)
    expect(await marks()).toHaveLength(3)
    const rows = await warehouse.read((db) => db.selectFrom('outbox').select(['target', 'seq']).execute())
    expect(rows).toHaveLength(6)
    const bodies = await warehouse.read((db) => db.selectFrom('message').select('body').orderBy('seq').execute())
    expect(JSON.parse(bodies[2]?.body ?? '')).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{64}$/),
      kind: 'source-status',
      source: 's',
      asOf: 1,
      state: 'failed',
      freshUntil: 2,
      sequence: 2000,
    })
  })

  test('a source that carries procedures concerns every agency', async () => {
    const { warehouse } = await open()
    await warehouse.write(async (trx) => {
      await trx.db
        .insertInto('cell_month')
        .values({ agency: 'x', procedure: 'p', channel: 'c', month: '2024-03' } as never)
        .execute()
      await trx.db
        .insertInto('procedure')
        .values({
          code: '1.000001',
          valid_from: '2024-01-01',
          name: 'n',
          level: 'full',
          online: 1,
          integrated: 1,
          executing: '[]',
          source: 's',
          content_hash: 'h',
          known_from: 1,
        } as never)
        .execute()
      await enqueueSourceStatus(trx, told('held'), [], 5)
    })
    expect(await warehouse.read((db) => db.selectFrom('dirty').selectAll().execute())).toEqual([
      { agency: '*', month: '2024-03' },
    ])
  })
})
