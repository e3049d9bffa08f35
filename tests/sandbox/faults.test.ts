import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { twoLines } from '../../src/errors.ts'
import { parseFaults } from '../../src/sandbox/faults.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { everything, login, search, share, token } from './clients.ts'

const dir = mkdtempSync(join(tmpdir(), 'sandbox-'))
let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, seed: 7, dossiers: 2_000, dir })
})
afterAll(async () => {
  await sandbox.close()
  rmSync(dir, { recursive: true, force: true })
})
beforeEach(() => sandbox.setFaults(''))

describe('faults', () => {
  it('spoils answers as asked, while it runs', async () => {
    const bearer = await token(sandbox)
    const get = () => fetch(`${sandbox.url}/one-stop/api/ho-so`, { headers: { authorization: `Bearer ${bearer}` } })
    const set = (spec: string) => fetch(`${sandbox.url}/faults`, { method: 'POST', body: JSON.stringify({ spec }) })
    await set('one-stop:500x2')
    expect([(await get()).status, (await get()).status, (await get()).status]).toEqual([500, 500, 200])
    await set('one-stop:503=7')
    expect((await get()).headers.get('retry-after')).toBe('7')
    await set('one-stop:login')
    expect(await (await get()).text()).toContain('<!DOCTYPE html>')
    await set('*:truncated')
    const cut = await (await get()).text()
    expect(() => JSON.parse(cut)).toThrow()
    await set('one-stop:empty,soap:empty,catalogue:empty')
    expect(await (await get()).json()).toMatchObject({ error_code: '0', tongSo: '0', data: [] })
    expect(await search(sandbox, '01/11/2024', '30/11/2024')).toContain('<DanhSach/>')
    expect(JSON.parse((await share(sandbox, await login(sandbox))).message)).toEqual({ result: [] })
    await set('one-stop:down')
    await expect(get()).rejects.toThrow()
    expect((await set('one-stop:melted')).status).toBe(400)
    expect(await (await fetch(`${sandbox.url}/faults`)).json()).toEqual({ spec: 'one-stop:down' })
  })

  it.each(['null', '{}', '[]', '5', '{"spec":5}', '{"specs":""}', 'no JSON', ''])(
    'refuses %j and changes nothing',
    async (body) => {
      await sandbox.setFaults('land:down')
      const now = sandbox.now()
      for (const path of ['faults', 'clock'])
        expect((await fetch(`${sandbox.url}/${path}`, { method: 'POST', body })).status, path).toBe(400)
      expect(await (await fetch(`${sandbox.url}/faults`)).json()).toEqual({ spec: 'land:down' })
      expect(sandbox.now()).toBe(now)
    },
  )

  it('takes no step of the clock that has no end', async () => {
    for (const advanceMs of ['1e999', '-1', '1e15'])
      expect(
        (await fetch(`${sandbox.url}/clock`, { method: 'POST', body: `{"advanceMs":${advanceMs}}` })).status,
        advanceMs,
      ).toBe(400)
  })

  it('answers what is too large with 413, and what is no path with 400', async () => {
    const body = Buffer.alloc(64 * 1024 * 1024 + 1)
    expect((await fetch(`${sandbox.url}/faults`, { method: 'POST', body })).status).toBe(413)
    expect((await rawGet(sandbox.url, '//')).statusCode).toBe(400)
  })

  it('moves rows between pages', async () => {
    const bearer = await token(sandbox)
    const still = new Set((await everything(sandbox, bearer)).rows.map((row) => row.MaHoSo))
    await sandbox.setFaults('one-stop:moving')
    const moved = new Set((await everything(sandbox, bearer)).rows.map((row) => row.MaHoSo))
    expect(moved.size).toBeLessThan(still.size)
  })

  it('takes files and database away and brings them back', async () => {
    const names = () =>
      readdirSync(sandbox.dir)
        .filter((name) => !/-(wal|shm)$|^sandbox\.lock/.test(name)) // a read-only reader leaves the first behind
        .sort()
    const before = readdirSync(join(sandbox.dir, 'communes'))
    await sandbox.setFaults('communes:down,land:down')
    expect(names()).toEqual(['clock.json', 'communes.down', 'land.sqlite.down', 'statements'])
    await sandbox.setFaults('')
    expect(names()).toEqual(['clock.json', 'communes', 'land.sqlite', 'statements'])
    expect(readdirSync(join(sandbox.dir, 'communes'))).toEqual(before)
  })

  it('decides by the seed which requests fail', () => {
    const specs = ['one-stop:500@0.3', 'one-stop:slow', 'nowhere:down', 'land:500', 'one-stop:500@2', 'communes:downx2']
    expect(parseFaults(specs[0] ?? '', 1).rules[0]?.draw()).toBe(parseFaults(specs[0] ?? '', 1).rules[0]?.draw())
    for (const spec of specs.slice(1)) {
      const error = thrown(() => parseFaults(spec, 1))
      expect(twoLines(error as Parameters<typeof twoLines>[0], 'en').split('\n')).toHaveLength(2)
    }
  })
})

/** fetch would mend the path */
const rawGet = (url: string, path: string) =>
  new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { path }, (answer) => resolve(answer.resume()))
      .on('error', reject)
      .end()
  })

const thrown = (act: () => unknown): unknown => {
  try {
    act()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
