/** What verbs say in ordinary and in unpleasant situations, on one small home. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withLease } from '../../src/schedule/lease.ts'
import { openWarehouse, type Warehouse } from '../../src/warehouse/open.ts'
import { type Home, makeHome } from '../support/home.ts'

let home: Home
beforeAll(async () => {
  home = await makeHome({ dossiers: 1_500, communes: 12, only: ['catalogue', 'one-stop'] })
  expect(await home.ioc(['run', 'nightly'])).toMatchObject({ code: 0, stderr: '' })
}, 300_000)
afterAll(() => home?.remove())

async function onWarehouse<T>(work: (warehouse: Warehouse) => Promise<T>): Promise<T> {
  const warehouse = await openWarehouse(home.warehouse)
  try {
    return await work(warehouse)
  } finally {
    await warehouse.close()
  }
}
/** While another host, which nobody here can judge, holds the lease. */
const whileHeld = <T>(lease: string, work: () => Promise<T>): Promise<T> =>
  onWarehouse((warehouse) => withLease(warehouse, lease, 'elsewhere/1/1/a-b', work))

describe('a job', () => {
  it('whose messages ioc serve delivers has not failed', async () => {
    const ran = await whileHeld('deliver:ioc', () => home.kept(['run', 'nightly']))
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toMatch(/To ioc: .*ioc serve or another push is sending them \(pid 1 \(elsewhere\)\)/)
  })
})

describe('a source', () => {
  it('that somebody else is reading is said to be so, not to have failed', async () => {
    const ran = await whileHeld('source:catalogue', () => home.kept(['sync', 'catalogue']))
    expect(ran.code).toBe(4)
    expect(ran.stdout).toMatch(/^ *catalogue +0 +Already running$/m)
    expect(ran.stderr).toMatch(
      /^ALREADY_RUNNING: source catalogue is already being worked on by pid 1 \(elsewhere\)\n→ .* wait \d+ s if its process/,
    )
    const listed = await home.kept(['runs'])
    expect(listed.stdout).toMatch(/source catalogue +Already running/)
    const vi = await whileHeld('source:catalogue', () => home.kept(['sync', 'catalogue'], { env: { IOC_LANG: 'vi' } }))
    expect(vi.stderr).toContain('ALREADY_RUNNING: nguồn catalogue đang được')
  })

  it('that is held says what was seen and what to do, not where one is already', async () => {
    await home.sandbox.setFaults('catalogue:empty')
    const ran = await home.kept(['sync', 'catalogue', '--full']).finally(() => home.sandbox.setFaults(''))
    expect(ran.code).toBe(5)
    expect(ran.stderr).toContain('no record came, although 1,655 were to be expected')
    const run = /ioc release (\S+)/.exec(ran.stderr)?.[1] ?? ''
    const shown = (await home.kept(['runs', run])).stdout
    expect(shown).toContain('procedure: no record came, although 1,655 were to be expected ("empty")')
    expect(shown).toContain(`ioc release ${run} --reason "…", then: ioc sync catalogue`)
    expect(shown).not.toContain('ioc runs')
    expect(shown).not.toContain('0 > 1')
    const vi = (await home.kept(['runs', run], { env: { IOC_LANG: 'vi' } })).stdout
    expect(vi).toContain('thủ tục: không nhận được bản ghi nào, trong khi dự kiến có 1.655')
    expect(await home.kept(['release', run, '--reason', 'test'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Guards waived, once, up to what was observed: 1.'),
    })
    expect((await home.kept(['runs', run])).stdout).not.toContain('ioc release')
  })
})

describe('delivery', () => {
  it('without a target there is nothing to deliver', async () => {
    const targets = join(home.dir, 'jobs', 'targets.json')
    renameSync(targets, `${targets}.away`)
    const ran = await home.kept(['push']).finally(() => renameSync(`${targets}.away`, targets))
    expect(ran).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('No target is named') })
  })

  it('with a wrong secret names the secret', async () => {
    await home.kept(['sync', 'catalogue'])
    const ran = await home.kept(['push'], { env: { IOC_SECRET: 'wrong' } })
    expect(ran.code).toBe(6)
    expect(ran.stderr).toMatch(/^DELIVERY_UNAUTHORIZED: ioc .*answered 401\n→ Correct IOC_KEY and IOC_SECRET/)
  })

  it('of a message that there is none of says where its id stands', async () => {
    const ran = await home.kept(['explain', '--message', 'nope'])
    expect(ran.code).toBe(2)
    expect(ran.stderr).toMatch(/^MESSAGE_UNKNOWN: .*nope\n→ Copy the id/)
  })
})

