import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, test } from 'vitest'
import { agencyNameKey, agencyNames, type NameAlias, type NamedAgency } from '../../src/connect/names.ts'

interface Agency extends NamedAgency {
  codeSystem: string
  identifier: string | null
  successors: string[]
}
interface Status {
  code: number
  bucket: string
  next: number[]
}

const read = (path: string) => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'))
const agencies: Agency[] = read('data/reference/agencies.json').agencies
const aliases: NameAlias[] = read('data/reference/aliases.json').aliases
const byKey = new Map(agencies.map((agency) => [agency.key, agency]))
const communes = agencies.filter((agency) => agency.kind === 'commune')
const before = communes.filter((agency) => agency.validTo === '2025-07-01')
const after = communes.filter((agency) => agency.validFrom === '2025-07-01')
const dayBefore = (date: string) => Temporal.PlainDate.from(date).subtract({ days: 1 }).toString()
const overlap = (a: NamedAgency, b: NamedAgency) =>
  (a.validTo ?? '9999') > b.validFrom && (b.validTo ?? '9999') > a.validFrom

describe('schemas', () => {
  for (const name of ['agencies', 'aliases', 'calendar', 'code-lists', 'qd766']) {
    const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
    addFormats.default(ajv)
    const validate = ajv.compile(read(`schemas/config/${name}.schema.json`))
    const file = read(`data/reference/${name}.json`)
    test(`${name}.json is valid and in NFC`, () => {
      expect(validate(file) ? [] : validate.errors).toEqual([])
      const text = JSON.stringify(file)
      expect(text.normalize('NFC')).toBe(text)
    })
    test(`${name}.json with an unknown field is refused`, () => {
      expect(validate({ ...file, more: 1 })).toBe(false)
    })
  }
})

describe('agencies', () => {
  test('one province on each side of 2025-07-01, 9 districts, 94 communes before, 96 after', () => {
    const count = (kind: string) => agencies.filter((agency) => agency.kind === kind).length
    expect([count('province'), count('district'), before.length, after.length, communes.length]).toEqual([
      2, 9, 94, 96, 190,
    ])
    expect([count('department'), count('vertical'), agencies.length]).toEqual([23, 3, 227])
    const perDistrict = Map.groupBy(before, (commune) => commune.parent?.slice(0, 3))
    const sizes = [...perDistrict].map(([district, list]) => `${district}:${list.length}`)
    expect(sizes.join(' ')).toBe('703:10 705:10 706:12 707:11 708:15 709:8 710:9 711:9 712:10')
    expect(after.filter((commune) => commune.name.startsWith('Phường')).length).toBe(14)
    expect(after.filter((commune) => Number(commune.code) < 27000).length).toBe(36)
  })

  test('keys are unique and say what they are', () => {
    expect(byKey.size).toBe(agencies.length)
    for (const { key, code, validFrom } of agencies) expect(key).toBe(`${code}@${validFrom}`)
  })

  test('versions of a code do not overlap, nor do two agencies share an identifier on one day', () => {
    for (const group of [
      Map.groupBy(agencies, (agency) => agency.code),
      Map.groupBy(agencies, (agency) => agency.identifier),
    ])
      for (const versions of group.values())
        for (const [i, a] of versions.entries())
          for (const b of versions.slice(i + 1)) expect([a.key, b.key, overlap(a, b)]).toEqual([a.key, b.key, false])
  })

  test('every parent exists, holds from its start, and is of the tier above', () => {
    const above: Record<string, string> = { department: 'province', vertical: 'province', district: 'province' }
    for (const { key, kind, parent, validFrom, validTo } of agencies) {
      if (kind === 'province') expect(parent).toBeNull()
      else {
        const found = byKey.get(parent ?? '')
        const tier = kind === 'commune' ? (validTo ? 'district' : 'province') : above[kind]
        expect([key, found?.kind, (found?.validFrom ?? '9999') <= validFrom]).toEqual([key, tier, true])
      }
    }
  })

  test('every successor exists and starts on the day its predecessor ends', () => {
    for (const { key, validTo, successors } of agencies)
      for (const successor of successors) expect([key, byKey.get(successor)?.validFrom]).toEqual([key, validTo])
    for (const { key, kind, validTo, successors } of agencies)
      if (validTo && kind !== 'district') expect([key, successors.length > 0]).toEqual([key, true])
  })

  test('all 94 communes have a successor, only in the 36 units of old Tây Ninh; ten are divided', () => {
    const reached = new Set(before.flatMap((commune) => commune.successors))
    expect([...reached].every((key) => Number(key.slice(0, 5)) < 27000)).toBe(true)
    expect(reached.size).toBe(36)
    expect(before.filter((commune) => commune.successors.length > 1).length).toBe(10)
    expect(byKey.get('25462@2020-01-01')?.successors).toEqual(['25459@2025-07-01'])
  })

  test('codes are used again with another meaning', () => {
    expect(byKey.get('25459@2020-01-01')?.name).toBe('Phường 3')
    expect(byKey.get('25459@2025-07-01')?.name).toBe('Phường Tân Ninh')
    const again = after.filter((commune) => byKey.has(`${commune.code}@2020-01-01`))
    expect(again.length).toBe(36)
  })

  test('departments merged on 2025-03-01 lead to the merged ones', () => {
    const merged = agencies.filter((agency) => agency.kind === 'department' && agency.validTo === '2025-03-01')
    const pairs = merged.map((agency) => `${agency.name} → ${byKey.get(agency.successors[0] ?? '')?.name}`)
    expect(pairs).toEqual([
      'Sở Kế hoạch và Đầu tư → Sở Tài chính',
      'Sở Tài chính → Sở Tài chính',
      'Sở Giao thông vận tải → Sở Xây dựng',
      'Sở Xây dựng → Sở Xây dựng',
      'Sở Tài nguyên và Môi trường → Sở Nông nghiệp và Môi trường',
      'Sở Nông nghiệp và Phát triển nông thôn → Sở Nông nghiệp và Môi trường',
      'Sở Khoa học và Công nghệ → Sở Khoa học và Công nghệ',
      'Sở Thông tin và Truyền thông → Sở Khoa học và Công nghệ',
      'Sở Lao động – Thương binh và Xã hội → Sở Nội vụ',
      'Sở Nội vụ → Sở Nội vụ',
    ])
  })
})

