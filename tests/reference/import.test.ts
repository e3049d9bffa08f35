/** An import of reference data: previewed, written as versions, dossiers assigned anew, and not undone by files that change later. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import writeExcelFile from 'write-excel-file/node'
import { agencyNameKey } from '../../src/connect/names.ts'
import { loadBasis } from '../../src/indicators/basis.ts'
import { breaksOf, coursesOf } from '../../src/indicators/breaks.ts'
import { localDays } from '../../src/indicators/local-day.ts'
import { readIndicators } from '../../src/indicators/read.ts'
import { rebuild } from '../../src/indicators/rebuild.ts'
import { refresh } from '../../src/indicators/refresh.ts'
import { tick } from '../../src/indicators/tick.ts'
import { previewAsked, readAsked, saveImport } from '../../src/sync/import-reference.ts'
import { inputVersionFor, reassign } from '../../src/sync/reassign.ts'
import { installReference, REASSIGN_FROM, readReferenceData } from '../../src/sync/reference.ts'
import { saveInputs } from '../../src/warehouse/inputs.ts'
import { findMeta } from '../../src/warehouse/landing.ts'
import { MIGRATIONS, migrate } from '../../src/warehouse/migrate.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import {
  at,
  dossier,
  FRESH,
  land,
  landInputRows,
  petitionRow,
  publicationRow,
  seedProcedures,
  statementRow,
  ZONE,
} from '../indicators/world.ts'
import { describeReal } from '../support/realdata.ts'
import { eachDialect } from '../support/warehouse.ts'

const ROOT = join(import.meta.dirname, '../..')
const TICK = at('2025-10-14T08:00')
const PROVINCE = 'code,name,kind,valid_from,valid_to,successors\n80,Tỉnh Long An,province,2020-01-01,2025-07-01,80\n'
const config = (home: string) => ({ homes: [home], zone: ZONE, sources: [] as never[] })

/** A home whose data/reference may be changed. */
function makeHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'ioc-import-'))
  mkdirSync(join(home, 'data'))
  cpSync(join(ROOT, 'data/reference'), join(home, 'data/reference'), { recursive: true })
  return home
}
function fileIn(home: string, name: string, text: string): string {
  writeFileSync(join(home, name), text)
  return join(home, name)
}
const ask = (path: string, from = '2025-07-01') => readAsked({ path, from, basis: 'NQ 1682/NQ-UBTVQH15', by: 'test' })

async function imported(warehouse: Warehouse, home: string, path: string, from?: string) {
  const asked = await ask(path, from)
  const preview = await previewAsked(warehouse, config(home), asked)
  await saveImport(warehouse, config(home), asked)
  const moved = await reassign({ warehouse, config: config(home) as never }, TICK)
  return { preview, moved }
}
const settle = (warehouse: Warehouse) =>
  refresh(warehouse, { asOf: TICK, now: TICK, zone: ZONE, targets: [], sources: FRESH(TICK) })

/** The rows of the published mapping on old Long An, without the one that is wrong on its face (across the province). */
const longAn = (path: string): string => {
  const [head, ...rows] = readFileSync(join(path, 'tayninh_ward_map_pre_post.csv'), 'utf8').split(/\r?\n/)
  return [head, ...rows.filter((row) => row.startsWith('80,') && !row.includes('25459')), ''].join('\n')
}

