/** Made-up commune files for the bench: clean rows of the year 2024 in the districts' form, and the procedures they name. */
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { CHECKOUT } from '../../src/config.ts'
import { type CalendarData, dueByStatute, makeCalendar } from '../../src/indicators/deadlines.ts'
import { HEADER } from '../../src/sandbox/commune-file.ts'
import { makeRandom } from '../../src/sandbox/random.ts'

export const SOURCE = 'communes'
export const PROCEDURES = Array.from({ length: 300 }, (_, i) => `1.${String(100_000 + i * 7)}`)
const DAY = 86_400_000
const MONTHS = 12

interface Agency {
  key: string
  code: string
  kind: string
  name: string
  identifier: string
  parent: string
  validFrom: string
}

/** A deployment home with one source: `rows` dossiers in twelve monthly files. */
export function makeHome(home: string, rows: number): void {
  const drops = join(home, 'drops')
  mkdirSync(drops, { recursive: true })
  mkdirSync(join(home, 'connectors', SOURCE), { recursive: true })
  const source = {
    id: SOURCE,
    name: 'Tệp hồ sơ (dữ liệu mẫu)',
    agency: null,
    sample: true,
    authority: [{ rank: 1, from: '2020-01-01' }],
    grace: 'PT26H',
    settings: { folder: drops, stableSeconds: 0 },
  }
  writeFileSync(join(home, 'connectors', SOURCE, 'sources.json'), JSON.stringify({ sources: [source] }))
  const { agencies } = readReference<{ agencies: Agency[] }>('agencies.json')
  const communes = agencies.filter(({ kind, validFrom }) => kind === 'commune' && validFrom < '2025')
  const names = new Map(agencies.map(({ key, name }) => [key, name]))
  const calendar = makeCalendar(readReference<CalendarData>('calendar.json'))
  const random = makeRandom(2024, 'bench')
  const perMonth = Math.ceil(rows / MONTHS)
  for (let month = 0, made = 0; month < MONTHS; month++) {
    const out = openSync(join(drops, `hoso_703_2024${String(month + 1).padStart(2, '0')}.csv`), 'w')
    const lines = [HEADER.join(';')]
    for (let i = 0; i < perMonth && made < rows; i++, made++) {
      const commune = random.pick(communes)
      const received = Date.UTC(2024, month, 1 + random.between(0, 27), 1) + random.between(0, 32_000) * 1000
      const took = random.between(1, 20)
      const done = random.chance(0.9)
      lines.push(
        [
          `${commune.identifier}-24${pad(month + 1)}${pad(random.between(1, 28))}-${String(i).padStart(6, '0')}`,
          // few procedures make most of the work, as everywhere
          PROCEDURES[Math.floor(PROCEDURES.length * random.next() ** 3)],
          'Đăng ký biến động quyền sử dụng đất, quyền sở hữu tài sản gắn liền với đất',
          commune.name,
          names.get(commune.parent),
          random.chance(0.6) ? 'Trực tuyến' : 'Trực tiếp',
          'Trần Thị Mẫu',
          `0721901${String(made).padStart(5, '0').slice(-5)}`,
          '0900000000',
          written(received),
          written(received),
          written(dueByStatute(received, 5, 'working-day', calendar)).slice(0, 10),
          done ? written(received + took * DAY) : '',
          done ? written(received + took * DAY) : '',
          done ? 'Đã trả kết quả' : 'Đang xử lý',
          '15.000',
          '83,02%',
          'Có',
          'x',
        ].join(';'),
      )
      if (lines.length >= 5_000) writeSync(out, `${lines.splice(0).join('\r\n')}\r\n`)
    }
    writeSync(out, `${lines.join('\r\n')}\r\n`)
    closeSync(out)
  }
}

const readReference = <T>(file: string): T =>
  JSON.parse(readFileSync(join(CHECKOUT, 'data', 'reference', file), 'utf8')) as T
const pad = (n: number): string => String(n).padStart(2, '0')
/** dd/MM/yyyy HH:mm:ss in Việt Nam */
function written(at: number): string {
  const text = new Date(at + 7 * 3_600_000).toISOString()
  return `${text.slice(8, 10)}/${text.slice(5, 7)}/${text.slice(0, 4)} ${text.slice(11, 19)}`
}
