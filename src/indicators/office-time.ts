/** Time within office hours, by running sums: whatever lies between two instants, the answer costs two looks. */

export interface Session {
  /** epoch ms */
  from: number
  to: number
}

/** `sessionsOn`: of a day since 1970-01-01, in order, none on a day off; `dayOf`: the local day of an instant. */
export function makeOfficeTime(
  sessionsOn: (day: number) => readonly Session[],
  dayOf: (instant: number) => number,
): { workingMs(from: number, to: number): number; addWorkingMs(from: number, ms: number): number } {
  // From the first day that is asked about on, forwards and backwards as far as anybody asks.
  let base: number | undefined
  const ahead: number[] = [0]
  const behind: number[] = [0]
  const lengthOf = (day: number) => sessionsOn(day).reduce((sum, { from, to }) => sum + to - from, 0)
  /** office time from `base` to before the day; less than 0 where the day lies before it */
  const before = (day: number): number => {
    base ??= day
    const n = day - base
    const known = n < 0 ? behind[-n] : ahead[n]
    if (known !== undefined) return known
    const [sums, step] = n < 0 ? [behind, -1] : [ahead, 1]
    for (let i = sums.length; i <= Math.abs(n); i++)
      sums[i] = (sums[i - 1] ?? 0) + step * lengthOf(step > 0 ? base + i - 1 : base - i)
    return sums[Math.abs(n)] ?? 0
  }
  /** office time from `base` to an instant */
  const passed = (instant: number): number => {
    const day = dayOf(instant)
    let sum = before(day)
    for (const { from, to } of sessionsOn(day)) if (instant > from) sum += Math.min(instant, to) - from
    return sum
  }
  return {
    workingMs: (from, to) => (to <= from ? 0 : passed(to) - passed(from)),
    addWorkingMs(from, ms) {
      let left = ms
      for (let day = dayOf(from), start = from; ; day++) {
        for (const session of sessionsOn(day)) {
          const begin = Math.max(start, session.from)
          if (begin > session.to || (begin === session.to && left > 0)) continue
          if (begin + left <= session.to) return begin + left
          left -= session.to - begin
          start = session.to
        }
      }
    },
  }
}
