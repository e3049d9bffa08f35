import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { hostname } from 'node:os'
import { describe, expect, test } from 'vitest'
import { describeHolder, holderId, isGone, localPid } from '../../src/schedule/holder.ts'
import { withLease } from '../../src/schedule/lease.ts'
import { acquireLease, findLease, listLeases, releaseLease, renewLease } from '../../src/warehouse/leases.ts'
import type { LeaseHeld } from '../../src/warehouse/open.ts'
import { eachDialect } from '../support/warehouse.ts'

const other = 'elsewhere/4711/99/abcd-1'
/** A process that lived and is gone, with the id it had. */
async function deadHolder(): Promise<string> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' })
  await once(child, 'spawn')
  const holder = holderId(child.pid)
  expect(isGone(holder)).toBe(false)
  child.kill('SIGKILL')
  await once(child, 'exit')
  return holder
}

describe('holder', () => {
  test('this process is here, a killed one is gone, another host is nobody to judge', async () => {
    expect(isGone(holderId())).toBe(false)
    expect(localPid(holderId())).toBe(process.pid)
    expect(describeHolder(holderId())).toBe(`pid ${process.pid} (${hostname()})`)
    expect(isGone(await deadHolder())).toBe(true)
    expect(isGone(other)).toBe(false)
    expect(localPid(other)).toBeNull()
  })
  test('a later process with the same pid is not the holder', () => {
    const [host, pid, start, space] = holderId().split('/')
    expect(isGone(`${host}/${pid}/${Number(start) - 1}/${space}`)).toBe(Number(start) > 0)
    const [boot, pids] = (space ?? '').split('-')
    if (boot !== '0') expect(isGone(`${host}/${pid}/${start}/00000000-${pids}`)).toBe(true)
    expect(isGone(`${host}/${pid}/${start}/${boot}-1`)).toBe(false)
  })
})

eachDialect('leases', (open) => {
  test('two holders: the second is told who and until when', async () => {
    const { warehouse } = await open()
    await withLease(warehouse, 'source:x', holderId(), async () => {
      await expect(withLease(warehouse, 'source:x', other, async () => 1)).rejects.toMatchObject({
        code: 'ALREADY_RUNNING',
        exit: 4,
        params: { what: 'source:x', holder: `pid ${process.pid} (${hostname()})` },
      })
      expect(await withLease(warehouse, 'source:y', other, async () => 2)).toBe(2)
      expect((await warehouse.read(listLeases)).map((lease) => lease.name)).toEqual(['source:x'])
    })
    expect(await warehouse.read(listLeases)).toEqual([])
    expect(await withLease(warehouse, 'source:x', other, async () => 3)).toBe(3)
  })

  test('of twenty that ask at once, one gets it', async () => {
    const { warehouse } = await open()
    const asked = await Promise.all(
      Array.from({ length: 20 }, () => warehouse.write((trx) => acquireLease(trx, 'a', other, 60_000))),
    )
    expect(asked.filter((one) => one.held !== null)).toHaveLength(1)
  })

  test('a process killed on this host gives way at once, one on another host when its time is up', async () => {
    const { warehouse } = await open()
    const dead = await deadHolder()
    await warehouse.write((trx) => acquireLease(trx, 'a', dead, 60_000))
    expect(await withLease(warehouse, 'a', holderId(), async (held) => held.token)).toBe(2)
    await warehouse.write((trx) => acquireLease(trx, 'b', other, 60_000))
    await expect(withLease(warehouse, 'b', holderId(), async () => 1)).rejects.toMatchObject({
      code: 'ALREADY_RUNNING',
    })
    await warehouse.write((trx) => trx.db.updateTable('lease').set({ expires_at: 1 }).where('name', '=', 'b').execute())
    expect(await withLease(warehouse, 'b', holderId(), async () => 1)).toBe(1)
  })

  test('a late holder is fenced off, also after the lease came back free', async () => {
    const { warehouse } = await open()
    const first = await warehouse.write((trx) => acquireLease(trx, 'a', other, -1))
    const late = first.held as LeaseHeld
    const write = () => warehouse.write(async () => 'written', late)
    expect(await write()).toBe('written') // ran out, but nobody wanted it
    const second = await warehouse.write((trx) => acquireLease(trx, 'a', holderId(), 60_000))
    await expect(write()).rejects.toMatchObject({ code: 'LEASE_LOST' })
    await warehouse.write((trx) => releaseLease(trx, second.held as LeaseHeld))
    await expect(write()).rejects.toMatchObject({ code: 'LEASE_LOST' })
    expect(await warehouse.write((trx) => renewLease(trx, late, 60_000))).toBe(false)
    await warehouse.write((trx) => releaseLease(trx, late))
    const third = await warehouse.write((trx) => acquireLease(trx, 'a', other, 60_000))
    expect(third.held?.token).toBeGreaterThan((second.held?.token ?? 0) + 1)
  })

  test('the heartbeat keeps it, and says when it is lost', async () => {
    const { warehouse } = await open()
    let beat: () => Promise<void> = async () => {}
    let stopped = 0
    const every = (fn: () => Promise<void>) => {
      beat = fn
      return () => void stopped++
    }
    const until = async () => (await warehouse.read((db) => findLease(db, 'a')))?.expires_at ?? 0
    await withLease(
      warehouse,
      'a',
      holderId(),
      async (_, signal) => {
        await warehouse.write((trx) => trx.db.updateTable('lease').set({ expires_at: 5 }).execute())
        await beat()
        expect(await until()).toBeGreaterThan(5)
        expect(signal.aborted).toBe(false)
        await warehouse.write((trx) => trx.db.updateTable('lease').set({ token: 99, holder: other }).execute())
        await beat()
        expect(signal.reason).toMatchObject({ code: 'LEASE_LOST' })
      },
      { every },
    )
    expect(stopped).toBe(1)
    expect(await until()).toBeGreaterThan(5) // the other one's lease is left alone
  })

  test('what fn throws comes out, and the lease is free again', async () => {
    const { warehouse } = await open()
    const broken = new Error('broken')
    await expect(withLease(warehouse, 'a', holderId(), async () => Promise.reject(broken))).rejects.toBe(broken)
    expect(await withLease(warehouse, 'a', holderId(), async () => 1)).toBe(1)
  })
})
