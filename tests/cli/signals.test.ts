/** Ctrl-C, two at once, a reader that goes away: what landed is kept, leases are given back, nothing is done twice. */
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Home, makeHome } from '../support/home.ts'
import { heldLeases, listen, until } from './support.ts'

let home: Home
beforeAll(async () => {
  home = await makeHome({ dossiers: 300, communes: 12, only: ['judicial'] })
})
afterAll(() => home?.remove())

/** A run that is still reading: its source answers slowly. */
async function slowRun(args: readonly string[], warehouse: string) {
  await home.sandbox.setFaults('soap:slow=20000')
  const running = home.start(args, { warehouse })
  await until(running, () => heldLeases(warehouse).includes('source:judicial'))
  return running
}

describe('Ctrl-C', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s in a run: exit 4, leases given back, the next run goes on',
    async (signal) => {
      const warehouse = join(home.dir, `${signal}.sqlite`)
      const running = await slowRun(['run', 'nightly'], warehouse)
      running.child.kill(signal)
      const ran = await running.ended
      expect(ran).toMatchObject({ code: 4, signal: null })
      expect(ran.stderr).toBe(
        `STOPPED: Stopped by ${signal} before the end\n→ What had landed is kept. Run it again: ioc run nightly\n`,
      )
      expect(heldLeases(warehouse)).toEqual([])
      await home.sandbox.setFaults('')
      const runs = JSON.parse((await home.kept(['runs', '--json'], { warehouse })).stdout) as { state: string }[]
      expect(runs.filter(({ state }) => state === 'running')).toEqual([])
      expect(await home.kept(['run', 'nightly'], { warehouse })).toMatchObject({ code: 0, stderr: '' })
      copyFileSync(warehouse, join(home.dir, 'done.sqlite'))
    },
  )
})

describe('two at once', () => {
  it('run: the second says who is at it, exit 4; the first ends as it would have', async () => {
    const warehouse = join(home.dir, 'twice.sqlite')
    const first = await slowRun(['run', 'nightly'], warehouse)
    const second = await home.kept(['sync', 'judicial'], { warehouse })
    expect(second.code).toBe(4)
    expect(second.stderr).toContain(`ALREADY_RUNNING: source judicial is already being worked on by pid ${first.pid}`)
    await home.sandbox.setFaults('')
    first.child.kill('SIGINT')
    expect(await first.ended).toMatchObject({ code: 4 })
    expect(await home.kept(['run', 'nightly'], { warehouse })).toMatchObject({ code: 0, stderr: '' })
  })

  it('serve: the second is refused, stop ends the first, and a second stop has nothing to do', async () => {
    const warehouse = join(home.dir, 'done.sqlite')
    const first = home.start(['serve', '--port', '0'], { warehouse })
    const said = listen(first)
    await until(first, () => said.stdout.includes('Status page: http://127.0.0.1:'))
    const second = await home.ioc(['serve', '--port', '0'], { warehouse })
    expect(second.code).toBe(4)
    expect(second.stderr).toContain('ALREADY_RUNNING: ioc serve is already being worked on by pid')
    const demo = await home.ioc(['demo', '--once'], { warehouse })
    expect(demo).toMatchObject({ code: 4, stderr: expect.stringContaining('ALREADY_RUNNING') })
    expect(await home.ioc(['stop'], { warehouse })).toMatchObject({ code: 0, stdout: 'Stopped.\n', stderr: '' })
    expect(await first.ended).toMatchObject({ code: 0, signal: null })
    expect(await home.ioc(['stop'], { warehouse })).toMatchObject({
      code: 0,
      stdout: 'No ioc serve runs on this warehouse.\n',
    })
  })
})

it('a reader that has seen enough is no error', async () => {
  const warehouse = join(home.dir, 'done.sqlite')
  const running = home.start(['indicators', '--json'], { warehouse })
  running.child.stdout?.once('data', () => running.child.stdout?.destroy())
  expect(await running.ended).toMatchObject({ code: 0, signal: null, stderr: '' })
})
