/** A moment in the form in which a recording writes its moments, and back. */
import { parseCompact, parseIso, parseVietnamese } from '../../connect/instants.ts'

type Write = (at: number) => string | number

const local = (at: number, zone: string) => Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone)
const two = (value: number) => String(value).padStart(2, '0')

/** Epoch ms of a text or number in any of the forms that converters know; null where it is none. */
export function readTime(value: unknown, zone: string): number | null {
  if (typeof value === 'number') return value > 1e11 ? value : value > 1e9 ? value * 1000 : null
  if (typeof value !== 'string' || value.trim() === '') return null
  const text = value.trim()
  if (/^\d{10}$|^\d{13}$/.test(text)) return readTime(Number(text), zone)
  for (const parse of [parseCompact, parseVietnamese, (one: string) => parseIso(one, zone, false)]) {
    const parsed = parse(text, zone)
    if (parsed) return parsed.at
  }
  return null
}

/** Granularity in ms of a moment written like `example`. */
export function granularityOf(example: unknown): number {
  if (typeof example === 'number') return example > 1e11 ? 1 : 1000
  const text = String(example)
  if (/^\d{13}$/.test(text) || /[:.]\d{2}\.\d/.test(text)) return 1
  if (/^\d{14}$|^\d{10}$|:\d{2}:\d{2}/.test(text)) return 1000
  return /:\d{2}/.test(text) ? 60_000 : 86_400_000
}

/** Writes moments as `example` is written; null where its form is not known. */
export function writerLike(example: unknown, zone: string): Write | null {
  if (typeof example === 'number') return example > 1e11 ? (at) => at : (at) => Math.floor(at / 1000)
  if (typeof example !== 'string') return null
  const text = example.trim()
  if (/^\d{13}$/.test(text)) return (at) => String(at)
  if (/^\d{10}$/.test(text)) return (at) => String(Math.floor(at / 1000))
  if (/^\d{8}(\d{6})?$/.test(text)) return (at) => digits(at, zone).slice(0, text.length)
  if (/^\d{1,2}\/\d{1,2}\/\d{4}/.test(text)) return (at) => vietnamese(at, zone, text)
  if (/^\d{4}-\d{2}-\d{2}/.test(text)) return (at) => iso(at, zone, text)
  return null
}

const digits = (at: number, zone: string) =>
  local(at, zone).toPlainDateTime().toString({ smallestUnit: 'second' }).replace(/\D/g, '')

function vietnamese(at: number, zone: string, like: string): string {
  const { day, month, year, hour, minute, second } = local(at, zone)
  const date = `${two(day)}/${two(month)}/${year}`
  const [, , seconds] = like.split(':')
  if (!like.includes(':')) return date
  return `${date} ${two(hour)}:${two(minute)}${seconds === undefined ? '' : `:${two(second)}`}`
}

/** `Z` behind it is kept with local time before it only where `falseZ` says so; see `falseZ` below. */
function iso(at: number, zone: string, like: string): string {
  const [, offset = ''] = /(Z|[+-]\d{2}:?\d{2})$/.exec(like.slice(10)) ?? []
  const fraction = /\.(\d+)/.exec(like)?.[1]?.length ?? 0
  const inZone = local(at, offset === 'Z' ? 'UTC' : zone)
  const text = inZone.toPlainDateTime().toString({ fractionalSecondDigits: Math.min(9, fraction) as 0 | 3 })
  const written = text.slice(0, like.replace(offset, '').length).replace('T', like[10] ?? 'T')
  const own = offset === 'Z' || offset === '' ? offset : inZone.offset
  return written + own
}
