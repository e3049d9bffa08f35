/** The IOC down, forgetful, failing or slow: nothing is lost, nothing is counted twice, and it ends as if nothing had been. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Content, contentOf, differences } from '../support/content.ts'
import { copyWarehouse, type Home, makeHome } from '../support/home.ts'
import { type Ioc, shown, startIoc } from '../support/receiver.ts'

interface State {
  content: Content
  shown: Map<string, string>
}
let home: Home
/** a first load that nobody pushed yet; the same pushed; a night with changes that nobody pushed yet; the same pushed */
const at = { fresh: '', loaded: '', unpushed: '', night: '' }
let loaded: State
let night: State
const iocs: Ioc[] = []

beforeAll(async () => {
  home = await makeHome({ communes: 12 })
  const place = (name: string) => join(home.dir, `${name}.sqlite`)
  expect(await home.kept(['sync'])).toMatchObject({ code: 0, stderr: '' })
  at.fresh = copyWarehouse(home.warehouse, place('fresh'))
  loaded = await pushed(home.warehouse, new Map())
  at.loaded = copyWarehouse(home.warehouse, place('loaded'))
  await home.sandbox.advance(24 * 3_600_000)
  expect(await home.kept(['sync'])).toMatchObject({ code: 0, stderr: '' })
  at.unpushed = copyWarehouse(home.warehouse, place('unpushed'))
  night = await pushed(home.warehouse, loaded.shown)
}, 300_000)
afterAll(async () => {
  for (const ioc of iocs) await ioc.close()
  await home?.remove()
})

async function receiver(): Promise<{ ioc: Ioc; env: Record<string, string> }> {
  const ioc = await startIoc()
  iocs.push(ioc)
  return { ioc, env: { IOC_URL: ioc.url } }
}

async function pushed(warehouse: string, before: Map<string, string>): Promise<State> {
  const { ioc, env } = await receiver()
  expect(await home.kept(['push'], { warehouse, env })).toMatchObject({ code: 0, stderr: '' })
  return { content: await contentOf(warehouse), shown: new Map([...before, ...shown(ioc.received())]) }
}

async function expectSame(warehouse: string, ioc: Ioc, wanted: State, before = new Map<string, string>()) {
  expect(differences(wanted.content, await contentOf(warehouse))).toEqual([])
  const there = new Map([...before, ...shown(ioc.received())])
  const differing = [...wanted.shown].filter(([figure, value]) => there.get(figure) !== value)
  expect(differing.slice(0, 3)).toEqual([])
  expect(there.size).toBe(wanted.shown.size)
  // each message had its effect once
  const { counts, newest, sources } = ioc.received()
  const accepted = [
    ...newest.map((one) => `${one.indicator}|${(one.agency as { key: string }).key}|${one.period}`),
    ...Object.keys(sources).map((name) => `source|${name}`),
  ].flatMap((figure) => ioc.revisions(figure).map(({ id }) => id))
  expect(new Set(accepted).size).toBe(accepted.length)
  expect(counts.accepted).toBe(accepted.length)
  expect(counts.refused).toBe(0)
}

describe('the IOC', () => {
  test('is down for the whole run, then up: exit 6 from run and push, everything arrives afterwards', async () => {
    const { ioc, env } = await receiver()
    const warehouse = copyWarehouse(at.loaded, join(home.dir, 'down.sqlite'))
    ioc.setFaults('down')
    for (const verb of [['run', 'nightly'], ['push']]) {
      const ran = await home.ioc(verb, { warehouse, env })
      expect(ran.code, verb.join(' ')).toBe(6)
      expect(ran.stderr).toMatch(/^DELIVERY_FAILED: .*\bioc\b.*\n→ .+\n$/)
    }
    expect(ioc.received().figures).toBe(0)
    ioc.setFaults('')
    expect(await home.kept(['push'], { warehouse, env })).toMatchObject({ code: 0, stderr: '' })
    await expectSame(warehouse, ioc, night, loaded.shown)
  }, 300_000)

  test.each([
    ['takes the messages but its answers are lost', 'lostx2'],
    ['answers 500', '500x3'],
    ['answers 503 with Retry-After', '503=1x2'],
    ['is slow', 'slow=400'],
    ['cuts its answers off', 'truncatedx2'],
    ['answers 200 with a log-in page', 'loginx2'],
  ])(
    '%s',
    async (_, spec) => {
      const { ioc, env } = await receiver()
      const warehouse = copyWarehouse(at.unpushed, join(home.dir, 'push.sqlite'))
      ioc.setFaults(spec)
      let codes: (number | null)[] = []
      while (codes.at(-1) !== 0 && codes.length < 4)
        codes = [...codes, (await home.kept(['push'], { warehouse, env })).code]
      expect(codes.slice(0, -1).every((code) => code === 6)).toBe(true)
      expect(codes.at(-1)).toBe(0)
      await expectSame(warehouse, ioc, night, loaded.shown)
    },
    300_000,
  )

  test('does all of that at random while a first load of some ninety batches comes', async () => {
    const { ioc, env } = await receiver()
    const warehouse = copyWarehouse(at.fresh, join(home.dir, 'push.sqlite'))
    ioc.setFaults('lost@0.03,500@0.03,truncated@0.03,slow=20@0.05')
    let code: number | null = 6
    for (let tries = 0; code === 6 && tries < 10; tries++) code = (await home.kept(['push'], { warehouse, env })).code
    expect(code).toBe(0)
    expect(ioc.received().counts.duplicate + ioc.posts()).toBeGreaterThan(80)
    await expectSame(warehouse, ioc, loaded)
  }, 300_000)
})
