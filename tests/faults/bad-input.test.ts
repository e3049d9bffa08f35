/** Bad input on the whole way: a two-line error that names the source and the mend, the others land, and after the mend nothing is missing. */
import { closeSync, ftruncateSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Content, contentOf, differences } from '../support/content.ts'
import { copyWarehouse, type Home, type IocOptions, makeHome } from '../support/home.ts'

let home: Home
/** after a first load; the systems have moved on by a day since */
let loaded: string
/** what an undisturbed run then leaves */
let night: Content
let warehouse: string

beforeAll(async () => {
  home = await makeHome({ communes: 12 })
  expect(await home.kept(['sync'])).toMatchObject({ code: 0, stderr: '' })
  loaded = copyWarehouse(home.warehouse, join(home.dir, 'loaded.sqlite'))
  await home.sandbox.advance(24 * 3_600_000)
  expect(await home.kept(['sync'])).toMatchObject({ code: 0, stderr: '' })
  night = await said(home.warehouse)
  warehouse = join(home.dir, 'night.sqlite')
}, 300_000)
afterAll(() => home?.remove())

interface Said {
  exitCode: number
  sources: { source: string; state: string; error: { code: string } | null; counts: Record<string, number> }[]
}
interface Night {
  code: number | null
  stderr: string
  /** source → succeeded, partial, or the error's code */
  outcome: Record<string, string>
  said: Said
}

/** `ioc sync --json` on a copy of the loaded warehouse. */
async function badNight(options: IocOptions = {}, sources: readonly string[] = []): Promise<Night> {
  copyWarehouse(loaded, warehouse)
  const ran = await home.ioc(['sync', ...sources, '--json'], { warehouse, ...options })
  const said = JSON.parse(ran.stdout) as Said
  expect(said.exitCode).toBe(ran.code)
  const outcome = Object.fromEntries(said.sources.map((one) => [one.source, one.error?.code ?? one.state]))
  return { code: ran.code, stderr: ran.stderr, outcome, said }
}

/** Two lines for `source`: what happened, and what to do. */
function expectTwoLines(stderr: string, code: string, source: string) {
  const lines = stderr.split('\n')
  const first = lines.findIndex((line) => line.startsWith(`${code}: `) && line.includes(source))
  expect(first, `${code} of ${source} in\n${stderr}`).toBeGreaterThanOrEqual(0)
  expect(lines[first + 1]).toMatch(/^→ .{10,}/)
  expect(stderr).not.toMatch(/^\s+at /m)
}

/** How many messages there were on the way, and that a read was held, is another matter: a source that failed was told to the IOC as well. */
async function said(location: string): Promise<Content> {
  const content = await contentOf(location)
  for (const table of ['outbox', 'hold']) content.delete(table)
  return content
}

async function expectMended() {
  expect(await home.kept(['sync'], { warehouse })).toMatchObject({ code: 0, stderr: '' })
  expect(differences(night, await said(warehouse))).toEqual([])
}