describe('names', () => {
  const byNameKey = Map.groupBy(agencyNames(agencies, aliases), (name) => name.nameKey)
  const resolve = (name: string, within: string | null, date: string) =>
    (byNameKey.get(agencyNameKey(name, within)) ?? [])
      .filter((n) => n.validFrom <= date && (n.validTo ?? '9999') > date)
      .map((n) => n.agency)
      .join()

  test('Xã Tân Bình exists twice and is found only with its district', () => {
    expect(before.filter((commune) => commune.name === 'Xã Tân Bình').map((commune) => commune.code)).toEqual([
      '25474',
      '25495',
    ])
    expect(resolve('Xã Tân Bình', null, '2024-06-01')).toBe('')
    expect(resolve('UBND xã Tân Bình', 'Huyện Tân Biên', '2024-06-01')).toBe('25495')
    expect(resolve('UBND xã Tân Bình', 'TP. Tây Ninh', '2024-06-01')).toBe('25474')
  })

  test('every agency is found by name and container on its first and last day, and it alone', () => {
    for (const { key, code, name, parent, validFrom, validTo } of agencies) {
      const within = parent === null ? null : (byKey.get(parent)?.name ?? null)
      const found = [validFrom, dayBefore(validTo ?? '2099-01-01')].map((date) => resolve(name, within, date))
      expect([key, ...found]).toEqual([key, code, code])
    }
  })

  test.each([
    ['Ủy ban nhân dân huyện Gò Dầu', '2024-06-01', '710'],
    ['UBND thị xã Hoà Thành', '2024-06-01', '709'],
    ['UBND thị xã Hoà Thành', '2025-07-01', ''],
    ['SỞ KH&CN', '2024-06-01', 'H53.09'],
    ['Sở Khoa học & Công nghệ', '2025-06-01', 'H53.09'],
    ['Sở TT&TT', '2025-02-28', 'H53.10'],
    ['Sở TT&TT', '2025-03-01', ''],
    ['Sở VHTT&DL', '2024-06-01', 'H53.11'],
    ['Sở Văn hoá, Thể thao và Du lịch tỉnh Tây Ninh', '2024-06-01', 'H53.11'],
    ['Sở NN&PTNT', '2024-06-01', 'H53.07'],
    ['Sở CT', '2024-06-01', 'H53.08'],
    ['BHXH tỉnh Tây Ninh', '2024-06-01', 'H53.52'],
    ['Văn phòng Uỷ ban nhân dân tỉnh', '2024-06-01', 'H53.18'],
    ['UBND tỉnh Tây Ninh', '2025-06-30', '72'],
    ['UBND tỉnh Tây Ninh', '2025-07-01', '80'],
    ['UBND phường Hòa Thành', '2025-07-01', '25645'],
  ])('%s on %s is %s', (name, date, code) => {
    expect(resolve(name, null, date)).toBe(code)
  })

  test('every alias names an agency that exists while the alias holds, and is not what a rule gives', () => {
    const ruled = new Set(agencyNames(agencies, []).map((n) => `${n.nameKey} ${n.agency}`))
    for (const { name, within, agency, validFrom, validTo } of aliases) {
      const versions = agencies.filter((a) => a.code === agency)
      const inside = (date: string) => versions.some((a) => a.validFrom <= date && date < (a.validTo ?? '9999'))
      expect([name, inside(validFrom), inside(dayBefore(validTo ?? '2099-01-01'))]).toEqual([name, true, true])
      expect([name, ruled.has(`${agencyNameKey(name, within)} ${agency}`)]).toEqual([name, false])
    }
  })
})

test('statuses 1 to 10, each next one known', () => {
  const statuses: Status[] = read('data/reference/code-lists.json').statuses.codes
  expect(statuses.map((status) => status.code)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  for (const { next } of statuses) for (const code of next) expect(statuses.some((s) => s.code === code)).toBe(true)
  const bucket = (name: string) => statuses.filter((s) => s.bucket === name).map((s) => s.code)
  expect([bucket('not-received'), bucket('paused'), bucket('done')]).toEqual([
    [1, 3],
    [5, 6],
    [9, 10],
  ])
})

test('days of the calendar: in order, once each, off on weekdays, worked on weekends, swaps in pairs', () => {
  const { days, covers } = read('data/reference/calendar.json') as {
    days: { date: string; kind: string }[]
    covers: { from: string; to: string }
  }
  const dates = days.map((day) => day.date)
  expect(dates).toEqual([...new Set(dates)].sort())
  for (const { date, kind } of days) {
    expect([date, date >= covers.from && date <= covers.to]).toEqual([date, true])
    expect([date, Temporal.PlainDate.from(date).dayOfWeek > 5]).toEqual([date, kind === 'work_swap'])
  }
  const kinds = (kind: string) => days.filter((day) => day.kind === kind).length
  expect(kinds('off_swap')).toBe(kinds('work_swap'))
})
