/** Publications and petitions behind a figure: what is said of each, page by page, held against a list, set aside, and why they moved. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CHECKOUT, type Config } from '../../src/config.ts'
import { getIndicator } from '../../src/indicators/catalogue/index.ts'
import { explain, explainedBy } from '../../src/indicators/explain.ts'
import { joinList } from '../../src/indicators/explain-list.ts'
import { knowledgeOf, presentKnowledge } from '../../src/indicators/knowledge.ts'
import { readParts } from '../../src/indicators/read-parts.ts'
import { revise } from '../../src/indicators/revise.ts'
import { tick } from '../../src/indicators/tick.ts'
import { makeReadAside } from '../../src/sync/read-aside.ts'
import { readReferenceData } from '../../src/sync/reference.ts'
import { rejudgeInputs } from '../../src/sync/rejudge-inputs.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { day, landOf, petition, publication, ready, START } from '../support/inputs.ts'
import { at } from '../support/pages.ts'
import { eachDialect, ZONE } from '../support/warehouse.ts'

const H53_07 = 'H53.07'
const answered = (code: string, more: object = {}) =>
  petition({ code, outcome: 'answered', outcomeAt: day('2024-11-11'), published: day('2024-11-12'), ...more })
const landing = async (warehouse: Warehouse) => (await warehouse.read(presentKnowledge)).landing

eachDialect('explained', (open) => {
  test('each with the dates that decided, the rule, its source and run; pages go on by the same knowledge', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    const codes = ['PA-1', 'PA-2', 'PA-3', 'PA-4', 'PA-5']
    await landOf(
      warehouse,
      'petition',
      codes.map((code) => answered(code, code === 'PA-4' ? { published: day('2024-11-20') } : {})),
      { run: 'r1' },
    )
    const ask = (after?: string) =>
      warehouse.read((db) =>
        explain(
          db,
          { indicator: 'petitions-on-time-share', agency: H53_07, period: '2024-11', limit: 2, after, language: 'en' },
          ZONE,
        ),
      )
    const first = await ask()
    expect(first.total).toEqual({ numerator: 4, denominator: 5 })
    expect(first.figure?.sources).toEqual([])
    expect(first.records.map((one) => one.kind === 'petition' && [one.code, one.role, one.above, one.below])).toEqual([
      ['PA-1', 'numerator', 1, 1],
      ['PA-2', 'numerator', 1, 1],
      ['PA-4', 'denominator', 0, 1],
    ])
    expect(first.records[2]).toMatchObject({
      agency: 'H53.07@2020-01-01',
      source: 'office',
      run: 'r1',
      received: at('2024-11-04T00:00'),
      outcome: 'answered',
      outcomeAt: at('2024-11-11T00:00'),
      published: at('2024-11-20T00:00'),
      // the first moment that is too late: two working days after 11 November
      publishBy: at('2024-11-14T00:00'),
      rule: 'received in the period',
    })
    // What lands meanwhile belongs to another knowledge.
    await landOf(warehouse, 'petition', [answered('PA-0'), answered('PA-2', { published: day('2024-11-25') })])
    const second = await ask(first.next ?? '')
    expect(second.records.map((one) => one.kind === 'petition' && one.code)).toEqual(['PA-3', 'PA-5'])
    expect([second.total, second.next]).toEqual([first.total, null])
    expect((await ask()).total).toEqual({ numerator: 4, denominator: 6 })
  })

  test("a department's list is joined by the codes of petitions, and by procedure where it is one of announcements", async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    await landOf(warehouse, 'petition', [
      answered('PA-1'),
      answered('PA-2', { received: day('2024-10-31') }),
      answered('PA-3', { agency: 'identifier:H53.08' }),
      answered('PA-4'),
      answered('PA-5'),
    ])
    const before = await landing(warehouse)
    await landOf(warehouse, 'petition', [], {}, ['PA-5'])
    await landOf(warehouse, 'publication', [
      publication(),
      publication({ code: 'QD-2', procedure: '1.000002', published: null }),
    ])
    const joined = (id: string, codes: readonly string[], known: number | null = null, dates = {}) =>
      warehouse.read(async (db) => {
        const indicator = getIndicator(id)
        const then = known === null ? null : await knowledgeOf(db, known)
        const explained = await explainedBy(db, indicator, { agency: H53_07, period: '2024-11' }, then, ZONE)
        const rows = codes.map((code, i) => ({ line: i + 1, code, dates }))
        return joinList(db, explained, indicator, rows, { limit: 9, language: 'en' })
      })
    const dates = { received: '2024-11-04', ended: '2024-11-12', due: '2024-11-25' }
    const list = ['pa-1', 'PA-2', 'PA-3', 'PA-5', 'PA-9']
    const now = await joined('petitions-received', list, null, dates)
    expect(now.both.map(({ code, dates: of }) => [code, of])).toEqual([
      ['pa-1', [{ field: 'ended', ours: '2024-11-11', theirs: '2024-11-12' }]],
    ])
    expect(now.onlyTheirs.map(({ code, why }) => [code, why?.reason, why?.detail])).toEqual([
      ['PA-2', 'other-period', '2024-10-31'],
      ['PA-3', 'other-agency', expect.stringContaining('H53.08')],
      ['PA-5', 'deleted', undefined],
      ['PA-9', 'not-landed', undefined],
    ])
    expect(now.onlyOurs.map(({ code }) => code)).toEqual(['PA-4'])
    expect((await joined('petitions-received', list, before)).both.map(({ code }) => code)).toEqual(['pa-1', 'PA-5'])
    const listed = await joined('procedures-listed-complete-share', ['1.000001', '1.000002'])
    expect(listed.both.map(({ code }) => code)).toEqual(['1.000001'])
    expect(listed.onlyTheirs.map(({ why }) => why)).toEqual([{ reason: 'not-this-figure', detail: 'not public yet' }])
  })

  test('of what is set aside only what would have counted here is told, dossiers and petitions apart', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    await landOf(warehouse, 'petition', [petition()])
    await landOf(warehouse, 'publication', [publication()])
    const record = (fields: object) =>
      JSON.stringify({
        ...{ 'Mã PAKN': 'PAKN.20241105.0008', 'Đơn vị xử lý': 'H53.07', 'Mã TTHC': '9.999999', 'Mã hồ sơ': null },
        ...{
          'Phân loại': 'Hành vi hành chính',
          'Ngày tiếp nhận': '05/11/2024',
          $period: '2024-11-30T23:59:59+07:00',
          ...fields,
        },
      })
    const aside = { source: 'office', stream: 'petition', outcome: 'waiting-for', reasons: '[]' }
    const rows = [
      { key: 'PA-8', record: record({}), waiting_for: 'procedure:9.999999' },
      { key: 'PA-7', record: record({ 'Ngày tiếp nhận': '05/10/2024' }), waiting_for: 'procedure:9.999999' },
      { key: 'PA-6', record: record({ 'Ngày xử lý': '31/02/2024' }), waiting_for: null },
      { key: 'D-1', record: '{}', waiting_for: null, stream: 'statement' },
    ]
    await warehouse.write((trx) =>
      trx.db
        .insertInto('quarantine')
        .values(
          rows.map((row) => ({
            ...{ ...aside, place: null, length: null, hmac: null, order_at: null, arrived_at: START, count: 1 },
            ...{ first_seen: START, last_seen: START, run: 'r', closed_at: null, closed_by: null, closed_reason: null },
            ...row,
          })),
        )
        .execute(),
    )
    const connector = join(CHECKOUT, 'connectors', 'statements', 'connector.ts')
    const config = { zone: ZONE, homes: [CHECKOUT], sources: [{ id: 'office', connector, agency: null }] }
    await warehouse.read(async (db) => {
      const readAside = makeReadAside(config as unknown as Config, await readReferenceData(db, ZONE), START)
      const of = (indicator: string) =>
        explain(db, { indicator, agency: H53_07, period: '2024-11', limit: 9, readAside }, ZONE)
      const { quarantined } = await of('petitions-received')
      expect(quarantined.map(({ key, counts }) => [key, counts])).toEqual([
        ['PA-8', 'would'],
        ['PA-6', 'might'],
      ])
      expect((await of('procedures-public-on-time-share')).quarantinedTotal).toBe(0)
      expect((await of('dossiers-received')).quarantinedTotal).toBe(0)
    })
  })

  test('revised by each cause', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    await landOf(warehouse, 'petition', [
      petition({ code: 'corrected' }),
      petition({ code: 'deleted' }),
      petition({ code: 'moved' }),
      // 15 working days from 14 November: the 5th of December
      petition({ code: 'passed', received: day('2024-11-14') }),
      petition({ code: 'passed, then told', received: day('2024-11-14') }),
      petition({ code: 'judged', outcome: 'refused', received: day('2024-11-18'), outcomeAt: day('2024-11-21') }),
    ])
    await landOf(warehouse, 'publication', [publication({ code: 'QD-1' })])
    const first = await landing(warehouse)
    await landOf(
      warehouse,
      'petition',
      [
        answered('corrected'),
        petition({ code: 'moved', agency: 'identifier:H53.08' }),
        petition({ code: 'late', outcome: 'refused', outcomeAt: day('2024-11-05') }),
      ],
      {},
      ['deleted'],
    )
    await landOf(warehouse, 'publication', [
      publication({ code: 'QD-2', complete: false, decided: day('2024-11-12'), published: day('2024-11-18') }),
    ])
    await warehouse.write((trx) =>
      trx.db
        .insertInto('calendar')
        .values({
          ...{ date: '2024-11-19', kind: 'off', name: 'a day off', basis: 'test', confidence: 'high' },
          ...{ known_from: 1, known_to: null },
        })
        .execute(),
    )
    await rejudgeInputs(warehouse, { zone: ZONE, asOf: START })
    await tick(warehouse, at('2024-12-07T00:00'), ZONE)
    await landOf(warehouse, 'petition', [answered('passed, then told', { received: day('2024-11-14') })])
    await warehouse.read(async (db) => {
      const [from, to] = [await knowledgeOf(db, first), await presentKnowledge(db)]
      const of = async (indicator: string) => {
        const asked = { indicator, agency: H53_07, period: '2024-11', from, to, limit: 99 }
        const { effects } = await revise(db, asked, ZONE)
        return effects.map((one) => [one.code, one.cause, one.detail, one.numerator, one.denominator])
      }
      expect(await of('petitions-on-time-share')).toEqual([
        ['late', 'late', 'landed', 1, 1],
        // open ones of 4 November were late already
        ['corrected', 'corrected', 'published_at outcome outcome_at', 1, 0],
        ['passed, then told', 'corrected', 'published_at outcome outcome_at', 1, 0],
        ['deleted', 'deleted', 'deleted', 0, -1],
        ['moved', 'reclassified', 'agency', 0, -1],
        ['judged', 'rule', 'due_at', 1, 0],
        ['passed', 'time', 'tick', -1, 0],
        ['passed, then told', 'time', 'tick', -1, 0],
      ])
      expect(await of('procedures-listed-complete-share')).toEqual([
        ['QD-2', 'late', 'landed', 0, 1],
        ['QD-1', 'deleted', 'replaced', -1, -1],
      ])
    })
  })

  test('by procedure they count in weeks as in months; by channel they are not told', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    await landOf(warehouse, 'petition', [petition(), petition({ code: 'PA-2', procedure: '1.000002' })])
    const parts = (period: string, by: 'procedure' | 'channel') =>
      warehouse.read((db) =>
        readParts(
          db,
          { indicators: ['petitions-received'], periods: [period], agencies: [H53_07], breakdown: { only: {}, by } },
          ZONE,
        ),
      )
    for (const period of ['2024-11', '2024-W45'])
      expect((await parts(period, 'procedure')).map(({ row }) => [row.breakdown?.procedure, row.value])).toEqual([
        ['', 1],
        ['1.000002', 1],
        [undefined, 2],
      ])
    await expect(parts('2024-11', 'channel')).rejects.toMatchObject({ code: 'NOT_COUNTED' })
  })
})
