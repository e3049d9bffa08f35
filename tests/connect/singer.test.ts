/** Real child processes: a tap written to the specification, and what bad taps do. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { type SingerDeclaration, singer } from '../../src/connect/singer.ts'
import { contextOf } from '../support/loopback.ts'
import { type ReadOptions, readAll, upTo } from '../support/read.ts'

const TAP = join(import.meta.dirname, '..', 'support', 'tap.mjs')
interface Config {
  [name: string]: unknown
}
const DECLARATION: SingerDeclaration<Config> = {
  tap: () => ({ command: process.execPath, args: [TAP], env: { TAP_REGION: 'H53' } }),
  config: (config) => config,
  catalog: 'discover',
  limits: { idleMs: 20_000, graceMs: 2_000, lineBytes: 20_000 },
}
const read = singer(DECLARATION)
const readTap = (config: Config, options: ReadOptions = {}, of = read) => readAll(of, config, options)
/** Pages and the error with which the read ended. */
async function broken(config: Config, of = read, options: ReadOptions = {}) {
  const seen: unknown[] = []
  const remarks: string[] = []
  const error = await readAll(of, config, {
    ...options,
    onPage: async (page) => {
      seen.push(...page.records)
      remarks.push(...(page.remarks ?? []))
    },
  }).then(
    () => null,
    (error: Error) => error,
  )
  return { seen, remarks, error }
}
const codes = (rows: readonly Record<string, unknown>[]) => rows.map((row) => Number(String(row.id).slice(2)))
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)
/** One that has ended and that nobody has asked for yet does not run. */
function isRunning(pid: number): boolean {
  try {
    return !execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('Z')
  } catch {
    return false
  }
}
const leftovers = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`ioc-feed-tap-${process.pid}-`))

describe('a tap', () => {
  it('is read to its end; its last state is where the next run begins', async () => {
    const first = await readTap({ rows: 2_350 })
    expect(codes(first.rows)).toEqual(range(1, 2_350))
    expect(first.completeness).toMatchObject({ enumerated: 'window', by: 'token' })
    // the number as the tap wrote it, which no double holds
    expect(upTo(first)).toBe('{"bookmarks":{"dossier":{"n":2350,"xmin":15793596808644609}},"padding":""}')
    const again = await readTap({ rows: 2_360 }, { watermark: upTo(first) })
    expect(codes(again.rows)).toEqual(range(2_351, 2_360))
    expect(codes((await readTap({ rows: 20 }, { watermark: upTo(first), full: true })).rows)).toEqual(range(1, 20))
    expect(leftovers()).toEqual([])
  })

  it('keeps a state only with the records before it, and goes on from it after a crash', async () => {
    const begun = await readTap({ rows: 2_350, every: 300 }, { pages: 2 })
    expect(begun.rows).toHaveLength(2_000)
    expect(begun.resume).toMatchObject({ state: expect.stringContaining('"n":1800') })
    const rest = await readTap({ rows: 2_350, every: 300 }, { resume: begun.resume })
    expect(codes(rest.rows)).toEqual(range(1_801, 2_350))
    expect(rest.completeness).toMatchObject({ enumerated: 'changes' })
    expect(leftovers()).toEqual([])
  })

  it('lists everything where the stream or the tap says so', async () => {
    const stream = { sees: 'everything' } as const
    const all = await readTap({ rows: 20 }, { stream, watermark: '{"bookmarks":{"dossier":{"n":5}}}' })
    expect(codes(all.rows)).toEqual(range(1, 20))
    expect(all.completeness).toMatchObject({ enumerated: 'everything', by: 'token' })
    expect((await readTap({ rows: 5, fault: 'activates' })).completeness).toMatchObject({ enumerated: 'everything' })
  })

  it('tells of deleted rows', async () => {
    const { rows, pages } = await readTap({ rows: 7, fault: 'deletes' })
    expect(codes(rows)).toEqual([1, 2, 4, 5, 7])
    expect(pages.flatMap((page) => page.deleted ?? [])).toEqual([['S-000003'], ['S-000006']])
    expect(rows.flatMap((row) => Object.keys(row))).not.toContain('_sdc_deleted_at')
  })

  it('takes a state of 50 KB, and says where one is too large', async () => {
    const large = await readTap(
      { rows: 10, padding: 50_000 },
      {},
      singer({ ...DECLARATION, limits: { lineBytes: 200_000 } }),
    )
    expect(JSON.stringify(large.resume).length).toBeGreaterThan(50_000)
    const { error } = await broken(
      { rows: 10, padding: 70_000 },
      singer({ ...DECLARATION, limits: { lineBytes: 200_000 } }),
    )
    expect(error).toMatchObject({ code: 'SOURCE_TOO_LARGE', params: { limit: '64 KiB' } })
  })

  it('sends only what is selected of its catalogue; what else it sends is said', async () => {
    const only = await readTap({ rows: 3 })
    expect(only.pages.flatMap((page) => page.remarks ?? [])).toEqual([])
    const both = await readTap({ rows: 3 }, {}, singer({ ...DECLARATION, catalog: 'none' }))
    expect(codes(both.rows)).toEqual([1, 2, 3])
    expect(both.pages.flatMap((page) => page.remarks ?? [])).toEqual([
      'the tap also sent records of the stream "office", which is not read here',
    ])
    const { error } = await broken({}, singer({ ...DECLARATION, stream: 'nothing' }))
    expect(String(error)).toMatch(/no stream "nothing"; known: dossier, office/)
  })

  it('sees of our environment only what it needs, and of its stderr no secret and no person goes on', async () => {
    process.env.IOC_PLANTED_SECRET = 'never'
    const password = 'p@ss:w/rd%'
    const { pages } = await readTap({ rows: 3, environment: true, password })
    delete process.env.IOC_PLANTED_SECRET
    const said = pages.flatMap((page) => page.remarks ?? []).join('\n')
    expect(said).toContain('modes 600 700')
    expect(said).toContain('TAP_REGION')
    expect(said).not.toMatch(/IOC_|VITEST|METRIC/)
    expect(said).not.toMatch(/p@ss|p%40ss|Mẫu/)
    expect(said).toContain('WARNING ***')
  })
})

