/** Lists of procedures as the national portal exports them, each by one short connector, through the real sync into a warehouse. */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import readExcelFile from 'read-excel-file/node'
import { afterEach, expect, it } from 'vitest'
import { CHECKOUT } from '../../src/config.ts'
import { migrate } from '../../src/warehouse/migrate.ts'
import { openWarehouse } from '../../src/warehouse/open.ts'
import { type Deployment, deploy } from '../faults/deployment.ts'
import { procedureSchemas, tableConnector, workbookConnector } from '../support/procedure-files.ts'
import { describeReal } from '../support/realdata.ts'
import { ZONE } from '../support/warehouse.ts'

const REAL = join(CHECKOUT, '../shared/realdata/tthc')

const written = (connector: string) => connector.split('\n').filter((line) => line.trim() !== '').length
let deployment: Deployment | null = null
afterEach(() => deployment?.remove())

/** What a source of that connector and file lands. */
async function landed(name: string, connector: string, file: string) {
  deployment = deploy(
    { [name]: [{ id: name, settings: { folder: 'in' } }] },
    { ...procedureSchemas(), [`connectors/${name}/connector.ts`]: connector },
  )
  mkdirSync(join(deployment.home, 'in'))
  copyFileSync(join(REAL, file), join(deployment.home, 'in', file))
  // files of today, in a made-up deployment whose clock stands in 2024
  deployment.setTime('2099-01-01T08:00')
  const warehouse = await openWarehouse(join(deployment.home, 'warehouse.sqlite'))
  await migrate(warehouse, ZONE)
  const result = await deployment.syncOne(warehouse, name)
  const rows = await warehouse.read((db) => db.selectFrom('procedure').selectAll().where('source', '=', name).execute())
  const quarantine = await warehouse.read((db) => db.selectFrom('quarantine').selectAll().execute())
  await warehouse.close()
  return { result, rows: new Map(rows.map((row) => [row.code, row])), quarantine }
}

describeReal('tthc', () => {
  it.each([
    ['judicial', 'danh-sach-tthc-BoTuPhap.xlsx', 271],
    ['construction', 'danh-sach-tthc-BoXayDung.xlsx', 525],
    ['courts', 'toa-an-nhan-dan.xlsx', 3],
  ])('%s: the workbook %s becomes %i procedures', async (name, file, count) => {
    const connector = workbookConnector(name)
    expect(written(connector)).toBeLessThan(30)
    const { result, rows, quarantine } = await landed(name, connector, file)
    expect(result).toMatchObject({ state: 'succeeded', counts: { read: count, quarantined: 0 } })
    expect(quarantine).toEqual([])
    // title, header, then one row each: as another reader sees the workbook
    const [sheet] = await readExcelFile(join(REAL, file))
    const [, , ...expected] = sheet?.data ?? []
    expect(expected).toHaveLength(count)
    expect(rows.size).toBe(count)
    for (const [code, title, , agencies] of expected) {
      const row = rows.get(String(code))
      expect(row?.name).toBe(String(title).normalize('NFC').trim())
      const levels = JSON.parse(String(row?.executing)) as string[]
      if (/tỉnh/i.test(String(agencies))) expect(levels).toContain('province')
    }
  })

  it('the table procedures.csv becomes 2,642 procedures', async () => {
    const pattern =
      "{ match: /\\.csv$/, drop: 'full', format: 'csv', encoding: 'utf-8', delimiter: ',', period: 'changed' }"
    const connector = tableConnector('table', pattern)
    expect(written(connector)).toBeLessThan(30)
    const { result, rows, quarantine } = await landed('table', connector, 'procedures.csv')
    const expected = parse(readFileSync(join(REAL, 'procedures.csv')), { columns: true }) as Record<string, string>[]
    expect(result.error ?? null).toBeNull()
    expect(quarantine.map(({ key, reasons }) => [key, reasons])).toEqual([])
    expect(result).toMatchObject({ state: 'succeeded', counts: { read: expected.length } })
    expect(rows.size).toBe(new Set(expected.map(({ code }) => code)).size)
    const online = expected.filter(({ channels }) => channels?.split('|').includes('Trực tuyến'))
    expect([...rows.values()].filter((row) => Number(row.online) === 1)).toHaveLength(online.length)
  })
})
