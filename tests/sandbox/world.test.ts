import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  DEFAULT_DOSSIERS,
  DEFAULT_SEED,
  dueAsOf,
  figures,
  makeWorld,
  statusAt,
  visibleAt,
} from '../../src/sandbox/world.ts'
import { DIRT, type DirtKind, type SystemName, type World } from '../../src/sandbox/world-types.ts'

const KINDS = Object.keys(DIRT) as DirtKind[]
const DAY = 86_400_000
const digest = (world: World): string => createHash('sha256').update(JSON.stringify(world)).digest('hex')

const LEGAL: Record<number, readonly number[]> = {
  1: [2, 3],
  2: [4, 5, 6, 7, 8, 9],
  4: [5, 6, 7, 8, 9],
  5: [4, 7, 8, 9],
  6: [4, 7, 8, 9],
  9: [10],
}
const CARRIERS: Record<DirtKind, readonly SystemName[]> = {
  'missing-key': ['one-stop', 'communes'],
  'impossible-date': ['one-stop', 'communes'],
  'future-date': ['one-stop', 'land'],
  'lying-encoding': ['communes'],
  'unknown-procedure': ['one-stop', 'judicial'],
  'unknown-agency': ['communes', 'land'],
  'status-backwards': ['communes'],
  'dummy-identity': ['one-stop', 'judicial', 'land'],
  'doubled-row': ['one-stop', 'communes', 'judicial'],
  'two-systems': ['land'],
  'nfd-text': ['one-stop', 'communes'],
}

describe.each([
  [DEFAULT_SEED, DEFAULT_DOSSIERS],
  [1, 8_000],
  [987_654_321, 8_000],
])('the records of seed %i with %i dossiers', (seed, dossiers) => {
  const world = makeWorld({ seed, dossiers })
  const shown = figures(world, world.start)
  const share = (name: string) => shown.shares.find((s) => s.name.includes(name))

  it('give the figures of the report', () => {
    expect(shown).toMatchObject({ procedures: 1655, online: 1622, integrated: 1184 })
    expect(shown).toMatchObject({ servicesWithDossiers: 324, fullProcess: 269 })
    // of the 55 partial ones with dossiers
    expect(world.procedures.filter(({ pilot, level }) => pilot && level === 3)).toHaveLength(19)
    expect(world.procedures.filter(({ pilot }) => pilot)).toHaveLength(19)
    expect(shown.servicesWithOnlineDossiers).toBeGreaterThanOrEqual(290)
    expect(shown.servicesWithOnlineDossiers).toBeLessThanOrEqual(310)
    expect(shown.communes).toEqual({ full: 87, less: 5, none: 2 })
  })

  it('put exactly the named departments and districts above the thresholds, one of each on it', () => {
    expect([...shown.departmentsAbove80].sort()).toEqual([
      'Sở Công Thương',
      'Sở Khoa học và Công nghệ',
      'Sở Nông nghiệp và Phát triển nông thôn',
      'Sở Thông tin và Truyền thông',
      'Sở Văn hóa, Thể thao và Du lịch',
    ])
    expect([...shown.districtsAbove60].sort()).toEqual(['Huyện Dương Minh Châu', 'Huyện Gò Dầu', 'Thị xã Hòa Thành'])
    expect(share('Sở Xây dựng')?.ratio).toBe(0.8)
    expect(share('Trảng Bàng')?.ratio).toBe(0.6)
  })

  it('hold as many dossiers as asked at the start, and some that come later', () => {
    expect(world.dossiers.filter((d) => visibleAt(d, world.start))).toHaveLength(dossiers)
    expect(world.dossiers.length).toBeGreaterThan(dossiers)
    expect(shown.received).toBeLessThan(dossiers)
  })

  it('have a filter to pass: information-only procedures have dossiers at the counter alone', () => {
    const information = world.dossiers.filter((d) => world.procedures[d.procedure]?.level === 2)
    expect(information.length).toBeGreaterThan(0)
    expect(information.every((d) => d.channel === 1)).toBe(true)
  })

  it('carry as much dirt of each kind as is said to be planted, where it belongs', () => {
    for (const kind of KINDS) {
      const found = world.dossiers.filter((d) => d.dirt === kind)
      expect(
        found.filter((d) => visibleAt(d, world.start)),
        kind,
      ).toHaveLength(world.planted[kind])
      expect(world.planted[kind], kind).toBeGreaterThanOrEqual(3)
      expect(
        found.filter((d) => !CARRIERS[kind].includes(d.system)),
        kind,
      ).toEqual([])
    }
    const all = KINDS.reduce((sum, kind) => sum + world.planted[kind], 0)
    expect(all / dossiers).toBeGreaterThan(0.004)
    expect(all / dossiers).toBeLessThan(0.006)
  })

  it('mark what each kind of dirt needs, and nothing else', () => {
    for (const d of world.dossiers) {
      const unknown = d.dirt === 'unknown-procedure' || d.dirt === 'unknown-agency'
      expect([d.procedure === -1, d.agency === -1]).toEqual([
        d.dirt === 'unknown-procedure',
        d.dirt === 'unknown-agency',
      ])
      expect([d.unknownReference !== null, d.alsoIn !== null, d.backwardsTo !== null]).toEqual([
        unknown,
        d.dirt === 'two-systems',
        d.dirt === 'status-backwards',
      ])
    }
    const codes = new Set(world.procedures.map((p) => p.code))
    expect(world.dossiers.filter((d) => d.unknownReference && codes.has(d.unknownReference))).toEqual([])
  })

  it('name nobody in the names of procedures and agencies', () => {
    const text = [...world.procedures, ...world.agencies].map((one) => one.name.toLowerCase()).join('\n')
    const names = new Set(world.dossiers.map((d) => d.applicant.name.toLowerCase()))
    expect([...names].filter((name) => text.includes(name))).toEqual([])
  })
})