eachDialect('reference import', (open) => {
  test('a reorganisation: the preview says what then happens; dossiers of after move by difference, those of before stay', async () => {
    const { warehouse } = await open()
    const home = makeHome()
    await installReference(warehouse, [home], TICK)
    await warehouse.write((trx) => seedProcedures(trx, [{ code: '1.000001', agencies: ['H53.08'] }]))
    await tick(warehouse, TICK, ZONE)
    const received = (resolving: string, day: string, n: number, ended: string | null = null) =>
      Array.from({ length: n }, () =>
        dossier({
          resolving,
          received_at: at(`${day}T09:00`),
          ended_at: ended ? at(ended) : null,
          status: ended ? 9 : 4,
        }),
      )
    // Before anybody knew, what was received in September is at the agencies of before.
    await land(warehouse, [
      ...received('25486@2025-07-01', '2025-08-10', 2),
      ...received('25486@2025-07-01', '2025-09-10', 3),
      ...received('25489@2025-07-01', '2025-09-10', 4, '2025-09-20'),
      ...received('25498@2025-07-01', '2025-09-10', 5),
      ...received('25510@2025-07-01', '2025-09-10', 1),
    ])
    // A petition and a decision of after, one of each before; figures that two agencies report of August and September.
    await landInputRows(warehouse, 'petition', [
      petitionRow({ agency: '25486@2025-07-01', received_at: at('2025-09-10') }),
      petitionRow({ agency: '25489@2025-07-01', received_at: at('2025-09-10') }),
      petitionRow({ agency: '25489@2025-07-01', received_at: at('2025-08-10') }),
    ])
    await landInputRows(warehouse, 'publication', [
      publicationRow({ agency: '25489@2025-07-01', decided_at: at('2025-09-02'), announce_by_at: at('2025-09-03') }),
      publicationRow({ agency: '25489@2025-07-01', decided_at: at('2025-08-31'), announce_by_at: at('2025-09-03') }),
    ])
    const statements = ['2025-08', '2025-09'].flatMap((period) =>
      ['25486@2025-07-01', '25489@2025-07-01', '25498@2025-07-01'].map((agency) => statementRow({ agency, period })),
    )
    await warehouse.write((trx) => saveInputs(trx, 'statement', statements))
    await settle(warehouse)
    const list = [
      'mã;tên;loại;mã cấp trên;kế tiếp',
      // renamed · merged into the one before it · divided · its code goes to another unit
      '25486;Xã Tân Biên Mới;xã;80;',
      '25489;;;;25486',
      '25498;;;;25486|25516',
      '25510;;;;25516',
      '25510;Xã Mã Cũ;xã;80;',
    ].join('\n')
    const { preview, moved } = await imported(warehouse, home, fileIn(home, 'list.csv', `${list}\n`), '2025-09-01')
    expect(preview.renamed.map(({ from, to, open, received: n }) => [from.key, to.key, open, n])).toEqual([])
    expect(preview.founded.map(({ key }) => key)).toEqual(['25486@2025-09-01', '25510@2025-09-01'])
    expect(preview.merged.map(({ key, successors, open, received: n }) => [key, successors[0]?.key, open, n])).toEqual([
      ['25486@2025-07-01', '25486@2025-09-01', 5, 3],
      ['25489@2025-07-01', '25486@2025-09-01', 0, 4],
      ['25510@2025-07-01', '25516@2025-07-01', 1, 1],
    ])
    expect(preview.undetermined.map(({ key, successors, dossiers }) => [key, successors.length, dossiers])).toEqual([
      ['25498@2025-07-01', 2, 5],
    ])
    expect(preview.reused.map(({ before, after }) => [before.name, after.name])).toContainEqual([
      'Xã Trà Vong',
      'Xã Mã Cũ',
    ])
    expect(preview.unresolved).toContain(agencyNameKey('Xã Trà Vong'))
    expect(preview.moves.map(({ from, to, dossiers, inputs }) => [from.key, to.key, dossiers, inputs])).toEqual([
      ['25489@2025-07-01', '25486@2025-09-01', 4, 2],
      ['25486@2025-07-01', '25486@2025-09-01', 3, 2],
      ['25510@2025-07-01', '25510@2025-09-01', 1, 0],
    ])
    expect(moved).toBe(8 + 4)
    expect(await reassign({ warehouse, config: config(home) as never }, TICK)).toBe(0)
    await settle(warehouse)
    expect((await rebuild(warehouse, ZONE)).differences).toEqual([])
    const query = { indicators: ['dossiers-received'], periods: ['2025-08', '2025-09'], agencies: ['25486', '25498'] }
    const rows = await warehouse.read((db) => readIndicators(db, query, ZONE))
    expect(rows.map((row) => [row.agency.key, row.period, row.numerator])).toEqual([
      ['25486@2025-07-01', '2025-08', 2],
      ['25486@2025-09-01', '2025-09', 7],
      ['25498@2025-07-01', '2025-08', 0],
      ['25498@2025-07-01', '2025-09', 5],
    ])
    const others = {
      indicators: ['petitions-received', 'procedures-announced-on-time-share'],
      periods: ['2025-08', '2025-09'],
      agencies: ['25486', '25489'],
    }
    const ofOthers = await warehouse.read((db) => readIndicators(db, others, ZONE))
    expect(
      ofOthers.map((row) => [row.indicator, row.agency.key, row.period, row.denominator ?? row.numerator]).sort(),
    ).toEqual([
      ['petitions-received', '25486@2025-07-01', '2025-08', 0],
      ['petitions-received', '25486@2025-09-01', '2025-09', 2],
      ['petitions-received', '25489@2025-07-01', '2025-08', 1],
      // nobody has ever said of it what it announced
      ['procedures-announced-on-time-share', '25486@2025-07-01', '2025-08', null],
      ['procedures-announced-on-time-share', '25486@2025-09-01', '2025-09', 1],
      ['procedures-announced-on-time-share', '25489@2025-07-01', '2025-08', 1],
    ])
    const reported = await warehouse.read((db) =>
      db.selectFrom('statement').select(['agency', 'period']).orderBy('period').orderBy('agency').execute(),
    )
    expect(reported.map(({ agency, period }) => [period, agency])).toEqual([
      ['2025-08', '25486@2025-07-01'],
      ['2025-08', '25489@2025-07-01'],
      ['2025-08', '25498@2025-07-01'],
      // the same unit under its code; what the other said is only a part of what they became
      ['2025-09', '25486@2025-09-01'],
      ['2025-09', '25489@2025-07-01'],
      // divided: nobody can tell
      ['2025-09', '25498@2025-07-01'],
    ])
    expect(await warehouse.read((db) => db.selectFrom('input_version').select('entity').execute())).toHaveLength(4)
    // What was known before is still there, as a version of the row.
    const kept = await warehouse.read((db) => db.selectFrom('dossier_version').select('data').execute())
    expect(kept).toHaveLength(8)
    const basis = await warehouse.read((db) =>
      db.selectFrom('rule').select(['kind', 'valid_from', 'data']).where('kind', 'like', 'basis:%').execute(),
    )
    expect(basis).toMatchObject([{ kind: 'basis:agencies', valid_from: '2025-09-01' }])
    expect(JSON.parse(basis[0]?.data ?? '')).toMatchObject({
      basis: 'NQ 1682/NQ-UBTVQH15',
      by: 'test',
      file: 'list.csv',
    })

    // Another version of the file of agencies does not undo it, and brings what it brings.
    const path = join(home, 'data/reference/agencies.json')
    writeFileSync(path, readFileSync(path, 'utf8').replace('"Sở Tư pháp"', '"Sở Tư Pháp tỉnh"'))
    expect(await installReference(warehouse, [home], TICK)).toBe(true)
    expect(await installReference(warehouse, [home], TICK)).toBe(false)
    const { agencies } = await warehouse.read((db) => loadBasis(db, TICK, ZONE))
    expect([agencies.get('25486@2025-09-01')?.name, agencies.get('25486@2025-07-01')?.validTo]).toEqual([
      'Xã Tân Biên Mới',
      '2025-09-01',
    ])
    expect(agencies.get('H53.01@2020-01-01')?.name).toBe('Sở Tư Pháp tỉnh')
  })

  test('ward 25459 has one course over the crossing, under the right name on each side, with the break marked', async () => {
    const { warehouse } = await open()
    await installReference(warehouse, [ROOT], TICK)
    await warehouse.write((trx) => seedProcedures(trx, [{ code: '1.000001', agencies: ['H53.03@2025-03-01'] }]))
    await tick(warehouse, TICK, ZONE)
    const of = (resolving: string, months: readonly string[]) =>
      months.map((month) => dossier({ resolving, received_at: at(`${month}-10T09:00`) }))
    const [early, spring, late] = [
      ['2024-11', '2024-12', '2025-01', '2025-02'],
      ['2025-03', '2025-04', '2025-05', '2025-06'],
      ['2025-07', '2025-08', '2025-09'],
    ]
    await land(warehouse, [
      ...of('25459@2020-01-01', [...early, ...spring]),
      ...of('25459@2025-07-01', late),
      ...of('H53.02@2020-01-01', early),
      ...of('H53.03@2025-03-01', [...spring, ...late]),
    ])
    await settle(warehouse)
    const periods = [...early, ...spring, ...late]
    const course = async (agency: string) => {
      const query = { indicators: ['dossiers-received'], agencies: [agency], periods }
      return warehouse.read(async (db) => {
        const rows = await readIndicators(db, query, ZONE)
        const { breaks, courseOf } = await coursesOf(db, rows, ZONE, false)
        expect(new Set(rows.map(courseOf)).size).toBe(1)
        return rows.map((row) => [
          row.period,
          row.agency.name,
          row.numerator,
          ...(breaks.get(row) ?? []).map(({ on, kind }) => `${kind} ${on}`),
        ])
      })
    }
    expect(await course('25459')).toEqual([
      ...[...early, ...spring].map((month) => [month, 'Phường 3', 1]),
      ['2025-07', 'Phường Tân Ninh', 1, 'merged 2025-07-01'],
      ...late.slice(1).map((month) => [month, 'Phường Tân Ninh', 1]),
    ])
    expect(await course('H53.02')).toEqual([
      ...early.map((month) => [month, 'Sở Kế hoạch và Đầu tư', 1]),
      ['2025-03', 'Sở Tài chính', 1, 'merged 2025-03-01'],
      ...[...spring.slice(1), ...late].map((month) => [month, 'Sở Tài chính', 1]),
    ])
    const basis = await warehouse.read((db) => loadBasis(db, TICK, ZONE))
    expect(breaksOf(basis).get('703@2020-01-01')).toMatchObject([{ on: '2025-07-01', kind: 'ended', to: [] }])
  })

  test('what is said of a period stays with the unit that it is said of, and goes on with that very unit only', async () => {
    const { warehouse } = await open()
    await installReference(warehouse, [ROOT], TICK)
    const versions = await warehouse.read((db) => readReferenceData(db, ZONE))
    const of = (agency: string, period: string, from = '2025-03-01') =>
      inputVersionFor(versions, statementRow({ agency, period }), localDays(ZONE), from)
    // its code is another ward's by the end of the year, and that of the year it lived to see
    expect(of('25459@2020-01-01', '2025')).toBe('25459@2020-01-01')
    // merged with others: what one of them said is a part
    expect(of('H53.02@2020-01-01', '2025-04')).toBe('H53.02@2020-01-01')
    // the province goes on under its identifier
    expect([of('72@2020-01-01', '2025'), of('72@2020-01-01', '2025-06')]).toEqual(['80@2025-07-01', '72@2020-01-01'])
    expect(of('72@2020-01-01', '2025', '2026-01-01')).toBe('72@2020-01-01')
  })

  test('a warehouse whose agencies were imported before petitions followed them looks once more', async () => {
    const { warehouse } = await open({ migrated: false })
    await migrate(warehouse, ZONE, MIGRATIONS.slice(0, 3))
    await warehouse.write((trx) =>
      trx.db
        .insertInto('rule')
        .values(
          ['2025-09-01', '2025-07-01'].map((valid_from) => ({
            ...{ kind: 'basis:agencies', valid_from, valid_to: null, data: '{}', known_from: 1, known_to: null },
          })),
        )
        .execute(),
    )
    await migrate(warehouse, ZONE)
    expect(await warehouse.read((db) => findMeta(db, REASSIGN_FROM))).toBe('2025-07-01')
  })

  test('a calendar in a workbook with a title above its header; faults by row and column', async () => {
    const { warehouse } = await open()
    const home = makeHome()
    await installReference(warehouse, [home], TICK)
    const path = join(home, 'lich.xlsx')
    const rows = [['LỊCH NGHỈ'], ['Ngày', 'Loại', 'Tên'], ['2027-03-15', 'off', 'Nghỉ thêm']]
    writeFileSync(path, await writeExcelFile(rows).toBuffer())
    const { preview } = await imported(warehouse, home, path, '2027-01-01')
    expect(preview.days).toEqual([{ date: '2027-03-15', before: null, after: 'off' }])
    const days = await warehouse.read((db) =>
      db
        .selectFrom('calendar')
        .select(['name', 'basis'])
        .where('date', '=', '2027-03-15')
        .where('known_to', 'is', null)
        .execute(),
    )
    expect(days).toEqual([{ name: 'Nghỉ thêm', basis: 'NQ 1682/NQ-UBTVQH15' }])
    const faults: [string, object][] = [
      ['code,name\n25459!,x\n', { row: 2, column: 'code' }],
      ['code,name,kind\n99999,Xã Mới,xã\n', { row: 2, column: 'parent' }],
      ['code,name,kind,parent\n99999,Xã Mới,xã,12345\n', { row: 2, column: 'parent' }],
      ['code,name,kind,parent,successors\n25486,,,,99998\n', { row: 2, column: 'successors' }],
      ['code,name,kind,parent,valid_to\n25486,,,,2025-02-30\n', { row: 2, column: 'to' }],
      ['code,name,kind,parent\n99999,Mới,ấp,80\n', { row: 2, column: 'kind' }],
    ]
    for (const [text, params] of faults) {
      const made = ask(fileIn(home, 'bad.csv', text), '2025-09-01').then((asked) =>
        previewAsked(warehouse, config(home), asked),
      )
      await expect(made, text).rejects.toMatchObject({ code: 'REFERENCE_INVALID', params })
    }
    await expect(ask(fileIn(home, 'other.csv', 'a,b\n1,2\n'))).rejects.toMatchObject({ code: 'REFERENCE_UNREADABLE' })
  })
})