describe('a bad tap', () => {
  it.each([
    ['malformed', 'SOURCE_UNREADABLE', /line 6 is no JSON/],
    ['unknown stream', 'SOURCE_UNREADABLE', /line 6 is a RECORD of the stream "nobody" before its SCHEMA/],
    ['no schema', 'SOURCE_UNREADABLE', /line 1 is a RECORD of the stream "dossier" before its SCHEMA/],
    ['batch', 'SOURCE_UNREADABLE', /line 6 is a BATCH/],
    ['deep', 'SOURCE_UNREADABLE', /nested deeper than 32/],
    ['binary', 'SOURCE_UNREADABLE', /line 6 is not UTF-8/],
    ['long line', 'SOURCE_TOO_LARGE', /more than the limit of 20000 bytes/],
    ['exits', 'SOURCE_INCOMPLETE', /exit code 3; the last it said: INFO METRIC/],
    ['breaks off', 'SOURCE_INCOMPLETE', /exit code 4/],
  ])('that is %s ends the read as %s, after what came before', async (fault, code, what) => {
    const { seen, error } = await broken({ rows: 10, fault })
    expect(error).toMatchObject({ code })
    expect(String(error)).toMatch(what)
    expect(String(error)).not.toContain('Nguyễn')
    expect(seen).toHaveLength(fault === 'no schema' ? 0 : 4)
    expect(leftovers()).toEqual([])
  })

  it('that hangs and does not want to end is ended, with all that it has started', { timeout: 20_000 }, async () => {
    const hung = singer({ ...DECLARATION, catalog: 'none', limits: { idleMs: 1_500, graceMs: 200 } })
    const folder = mkdtempSync(join(tmpdir(), 'ioc-feed-pids-'))
    const pids = join(folder, 'pids')
    const { seen, error } = await broken({ rows: 10, fault: 'hangs', pids }, hung)
    expect(error).toMatchObject({ code: 'SOURCE_STALLED', params: { place: expect.stringContaining('the tap') } })
    expect(seen).toHaveLength(4)
    const both = readFileSync(pids, 'utf8').split(' ').map(Number)
    expect(both).toHaveLength(2)
    await vi.waitFor(() => expect(both.filter(isRunning)).toEqual([]), 5_000)
    rmSync(folder, { recursive: true })
    expect(leftovers()).toEqual([])
  })

  it('that ends and leaves a child behind: the child is ended', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ioc-feed-pids-'))
    const pids = join(folder, 'pids')
    const { rows } = await readTap(
      { rows: 3, fault: 'leaves a child', pids },
      {},
      singer({ ...DECLARATION, catalog: 'none' }),
    )
    expect(rows).toHaveLength(3)
    expect(isRunning(Number(readFileSync(pids, 'utf8')))).toBe(false)
    rmSync(folder, { recursive: true })
  })

  it('is ended where the run is stopped', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ioc-feed-pids-'))
    const pids = join(folder, 'pids')
    const stop = new AbortController()
    const reading = singer({ ...DECLARATION, catalog: 'none' })(
      contextOf<Config>({ rows: 10, fault: 'hangs', pids }, { signal: stop.signal }),
    )
    const next = reading.next()
    await vi.waitFor(() => expect(existsSync(pids)).toBe(true), 10_000)
    stop.abort(new Error('the run was stopped'))
    await expect(next).rejects.toThrow('the run was stopped')
    const both = readFileSync(pids, 'utf8').split(' ').map(Number)
    await vi.waitFor(() => expect(both.filter(isRunning)).toEqual([]), 5_000)
    expect(leftovers()).toEqual([])
    rmSync(folder, { recursive: true })
  })

  it('that is not there, or another key than the stream, is said', async () => {
    const none = singer({ ...DECLARATION, tap: () => ({ command: 'tap-that-nobody-has' }) })
    expect((await broken({}, none)).error).toMatchObject({
      code: 'SOURCE_MISSING',
      params: { place: 'tap-that-nobody-has' },
    })
    const stream = (key: string[]) => ({ stream: { key } })
    const keyed = await broken({ rows: 3 }, read, stream(['changed']))
    expect(String(keyed.error)).toMatch(/has the key changed; its tap has id/)
    expect(String((await broken({ rows: 3 }, read, stream(['code']))).error)).toMatch(/its tap sends no code/)
    expect(String((await broken({ rows: 3 }, read, { watermark: '2024-11-01' })).error)).toMatch(
      /is no state of its tap/,
    )
  })
})
