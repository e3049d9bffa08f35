/** Local calendar days of instants, in the deployment's zone. Hot: asked several times per landed dossier. */

const DAY_MS = 86_400_000
const EPOCH = Temporal.PlainDate.from('1970-01-01')

export interface LocalDays {
  readonly zone: string
  /** epoch ms → 'YYYY-MM-DD' */
  dayOf(at: number): string
  /** epoch ms → days since 1970-01-01 */
  indexOf(at: number): number
  /** first instant of a local day, epoch ms */
  startOf(day: string): number
}
interface Day {
  index: number
  text: string
  start: number
  /** first instant of the next */
  end: number
}

const made = new Map<string, LocalDays>()

/** Cached by day: dossiers of many years lie on few days. */
export function localDays(zone: string): LocalDays {
  const known = made.get(zone)
  if (known) return known
  const startOf = (date: Temporal.PlainDate) => date.toZonedDateTime({ timeZone: zone }).epochMilliseconds
  const byIndex = new Map<number, Day>()
  const starts = new Map<string, number>()
  const dayAt = (index: number): Day => {
    let day = byIndex.get(index)
    if (day === undefined) {
      const date = EPOCH.add({ days: index })
      day = { index, text: date.toString(), start: startOf(date), end: startOf(date.add({ days: 1 })) }
      // 270 years of days; a runaway range starts over rather than growing for ever.
      if (byIndex.size > 100_000) byIndex.clear()
      byIndex.set(index, day)
    }
    return day
  }
  // How far the zone is ahead of UTC: a first guess, that a change of clocks makes wrong by a day at most.
  const ahead = -startOf(EPOCH)
  let last = dayAt(0)
  const find = (at: number): Day => {
    // One instant is often asked about several times in a row.
    if (at >= last.start && at < last.end) return last
    let day = dayAt(Math.floor((at + ahead) / DAY_MS))
    while (at < day.start) day = dayAt(day.index - 1)
    while (at >= day.end) day = dayAt(day.index + 1)
    last = day
    return day
  }
  const days: LocalDays = {
    zone,
    dayOf: (at) => find(at).text,
    indexOf: (at) => find(at).index,
    startOf(day) {
      let start = starts.get(day)
      if (start === undefined) {
        start = startOf(Temporal.PlainDate.from(day))
        if (starts.size > 100_000) starts.clear()
        starts.set(day, start)
      }
      return start
    },
  }
  made.set(zone, days)
  return days
}
