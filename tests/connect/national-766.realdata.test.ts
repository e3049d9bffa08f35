/** The national portal's own answers of August 2026, saved as files, through the whole path: every figure of every unit lands as it stands there. */
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { upsertRows } from '../../src/warehouse/bulk.ts'
import { officialScoresOf } from '../../src/warehouse/inputs.ts'
import { newLanding, saveMeta } from '../../src/warehouse/landing.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { deploy } from '../faults/deployment.ts'
import { describeReal, report } from '../support/realdata.ts'
import { eachDialect } from '../support/warehouse.ts'

interface Unit {
  departmentId: string
  departmentCode?: string
  departmentName: string
  totalScore?: number
  score?: number | null
  metrics?: { code: string; numerator: number | null; denominator: number | null; score: number | null }[]
}
interface Answer {
  data: { overview?: Unit; parent?: Unit; evaluation?: Unit[]; children?: Unit[] }
}

/** Reference data has Tây Ninh only: the units of the answers as agencies, by their codes. */
async function knowUnits(warehouse: Warehouse, units: ReadonlyMap<string, string>): Promise<void> {
  await warehouse.write(async (trx) => {
    const landing = await newLanding(trx, 'reference', 0)
    const columns = ['key', 'code', 'code_system', 'identifier', 'kind', 'name', 'parent', 'valid_from', 'valid_to']
    const rows = [...units].map(([code, name]) => {
      const kind = code === 'H44' ? 'province' : 'department'
      return [`${code}@2025-07-01`, code, 'qd20', code, kind, name, null, '2025-07-01', null, '[]', landing, null]
    })
    await upsertRows(trx, 'agency', [...columns, 'successors', 'known_from', 'known_to'], [], 'nothing', rows)
    await saveMeta(trx, 'reference_landing', String(landing))
  })
}

describeReal('qd766', (path) => {
  const read = (name: string) =>
    (JSON.parse(readFileSync(join(path, `${name}.month-2026-08.json`), 'utf8')) as Answer).data
  const answers = [
    'transparency',
    'dvc-progress-tree',
    'provide-online-tree',
    'formality-online-payment-tree',
    'dossier-digitized',
  ].map((name) => ({ name, data: read(name) }))
  const unitsOf = ({ data }: (typeof answers)[number]) =>
    [data.overview, data.parent, ...(data.evaluation ?? []), ...(data.children ?? [])].filter(
      (one) => one !== undefined,
    )
  const codes = new Map(
    answers
      .flatMap(unitsOf)
      .flatMap((unit) => (unit.departmentCode ? [[unit.departmentId, unit.departmentCode]] : [])) as [string, string][],
  )

  eachDialect('national scores', (open) => {
    it('land for every unit, wait for those that nobody knows, and a second look changes nothing', async () => {
      const { warehouse } = await open()
      const home = deploy({
        'national-766': [{ id: 'portal', settings: { unit: 'H44', folder: 'answers', stableSeconds: 0 } }],
      })
      try {
        cpSync(path, join(home.home, 'answers'), { recursive: true })
        home.setTime('2026-09-10T08:00')
        await home.prepare(warehouse)
        const first = await home.syncOne(warehouse, 'portal')
        expect(first).toMatchObject({ state: 'partial', counts: { quarantined: 0, landed: 0 } })
        expect(first.remarks.join()).toContain('formalities.month-2026-08.json')
        const names = new Map(
          answers.flatMap(unitsOf).map((unit) => [codes.get(unit.departmentId) ?? '', unit.departmentName]),
        )
        await knowUnits(warehouse, names)
        // what waited is replayed as soon as somebody runs anything
        await home.syncOne(warehouse, 'portal')
        const scores = await warehouse.read((db) => officialScoresOf(db, { periods: ['2026-08'] }))
        const open = await warehouse.read((db) =>
          db.selectFrom('quarantine').select('key').where('closed_at', 'is', null).execute(),
        )
        expect(open).toEqual([])
        const held = new Map(scores.map((one) => [`${one.agency}|${one.component}`, one]))
        let compared = 0
        for (const answer of answers)
          for (const unit of unitsOf(answer)) {
            const agency = `${codes.get(unit.departmentId)}@2025-07-01`
            const group = GROUPS[answer.name] ?? ''
            expect([unit.departmentName, group, held.get(`${agency}|${group}`)?.score]).toEqual([
              unit.departmentName,
              group,
              unit.totalScore ?? unit.score ?? null,
            ])
            compared++
            for (const metric of unit.metrics ?? []) {
              const found = [...held.values()].filter(
                (one) =>
                  one.agency === agency &&
                  one.numerator === metric.numerator &&
                  one.denominator === metric.denominator &&
                  one.score === metric.score,
              )
              expect([unit.departmentName, metric.code, found.length > 0]).toEqual([
                unit.departmentName,
                metric.code,
                true,
              ])
              compared++
            }
          }
        expect(held.get('H44.07@2025-07-01|2.1')).toMatchObject({
          numerator: 332,
          denominator: 482,
          ratio: 0.6888,
          score: 13.78,
        })
        expect(held.get('H44@2025-07-01|3.1')).toMatchObject({ numerator: 52, denominator: 56, score: null })
        expect(held.get('H44@2025-07-01|1.1')).toMatchObject({ numerator: 0, denominator: 0, ratio: null, score: null })
        expect(held.get('H44@2025-07-01|certified-copy')).toMatchObject({ numerator: null, ratio: 1, score: 2 })
        expect(scores.every(({ stated_at }) => stated_at === Date.parse('2026-08-31T23:59:59+07:00'))).toBe(true)
        const again = await home.syncOne(warehouse, 'portal', { full: true })
        expect(again.counts).toMatchObject({ landed: 0, waiting: 0, unchanged: again.counts.read })
        report(
          `national portal, ${warehouse.dialect}: ${scores.length} figures of ${names.size} units, ${compared} compared`,
        )
      } finally {
        home.remove()
      }
    }, 120_000)
  })
})

const GROUPS: Readonly<Record<string, string>> = {
  transparency: 'CKMB',
  'dvc-progress-tree': 'TDGQ',
  'provide-online-tree': 'CLGQ',
  'formality-online-payment-tree': 'TTTT',
  'dossier-digitized': 'MDSH',
}
