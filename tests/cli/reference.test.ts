/** `ioc reference import` as it is typed: a preview without a word of agreement writes nothing; with it the figures follow. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Home, makeHome } from '../support/home.ts'
import { documentOf, type ErrorDocument } from './support.ts'

interface Imported {
  written: boolean
  landing: number | null
  moved: number
  preview: { merged: { key: string; open: number; figures: number }[]; moves: { dossiers: number; inputs: number }[] }
}
let home: Home
beforeAll(async () => {
  home = await makeHome({ dossiers: 300, communes: 12 })
  expect((await home.ioc(['sync', '--json'])).code).toBe(0)
}, 300_000)
afterAll(() => home?.remove())

it('a department of the sample ends and goes into another: previewed, refused without --yes, written, followed', async () => {
  const file = join(home.dir, 'merger.csv')
  writeFileSync(file, 'mã,kế tiếp\nH53.08,H53.09\n')
  const typed = ['reference', 'import', file, '--from', '2024-11-15', '--basis', 'QĐ 1', '--json']
  const dry = documentOf<Imported>(await home.ioc([...typed, '--dry-run']), 'reference')
  expect(dry).toMatchObject({ written: false, landing: null, preview: { merged: [{ key: 'H53.08@2020-01-01' }] } })
  expect(dry.preview.merged[0]?.figures).toBeGreaterThan(0)
  const refused = await home.ioc(typed)
  expect([refused.code, documentOf<ErrorDocument>(refused, 'error').error.code]).toEqual([2, 'USAGE'])
  const done = documentOf<Imported>(await home.ioc([...typed, '--yes']), 'reference')
  expect(done).toMatchObject({ written: true, preview: dry.preview })
  expect(done.moved).toBe(dry.preview.moves.reduce((sum, { dossiers, inputs }) => sum + dossiers + inputs, 0))
  // The next run installs what is there already, and what lands goes where the import says.
  expect((await home.ioc(['sync', '--json'])).code).toBe(0)
  const range = ['--agency', 'H53.08', '--from', '2024-10', '--to', '2024-11']
  const rows = documentOf<{ period: string; agency: { code: string }; breaks?: { kind: string; on: string }[] }[]>(
    await home.ioc(['indicators', 'dossiers-received', ...range, '--json']),
    'indicators',
  )
  expect(rows.map((row) => [row.period, row.agency.code, row.breaks?.map(({ kind, on }) => `${kind} ${on}`)])).toEqual([
    ['2024-10', 'H53.08', undefined],
    ['2024-11', 'H53.09', ['joined 2024-11-15']],
  ])
  const said = await home.ioc(['indicators', 'dossiers-received', ...range], { env: { IOC_LANG: 'en' } })
  expect(said.stdout).toMatch(/from 2024-11-15: Sở Công Thương joined Sở Khoa học và Công nghệ/)
  expect((await home.ioc(['rebuild', '--json'])).code).toBe(0)
}, 300_000)

it('a wrong cell is told by row and column, a wrong range by its month', async () => {
  const file = join(home.dir, 'wrong.csv')
  writeFileSync(file, 'mã,tên,loại\n99999,Xã Mới,xã\n')
  const ran = await home.ioc(['reference', 'import', file, '--from', '2024-11-15', '--basis', 'QĐ 2', '--dry-run'], {
    env: { IOC_LANG: 'en' },
  })
  expect([ran.code, ran.stderr.split('\n')[0]]).toEqual([
    2,
    'REFERENCE_INVALID: wrong.csv, row 2, column "parent": is empty: to whom 99999 belongs is not told',
  ])
  expect((await home.ioc(['indicators', '--from', '2024-13'])).code).toBe(2)
}, 120_000)
