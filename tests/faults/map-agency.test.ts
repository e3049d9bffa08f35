/** `ioc quarantine map`: an unknown agency becomes an alias with validity, and what waited for it lands in the same step. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it, test } from 'vitest'
import { CHECKOUT } from '../../src/config.ts'
import { explainError, type PipelineError } from '../../src/errors.ts'
import { agenciesNamed, nearestAgencies, waitingUnder } from '../../src/sync/map-agency.ts'
import { installReference, readReferenceData } from '../../src/sync/reference.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import type { AgencyTable } from '../../src/warehouse/tables.ts'
import { documentOf, verbHere } from '../cli/support.ts'
import { eachDialect, ZONE } from '../support/warehouse.ts'
import { type Deployment, deploy, dossiersOf, expectRebuilt, openQuarantine } from './deployment.ts'
import { records, type Tape, tapeFiles } from './tape.ts'

let deployment: Deployment
afterEach(() => deployment?.remove())

const NAME = 'Phuong Tân Nin'
interface Mapped {
  sources: string[]
  waited: number
  landed: number
  validFrom: string
  validTo: string | null
}

eachDialect('quarantine map', (open, dialect) => {
  async function waiting(): Promise<{
    warehouse: Warehouse
    location: string
    ask: (...words: string[]) => Promise<{ stdout: string }>
  }> {
    deployment = deploy(
      { tape: ['one', 'two'].map((id) => ({ id, settings: { folder: id } })) },
      tapeFiles({ agency: 'agencyName()' }),
    )
    deployment.setTime('2025-08-01T08:00')
    for (const id of ['one', 'two'])
      deployment.put(
        `${id}/dossier.json`,
        JSON.stringify({
          pages: [
            [
              ...records(4, (i) => ({ agency: NAME, received: i < 3 ? '20250705080000' : '20250605080000' })),
              ...records(1, () => ({ agency: 'Sở Công Thương', received: '20250605080000' }), 10),
            ],
          ],
        } satisfies Tape),
      )
    const { warehouse, location } = await open()
    await deployment.prepare(warehouse)
    await deployment.sync(warehouse)
    return {
      warehouse,
      location,
      ask: (...words) => verbHere(deployment.home, location, ['quarantine', 'map', ...words]),
    }
  }

  test('lists what is unknown with the nearest names, maps one with its validity, and lands what waited for it', async () => {
    const { warehouse, location, ask } = await waiting()
    const listed = documentOf<{ unknown: { nearest: { key: string }[] }[] }>(await ask(), 'quarantine')
    expect(listed.unknown).toMatchObject([
      { written: NAME, waiting: 8, sources: ['one', 'two'], nearest: expect.any(Array) },
    ])
    expect(listed.unknown[0]?.nearest[0]).toMatchObject({ key: '25459@2025-07-01', name: 'Phường Tân Ninh' })

    if (dialect === 'sqlite') {
      const spoken = await deployment.start(['quarantine', 'map', '--warehouse', location]).ended
      expect(spoken.stdout).toContain(`8 × ${NAME}  (one, two)\n    25459@2025-07-01`)
      // a code that two units have had, a day on which the unit is not, a slip in the name
      const refused = [
        [['PHUONG  TÂN NIN', '--to', '25459'], '25459 means more than one: 25459@2020-01-01 Phường 3 (< 2025-07-01)'],
        [[NAME, '--to', '25459@2025-07-01', '--until', '2025-01-01'], 'does not hold on those days'],
        [[NAME, '--to', 'Phường Tân Nihn'], '25459@2025-07-01 Phường Tân Ninh'],
        [['Phuong Tân Nim', '--to', '25459@2025-07-01'], `${NAME}?`],
        [[NAME, '--to', '25459', '--from', '2025-7-1'], '2025-7-1 is no date'],
      ] as const
      for (const [words, told] of refused) {
        await expect(ask(...words), words.join(' ')).rejects.toMatchObject({ exit: 2 })
        const { what, mend } = await ask(...words).then(
          () => ({ what: '', mend: '' }),
          (error: PipelineError) => explainError(error.code, error.params, 'en'),
        )
        expect(what + mend).toContain(told)
      }
      const dry = await ask(NAME, '--to', '25459@2025-07-01', '--dry-run')
      expect(documentOf(dry, 'quarantine')).toMatchObject({ dryRun: true, run: null, waited: 8, landed: 0 })
    }
    expect(await openQuarantine(warehouse)).toHaveLength(8)

    const one = documentOf<Mapped>(await ask(NAME, '--to', '25459@2025-07-01', '--source', 'one'), 'quarantine')
    // received in June: the unit did not exist, and nobody guesses
    expect(one).toMatchObject({ sources: ['one'], waited: 4, landed: 3, validFrom: '2025-07-01', validTo: null })
    expect((await dossiersOf(warehouse)).map(({ source, code, resolving }) => [source, code, resolving])).toEqual([
      ['one', 'D-00000', '25459@2025-07-01'],
      ['one', 'D-00001', '25459@2025-07-01'],
      ['one', 'D-00002', '25459@2025-07-01'],
      ['one', 'D-00010', expect.stringMatching(/^H53\.08@/)],
      ['two', 'D-00010', expect.stringMatching(/^H53\.08@/)],
    ])
    const before = await ask(NAME, '--to', '25459@2020-01-01', '--source', 'one')
    expect(documentOf(before, 'quarantine')).toMatchObject({ waited: 1, landed: 1, validTo: '2025-07-01' })
    // nothing waits under that name in this source any more; a wish to change what it means is refused
    await expect(ask(NAME, '--to', 'H53.08', '--source', 'one')).rejects.toMatchObject({
      code: 'USAGE',
      params: { what: expect.stringContaining('of one means 25459 already') },
    })
    await expectRebuilt(warehouse)

    // unless it is said that it was wrong: from the 5th on, and what has landed moves with the next whole read
    const words = [NAME, '--to', 'H53.08@2020-01-01', '--source', 'one', '--from', '2025-07-05', '--replace']
    const dry = documentOf<Mapped>(await ask(...words, '--dry-run'), 'quarantine')
    expect(dry).toMatchObject({ dryRun: true, replaced: [{ agency: '25459' }] })
    await expect(ask(...words.slice(0, -1), '--dry-run')).rejects.toMatchObject({ code: 'USAGE' })
    const replaced = documentOf<Mapped>(await ask(...words), 'quarantine')
    expect(replaced).toMatchObject({
      ...{ waited: 0, landed: 0, validFrom: '2025-07-05' },
      replaced: [{ source: 'one', agency: '25459', validFrom: '2025-07-01', validTo: null }],
    })
    const at = async () =>
      (await dossiersOf(warehouse)).flatMap(({ source, code, resolving }) =>
        source === 'one' && code < 'D-00004' ? `${code} ${resolving}` : [],
      )
    const [june, july] = ['25459@2020-01-01', '25459@2025-07-01']
    expect(await at()).toEqual([`D-00000 ${july}`, `D-00001 ${july}`, `D-00002 ${july}`, `D-00003 ${june}`])
    const moved = (await deployment.sync(warehouse, { full: true })).sources.find(({ source }) => source === 'one')
    expect(moved?.counts).toMatchObject({ changed: 3, unchanged: 2, late: 0 })
    const there = 'H53.08@2020-01-01'
    expect(await at()).toEqual([`D-00000 ${there}`, `D-00001 ${there}`, `D-00002 ${there}`, `D-00003 ${june}`])
    await expectRebuilt(warehouse)
    const still = (await deployment.sync(warehouse, { full: true })).sources.find(({ source }) => source === 'one')
    expect(still?.counts).toMatchObject({ changed: 0, unchanged: 5 })
    // and back; a day before is as it was
    await ask(NAME, '--to', '25459@2025-07-01', '--source', 'one', '--from', '2025-07-05', '--replace')
    await deployment.sync(warehouse, { full: true })
    expect(await at()).toEqual([`D-00000 ${july}`, `D-00001 ${july}`, `D-00002 ${july}`, `D-00003 ${june}`])

    // outlives other reference data, which says nothing of it
    const aliases = JSON.parse(readFileSync(join(CHECKOUT, 'data/reference/aliases.json'), 'utf8'))
    deployment.put('data/reference/aliases.json', JSON.stringify({ ...aliases, aliases: aliases.aliases.slice(1) }))
    expect(await installReference(warehouse, deployment.config.homes, Date.now())).toBe(true)
    const reference = await warehouse.read((db) => readReferenceData(db, ZONE))
    const [{ waiting_for = '' } = {}] = await openQuarantine(warehouse)
    const ref = String(waiting_for).slice('agency:'.length)
    expect(reference.resolve(ref, 'one', '2025-07-01')).toBe('25459@2025-07-01')
    expect(reference.resolve(ref, 'one', '2025-06-30')).toBe('25459@2020-01-01')
    expect(reference.resolve(ref, 'two', '2025-07-01')).toBeUndefined()

    // the next read of the other source still waits, and of this one takes the name
    await deployment.sync(warehouse, { full: true })
    expect((await openQuarantine(warehouse)).map(({ source }) => source)).toEqual(['two', 'two', 'two', 'two'])
    expect(reference.resolve('code:25459@2025-07-01', 'one', '2024-01-01')).toBe('25459@2025-07-01')
  })
})

const agency = (
  key: string,
  name: string,
  parent: string | null = null,
  valid_to: string | null = null,
): AgencyTable => ({
  ...{ key, code: key.split('@')[0] ?? '', code_system: 'gso', identifier: null, kind: 'commune', name, parent },
  ...{ valid_from: key.split('@')[1] ?? '', valid_to, successors: '[]', known_from: 1, known_to: null },
})
const AGENCIES = [
  agency('705@2020-01-01', 'Huyện Tân Biên'),
  agency('703@2020-01-01', 'Thành phố Tây Ninh'),
  agency('25495@2020-01-01', 'Xã Tân Bình', '705@2020-01-01'),
  agency('25474@2020-01-01', 'Xã Tân Bình', '703@2020-01-01'),
  agency('25459@2020-01-01', 'Phường 3', '703@2020-01-01', '2025-07-01'),
  agency('25459@2025-07-01', 'Phường Tân Ninh'),
]

it('the district decides between communes of one name; what is far off is not proposed', () => {
  const nearest = (ref: string) => nearestAgencies(ref, AGENCIES).map((near) => near.agency.key)
  expect(nearest('name:xã tân bìn|huyện tân biên')[0]).toBe('25495@2020-01-01')
  expect(nearest('name:xã tân bìn|thành phố tây ninh')[0]).toBe('25474@2020-01-01')
  expect(nearest('name:cục hải quan')).toEqual([])
  expect(nearest('local:CN-07')).toEqual([])
})

it('finds agencies by key, code, identifier or name, and what waits as its source writes it', () => {
  const named = (typed: string) => agenciesNamed(typed, AGENCIES).map(({ key }) => key)
  expect(named('25459')).toEqual(['25459@2020-01-01', '25459@2025-07-01'])
  expect(named('25459@2025-07-01')).toEqual(['25459@2025-07-01'])
  expect(named('P. Tân Ninh')).toEqual(['25459@2025-07-01'])
  expect(named('nobody')).toEqual([])
  const row = {
    source: 's',
    stream: 'dossier',
    ref: 'name:xã tân bìn|huyện tân biên',
    written: 'Xã Tân Bìn, Huyện Tân Biên',
    n: 1,
  }
  for (const typed of ['Xã Tân Bìn, Huyện Tân Biên', 'xã tân bìn huyện tân biên', row.ref])
    expect(waitingUnder(typed, [row]), typed).toHaveLength(1)
  expect(waitingUnder('Xã Tân Bìn', [row])).toEqual([])
})
