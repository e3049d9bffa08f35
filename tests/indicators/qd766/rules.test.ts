/** The file of scoring rules: what it says, what is wrong with a wrong one, which set holds when, and that landing refuses a wrong one. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { CHECKOUT } from '../../../src/config.ts'
import { PipelineError } from '../../../src/errors.ts'
import { presentKnowledge } from '../../../src/indicators/knowledge.ts'
import { loadRules } from '../../../src/indicators/qd766/held.ts'
import { checkRules, componentOf, rulesOn } from '../../../src/indicators/qd766/rules.ts'
import type { ScoringFile, ScoringRuleSet } from '../../../src/schemas.generated.ts'
import { installReference } from '../../../src/sync/reference.ts'
import { findMeta } from '../../../src/warehouse/landing.ts'
import { eachDialect } from '../../support/warehouse.ts'

const PATH = join(CHECKOUT, 'data', 'reference', 'qd766.json')
const TEXT = readFileSync(PATH, 'utf8')
const read = () => JSON.parse(TEXT) as ScoringFile
const first = (file: ScoringFile): ScoringRuleSet => file.sets[0] as ScoringRuleSet
const SHOWN = 'data/reference/qd766.json'

describe('the file', () => {
  const rules = rulesOn(checkRules(read(), SHOWN), '2026-08-31')
  test('has the components, maxima and classes of DOMAIN §1.1–1.3', () => {
    const points = rules?.components.filter(({ scored }) => scored).map(({ id, max }) => `${id}:${max}`)
    expect(points?.join(' ')).toBe(
      '1.1:6 1.2:4 1.3:2 1.4:6 2.1:20 3.1:2 3.2:4 3.3:6 3.5:2 3.5b:2 3.6:6 4.1:6 4.2:4 certified-copy:2 4.3:2 4.4:4 4.5a:2 4.5b:2 5.2:6 5.3:6 5.4:6',
    )
    expect(rules?.classes.map(({ names, from }) => `${names.vi} ${from}`)).toEqual([
      'Xuất sắc 90',
      'Tốt 80',
      'Khá 70',
      'Trung bình 50',
      'Yếu 0',
    ])
  })

  test('another reading of an option changes its component and no other', () => {
    const file = read()
    const chosen = rulesOn(file, '2026-08-31')
    const other = rulesOn(file, '2026-08-31', { digitisedFull: 'full-at-80' })
    const differing = chosen?.components.filter(
      (one, i) => JSON.stringify(one) !== JSON.stringify(other?.components[i]),
    )
    expect(differing?.map(({ id }) => id)).toEqual(['4.2'])
    expect(chosen && componentOf(chosen, '3.6').counts.denominator).toBe('dossiers-with-fee')
    const procedures = rulesOn(file, '2026-08-31', { paymentDenominator: 'procedures' })
    expect(procedures && componentOf(procedures, '3.6').counts.denominator).toBe('procedures-with-fee')
    const old = rulesOn(file, '2026-08-31', { onlineServices: 'old-text' })
    expect(old && componentOf(old, '3.2').counts.denominator).toBe('online-services')
  })

  test('a set holds from its first day up to that of its successor', () => {
    const file = read()
    const next = { ...structuredClone(first(file)), id: 'next', validFrom: '2027-01-01' }
    first(file).validTo = '2027-01-01'
    file.sets.push(next)
    checkRules(file, SHOWN)
    expect(['2022-06-22', '2022-06-23', '2026-12-31', '2027-01-01'].map((day) => rulesOn(file, day)?.id)).toEqual([
      undefined,
      'qd-766',
      'qd-766',
      'next',
    ])
  })
})

describe('a wrong file is refused with the place in it', () => {
  const at = <T>(list: readonly T[], i: number): T => list[i] as T
  test.each<[string, (set: ScoringRuleSet, file: ScoringFile) => void, string, RegExp]>([
    [
      'a misspelt field',
      (set) => Object.assign(at(set.components, 0), { maxx: 6 }),
      'sets[0].components[0].maxx',
      /did you mean "max"/,
    ],
    [
      'an unknown reading',
      (set) => Object.assign(set.options.refused, { chosen: 'outsid' }),
      'sets[0].options.refused.chosen',
      /did you mean "outside"/,
    ],
    [
      'points that do not add up',
      (set) => Object.assign(at(set.components, 0), { max: 5 }),
      'sets[0].groups[0].max',
      /is 18, but its components have 17 points/,
    ],
    [
      'a display that leaves a group out',
      (set) => set.displays.portal.pop(),
      'sets[0].displays.portal',
      /leaves out MDHL/,
    ],
    [
      'a display with other points',
      (set) => Object.assign(at(set.displays.decision, 2), { max: 21 }),
      'sets[0].displays.decision[2].max',
      /is 21, but its groups have 22 points/,
    ],
    [
      'a group that nobody knows',
      (set) => Object.assign(at(set.displays.portal, 0), { groups: ['CKMX'] }),
      'sets[0].displays.portal[0].groups[0]',
      /did you mean "CKMB"/,
    ],
    [
      'a component twice',
      (set) => Object.assign(at(set.components, 1), { id: '1.1' }),
      'sets[0].components[1].id',
      /stands twice/,
    ],
    [
      'classes out of order',
      (set) => Object.assign(at(set.classes, 1), { from: 95 }),
      'sets[0].classes[1].from',
      /below that of the class before/,
    ],
    ['scores without a class', (set) => set.classes.pop(), 'sets[0].classes[3].from', /must be 0/],
    [
      'an option of another component',
      (set) =>
        Object.assign(at(set.components, 0), { by: { option: 'updateSign', when: { before: { scored: false } } } }),
      'sets[0].components[0].by.option',
      /an option of 1\.2, not of 1\.1/,
    ],
    [
      'a choice that the option does not have',
      (set) => Object.assign(at(set.components, 1).by ?? {}, { when: { befor: { scored: false } } }),
      'sets[0].components[1].by.when.befor',
      /did you mean "before"/,
    ],
    [
      'an end before the beginning',
      (set) => Object.assign(set, { validTo: '2022-06-23' }),
      'sets[0].validTo',
      /after validFrom/,
    ],
    [
      'two sets on one day',
      (set, file) => file.sets.push({ ...structuredClone(set), id: 'other', validFrom: '2027-01-01' }),
      'sets[1].validFrom',
      /lies within the set "qd-766"/,
    ],
  ])('%s', (_, spoil, path, problem) => {
    const file = read()
    spoil(first(file), file)
    const thrown = caught(() => checkRules(file, SHOWN))
    expect(thrown).toMatchObject({ code: 'CONFIG_INVALID' })
    expect(thrown.message).toContain(path)
    expect(thrown.message).toMatch(problem)
    expect(thrown.message).not.toContain('\n')
  })
})

function caught(run: () => unknown): PipelineError {
  try {
    run()
  } catch (error) {
    if (error instanceof PipelineError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

const homes: string[] = []
afterAll(() => {
  for (const home of homes) rmSync(home, { recursive: true, force: true })
})
/** A home whose scoring rules are this text. */
function homeWith(text: string): string {
  const home = mkdtempSync(join(tmpdir(), 'qd766-'))
  homes.push(home)
  const folder = join(home, 'data', 'reference')
  mkdirSync(folder, { recursive: true })
  for (const file of ['agencies.json', 'aliases.json', 'calendar.json'])
    copyFileSync(join(CHECKOUT, 'data', 'reference', file), join(folder, file))
  writeFileSync(join(folder, 'qd766.json'), text)
  return home
}

