/**
 * A system nobody has seen, from a sample to landed dossiers: by the command line, in a home outside the checkout. What a person writes is
 * scripted as replacements of text and counted.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import writeWorkbook from 'write-excel-file/node'
import { documentOf } from '../cli/support.ts'
import { type Home, makeHome } from '../support/home.ts'
import type { Loopback } from '../support/loopback.ts'
import { department, dossiers, type Edit, edit, PERSONS, put, samplePage } from './department.ts'

const LINES_AT_MOST = 30
const FILES_AT_MOST = 2
const ROWS = dossiers(60)
const KEY = 'k-5up3r-geheim'

let home: Home
let open: Loopback
let locked: Loopback
beforeAll(async () => {
  home = await makeHome({ dossiers: 100, communes: 12, only: ['catalogue'] })
  open = await department(ROWS)
  locked = await department(ROWS, KEY)
  const ran = await home.ioc(['sync', 'catalogue'])
  expect(ran).toMatchObject({ code: 0, stderr: '' })
})
afterAll(async () => {
  await open?.close()
  await locked?.close()
  await home?.remove()
})

/** In the made-up systems' time, which stands in 2024. */
const SAMPLE: readonly [string, string] = [
  '"sample": false,',
  `"sample": true,\n      "clock": "\${env:IOC_SANDBOX_URL}/clock",`,
]
const sources = (name: string) => `connectors/${name}/sources.json`
const connector = (name: string) => `connectors/${name}/connector.ts`

async function drafted(name: string, args: readonly string[], edits: readonly Edit[]) {
  const made = await home.ioc(['connector', 'new', name, ...args, '--json'])
  expect(made).toMatchObject({ code: 0, stderr: '' })
  const written = edit(home.dir, edits)
  expect(written.lines).toBeLessThanOrEqual(LINES_AT_MOST)
  expect(written.files).toBeLessThanOrEqual(FILES_AT_MOST)
  return documentOf<{ todos: { at: string; question: string }[]; personal: { field: string }[] }>(made, 'connector-new')
}

async function synced(name: string, env: Record<string, string> = {}) {
  const ran = await home.ioc(['sync', name, '--json'], { env })
  const document = JSON.parse(ran.stdout) as { sources: { state: string; counts: Record<string, number> }[] }
  return { code: ran.code, stderr: ran.stderr, ...document.sources[0] }
}

/** What a person does between editing and the first sync: look, record, certify. */
async function tried(name: string, env: Record<string, string> = {}) {
  for (const verb of ['check', 'preview', 'record', 'test']) {
    const ran = await home.ioc(['connector', verb, name], { env })
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    for (const person of PERSONS) expect(ran.stdout).not.toContain(person)
    if (verb === 'test') expect(ran.stdout).toMatch(/: 1\d passed, 0 failed/)
  }
}

const landed = (name: string) => {
  const database = new Sqlite(home.warehouse, { readonly: true })
  try {
    const sql = `SELECT status, channel, resolving, count(*) AS count FROM dossier WHERE source = ? AND deleted = 0 GROUP BY 1, 2, 3 ORDER BY 1, 2`
    return database.prepare(sql).all(name)
  } finally {
    database.close()
  }
}
const LANDED = [
  { status: 4, channel: 'counter', resolving: 'H53.01@2020-01-01', count: 10 },
  { status: 4, channel: 'online', resolving: 'H53.01@2020-01-01', count: 10 },
  { status: 9, channel: 'counter', resolving: 'H53.01@2020-01-01', count: 20 },
  { status: 9, channel: 'online', resolving: 'H53.01@2020-01-01', count: 20 },
]

/** Every file below, as bytes. */
function texts(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? texts(path) : [readFileSync(path, 'latin1')]
  })
}
function expectNobody(name: string) {
  const kept = [join(home.dir, 'connectors', name), join(home.dir, 'schemas'), join(home.dir, 'data', 'var')].flatMap(
    texts,
  )
  for (const person of PERSONS) {
    const bytes = Buffer.from(person).toString('latin1')
    expect(kept.some((text) => text.includes(bytes))).toBe(false)
  }
}

const ENDS = "due: { from: 'han_tra', as: kit.vietnameseDate(ZONE) },"
const finished = (name: string): Edit => [
  connector(name),
  ENDS,
  `${ENDS}\n        finished: { from: 'xong_luc', as: kit.vietnameseDate(ZONE) },`,
]
/** The words of this department that no list knows. */
const wordsOf = (name: string, channel: string, status: string): Edit[] => [
  [
    connector(name),
    `{ from: '${channel}', as: kit.nationalChannel() }`,
    `{ from: '${channel}', as: kit.nationalChannel({ also: { 'Tại bàn': 'counter' } }) }`,
  ],
  [
    connector(name),
    `{ from: '${status}', as: kit.nationalStatus({ also: { 'Đã giải quyết': 9 } }) }`,
    `{ from: '${status}', as: kit.nationalStatus({ also: { 'Đã giải quyết': 9, 'Đang thẩm tra': 4 } }) }`,
  ],
]