describeReal('../data', (path) => {
  eachDialect('Long An', (open) => {
    test('the history of Long An joins: each province its own until the merger, one series now, a name of both by its source', async () => {
      const { warehouse } = await open()
      const home = makeHome()
      await installReference(warehouse, [home], TICK)
      await warehouse.write((trx) => seedProcedures(trx, [{ code: '1.000001', agencies: ['H53.08'] }]))
      await tick(warehouse, TICK, ZONE)
      await expect(
        ask(fileIn(home, 'la.csv', longAn(path))).then((asked) => previewAsked(warehouse, config(home), asked)),
      ).rejects.toMatchObject({
        code: 'REFERENCE_INVALID',
        params: { row: 2, column: 'parent' },
      })
      await imported(warehouse, home, fileIn(home, 'province.csv', PROVINCE), '2020-01-01')
      const { preview } = await imported(warehouse, home, join(home, 'la.csv'))
      expect(preview.founded.length).toBeGreaterThan(190)
      expect(preview.undetermined.filter(({ successors }) => successors.length === 0)).toHaveLength(15)
      const before = await warehouse.read((db) => readReferenceData(db, ZONE))
      const resolve = (ref: string, source: string, day: string) => before.resolve(ref, source, day)
      expect(resolve('code:80', 'one-stop', '2024-11-04')).toBe('80@2020-01-01')
      expect(resolve('code:80', 'one-stop', '2025-08-04')).toBe('80@2025-07-01')
      expect(resolve('code:27694', 'one-stop', '2024-11-04')).toBe('27694@2020-01-01')
      const received = (source: string, resolving: string, day: string) =>
        dossier({ source, resolving, received_at: at(`${day}T09:00`) })
      await land(warehouse, [
        received('one-stop', '25456@2020-01-01', '2025-05-05'),
        received('one-stop', '25459@2020-01-01', '2025-06-30'),
        received('one-stop', '25459@2025-07-01', '2025-07-01'),
        received('long-an', '27685@2020-01-01', '2025-05-05'),
        received('long-an', '27694@2020-01-01', '2025-06-30'),
        received('long-an', '27694@2025-07-01', '2025-07-01'),
      ])
      await refresh(warehouse, {
        ...{ asOf: TICK, now: TICK, zone: ZONE, targets: [] },
        sources: new Map([...FRESH(TICK), ['long-an', { asOf: TICK, state: 'fresh', freshUntil: TICK }]]),
      })
      expect((await rebuild(warehouse, ZONE)).differences.filter(({ kind }) => kind !== 'indicator')).toEqual([])
      const provinces = async (geography: 'then' | 'now') => {
        const query = { indicators: ['dossiers-received'], periods: ['2025-05', '2025-06', '2025-07'], geography }
        const rows = await warehouse.read((db) => readIndicators(db, query, ZONE))
        return rows
          .filter(({ agency }) => agency.kind === 'province')
          .map((row) => [row.agency.key, row.period, row.numerator])
      }
      expect(await provinces('then')).toEqual([
        ['72@2020-01-01', '2025-05', 1],
        ['72@2020-01-01', '2025-06', 1],
        ['80@2020-01-01', '2025-05', 1],
        ['80@2020-01-01', '2025-06', 1],
        ['80@2025-07-01', '2025-07', 2],
      ])
      expect(await provinces('now')).toEqual(
        ['2025-05', '2025-06', '2025-07'].map((month) => ['80@2025-07-01', month, 2]),
      )
      // A name that both provinces have: a source means its own.
      const after = await warehouse.read((db) => readReferenceData(db, ZONE))
      const both = `name:${agencyNameKey('Phường 3')}`
      expect([after.resolve(both, 'one-stop', '2024-11-04'), after.resolve(both, 'other', '2024-11-04')]).toEqual([
        '25459@2020-01-01',
        undefined,
      ])
    })
  })
})
