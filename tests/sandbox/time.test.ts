import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { landDatabase } from '../../src/sandbox/land.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import { makeWorld } from '../../src/sandbox/world.ts'
import { everything, HOUR, login, query, share, token } from './clients.ts'

const dirs: string[] = []
const freshDir = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'sandbox-'))
  dirs.push(dir)
  return dir
}
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true })
})

describe('time', () => {
  const fingerprint = (dir: string): string => {
    const hash = createHash('sha256').update(JSON.stringify(query(dir, 'SELECT * FROM HoSos ORDER BY Id')))
    for (const name of readdirSync(join(dir, 'communes')).sort()) {
      if (!name.endsWith('.xlsx')) hash.update(name).update(readFileSync(join(dir, 'communes', name)))
    }
    return hash.digest('hex')
  }

  it('moves only when told, changes what the systems show, and comes to the same in one step or in many', async () => {
    const options = { port: 0, seed: 7, dossiers: 2_000 }
    const one = await startSandbox({ ...options, dir: freshDir() })
    const many = await startSandbox({ ...options, dir: freshDir() })
    const start = one.now()
    const first = fingerprint(one.dir)
    const before = (await everything(one, await token(one))).total
    await one.advance(78 * HOUR)
    for (let i = 0; i < 78; i++) await many.advance(HOUR)
    expect(one.now()).toBe(start + 78 * HOUR)
    expect(JSON.parse(readFileSync(join(one.dir, 'communes', 'clock.json'), 'utf8'))).toEqual({ now: one.now() })
    expect(fingerprint(one.dir)).not.toBe(first)
    expect(fingerprint(many.dir)).toBe(fingerprint(one.dir))
    expect((await everything(one, await token(one))).total).toBeGreaterThan(before)
    const { result } = JSON.parse((await share(one, await login(one))).message) as { result: unknown[] }
    expect(result).toHaveLength(1_653)
    expect(query(one.dir, `SELECT * FROM HoSos WHERE DeletedOn > '2024-12-02 08:00:00'`).length).toBeGreaterThanOrEqual(
      2,
    )
    await Promise.all([one.close(), many.close()])
  })

  it('commits some rows of the land office late, behind the newest', () => {
    const dir = freshDir()
    const world = makeWorld({ seed: 7, dossiers: 12_000 })
    const land = landDatabase(world, dir)
    land.write(null, world.start)
    let seen = new Set<string>()
    let newest = '2024-12-02 08:00:00'
    let behind = 0
    for (let at = world.start; at < world.start + 34 * HOUR; at += HOUR / 3) {
      land.write(at, at + HOUR / 3)
      const rows = query<{ Id: number; at: string }>(
        dir,
        `SELECT Id, NgayCapNhat AS at FROM HoSos WHERE at >= '2024-12-02 08'`,
      )
      behind += rows.filter((row) => !seen.has(`${row.Id} ${row.at}`) && row.at < newest).length
      seen = new Set(rows.map((row) => `${row.Id} ${row.at}`))
      newest = rows.reduce((max, row) => (row.at > max ? row.at : max), newest)
    }
    expect(behind).toBeGreaterThan(0)
  })

  it('lets dossiers arrive by itself in live mode', async () => {
    const live = await startSandbox({
      port: 0,
      seed: 7,
      dossiers: 500,
      dir: freshDir(),
      live: { everyMs: 5, stepMs: 6 * HOUR },
    })
    await expect.poll(() => live.now(), { timeout: 20_000 }).toBeGreaterThan(live.world.start + 24 * HOUR)
    const { rows } = await everything(live, await token(live), '&thayDoiTu=20241202080001')
    expect(rows.length).toBeGreaterThan(0)
    await live.close()
  })
})