describe('a dossier', () => {
  const world = makeWorld({ seed: 7, dossiers: 8_000 })

  it('goes through legal statuses only, forward in time, in whole seconds', () => {
    for (const { events } of world.dossiers) {
      expect([1, 2]).toContain(events[0]?.status)
      events.forEach(({ at, status }, i) => {
        expect(at % 1000).toBe(0)
        const before = events[i - 1]
        if (!before) return
        expect(at).toBeGreaterThan(before.at)
        expect(LEGAL[before.status]).toContain(status)
      })
    }
  })

  it('has dates that fit its statuses', () => {
    for (const d of world.dossiers) {
      const at = (status: number) => d.events.findLast((e) => e.status === status)?.at ?? null
      expect(d.receivedAt).toBe(at(2))
      expect(d.refusedAt).toBe(at(3))
      expect(d.finishedAt).toBe(at(9) ?? at(8) ?? at(7))
      expect(d.returnedAt).toBe(at(10))
      expect(d.submittedAt).toBe(d.events[0]?.at)
      expect(d.channel === 2).toBe(d.events[0]?.status === 1)
      if (d.dueAt !== null) expect(d.dueAt).toBeGreaterThan(d.receivedAt ?? Infinity)
    }
  })

  it('is due later after each completed supplement, and not before', () => {
    const moved = world.dossiers.filter((d) => d.supplements.some((s) => s.completedAt !== null && s.newDueAt !== null))
    expect(moved.length).toBeGreaterThan(0)
    for (const d of moved) {
      for (const s of d.supplements) {
        expect(dueAsOf(d, s.requestedAt)).toBe(s.previousDueAt)
        if (s.completedAt === null) continue
        expect(dueAsOf(d, s.completedAt)).toBe(s.newDueAt)
        expect(s.newDueAt ?? 0).toBeGreaterThanOrEqual(s.previousDueAt ?? 0)
      }
      expect(dueAsOf(d, (d.receivedAt ?? 0) - 1)).toBeNull()
    }
  })

  it('ends on time nearly always, and some are open, overdue or about to be at the start', () => {
    const status = (d: World['dossiers'][number]) => statusAt(d, world.start)
    const done = world.dossiers.filter((d) => status(d) >= 9 && d.dueAt !== null)
    const onTime = done.filter((d) => (d.finishedAt ?? Infinity) <= (d.dueAt ?? 0)).length / done.length
    expect(onTime).toBeGreaterThan(0.96)
    expect(onTime).toBeLessThan(0.98)
    const open = world.dossiers.filter((d) => [2, 4].includes(status(d)) && d.dueAt !== null)
    const overdueAt = (at: number) => open.filter((d) => (d.dueAt ?? Infinity) < at && statusAt(d, at) < 7).length
    expect(overdueAt(world.start)).toBeGreaterThan(0)
    const crossing = open.filter((d) => (d.dueAt ?? 0) >= world.start && (d.finishedAt ?? 0) > (d.dueAt ?? Infinity))
    expect(crossing.filter((d) => (d.dueAt ?? 0) < world.start + 14 * DAY).length).toBeGreaterThan(0)
  })

  it('had ended in its month where a later correction takes it back', () => {
    const back = world.dossiers.filter((d) => d.dirt === 'status-backwards')
    for (const d of back) {
      const month = (at: number | null) => new Date((at ?? 0) + 7 * 3_600_000).toISOString().slice(0, 7)
      expect(month(d.finishedAt)).toBe(month(d.receivedAt))
      expect([2, 4]).toContain(d.backwardsTo)
    }
  })
})

