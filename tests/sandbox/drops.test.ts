import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import iconv from 'iconv-lite'
import readExcelFile from 'read-excel-file/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formatOf, HEADER } from '../../src/sandbox/commune-file.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { held, query } from './clients.ts'

const dir = mkdtempSync(join(tmpdir(), 'sandbox-'))
let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, seed: 7, dossiers: 2_000, dir })
})
afterAll(async () => {
  await sandbox.close()
  rmSync(dir, { recursive: true, force: true })
})

function decoded(dir: string, name: string): string {
  const bytes = readFileSync(join(dir, 'communes', name))
  const format = formatOf(name.split('_')[1] ?? '')
  return format === 'utf8' ? bytes.toString('utf8') : iconv.decode(bytes, format).normalize('NFC')
}
const cellsIn = (text: string): string[][] =>
  text
    .replace(/^\uFEFF/, '')
    .split('\r\n')
    .slice(1, -1)
    .map((line) => line.split(';'))

describe('communes', () => {
  it('decodes, in each encoding, to the names that were written', () => {
    const byCode = new Map(sandbox.world.dossiers.map((one) => [one.code, one]))
    const seen = new Set<string>()
    for (const name of readdirSync(join(sandbox.dir, 'communes')).filter((one) => one.endsWith('.csv'))) {
      const text = decoded(sandbox.dir, name)
      expect(text.replace(/^\uFEFF/, '').split('\r\n')[0]).toBe(HEADER.join(';'))
      for (const cells of cellsIn(text)) {
        const dossier = byCode.get(cells[0] ?? '')
        if (!dossier || dossier.dirt !== null || text.includes('"')) continue
        expect(cells[6]).toBe(dossier.applicant.name)
        expect(cells[3]).toContain(sandbox.world.agencies[dossier.agency]?.name.slice(1))
        expect(cells[15]).toMatch(/^\d{1,3}(\.\d{3})*$/)
        expect(cells[16]).toMatch(/^\d+,\d\d%$/)
        seen.add(formatOf(name.split('_')[1] ?? ''))
      }
    }
    expect([...seen].sort()).toEqual(['tcvn', 'utf8', 'windows1258'])
  })

  it('writes one district as a workbook with a merged title row above the header', async () => {
    const name = readdirSync(join(sandbox.dir, 'communes')).find((one) => one.endsWith('.xlsx')) ?? ''
    const [sheet] = await readExcelFile(join(sandbox.dir, 'communes', name))
    const rows = (sheet as unknown as { data: unknown[][] }).data
    expect(String(rows[0]?.[0])).toMatch(/^DANH SÁCH HỒ SƠ/)
    expect(rows[1]).toEqual([...HEADER])
    expect(String(rows[2]?.[10])).toMatch(/^\d\d\/\d\d\/\d{4} \d\d:\d\d$/)
  })

  it('shows every kind of dirt that it is meant to carry, as often as it was planted', () => {
    const names = readdirSync(join(sandbox.dir, 'communes')).filter((one) => one.endsWith('.csv'))
    const planted = (kind: string) =>
      held(sandbox, 'communes').filter((one) => one.dirt === kind && formatOf(codeOfDistrict(one.holder)) !== 'xlsx')
    const invalid = names.filter((name) => formatOf(name.split('_')[1] ?? '') === 'utf8')
    const lying = invalid.flatMap((name) =>
      cellsIn(decoded(sandbox.dir, name)).filter((cells) => cells.join().includes('\uFFFD')),
    )
    expect(lying.length).toBe(held(sandbox, 'communes').filter((one) => one.dirt === 'lying-encoding').length)
    const rows = names.filter((name) => name.startsWith('hoso')).flatMap((name) => cellsIn(decoded(sandbox.dir, name)))
    expect(rows.filter((cells) => cells[10]?.startsWith('31/02/2024')).length).toBe(planted('impossible-date').length)
    expect(rows.filter((cells) => cells[0] === '').length).toBe(planted('missing-key').length)
    const doubled = rows.filter((cells, i) => i > 0 && cells[0] !== '' && cells[0] === rows[i - 1]?.[0])
    expect(doubled.length).toBe(planted('doubled-row').length)
  })

  it('sends a status backwards in a corrections file of the month after', async () => {
    const back = held(sandbox, 'communes').filter((one) => one.dirt === 'status-backwards')
    expect(back.length).toBeGreaterThan(0)
    for (const dossier of back) {
      const states = await statesOf(dossier.code)
      expect(states.length).toBe(2)
      expect(states[0]).toMatch(/^Đã (xử lý xong|trả kết quả)$/)
      expect(states[1]).toBe(dossier.backwardsTo === 4 ? 'Đang xử lý' : 'Được tiếp nhận')
    }
  })
})

const codeOfDistrict = (holder: number): string => {
  const { agencies } = sandbox.world
  const one = agencies[holder]
  return (one?.kind === 'district' ? one : agencies.find((agency) => agency.name === one?.within))?.code ?? ''
}

/** the labels of a dossier's status, in the order of its files: month by month, the month's file before its corrections */
async function statesOf(code: string): Promise<string[]> {
  const files = readdirSync(join(sandbox.dir, 'communes')).filter((name) => /_\d{6}\./.test(name))
  const order = (name: string) => `${name.split('_')[2]}${name.startsWith('hoso') ? 0 : 1}`
  const states: string[] = []
  for (const name of files.sort((a, b) => (order(a) < order(b) ? -1 : 1))) {
    const rows = name.endsWith('.xlsx')
      ? (((await readExcelFile(join(sandbox.dir, 'communes', name)))[0] as unknown as { data: string[][] }).data ?? [])
      : cellsIn(decoded(sandbox.dir, name))
    for (const cells of rows) if (cells[0] === code) states.push(cells[14] ?? '')
  }
  return states
}

describe('land', () => {
  it('holds its dossiers by group code, with soft deletions and a few in no known group', () => {
    const dossiers = held(sandbox, 'land')
    const doubled = dossiers.filter((one) => one.dirt === 'doubled-row').length
    const live = query<{ MaHoSo: string }>(sandbox.dir, 'SELECT * FROM HoSos WHERE DeletedOn IS NULL')
    expect(live.length).toBe(dossiers.length + doubled)
    expect(query(sandbox.dir, 'SELECT * FROM HoSos WHERE DeletedOn IS NOT NULL').length).toBeGreaterThan(0)
    const orphans = query(sandbox.dir, 'SELECT * FROM HoSos WHERE NhomXuLy NOT IN (SELECT GroupCode FROM Groups)')
    expect(orphans.length).toBe(dossiers.filter((one) => one.dirt === 'unknown-agency').length)
    expect(query(sandbox.dir, 'SELECT * FROM ThuTucs').length).toBe(1_655)
    const codes = new Set(live.map((row) => row.MaHoSo))
    for (const dossier of dossiers) if (dossier.dirt === null) expect(codes.has(dossier.code)).toBe(true)
  })
})