describe('figures', () => {
  it('begin with the province, then departments, vertical agencies, districts, communes', async () => {
    const ran = await home.kept(['indicators', 'procedures-total', '--json'])
    const kinds = (JSON.parse(ran.stdout) as { agency: { kind: string } }[]).map(({ agency }) => agency.kind)
    expect([...new Set(kinds)]).toEqual(['province', 'department', 'vertical', 'district', 'commune'])
    expect(kinds.toSorted((a, b) => kinds.indexOf(a) - kinds.indexOf(b))).toEqual(kinds)
    expect((await home.kept(['indicators', 'procedures-total'])).stdout).toContain('Tỉnh Tây Ninh')
  })

  it.each([
    [['due-today', '--period', '2024-11'], 'due-today is not counted for 2024-11 (month)'],
    [['departments-above-80', '--agency', 'H53.08'], 'departments-above-80 is not counted for H53.08@'],
  ])('%j is not counted, and what is', async (args, what) => {
    const ran = await home.kept(['indicators', ...args])
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toContain(`NOT_COUNTED: ${what}`)
    expect(ran.stderr).toMatch(/→ It is counted for: /)
  })

  it('that nobody has counted yet are none, and no mistake', async () => {
    const ran = await home.kept(['indicators', 'online-share', '--period', '2030-01'])
    expect(ran).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('There are no such figures.') })
  })

  it('explained: what is set aside is said to be of the sources, and how much of it is shown', async () => {
    const ran = await home.kept(['explain', 'dossiers-received', '--period', '2024', '--limit', '1'])
    expect(ran.stdout).toMatch(
      /Set aside in the sources of this figure, would or might count: \d+ \(1 shown; more: --limit N\)/,
    )
    const vi = await home.kept(['explain', 'dossiers-received', '--period', '2024-11'], { env: { IOC_LANG: 'vi' } })
    expect(vi.stdout).toContain('bản ghi được tính: ')
    expect(vi.stdout).not.toContain('tử số')
  })
})

describe('settings', () => {
  it('an address that is none of HTTP is a wrong setting, not a source out of reach', async () => {
    const file = join(home.dir, 'connectors', 'catalogue', 'sources.json')
    const right = readFileSync(file, 'utf8')
    writeFileSync(file, right.replace(/"url": "[^"]*"/, '"url": "ftp://127.0.0.1/x"'))
    const ran = await home.kept(['sync', 'catalogue']).finally(() => writeFileSync(file, right))
    expect(ran.code).toBe(2)
    expect(ran.stderr).toMatch(/^CONFIG_INVALID: .*settings\.url must match pattern "\^https\?:\/\/"/)
  })
})

describe('in Vietnamese', () => {
  it('no English is left of what is kept: quarantine, remarks, doctor, faults of the sandbox', async () => {
    const ask = async (...args: string[]) => (await home.kept(args, { env: { IOC_LANG: 'vi' } })).stdout
    const listed = await ask('quarantine', 'list', '--limit', '1000')
    const ids = [...listed.matchAll(/^ *(\d+) {2}/gm)].map((found) => found[1] ?? '')
    const shown = await ask('quarantine', 'show', ...ids)
    const said = shown.split('\n').filter((line) => !/^ {2}\{|^\d/.test(line))
    expect(said.length).toBeGreaterThan(3)
    for (const line of said) expect(line).not.toMatch(/\b(the|of|not|name:|line|record|value)\b/)
    expect(await ask('doctor')).toMatch(/nguồn one-stop: one-stop: hồ sơ, đánh giá/)
    const wrong = await home.kept(['sandbox', '--faults', 'catalogue:tired'], { env: { IOC_LANG: 'vi' } })
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('Lỗi mô phỏng "catalogue:tired"') })
  })
})

describe('doctor', () => {
  it('goes on where a file is torn, and says so of that file', async () => {
    const file = join(home.dir, 'connectors', 'catalogue', 'sources.json')
    const right = readFileSync(file)
    writeFileSync(file, right.subarray(0, 60))
    const [torn, other] = await Promise.all([home.kept(['doctor']), home.kept(['runs'])]).finally(() =>
      writeFileSync(file, right),
    )
    expect(torn).toMatchObject({ code: 2, stderr: '' })
    expect(torn.stdout).toContain(`✗ configuration file: ${file} cannot be read: not valid JSON`)
    expect(torn.stdout).toContain('✓ source one-stop')
    expect(torn.stdout).toContain('✓ targets')
    expect(other.code).toBe(2)
  })
})
