/** One sandbox per folder; a folder that cannot be written is said so, and nothing is left running. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type SandboxOptions, startSandbox } from '../../src/sandbox/sandbox.ts'
import { serve } from '../support/loopback.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sandbox-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const options = (more: Partial<SandboxOptions> = {}): SandboxOptions => ({
  port: 0,
  seed: 7,
  dossiers: 100,
  dir,
  ...more,
})

describe('the folder of a sandbox', () => {
  it('belongs to one at a time', async () => {
    const first = await startSandbox(options())
    const before = readdirSync(dir)
    await expect(startSandbox(options({ dossiers: 50 }))).rejects.toMatchObject({
      code: 'SANDBOX_RUNNING',
      exit: 2,
      params: { dir },
    })
    expect(readdirSync(dir)).toEqual(before)
    await first.close()
    await (await startSandbox(options())).close()
  })

  it('is given back by one that found its port taken', async () => {
    const first = await startSandbox(options({ dir: join(dir, 'first') }))
    const second = options({ dir: join(dir, 'second') })
    const port = Number(new URL(first.url).port)
    await expect(startSandbox({ ...second, port })).rejects.toMatchObject({ code: 'PORT_TAKEN', params: { port } })
    await (await startSandbox(second)).close()
    await first.close()
  })

  it.each([
    ['that nobody can make', () => '/proc/nope'],
    [
      'that is a file',
      () => {
        writeFileSync(join(dir, 'file'), '')
        return join(dir, 'file')
      },
    ],
    [
      'in which something stands in the way, found only after the port is open',
      () => {
        mkdirSync(join(dir, 'land.sqlite'))
        return dir
      },
    ],
  ])('%s: an error that names it, and the port is free again', async (_, make) => {
    const before = await serve(() => '')
    const port = Number(new URL(before.url).port)
    await before.close()
    const place = make()
    await expect(startSandbox(options({ dir: place, port }))).rejects.toMatchObject({
      code: 'SANDBOX_UNWRITABLE',
      exit: 2,
      params: { dir: place },
    })
    await expect(fetch(`http://127.0.0.1:${port}/clock`)).rejects.toThrow()
  })

  it('that goes away under live mode ends it with a plain error', async () => {
    const live = await startSandbox(options({ live: { everyMs: 10, stepMs: 3_600_000 } }))
    rmSync(dir, { recursive: true, force: true })
    await expect(live.broken).rejects.toMatchObject({ code: 'SANDBOX_UNWRITABLE' })
    await live.close()
  })
})
