/** A list held against a figure: every reason for which a dossier that somebody looks for does not count. */
import { expect, test } from 'vitest'
import { csvLine } from '../../src/cli/csv-out.ts'
import { getIndicator } from '../../src/indicators/catalogue/index.ts'
import { explainedBy } from '../../src/indicators/explain.ts'
import { joinList } from '../../src/indicators/explain-list.ts'
import { knowledgeOf } from '../../src/indicators/knowledge.ts'
import { tick } from '../../src/indicators/tick.ts'
import { eachDialect } from '../support/warehouse.ts'
import { landAt } from './known-world.ts'
import { at, DAY, dossier, seedProvince, ZONE } from './world.ts'

test('a cell that a spreadsheet would run, or take apart, is neither run nor taken apart', () => {
  expect(csvLine(['=1+1', '+84', '-', '@x', 'a,"b"', 'hai\ndòng', null, -5])).toBe(
    `'=1+1,'+84,'-,'@x,"a,""b""","hai\ndòng",,-5\r\n`,
  )
})

eachDialect('a list', (open) => {
  test('says of each dossier why it does not count here, now and as it was known', async () => {
    const { warehouse } = await open()
    await seedProvince(warehouse)
    const start = at('2024-12-02T08:00')
    await tick(warehouse, start, ZONE)
    const S1 = 'S1@2020-01-01'
    const late = { resolving: S1, status: 9, due_at: at('2024-11-10T17:00'), ended_at: at('2024-11-20T09:00') }
    const first = await landAt(
      warehouse,
      [
        dossier({ ...late, code: 'COUNTS' }),
        dossier({ ...late, code: 'OURS', national_code: 'N-1' }),
        dossier({ ...late, code: 'LEAVES' }),
        dossier({ ...late, code: 'ELSEWHERE', resolving: 'S3@2020-01-01' }),
        dossier({ ...late, code: 'NEXT', ended_at: at('2024-12-01T09:00') }),
        dossier({ ...late, code: 'EARLY', due_at: at('2024-11-25T17:00') }),
        dossier({ ...late, code: 'NEW', status: 1, ended_at: null }),
        dossier({ ...late, code: 'TWIN-A', national_code: 'N-2', source: 'land', counted: 0 }),
        dossier({ ...late, code: 'TWIN-B', national_code: 'N-2' }),
      ],
      start,
    )
    await landAt(warehouse, [dossier({ ...late, code: 'LEAVES', deleted: 1, counted: 0 })], start + DAY)
    await warehouse.write((trx) =>
      trx.db
        .insertInto('quarantine')
        .values({
          ...{ source: 'one-stop', stream: 'dossiers', key: 'ASIDE', outcome: 'quarantined', waiting_for: null },
          reasons: '[{"path":"/NgayTra","rule":"date","expected":"a date","value":"31/02/2024"}]',
          ...{ record: null, place: null, length: null, hmac: null, order_at: null, arrived_at: start, count: 1 },
          ...{ first_seen: start, last_seen: start, run: 'r', closed_at: null, closed_by: null, closed_reason: null },
        })
        .execute(),
    )
    const codes = ['COUNTS', 'n-1', 'LEAVES', 'ELSEWHERE', 'NEXT', 'EARLY', 'NEW', 'TWIN-A', 'ASIDE', 'NOWHERE']
    const rows = codes.map((code, i) => ({
      line: i + 1,
      code,
      dates: code === 'COUNTS' ? { ended: '2024-11-08', due: '2024-11-10' } : {},
    }))
    const indicator = getIndicator('finished-late')
    await warehouse.read(async (db) => {
      const joined = async (landing: number | null) => {
        const known = landing === null ? null : await knowledgeOf(db, landing)
        const explained = await explainedBy(db, indicator, { agency: 'S1', period: '2024-11' }, known, ZONE)
        return joinList(db, explained, indicator, rows, { limit: 10, language: 'en' })
      }
      const now = await joined(null)
      expect(now.both.map(({ code, record, dates }) => [code, record?.code, dates])).toEqual([
        ['COUNTS', 'COUNTS', [{ field: 'ended', ours: '2024-11-20', theirs: '2024-11-08' }]],
        ['n-1', 'OURS', []],
      ])
      expect(now.onlyOurs.map(({ code }) => code)).toEqual(['TWIN-B'])
      expect(now.onlyTheirs.map(({ code, why }) => [code, why])).toEqual([
        ['LEAVES', { reason: 'deleted', source: 'one-stop' }],
        ['ELSEWHERE', { reason: 'other-agency', detail: 'Đơn vị S3 (S3@2020-01-01)' }],
        ['NEXT', { reason: 'other-period', detail: '2024-12-01' }],
        ['EARLY', { reason: 'not-this-figure', detail: 'Finished early 2024-11-20, due 2024-11-25' }],
        ['NEW', { reason: 'status', detail: '1' }],
        ['TWIN-A', { reason: 'same-dossier', source: 'one-stop', code: 'TWIN-B' }],
        ['ASIDE', { reason: 'set-aside', id: expect.any(Number), detail: 'NgayTra date "31/02/2024"' }],
        ['NOWHERE', { reason: 'not-landed' }],
      ])
      expect(now.counts).toEqual({ listed: 10, both: 2, onlyTheirs: 8, onlyOurs: 1 })
      const then = await joined(first)
      expect(then.both.map(({ code }) => code)).toEqual(['COUNTS', 'n-1', 'LEAVES'])
    })
  })
})
