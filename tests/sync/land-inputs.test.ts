/** Publications, petitions, statements and official scores into both warehouses: order, versions, deletions, waiting, measures, the tick. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { CHECKOUT } from '../../src/config.ts'
import { inputEntries } from '../../src/indicators/inputs.ts'
import { localDays } from '../../src/indicators/local-day.ts'
import { rebuild } from '../../src/indicators/rebuild.ts'
import { tick } from '../../src/indicators/tick.ts'
import type { ScoringFile, ScoringRuleSet } from '../../src/schemas.generated.ts'
import { saveMapping } from '../../src/sync/map-agency.ts'
import { installReference } from '../../src/sync/reference.ts'
import { rejudge } from '../../src/sync/rejudge.ts'
import { rejudgeInputs } from '../../src/sync/rejudge-inputs.ts'
import { addEntries, noCells } from '../../src/warehouse/cells.ts'
import { officialScoresOf, statementsOf } from '../../src/warehouse/inputs.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import type { MeasureName } from '../../src/warehouse/tables.ts'
import { day, H53_07, landOf, object, petition, publication, ready, START, statement } from '../support/inputs.ts'
import { at } from '../support/pages.ts'
import { eachDialect, ZONE } from '../support/warehouse.ts'

/** The sums of measures in November, zeros left out. */
async function sums(warehouse: Warehouse, month = '2024-11'): Promise<Partial<Record<MeasureName, number>>> {
  const rows = await warehouse.read((db) =>
    db.selectFrom('cell_month').selectAll().where('month', '=', month).execute(),
  )
  const found: Record<string, number> = {}
  for (const row of rows)
    for (const [name, value] of Object.entries(row))
      if (typeof value === 'number' && value !== 0) found[name] = (found[name] ?? 0) + value
  return found
}
async function expectRebuilt(warehouse: Warehouse): Promise<void> {
  expect((await rebuild(warehouse, ZONE)).differences.filter(({ kind }) => kind !== 'indicator')).toEqual([])
}

