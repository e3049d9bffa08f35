/** Local calendar days of instants, in the deployment's zone. Hot: asked several times per landed dossier. */

export interface LocalDays {
  readonly zone: string
  /** epoch ms → 'YYYY-MM-DD' */
  dayOf(at: number): string
  /** first instant of a local day, epoch ms */
  startOf(day: string): number
}

const made = new Map<string, LocalDays>()

/** Cached by quarter hour, the finest step in which the world's zones differ. */
export function localDays(zone: string): LocalDays {
  const known = made.get(zone)
  if (known) return known
  const cache = new Map<number, string>()
  const starts = new Map<string, number>()
  const days: LocalDays = {
    zone,
    dayOf(at) {
      const quarter = Math.floor(at / 900_000)
      let day = cache.get(quarter)
      if (day === undefined) {
        day = Temporal.Instant.fromEpochMilliseconds(quarter * 900_000)
          .toZonedDateTimeISO(zone)
          .toPlainDate()
          .toString()
        // About 29 years of quarter hours; a runaway range starts over rather than growing for ever.
        if (cache.size > 1_000_000) cache.clear()
        cache.set(quarter, day)
      }
      return day
    },
    startOf(day) {
      let start = starts.get(day)
      if (start === undefined) {
        start = Temporal.PlainDate.from(day).toZonedDateTime({ timeZone: zone }).epochMilliseconds
        if (starts.size > 100_000) starts.clear()
        starts.set(day, start)
      }
      return start
    },
  }
  made.set(zone, days)
  return days
}