describe('a system nobody has seen', () => {
  it('from a sample JSON', async () => {
    put(home.dir, 'sample.json', samplePage(ROWS))
    const { todos, personal } = await drafted(
      'tax',
      ['--from', join(home.dir, 'sample.json')],
      [
        [sources('tax'), ...SAMPLE],
        [sources('tax'), `"\${env:IOC_TAX_URL}"`, JSON.stringify(open.url)],
        [connector('tax'), "request: { path: '/' }", "request: { path: '/api/v2/ho-so' }"],
        [connector('tax'), "parameter: 'page',", "parameter: 'trang',"],
        [connector('tax'), "{ parameter: 'size', rows: 25 }", "{ parameter: 'so_dong', rows: 25 }"],
        finished('tax'),
        ...wordsOf('tax', 'kenh_nop', 'tinh_trang'),
      ],
    )
    expect(todos).toContainEqual({
      at: 'paging',
      question:
        'the answer has total 1234 but 25 records; which parameter asks for the next page, and does it count from 0 or 1?',
    })
    expect(todos).toContainEqual({
      at: 'dates',
      question:
        '"xong_luc" holds dates and is not mapped; is it one of statusAt, submitted, finished, returned, refused?',
    })
    expect(personal.map(({ field }) => field)).toEqual(['nguoi_nop', 'giay_to', 'lien_lac', 'thu'])
    await tried('tax')
    expect(await synced('tax')).toMatchObject({
      code: 0,
      state: 'succeeded',
      stderr: '',
      counts: { read: 60, new: 60 },
    })
    expect(landed('tax')).toEqual(LANDED)
    expectNobody('tax')
  })

  it('from a curl line, whose key goes to the environment', async () => {
    const line = `curl -s '${locked.url}/api/v2/ho-so?trang=1&so_dong=25' -H 'X-Api-Key: ${KEY}'`
    const made = await drafted(
      'permits',
      ['--from', line],
      [[sources('permits'), ...SAMPLE], finished('permits'), ...wordsOf('permits', 'kenh_nop', 'tinh_trang')],
    )
    expect(made.todos.map(({ at }) => at)).not.toContain('paging')
    const files = texts(join(home.dir, 'connectors', 'permits'))
    expect(files.some((text) => text.includes(KEY))).toBe(false)
    expect(await synced('permits')).toMatchObject({ code: 2 })
    const env = { IOC_PERMITS_X_API_KEY: KEY }
    await tried('permits', env)
    expect(await synced('permits', env)).toMatchObject({
      code: 0,
      counts: { read: 60, new: 60 },
    })
    expect(landed('permits')).toEqual(LANDED)
    expectNobody('permits')
  })

  it('from a workbook with a title above its header', async () => {
    const head = [
      'STT',
      'Số hồ sơ',
      'Mã TTHC',
      'Đơn vị',
      'Kênh',
      'Tình trạng',
      'Họ tên',
      'Số CCCD',
      'Điện thoại',
      'Ngày tiếp nhận',
      'Hạn trả',
      'Ngày hoàn thành',
    ]
    const rows = ROWS.map((row, i) => [
      i + 1,
      row.so_ho_so,
      row.thu_tuc,
      row.phong_ban,
      row.kenh_nop,
      row.tinh_trang,
      row.nguoi_nop,
      row.giay_to,
      row.lien_lac,
      row.ngay_nhan,
      row.han_tra,
      row.xong_luc,
    ])
    const data = [['DANH SÁCH HỒ SƠ THÁNG 11'], head, ...rows]
    const workbook = await writeWorkbook(data).toBuffer()
    put(home.dir, 'drop/hoso_202411.xlsx', workbook)
    const { personal } = await drafted(
      'register',
      ['--from', join(home.dir, 'drop/hoso_202411.xlsx')],
      [
        [sources('register'), ...SAMPLE],
        [
          connector('register'),
          '  from: ({ folder }) => folder,',
          '  from: ({ folder }) => folder,\n        stableFor: () => 0,',
        ],
        ...wordsOf('register', 'Kênh', 'Tình trạng'),
      ],
    )
    expect(personal.map(({ field }) => field)).toEqual(['Họ tên', 'Số CCCD', 'Điện thoại'])
    await tried('register')
    expect(await synced('register')).toMatchObject({ code: 0, counts: { read: 60, new: 60 } })
    expect(landed('register')).toEqual(LANDED)
    expectNobody('register')
  })
})
