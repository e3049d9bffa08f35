/** A made-up department that nobody has connected: its API, its records with persons in them, and edits as a person makes them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Asked, type Loopback, serve } from '../support/loopback.ts'

/** Persons of the records: no trace of them may be left anywhere. */
export const PERSONS = [
  'Nguyễn Văn Ẩn',
  'Trần Thị Bích Mẫu',
  'Lê Hoàng Giả',
  '072199001234',
  '0912345678',
  'an.nguyen@mau.vn',
]
/** Codes that the sandbox's catalogue has. */
const PROCEDURES = ['1.000040', '1.000057', '1.000019']

export interface Dossier {
  id: number
  so_ho_so: string
  thu_tuc: string
  phong_ban: string
  kenh_nop: string
  tinh_trang: string
  nguoi_nop: string
  giay_to: string
  lien_lac: string
  thu: string
  ngay_nhan: string
  han_tra: string
  xong_luc: string | null
  cap_nhat_luc: string
}

/** Dossiers of November 2024: two of three are finished, on time. */
export const dossiers = (count: number): Dossier[] =>
  Array.from({ length: count }, (_, i) => {
    const day = String((i % 20) + 1).padStart(2, '0')
    const done = i % 3 !== 0
    return {
      id: 7000 + i,
      so_ho_so: `H53.01-2411${day}-${String(i + 1).padStart(4, '0')}`,
      thu_tuc: PROCEDURES[i % 3] ?? '',
      phong_ban: 'Sở Tư pháp',
      kenh_nop: i % 2 === 0 ? 'Trực tuyến' : 'Tại bàn',
      tinh_trang: done ? 'Đã giải quyết' : 'Đang thẩm tra',
      nguoi_nop: PERSONS[i % 3] ?? '',
      giay_to: PERSONS[3] ?? '',
      lien_lac: PERSONS[4] ?? '',
      thu: PERSONS[5] ?? '',
      ngay_nhan: `${day}/11/2024 08:15`,
      han_tra: '29/11/2024',
      xong_luc: done ? `${day}/11/2024 16:00` : null,
      cap_nhat_luc: `2024-11-${day}T16:00:00`,
    }
  })

const page = (asked: Asked, rows: readonly Dossier[]) => {
  const [number, size] = [Number(asked.query.get('trang') ?? 1), Number(asked.query.get('so_dong') ?? 25)]
  return { thanh_cong: true, tong_so: rows.length, ket_qua: rows.slice((number - 1) * size, number * size) }
}

/** Answers `/api/v2/ho-so` by pages; with `key`, only to who has it. */
export const department = (rows: readonly Dossier[], key?: string): Promise<Loopback> =>
  serve((asked, response) => {
    if (key !== undefined && asked.headers['x-api-key'] !== key) {
      response.statusCode = 401
      return {}
    }
    if (asked.path !== '/api/v2/ho-so') {
      response.statusCode = 404
      return {}
    }
    return page(asked, rows)
  })

/** One page as somebody saved it. */
export const samplePage = (rows: readonly Dossier[]) =>
  JSON.stringify({ thanh_cong: true, tong_so: 1234, ket_qua: rows.slice(0, 25) }, null, 1)

export type Edit = readonly [file: string, find: string, replace: string]

/** Makes the edits, each text standing in its file exactly once. Returns how many lines a person has written, in how many files. */
export function edit(home: string, edits: readonly Edit[]): { lines: number; files: number } {
  const before = new Map<string, string>()
  for (const [file, find, replace] of edits) {
    const path = join(home, file)
    const text = readFileSync(path, 'utf8')
    if (!before.has(path)) before.set(path, text)
    const places = text.split(find).length - 1
    if (places !== 1) throw new Error(`${file}: "${find}" stands there ${places} times`)
    writeFileSync(
      path,
      text.replace(find, () => replace),
    )
  }
  let lines = 0
  for (const [path, text] of before) {
    const old = text.split('\n')
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      const at = old.indexOf(line)
      if (at === -1) lines++
      else old.splice(at, 1)
    }
  }
  return { lines, files: before.size }
}

export function put(home: string, file: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(home, file)), { recursive: true })
  writeFileSync(join(home, file), content)
}
