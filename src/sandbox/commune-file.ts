/**
 * What a district's drop looks like on disk. Real drops say nowhere how they are encoded, and neither do these: whoever reads
 * `hoso_<district>_<yyyyMM>.*` and `capnhat_<district>_<yyyyMM>.*` must have it declared per district:
 *
 *   703 707 709 710   UTF-8 with BOM, .csv
 *   706 708           windows-1258, .csv (base letter, then the byte of a combining tone: NFC after decoding)
 *   705 711           TCVN3 (ABC), .csv
 *   712               workbook, .xlsx (a merged title row above the header)
 */
import iconv from 'iconv-lite'
import writeExcelFile from 'write-excel-file/node'

export const FORMATS = { utf8: 'csv', windows1258: 'csv', tcvn: 'csv', xlsx: 'xlsx' } as const
export type Format = keyof typeof FORMATS

const BY_DISTRICT: Readonly<Record<string, Format>> = {
  '705': 'tcvn',
  '706': 'windows1258',
  '708': 'windows1258',
  '711': 'tcvn',
  '712': 'xlsx',
}
export const formatOf = (districtCode: string): Format => BY_DISTRICT[districtCode] ?? 'utf8'

export const HEADER: readonly string[] = [
  'Mã hồ sơ',
  'Mã TTHC',
  'Tên TTHC',
  'Đơn vị',
  'Huyện',
  'Kênh',
  'Người nộp',
  'Số CCCD',
  'Điện thoại',
  'Ngày nộp',
  'Ngày tiếp nhận',
  'Ngày hẹn trả',
  'Ngày kết thúc',
  'Ngày trả',
  'Trạng thái',
  'Lệ phí',
  'Tỷ lệ số hóa',
  'Thanh toán trực tuyến',
  'Đã số hóa',
]

export interface DropRow {
  cells: readonly string[]
  /** the bytes of this row are TCVN3, whatever the file is */
  lies: boolean
}

export async function encodeDrop(format: Format, title: string, rows: readonly DropRow[]): Promise<Buffer> {
  if (format === 'xlsx') return workbook(title, rows)
  const header = encode(line(HEADER), format)
  const bom = format === 'utf8' ? [Buffer.from([0xef, 0xbb, 0xbf])] : []
  return Buffer.concat([...bom, header, ...rows.map((row) => encode(line(row.cells), row.lies ? 'tcvn' : format))])
}

const line = (cells: readonly string[]): string =>
  `${cells.map((cell) => (/[;"\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(';')}\r\n`

/** Neither code page has the dash of "Lao động – Thương binh": typists put a hyphen. */
function encode(text: string, format: 'utf8' | 'windows1258' | 'tcvn'): Buffer {
  if (format === 'utf8') return Buffer.from(text)
  const typed = text.normalize('NFC').replaceAll('–', '-')
  return iconv.encode(format === 'tcvn' ? typed : tonesApart(typed), format)
}

/** huyền, sắc, ngã, hỏi, nặng */
const TONES = ['\u0300', '\u0301', '\u0303', '\u0309', '\u0323']

/** windows-1258 has the letters â ă ê ô ơ ư đ as they are, and the five tones as combining characters after them. */
function tonesApart(text: string): string {
  return text.normalize('NFD').replace(/(\p{L})(\p{M}+)/gu, (_, letter: string, marks: string) => {
    const tones = [...marks].filter((mark) => TONES.includes(mark))
    const shape = [...marks].filter((mark) => !TONES.includes(mark))
    return (letter + shape.join('')).normalize('NFC') + tones.join('')
  })
}

function workbook(title: string, rows: readonly DropRow[]): Promise<Buffer> {
  const merged = { value: title, fontWeight: 'bold' as const, align: 'center' as const, columnSpan: HEADER.length }
  const covered = HEADER.slice(1).map(() => null)
  return writeExcelFile([[merged, ...covered], [...HEADER], ...rows.map((row) => [...row.cells])]).toBuffer()
}
