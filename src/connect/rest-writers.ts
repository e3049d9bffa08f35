/** How servers want a time in a parameter. */
import type { Writer } from './rest-declaration.ts'

const local = (at: number, zone: string) =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDateTime()

/** `yyyyMMddHHmmss` in `zone` */
export const compactTime: Writer = (at, zone) =>
  local(at, zone).toString({ smallestUnit: 'second', roundingMode: 'floor' }).replace(/\D/g, '')
/** `yyyy-MM-ddTHH:mm:ss` in `zone`, without an offset */
export const isoTime: Writer = (at, zone) => local(at, zone).toString({ smallestUnit: 'second', roundingMode: 'floor' })
/** `yyyy-MM-ddTHH:mm:ssZ` in UTC, whatever `zone` */
export const utcTime: Writer = (at) =>
  Temporal.Instant.fromEpochMilliseconds(at).toString({ smallestUnit: 'second', roundingMode: 'floor' })
/** `yyyy-MM-dd` in `zone` */
export const isoDay: Writer = (at, zone) => local(at, zone).toPlainDate().toString()
/** `dd/MM/yyyy` in `zone` */
export const vietnameseDay: Writer = (at, zone) => isoDay(at, zone).split('-').reverse().join('/')
/** seconds since 1970 */
export const epochSeconds: Writer = (at) => String(Math.floor(at / 1000))
