/** The ways the made-up systems write a date. All in Asia/Ho_Chi_Minh, which has had no daylight saving since 1975: a fixed +07:00. */

const OFFSET = 7 * 3_600_000
export const DAY = 86_400_000
export const MINUTE = 60_000

const local = (at: number): string => new Date(at + OFFSET).toISOString()

/** `yyyyMMddHHmmss` */
export function compact(at: number): string {
  const s = local(at)
  return s.slice(0, 4) + s.slice(5, 7) + s.slice(8, 10) + s.slice(11, 13) + s.slice(14, 16) + s.slice(17, 19)
}

/** `dd/MM/yyyy` */
export function day(at: number): string {
  const s = local(at)
  return `${s.slice(8, 10)}/${s.slice(5, 7)}/${s.slice(0, 4)}`
}

/** `dd/MM/yyyy HH:mm` */
export const dayAndMinute = (at: number): string => `${day(at)} ${local(at).slice(11, 16)}`

/** Local time wrongly marked Z: `yyyy-MM-ddTHH:mm:ssZ` */
export const falseZulu = (at: number): string => `${local(at).slice(0, 19)}Z`

/** `yyyy-MM-dd HH:mm:ss`, naive local */
export const sqlLocal = (at: number): string => local(at).slice(0, 19).replace('T', ' ')

/** `yyyyMM` */
export const month = (at: number): string => compact(at).slice(0, 6)

/** Each `yyyyMM` from the month of `from` to the month of `to`. */
export function months(from: number, to: number): string[] {
  const out: string[] = []
  for (let m = month(from); m <= month(to); m = following(m)) out.push(m)
  return out
}

function following(yyyyMM: string): string {
  const year = Number(yyyyMM.slice(0, 4))
  const month = Number(yyyyMM.slice(4))
  return month === 12 ? `${year + 1}01` : `${year}${String(month + 1).padStart(2, '0')}`
}

/** The last millisecond of a `yyyyMM` month, epoch ms. */
export function endOfMonth(yyyyMM: string): number {
  const next = following(yyyyMM)
  return Date.UTC(Number(next.slice(0, 4)), Number(next.slice(4)) - 1, 1) - OFFSET - 1
}

/** `yyyyMMddHHmmss` or `yyyyMMdd` → epoch ms; null when it is not a real date. */
export function parseCompact(text: string): number | null {
  const found = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d))?$/.exec(text)
  if (!found) return null
  const [year, mon, dayOf, hour, minute, second] = found.slice(1).map((part) => Number(part ?? 0))
  const at = Date.UTC(year ?? 0, (mon ?? 1) - 1, dayOf, hour, minute, second) - OFFSET
  return compact(at).startsWith(text) ? at : null
}

/** `dd/MM/yyyy` → epoch ms of local midnight; null when it is not a real date. */
export function parseDay(text: string): number | null {
  const found = /^(\d\d)\/(\d\d)\/(\d{4})$/.exec(text.trim())
  return found ? parseCompact(`${found[3]}${found[2]}${found[1]}`) : null
}
