/** `--json`: every verb prints exactly one document, of its schema, also where it fails. */
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { saveHold } from '../../src/sync/guards.ts'
import { openWarehouse } from '../../src/warehouse/open.ts'
import { type Home, makeHome } from '../support/home.ts'
import { documentOf, type ErrorDocument, listen, until } from './support.ts'

interface Synced {
  run: string
  exitCode: number
  sources: { source: string; run: string; state: string; counts: Record<string, number> }[]
  pushed: { delivered: number; pending: number }[]
}
interface Quarantined {
  id: number
  source: string
  waitingFor: string | null
  reasons: { rule: string }[]
  closedReason: string | null
}

let home: Home
let first: Synced
beforeAll(async () => {
  home = await makeHome({ dossiers: 1_500, communes: 12 })
  const ran = await home.ioc(['run', 'nightly', '--json'])
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  first = documentOf(ran, 'run')
}, 300_000)
afterAll(() => home?.remove())

/** Runs a verb that must succeed, and checks its document. */
async function ask<T>(name: string, ...args: string[]): Promise<T> {
  const ran = await home.kept([...args, '--json'])
  expect(ran, args.join(' ')).toMatchObject({ code: 0, stderr: '' })
  return documentOf<T>(ran, name)
}

describe('one document of its schema', () => {
  it('run, sync, sync --dry-run, push', async () => {
    expect(first.exitCode).toBe(0)
    expect(first.sources.map(({ source }) => source).sort()).toEqual([
      'catalogue',
      'communes',
      'judicial',
      'land',
      'national-766',
      'one-stop',
      'statements',
    ])
    expect(first.pushed).toMatchObject([{ target: 'ioc', pending: 0, error: null }])
    const again = await ask<Synced>('sync', 'sync', 'land')
    expect(again.sources).toMatchObject([{ source: 'land', counts: { landed: 0 } }])
    const dry = await ask<Synced>('sync', 'sync', 'one-stop', '--full', '--dry-run')
    expect(dry.sources[0]?.counts).toMatchObject({ landed: 0, writes: 0 })
    expect(await ask('push', 'push')).toMatchObject({ exitCode: 0, pushed: [{ delivered: 1, refused: 0 }] })
  })

  it('indicators, of then and of now', async () => {
    const figures = await ask<{ indicator: string; agency: { key: string } }[]>(
      'indicators',
      'indicators',
      ...['--indicator', 'finished-late', '--period', '2024-11', '--period', '2024-Q3'],
    )
    expect(new Set(figures.map(({ indicator }) => indicator))).toEqual(new Set(['finished-late']))
    expect(figures.length).toBeGreaterThan(80)
    const now = ['indicators', '--agency', '25459', '--period', '2024-11', '--geography', 'now']
    await ask('indicators', ...now)
  })

  it('indicators of parts: a row for each, and one for all together that is the figure', async () => {
    type Row = { value: number; numerator: number; breakdown?: Record<string, string> }
    const [unbroken] = await ask<Row[]>(
      'indicators',
      'indicators',
      'dossiers-received',
      '--agency',
      '72',
      '--period',
      '2024-10',
    )
    for (const by of ['channel', 'field', 'procedure']) {
      const rows = await ask<Row[]>('indicators', 'indicators', 'dossiers-received', '--by', by, '--period', '2024-10')
      const own = rows.filter(({ breakdown }) => breakdown?.[by] !== undefined)
      expect(own.length).toBeGreaterThan(0)
      expect(own.reduce((sum, { value }) => sum + value, 0)).toBe(unbroken?.value)
      expect(rows.at(-1)).toMatchObject({ value: unbroken?.value, revision: null })
      expect(rows.at(-1)).not.toHaveProperty('breakdown')
    }
    const week = ['--period', '2024-W45', '--channel', 'online', '--channel', 'counter', '--agency', 'H53.07']
    const rows = await ask<Row[]>('indicators', 'indicators', 'processing-hours-median', 'carried-over', ...week)
    expect(rows.map(({ breakdown }) => breakdown)).toEqual(
      ['online', 'counter', 'online', 'counter'].map((channel) => ({ channel })),
    )
    const { stdout } = await home.ioc(['indicators', 'due-today', '--by', 'channel'], { env: { IOC_LANG: 'en' } })
    expect(stdout).toMatch(/All together +\d/)
  })

  it('explain, and of a message', async () => {
    const found = await ask<{ total: { numerator: number }; figure: { value: number }; records: unknown[] }>(
      'explain',
      ...['explain', 'finished-in-time-share', '--period', '2024-10', '--limit', '2'],
    )
    expect(found.total.numerator).toBeGreaterThan(0)
    expect(found.records.length).toBeGreaterThan(1)
    const id = home.sandbox.received({ indicator: 'finished-late' }).newest[0]?.id
    const message = await ask<{ message: { id: string } }>('explain', 'explain', '--message', String(id))
    expect(message.message.id).toBe(id)
  })

  it('runs, one run, sources, doctor, rebuild, migrate, stop', async () => {
    const runs = await ask<{ id: string }[]>('runs', 'runs')
    expect(runs.map(({ id }) => id)).toContain(first.run)
    expect(await ask('runs', 'runs', first.run)).toMatchObject({ id: first.run, holds: [], state: 'partial' })
    const sources = await ask<{ id: string; state: string; quarantined: number }[]>('sources', 'sources')
    expect(sources).toContainEqual(expect.objectContaining({ id: 'catalogue', state: 'fresh', quarantined: 0 }))
    expect(sources).toContainEqual(expect.objectContaining({ id: 'one-stop', state: 'partial' }))
    const checks = await ask<{ check: string; ok: boolean }[]>('doctor', 'doctor')
    expect(checks.map(({ check }) => check)).toContain('source:land')
    expect(await ask('rebuild', 'rebuild')).toMatchObject({ differences: [] })
    expect(await ask('migrate', 'migrate')).toMatchObject({ warehouse: home.warehouse })
    expect(await ask('stop', 'stop')).toEqual({ stopped: false })
  })

  it('quarantine: list, show, export, discard, replay', async () => {
    const rows = await ask<Quarantined[]>('quarantine', 'quarantine', 'list', '--limit', '1000')
    const refused = rows.find(({ waitingFor, reasons }) => waitingFor === null && reasons[0]?.rule !== 'encoding')
    const id = String(refused?.id)
    expect(await ask('quarantine', 'quarantine', 'show', id)).toMatchObject([{ id: refused?.id, closedReason: null }])
    const source = refused?.source ?? ''
    const exported = await ask<Quarantined[]>('quarantine', 'quarantine', 'export', '--source', source)
    expect(exported.map((row) => row.source)).toEqual(exported.map(() => source))
    // nothing was mended: it is tried and stays
    const replayed = await ask('quarantine', 'quarantine', 'replay', id)
    expect(replayed).toMatchObject({ tried: 1, replayed: 0 })
    expect(await ask('quarantine', 'quarantine', 'discard', id, '--reason', 'test')).toEqual({ discarded: 1 })
    expect(await ask('quarantine', 'quarantine', 'show', id)).toMatchObject([{ closedReason: 'test' }])
    const twice = await home.kept(['quarantine', 'discard', id, '--reason', 'test'])
    expect(twice).toMatchObject({ code: 2, stderr: expect.stringContaining('is closed already') })
  })

  it('release, once, with who and why in the run', async () => {
    const run = first.sources.find(({ source }) => source === 'land')?.run ?? ''
    const warehouse = await openWarehouse(home.warehouse)
    const hold = { run, source: 'land', stream: 'dossier', guard: 'rejected', range: '-', held_at: 1 } as const
    await warehouse.write((trx) => saveHold(trx, { ...hold, observed: 50, limit_value: 20 }))
    await warehouse.close()
    expect(await ask('release', 'release', run, '--reason', 'checked by phone')).toEqual({ run, released: 1 })
    expect(await ask('runs', 'runs', run)).toMatchObject({
      holds: [{ guard: 'rejected', observed: 50, limit: 20, reason: 'checked by phone' }],
    })
    const again = await home.kept(['release', run, '--reason', 'again', '--json'])
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining(`ioc runs ${run}`) })
    expect(documentOf<ErrorDocument>(again, 'error').error.code).toBe('USAGE')
  })

  it('sources retire, on a copy', async () => {
    const warehouse = join(home.dir, 'retire.sqlite')
    copyFileSync(home.warehouse, warehouse)
    const ran = await home.kept(['sources', 'retire', 'land', '--successor', 'one-stop', '--json'], { warehouse })
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(documentOf(ran, 'sources')).toMatchObject({ retired: 'land', successor: 'one-stop' })
    const listed = documentOf<{ id: string }[]>(await home.kept(['sources', '--json'], { warehouse }), 'sources')
    expect(listed.find(({ id }) => id === 'land')).toMatchObject({ successor: 'one-stop' })
  })

  it('sandbox and serve, once they answer; then they end at a signal, cleanly', async () => {
    for (const [name, args] of [
      ['sandbox', ['sandbox', '--port', '0', '--dossiers', '50', '--json']],
      ['serve', ['serve', '--port', '0', '--json', '--quiet']],
    ] as const) {
      const running = home.start(args, { env: { IOC_SANDBOX_DIR: join(home.dir, 'other') } })
      const said = listen(running)
      await until(running, () => said.stdout.endsWith('}\n'))
      const { url } = documentOf<{ url: string }>(said, name)
      expect((await fetch(name === 'serve' ? url : `${url}/clock`)).status).toBe(200)
      running.child.kill('SIGTERM')
      expect(await running.ended).toMatchObject({ code: 0, signal: null })
    }
  })
})

