/**
 * By date received, in half-open windows of whole days, for systems that answer nothing else. Later changes of what has not ended
 * would never be seen: so the windows in which something has not ended are read again first (or each is asked for by its id).
 *
 *   [start … watermark − lookback) only where something has not ended ─► [watermark − lookback … today] ─► by id
 */
import type { Completeness, Page, ReadContext, Resume } from './connector.ts'
import { eachPage } from './rest-cursor.ts'
import type { Windows } from './rest-declaration.ts'
import { type Asking, joined, placed } from './rest-request.ts'

type Day = Temporal.PlainDate
interface Window {
  from: Day
  /** exclusive */
  until: Day
}
/** Reads one part of the source, from its own resume point on; `name` tells the part from others. */
export type ReadPart = (asking: Asking, resume: Resume | null, name: string) => AsyncGenerator<Page, Completeness>

/** Watermark and `upTo`: the day (`yyyy-MM-dd`) on which the read began. */
export interface WindowsRead {
  /** first day of the windows that are read whole; what was received before it is asked for otherwise */
  oldest: Day
  pages: AsyncGenerator<Page, Completeness>
}

export function readWindows<Config>(
  windows: Windows<Config>,
  context: ReadContext<Config>,
  again: boolean,
  readPart: ReadPart,
): WindowsRead {
  const { zone } = windows
  const resume = resumeOf(context.resume)
  const today = Temporal.Instant.fromEpochMilliseconds(context.now).toZonedDateTimeISO(zone).toPlainDate()
  const oldest = resume?.oldest ?? oldestDay(windows, context)
  // a resumed read keeps its day: what came in since then is the next read's
  const upTo = resume?.upTo ?? today
  return { oldest, pages: pages() }

  async function* pages(): AsyncGenerator<Page, Completeness> {
    const state = { oldest: oldest.toString(), upTo: upTo.toString() }
    let by: By = 'snapshot'
    for await (const window of allWindows()) {
      if (resume && !isBefore(resume.from, window.until)) continue
      const here = window.from.toString()
      const inner = resume?.from?.toString() === here ? resume.inner : null
      const end = yield* eachPage(readPart(askingOf(windows, window), inner, `${here}/${window.until}`), (page) => ({
        ...page,
        resume: { ...state, from: here, inner: page.resume },
      }))
      if (end.enumerated === 'incomplete') return { ...end, why: `window ${window.from}: ${end.why}` }
      by = weaker(by, end.by)
    }
    return { enumerated: 'window', by, upTo: upTo.toString() }
  }

  /** In the order of time, so that a day is enough to say how far we are. */
  async function* allWindows(): AsyncGenerator<Window> {
    if (again) yield* windowsOf(context, windows, oldest)
    const end = today.add({ days: 1 })
    for (let from = oldest; isBefore(from, end); ) {
      const until = earlierOf(from.add({ days: windows.days }), end)
      yield { from, until }
      from = until
    }
  }
}

const isBefore = (a: Day, b: Day) => Temporal.PlainDate.compare(a, b) < 0
const earlierOf = (a: Day, b: Day): Day => (isBefore(a, b) ? a : b)

type By = Exclude<Completeness, { enumerated: 'incomplete' }>['by']
const STRENGTH: readonly By[] = ['number', 'offset', 'token', 'keyset', 'snapshot']
/** What a whole of several parts proves is what its weakest part does. */
export const weaker = (a: By, b: By): By => (STRENGTH.indexOf(a) < STRENGTH.indexOf(b) ? a : b)

/** Windows before `oldest` that hold something which has not ended; what quarantine waits for comes last, and in no order of time. */
async function* windowsOf<Config>(
  { unfinished }: ReadContext<Config>,
  { zone, days }: Windows<Config>,
  oldest: Day,
): AsyncGenerator<Window> {
  const held = new Set<string>()
  for await (const { received } of unfinished()) {
    const day = Temporal.Instant.fromEpochMilliseconds(received).toZonedDateTimeISO(zone).toPlainDate()
    if (isBefore(day, oldest)) held.add(day.toString())
  }
  let reached: Day | null = null
  for (const day of [...held].map((text) => Temporal.PlainDate.from(text)).sort(Temporal.PlainDate.compare)) {
    if (reached && isBefore(day, reached)) continue
    reached = earlierOf(day.add({ days }), oldest)
    yield { from: day, until: reached }
  }
}

function oldestDay<Config>(windows: Windows<Config>, { watermark, full, config }: ReadContext<Config>): Day {
  const start = Temporal.PlainDate.from(windows.start(config))
  if (watermark === null || full) return start
  // our own watermark is a day; `sync --since` may give an instant
  const day =
    watermark.length > 10
      ? Temporal.Instant.from(watermark).toZonedDateTimeISO(windows.zone).toPlainDate()
      : Temporal.PlainDate.from(watermark)
  return day.subtract({ days: windows.lookback })
}

/**
 * A window as the server takes it, so that no moment lies between two. Where the server compares moments and includes the end, the
 * first moment of the next window comes twice; a second earlier would lose what was received at 23:59:59.412.
 */
function askingOf<Config>(windows: Windows<Config>, { from, until }: Window): Asking {
  const { zone, unit, write } = windows
  const at = (day: Day) => day.toZonedDateTime(zone).epochMilliseconds
  const first =
    unit === 'day'
      ? at(windows.from.included ? from : from.subtract({ days: 1 }))
      : at(from) - (windows.from.included ? 0 : 1000)
  const last = unit === 'day' && windows.until.included ? at(until.subtract({ days: 1 })) : at(until)
  return joined(
    placed(windows.in, { [windows.from.parameter]: write(first, zone) }),
    placed(windows.in, { [windows.until.parameter]: write(last, zone) }),
  )
}

function resumeOf(resume: Resume | null): { oldest: Day; upTo: Day; from: Day; inner: Resume | null } | null {
  const { oldest, upTo, from, inner } = resume ?? {}
  if (typeof oldest !== 'string' || typeof upTo !== 'string' || typeof from !== 'string') return null
  return {
    oldest: Temporal.PlainDate.from(oldest),
    upTo: Temporal.PlainDate.from(upTo),
    from: Temporal.PlainDate.from(from),
    inner: typeof inner === 'object' ? (inner as Resume | null) : null,
  }
}