eachDialect('landing of inputs', (open) => {
  it('lands, skips unchanged, keeps versions, deletes and comes back', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    expect(await landOf(warehouse, 'petition', [petition()])).toMatchObject({ landed: 1, new: 1 })
    expect(await landOf(warehouse, 'petition', [petition()])).toMatchObject({ landed: 0, unchanged: 1, changed: 0 })
    const answered = petition({
      outcome: 'answered',
      outcomeAt: day('2024-11-20'),
      published: day('2024-11-21'),
      satisfied: true,
    })
    expect(await landOf(warehouse, 'petition', [answered])).toMatchObject({ landed: 1, changed: 1 })
    const row = await warehouse.read((db) => db.selectFrom('petition').selectAll().executeTakeFirstOrThrow())
    expect(row).toMatchObject({ agency: H53_07, outcome: 'answered', satisfied: 1, deleted: 0 })
    const versions = await warehouse.read((db) => db.selectFrom('input_version').selectAll().execute())
    expect(versions.map(({ entity, data }) => [entity, JSON.parse(data).outcome])).toEqual([['petition', null]])
    expect(await sums(warehouse)).toEqual({ petitions: 1, petitions_staff: 1, petitions_on_time: 1 })
    await expectRebuilt(warehouse)
    expect(await landOf(warehouse, 'petition', [], {}, ['PA-1'])).toMatchObject({ deleted: 1 })
    expect(await sums(warehouse)).toEqual({})
    expect(await landOf(warehouse, 'petition', [answered])).toMatchObject({ landed: 1, changed: 1 })
    expect(await sums(warehouse)).toMatchObject({ petitions: 1 })
    await expectRebuilt(warehouse)
  })

  it('older never overwrites newer; a doubled row is noted; what was known then is told', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    const declared = { orderDeclared: true }
    await landOf(warehouse, 'petition', [petition({}, 200), petition({}, 200)], declared)
    const landing = await warehouse.read((db) =>
      db
        .selectFrom('landing')
        .select(({ fn }) => fn.max('id').as('id'))
        .executeTakeFirst(),
    )
    expect(await landOf(warehouse, 'petition', [petition({ subject: 'procedure' }, 100)], declared)).toMatchObject({
      stale: 1,
    })
    expect(await landOf(warehouse, 'petition', [petition({ subject: 'procedure' }, 300)], declared)).toMatchObject({
      changed: 1,
    })
    const notes = await warehouse.read((db) => db.selectFrom('note').select(['kind', 'key']).execute())
    expect(notes).toEqual([{ kind: 'doubled-row', key: 'PA-1' }])
    const known = async (of: number | null) => {
      const totals = noCells()
      await warehouse.read(async (db) => {
        for await (const entries of inputEntries(db, localDays(ZONE), START, of)) addEntries(totals, entries, 1)
      })
      return [...totals.months.values()].length
    }
    expect(await known(null)).toBe(1)
    expect(await known((landing?.id ?? 0) - 1)).toBe(0)
    expect(await known(landing?.id ?? 0)).toBe(1)
  })

  it('unchanged, but of an agency that its name means only by now: it moves', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    const means = (agency: string, replace: boolean) =>
      warehouse.write((trx) =>
        saveMapping(trx, {
          ...{ sources: ['office'], ref: 'local:7', agency, validFrom: '2020-01-01', validTo: null },
          ...{ replace, by: 'test', at: START, run: 'r' },
        }),
      )
    const own = petition({ agency: 'local:7' })
    await means('H53.07', false)
    expect(await landOf(warehouse, 'petition', [own])).toMatchObject({ new: 1 })
    await means('H53.08', true)
    expect(await landOf(warehouse, 'petition', [own])).toMatchObject({ changed: 1 })
    expect(await landOf(warehouse, 'petition', [own])).toMatchObject({ unchanged: 1 })
    const row = await warehouse.read((db) => db.selectFrom('petition').select('agency').executeTakeFirstOrThrow())
    expect(row.agency).toMatch(/^H53\.08@/)
    await expectRebuilt(warehouse)
    // What nobody mapped anew stays where it is, though its code is another's by the end of the period.
    const year = statement({ code: 'BC-9', agency: 'code:25459', period: '2025' })
    await landOf(warehouse, 'statement', [year])
    await warehouse.write((trx) => trx.db.updateTable('statement').set({ agency: '25459@2020-01-01' }).execute())
    expect(await landOf(warehouse, 'statement', [year])).toMatchObject({ unchanged: 1, changed: 0 })
  })

  it('an agency or procedure that nobody knows is waited for; the agency is that of the day', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    expect(
      await landOf(warehouse, 'petition', [
        petition({ code: 'PA-2', agency: 'identifier:H99.01' }),
        petition({ code: 'PA-3', procedure: '9.999999' }),
        // the commune of then, and the one that took its code over
        petition({ code: 'PA-4', agency: 'code:25459' }),
        petition({ code: 'PA-5', agency: 'code:25459', received: day('2025-07-03') }),
      ]),
    ).toMatchObject({ waiting: 2, landed: 2 })
    const waiting = await warehouse.read((db) =>
      db.selectFrom('quarantine').select(['key', 'waiting_for']).orderBy('key').execute(),
    )
    expect(waiting).toEqual([
      { key: 'PA-2', waiting_for: 'agency:identifier:H99.01' },
      { key: 'PA-3', waiting_for: 'procedure:9.999999' },
    ])
    const rows = await warehouse.read((db) =>
      db.selectFrom('petition').select(['code', 'agency']).orderBy('code').execute(),
    )
    expect(new Set(rows.map(({ agency }) => agency)).size).toBe(2)
    // of a period that ends after the merger it is still the department of its first day
    await landOf(warehouse, 'statement', [statement({ agency: 'identifier:H53.07', period: '2025' })])
    expect(await warehouse.read((db) => statementsOf(db, {}))).toMatchObject([
      { agency: expect.stringMatching(/^H53\.07@/) },
    ])
  })

  it('an open petition is late once the tick has come to its last moment, an answer once it should be public', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    const rows = [
      // 15 working days from Tue 12 November: Tue 3 December
      petition({ code: 'open', received: day('2024-11-12') }),
      // answered on 2 December, to be made public by 4 December
      petition({ code: 'answered', received: day('2024-11-18'), outcome: 'answered', outcomeAt: day('2024-12-02') }),
      petition({ code: 'refused', received: day('2024-11-18'), outcome: 'refused', outcomeAt: day('2024-11-21') }),
      petition({
        code: 'supplement',
        received: day('2024-11-18'),
        outcome: 'supplement',
        outcomeAt: day('2024-11-25'),
      }),
    ]
    await landOf(warehouse, 'petition', rows)
    expect(await sums(warehouse)).toMatchObject({ petitions: 4, petitions_on_time: 3, petitions_unsatisfied: 1 })
    expect(await tick(warehouse, at('2024-12-03T23:59'), ZONE)).toMatchObject({ crossed: 0 })
    expect(await tick(warehouse, at('2024-12-04T00:00'), ZONE)).toMatchObject({ crossed: 1 })
    expect(await sums(warehouse)).toMatchObject({ petitions_on_time: 2, petitions_unsatisfied: 2 })
    await expectRebuilt(warehouse)
    expect(await tick(warehouse, at('2024-12-05T00:00'), ZONE)).toMatchObject({ crossed: 1 })
    expect(await sums(warehouse)).toMatchObject({ petitions: 4, petitions_on_time: 1, petitions_unsatisfied: 3 })
    await expectRebuilt(warehouse)
    const next = await warehouse.read((db) => db.selectFrom('petition').select('next_at').execute())
    expect(next.filter(({ next_at }) => next_at !== null)).toEqual([])
  })

  it('a decision must come five working days before it takes effect, the publication five after it; the newest stands in public', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    await landOf(warehouse, 'publication', [
      // Fri 15 − 5 working days: Fri 8 November
      publication({ code: 'a|1.000001', decided: day('2024-11-08'), published: day('2024-11-15'), complete: false }),
      publication({
        code: 'b|1.000002',
        procedure: '1.000002',
        decided: day('2024-11-11'),
        published: day('2024-11-19'),
      }),
      publication({
        code: 'c|1.000002',
        procedure: '1.000002',
        effective: null,
        decided: day('2024-11-27'),
        published: null,
      }),
    ])
    expect(await sums(warehouse)).toEqual({
      published: 3,
      published_on_time: 1,
      updated: 3,
      // 15 November is in time, 19 is not, 27 November + 5 is not over
      updated_on_time: 2,
      listed: 2,
      listed_complete: 1,
    })
    expect(await tick(warehouse, at('2024-12-05T00:00'), ZONE)).toMatchObject({ crossed: 1 })
    expect(await sums(warehouse)).toMatchObject({ updated: 3, updated_on_time: 1 })
    await landOf(warehouse, 'publication', [
      publication({ code: 'd|1.000001', decided: day('2024-11-25'), published: day('2024-11-28') }),
    ])
    // the incomplete one is no longer what stands there
    expect(await sums(warehouse)).toMatchObject({ published: 4, listed: 2, listed_complete: 2 })
    await expectRebuilt(warehouse)
    await landOf(warehouse, 'publication', [], {}, ['d|1.000001'])
    expect(await sums(warehouse)).toMatchObject({ published: 3, listed: 2, listed_complete: 1 })
    await expectRebuilt(warehouse)
  })

  it('another calendar judges only what it concerns again', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    await landOf(warehouse, 'petition', [
      petition({ code: 'late', received: day('2024-11-18'), outcome: 'refused', outcomeAt: day('2024-11-21') }),
      petition({ code: 'other', received: day('2024-10-07'), outcome: 'refused', outcomeAt: day('2024-10-08') }),
    ])
    expect(await sums(warehouse)).toMatchObject({ petitions: 1, petitions_unsatisfied: 1 })
    await warehouse.write(async (trx) => {
      const row = { date: '2024-11-19', kind: 'off', name: 'a day off', basis: 'test', confidence: 'high' }
      await trx.db
        .insertInto('calendar')
        .values({ ...row, known_from: 1, known_to: null })
        .execute()
    })
    await rejudgeInputs(warehouse, { zone: ZONE, asOf: START })
    expect(await sums(warehouse)).toEqual({ petitions: 1, petitions_staff: 1, petitions_on_time: 1 })
    const versions = await warehouse.read((db) => db.selectFrom('input_version').select('input_id').execute())
    expect(versions).toHaveLength(1)
    await expectRebuilt(warehouse)
  })

  it('days are those of the scoring rules in force on the day of the record, and of the option that is chosen', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    const judge = () => rejudge({ warehouse, config: { zone: ZONE, sources: [] } as never }, START)
    await judge()
    await landOf(warehouse, 'petition', [
      petition({ code: 'before', received: day('2024-11-12') }),
      petition({ code: 'since', received: day('2024-11-13'), outcome: 'answered', outcomeAt: day('2024-11-14') }),
    ])
    await landOf(warehouse, 'publication', [publication({ decided: day('2024-11-12'), effective: day('2024-11-19') })])
    const home = mkdtempSync(join(tmpdir(), 'ioc-feed-rules-'))
    const install = async (change: (sets: ScoringRuleSet[]) => void) => {
      const rules = JSON.parse(readFileSync(join(CHECKOUT, 'data', 'reference', 'qd766.json'), 'utf8')) as ScoringFile
      const [set] = rules.sets
      if (!set) throw new Error('there are rules')
      rules.sets = [
        { ...set, validTo: '2024-11-13' },
        { ...structuredClone(set), id: 'later', validFrom: '2024-11-13' },
      ]
      change(rules.sets)
      mkdirSync(join(home, 'data', 'reference'), { recursive: true })
      writeFileSync(join(home, 'data', 'reference', 'qd766.json'), JSON.stringify(rules))
      await installReference(warehouse, [home, CHECKOUT], START)
    }
    const daysOf = (set: ScoringRuleSet | undefined, id: string) =>
      set?.components.find((one) => one.id === id)?.workingDays ?? {}
    const by = () =>
      warehouse.read(async (db) => [
        ...(await db.selectFrom('petition').select(['code', 'due_at', 'publish_by_at']).orderBy('code').execute()),
        ...(await db.selectFrom('publication').select(['announce_by_at', 'publish_by_at']).execute()),
      ])
    const versions = () => warehouse.read((db) => db.selectFrom('input_version').select('input_id').execute())
    const midnight = (local: string) => at(`${local}T00:00`)
    expect(await by()).toEqual([
      { code: 'before', due_at: midnight('2024-12-04'), publish_by_at: null },
      { code: 'since', due_at: midnight('2024-12-05'), publish_by_at: midnight('2024-11-19') },
      { announce_by_at: midnight('2024-11-13'), publish_by_at: midnight('2024-11-20') },
    ])
    await install(([, later]) => Object.assign(daysOf(later, '5.2'), { answer: 3, publish: 1 }))
    await judge()
    expect(await by()).toMatchObject([
      { due_at: midnight('2024-12-04') },
      { due_at: midnight('2024-11-19'), publish_by_at: midnight('2024-11-16') },
      { announce_by_at: midnight('2024-11-13'), publish_by_at: midnight('2024-11-20') },
    ])
    expect(await versions()).toHaveLength(1)
    await install(([first]) => {
      if (first) first.options.updateSign.chosen = 'before'
    })
    await judge()
    expect(await by()).toMatchObject([
      { due_at: midnight('2024-12-04') },
      { due_at: midnight('2024-12-05') },
      { announce_by_at: midnight('2024-11-13'), publish_by_at: midnight('2024-11-06') },
    ])
    await expectRebuilt(warehouse)
    const held = await by()
    const wrong = install(([, later]) => delete daysOf(later, '5.2').answer)
    await expect(wrong).rejects.toThrow(/qd766\.json:\d+: sets rule set later: 5\.2 has no workingDays\.answer/)
    await judge()
    expect(await by()).toEqual(held)
    rmSync(home, { recursive: true, force: true })
  })

  it('statements and official scores stand beside, newest first, and move no cell', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    await landOf(warehouse, 'statement', [
      statement(),
      statement({ code: 'ST-2', document: '13/BC-SCT', numerator: 125, signed: day('2024-12-02') }),
    ])
    const score = { code: 'u|2024-11|2.1', agency: 'identifier:H53.07', period: '2024-11', component: '2.1' }
    await landOf(warehouse, 'official-score', [
      object({
        ...score,
        numerator: 332,
        denominator: 482,
        ratio: 0.6888,
        score: 13.78,
        maxScore: 20,
        stated: day('2024-12-01'),
      }),
    ])
    const { reported, official } = await warehouse.read(async (db) => ({
      reported: await statementsOf(db, { indicators: ['dossiers-received'], agencies: [H53_07], periods: ['2024-11'] }),
      official: await officialScoresOf(db, { components: ['2.1'] }),
    }))
    expect(reported).toMatchObject([
      { document: '13/BC-SCT', numerator: 125, signed_on: '2024-12-02', signer: 'Chánh Văn phòng' },
      { document: '12/BC-SCT', numerator: 120 },
    ])
    expect(official).toMatchObject([{ agency: H53_07, score: 13.78, max_score: 20, stated_at: at('2024-12-01T00:00') }])
    expect(await sums(warehouse)).toEqual({})
    const feeds = await warehouse.read((db) =>
      db.selectFrom('input_feed').select(['source', 'entity', 'agency']).orderBy('entity').execute(),
    )
    expect(feeds).toEqual([
      { source: 'office', entity: 'official-score', agency: H53_07 },
      { source: 'office', entity: 'statement', agency: H53_07 },
    ])
  })
})