describe('bad input', () => {
  test('truncated JSON, an HTML log-in page with 200, a missing folder', async () => {
    await home.sandbox.setFaults('one-stop:truncated,soap:login,communes:down')
    const { code, stderr, outcome } = await badNight()
    await home.sandbox.setFaults('')
    expect(code).toBe(4)
    expect(outcome).toMatchObject({ catalogue: 'succeeded', land: 'succeeded' })
    expectTwoLines(stderr, outcome['one-stop'] ?? '', 'one-stop')
    expectTwoLines(stderr, outcome.judicial ?? '', 'judicial')
    expectTwoLines(stderr, 'SOURCE_MISSING', 'communes')
    await expectMended()
  }, 300_000)

  test('a wrong password (exit 3, and nowhere said), a missing file, a log-in page from the catalogue, one CSV row with a column too few', async () => {
    await home.sandbox.setFaults('land:down,catalogue:login')
    const [[file, bytes] = ['', Buffer.alloc(0)]] = dropsOf(home, /^hoso_703_202411/)
    writeFileSync(
      file,
      withoutLastCell(bytes, (i) => i === 2),
    )
    const { code, stderr, outcome, said } = await badNight({ env: { IOC_ONE_STOP_CLIENT_SECRET: 'wrong/pass@word:%' } })
    writeFileSync(file, bytes)
    await home.sandbox.setFaults('')
    expect(code).toBe(3)
    expect(outcome).toMatchObject({ communes: 'partial', judicial: 'partial' })
    expectTwoLines(stderr, 'SOURCE_UNAUTHORIZED', 'one-stop')
    expectTwoLines(stderr, 'SOURCE_MISSING', 'land')
    expectTwoLines(stderr, outcome.catalogue ?? '', 'catalogue')
    expect(stderr).not.toContain('wrong')
    expect(said.sources.find((one) => one.source === 'communes')?.counts.quarantined).toBe(1)
    await expectMended()
  }, 300_000)

  test('CSV files whose rows have a column too few: held, until they are right again', async () => {
    const right = dropsOf(home, /^hoso_(703|707|709|710)_/)
    for (const [file, bytes] of right)
      writeFileSync(
        file,
        withoutLastCell(bytes, () => true),
      )
    const { code, stderr, outcome } = await badNight()
    for (const [file, bytes] of right) writeFileSync(file, bytes)
    expect(code).toBe(5)
    expect(outcome).toMatchObject({ communes: 'SOURCE_HELD', land: 'succeeded', 'one-stop': 'partial' })
    expectTwoLines(stderr, 'SOURCE_HELD', 'communes')
    await expectMended()
  }, 300_000)

  test('a line of 2 GB: memory stays as it was, the rest of the files lands', async () => {
    const file = join(home.sandbox.dir, 'communes', 'hoso_703_202411.csv')
    const right = readFileSync(file)
    const handle = openSync(file, 'r+')
    ftruncateSync(handle, 2 * 1024 ** 3)
    closeSync(handle)
    copyWarehouse(loaded, warehouse)
    const running = home.start(['sync', 'communes', '--json'], { warehouse })
    const peak = peakMemory(running.pid, running.ended)
    const ran = await running.ended
    rmSync(file)
    writeFileSync(file, right)
    const said = JSON.parse(ran.stdout) as Said
    expect(said.sources[0]).toMatchObject({ source: 'communes' })
    expect(said.sources[0]?.counts.read).toBeGreaterThan(0)
    expect(await peak).toBeLessThan(600)
    await expectMended()
  }, 300_000)

  test('a full disk: two lines, and the next run takes up', async () => {
    copyWarehouse(loaded, warehouse)
    // 300 blocks of 512 bytes: enough to begin, not enough to end
    const ran = await home.ioc(['sync'], { warehouse, shell: 'ulimit -f 600;' })
    expect(ran.code).toBe(1)
    expectTwoLines(ran.stderr, 'DISK_FULL', warehouse)
    await expectMended()
  }, 300_000)
})

/** Files of the communes' folder and what is in them, the UTF-8 ones. */
const dropsOf = (of: Home, name: RegExp): [string, Buffer][] => {
  const folder = join(of.sandbox.dir, 'communes')
  const found = readdirSync(folder).filter((file) => name.test(file))
  expect(found.length).toBeGreaterThan(0)
  return found.map((file) => [join(folder, file), readFileSync(join(folder, file))])
}

function withoutLastCell(csv: Buffer, which: (line: number) => boolean): string {
  const lines = csv.toString('utf8').trimEnd().split('\r\n')
  expect(lines.length).toBeGreaterThan(1)
  const cut = lines.map((line, i) => (i > 0 && which(i) ? line.slice(0, line.lastIndexOf(';')) : line))
  return `${cut.join('\r\n')}\r\n`
}

/** MiB; the kernel's own high-water mark, looked at until the end. */
async function peakMemory(pid: number, ended: Promise<unknown>): Promise<number> {
  let peak = 0
  let over = false
  void ended.finally(() => {
    over = true
  })
  while (!over) {
    try {
      const found = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
      peak = Math.max(peak, Number(found?.[1] ?? 0) / 1024)
    } catch {
      break // gone
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  expect(peak).toBeGreaterThan(50)
  return peak
}
