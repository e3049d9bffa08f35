/** Local calendar days of instants, in the deployment's zone. Hot: asked several times per landed dossier. */

const DAY_MS = 86_400_000
const EPOCH = Temporal.PlainDate.from('1970-01-01')
/** 1970 to 2079; a day before or after is made anew each time */
const KEPT_DAYS = 40_000

export interface LocalDays {
  readonly zone: string
  /** epoch ms → 'YYYY-MM-DD' */
  dayOf(at: number): string
  /** epoch ms → days since 1970-01-01 */
  indexOf(at: number): number
  /** first instant of a local day, epoch ms */
  startOf(day: string): number
  /** first instant of the local day after that of an instant, epoch ms */
  endOf(at: number): number
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
  const before = made.get(zone)
  if (before) return before
  const startOf = (date: Temporal.PlainDate) => date.toZonedDateTime({ timeZone: zone }).epochMilliseconds
  const known = new Array<Day | undefined>(KEPT_DAYS)
  const starts = new Map<string, number>()
  const dayAt = (index: number): Day => {
    const kept = known[index]
    if (kept !== undefined) return kept
    const date = EPOCH.add({ days: index })
    const day = { index, text: date.toString(), start: startOf(date), end: startOf(date.add({ days: 1 })) }
    if (index >= 0 && index < KEPT_DAYS) known[index] = day
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
    endOf: (at) => find(at).end,
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