eachDialect('installing', (open) => {
  test('keeps the checked rules in the warehouse; a wrong file installs nothing and says the line', async () => {
    const { warehouse } = await open()
    const now = Date.parse('2026-09-01T08:00:00+07:00')
    const wrong = homeWith(TEXT.replace('"max": 18', '"max": 19'))
    const refused = await installReference(warehouse, [wrong, CHECKOUT], now).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(PipelineError)
    expect((refused as PipelineError).message).toMatch(/qd766\.json.*sets\[0\]\.groups\[0\]\.max/)
    expect(await warehouse.read((db) => findMeta(db, 'reference'))).toBeFalsy()

    expect(await installReference(warehouse, [homeWith(TEXT), CHECKOUT], now)).toBe(true)
    const first = await warehouse.read(presentKnowledge)
    const digitised = (known: number | null) =>
      warehouse.read(async (db) => {
        const rules = (await loadRules(db, known))('2024-11-01')
        return rules && componentOf(rules, '4.2').fullAtPercent
      })
    expect(await digitised(null)).toBe(100)
    expect(await installReference(warehouse, [CHECKOUT], now)).toBe(false)
    // another reading is new content
    const other = TEXT.replace('"chosen": "linear"', '"chosen": "full-at-80"')
    expect(other).not.toBe(TEXT)
    expect(await installReference(warehouse, [homeWith(other), CHECKOUT], now)).toBe(true)
    // and what was scored by the one before still is, as known then
    expect([await digitised(null), await digitised(first.landing)]).toEqual([80, 100])
  })

  test.each([
    ['onTimeCompare', 'instant', 'date'],
    ['paymentDenominator', 'dossiers', 'procedures'],
  ])('takes no reading that nothing is counted by, and says the line: %s', async (name, counted, chosen) => {
    const { warehouse } = await open()
    const other = TEXT.replace(`"chosen": "${counted}"`, `"chosen": "${chosen}"`)
    expect(other).not.toBe(TEXT)
    await expect(installReference(warehouse, [homeWith(other), CHECKOUT], 0)).rejects.toThrow(
      new RegExp(`qd766\\.json.*sets\\[0\\]\\.options\\.${name}\\.chosen must be "${counted}"`),
    )
  })
})