describe('codes and people', () => {
  const world = makeWorld({ seed: 11, dossiers: 8_000 })

  it('are unique within a system and across the province', () => {
    const local = world.dossiers.flatMap((d) => [
      `${d.system} ${d.code}`,
      ...(d.alsoIn ? [`${d.alsoIn.system} ${d.alsoIn.code}`] : []),
    ])
    expect(new Set(local).size).toBe(local.length)
    expect(new Set(world.dossiers.map((d) => d.nationalCode)).size).toBe(world.dossiers.length)
    expect(new Set(world.procedures.map((p) => p.code)).size).toBe(1655)
    expect(new Set(world.procedures.map((p) => p.name)).size).toBe(1655)
  })

  it('have the documented forms', () => {
    expect(world.procedures.filter((p) => !/^[1-3]\.00\d{4}$/.test(p.code))).toEqual([])
    for (const { applicant, nationalCode, code, system } of world.dossiers) {
      expect(nationalCode).toMatch(/^H53(\.\d{2}){1,2}-\d{6}-\d{4}$/)
      expect(code).toMatch(system === 'land' ? /^TNMT\/2024\/\d{6}$/ : /^H53/)
      expect(applicant.identity).toMatch(/^(072|080)\d{9}$|^29\d{7}$/)
      expect(applicant.phone).toMatch(/^0[35789]\d{8}$/)
      expect(applicant.email).toMatch(/^[a-z]+\.\d{6}@example\.(com|net|org)$/)
    }
  })

  it('are told apart: one identity, one person', () => {
    const byIdentity = new Map(world.dossiers.map((d) => [d.applicant.identity, d.applicant]))
    expect(world.dossiers.filter((d) => byIdentity.get(d.applicant.identity) !== d.applicant)).toEqual([])
    expect(byIdentity.size).toBeLessThan(world.dossiers.length)
    expect(world.dossiers.some((d) => d.summary.includes(d.applicant.name))).toBe(true)
  })
})

it('is the same world for the same seed, and another for another', () => {
  const [first, again, other] = [3, 3, 4].map((seed) => digest(makeWorld({ seed, dossiers: 2_000 })))
  expect(again).toBe(first)
  expect(other).not.toBe(first)
})

it.each([0, 1, 500, 2_000])('works with %i dossiers', (dossiers) => {
  const world = makeWorld({ seed: 5, dossiers })
  expect(world.dossiers.filter((d) => visibleAt(d, world.start))).toHaveLength(dossiers)
  expect(figures(world, world.start)).toMatchObject({ procedures: 1655, online: 1622, integrated: 1184 })
  if (dossiers >= 500) for (const kind of KINDS) expect(world.planted[kind], kind).toBeGreaterThan(0)
  if (dossiers >= 2_000) for (const kind of KINDS) expect(world.planted[kind], kind).toBeGreaterThanOrEqual(3)
})