describe('a failure', () => {
  it.each([
    [['runs', 'nope'], 'NOT_FOUND', 2],
    [['sync', 'nope'], 'UNKNOWN_NAME', 2],
    [['nope'], 'UNKNOWN_NAME', 2],
    [['sync', '--nope'], 'USAGE', 2],
    [['backup', 'x'], 'NOT_IN_THIS_VERSION', 2],
    [['explain', 'overdue-now', '--period', '2024'], 'NOT_COUNTED', 2],
    [['explain', 'communes-at-100', '--agency', '25459'], 'NOT_COUNTED', 2],
  ])('%j is the error in one document, and two lines on stderr', async (args, code, exitCode) => {
    const ran = await home.kept([...args, '--json'])
    const { error } = documentOf<ErrorDocument>(ran, 'error')
    expect(error).toMatchObject({ code, exitCode })
    expect(ran.code).toBe(exitCode)
    expect(ran.stderr).toBe(`${code}: ${error.message}\n→ ${error.mend}\n`)
  })

  it('of one source is in the document of the run, with the exit code of the process', async () => {
    await home.sandbox.setFaults('land:down,soap:500')
    const ran = await home.ioc(['sync', 'land', 'judicial', 'catalogue', '--json'])
    await home.sandbox.setFaults('')
    const result = documentOf<Synced>(ran, 'sync')
    expect(ran.code).toBe(result.exitCode)
    expect(result.exitCode).toBe(4)
    expect(result.sources.find(({ source }) => source === 'catalogue')).toMatchObject({ state: 'succeeded' })
    expect(result.sources.find(({ source }) => source === 'land')).toMatchObject({ state: 'failed' })
  })
})
