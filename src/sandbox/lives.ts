import { closeOf, LATE_IN_THE_DAY, OFFICE_DAY, toInstant, toOffice } from './office-time.ts'
import type { Random } from './random.ts'
import type { SampleDossier, SampleProcedure, SampleSupplement } from './world-types.ts'

/**
 * The life of one dossier:
 *
 *   1 submitted ─┬─ 3 refused
 *                └─ 2 received ─ 4 processing ─┬─ 5 supplement ─┬─ 4 (later due date)
 *                   (the counter starts here)  │                └─ 8 stopped: never completed
 *                                              ├─ 6 fee ─ 4
 *                                              ├─ 7 withdrawn · 8 stopped
 *                                              └─ 9 done ─ 10 returned
 */
export type Life = Pick<
  SampleDossier,
  'submittedAt' | 'receivedAt' | 'dueAt' | 'events' | 'finishedAt' | 'returnedAt' | 'refusedAt' | 'supplements'
>

export interface Beginning {
  /** epoch ms of the submission, at the counter also of the reception */
  first: number
  online: boolean
  procedure: SampleProcedure
  /** has to be received and to stay countable */
  keep: boolean
}

const REFUSED = 0.035
const LATE = 0.028
const ON_THE_DAY = 0.3
const DAY = OFFICE_DAY

interface Course {
  life: Life
  events: { at: number; status: number }[]
  supplements: SampleSupplement[]
  /** office second reached */
  now: number
  /** working day of the due date */
  dueDay: number | null
}

/** Appends a status at an office second, always later than the one before. */
function move(course: Course, office: number, status: number): number {
  course.now = Math.max(Math.floor(office), course.now + 1)
  const at = toInstant(course.now)
  course.events.push({ at, status })
  return at
}

export function makeLife(random: Random, { first, online, procedure, keep }: Beginning): Life {
  const events: { at: number; status: number }[] = []
  const supplements: SampleSupplement[] = []
  const none = { receivedAt: null, dueAt: null, finishedAt: null, returnedAt: null, refusedAt: null }
  const life: Life = { submittedAt: first, events, supplements, ...none }
  const course: Course = { life, events, supplements, now: toOffice(first), dueDay: null }
  if (online) {
    events.push({ at: first, status: 1 })
    if (!keep && random.chance(REFUSED)) {
      life.refusedAt = move(course, course.now + random.between(1_800, DAY), 3)
      return life
    }
    const patience = procedure.limitDays === 0 ? 2_400 : DAY * 0.95 // within eight office hours
    life.receivedAt = move(course, course.now + random.between(300, patience), 2)
  } else {
    life.receivedAt = first
    events.push({ at: first, status: 2 })
  }
  setDue(course, procedure)
  move(course, course.now + random.between(60, procedure.limitDays === 0 ? 600 : DAY / 2), 4)
  if (process(random, course, procedure)) finish(random, course, procedure)
  return life
}

/** Reception + limit in working days, the day of reception not counted; same-day after 15:00 is the next working day. */
function setDue(course: Course, { limitDays }: SampleProcedure): void {
  if (limitDays === null) return
  const late = limitDays === 0 && course.now % DAY > LATE_IN_THE_DAY ? 1 : 0
  course.dueDay = Math.floor(course.now / DAY) + limitDays + late
  course.life.dueAt = closeOf(course.dueDay)
}

/** What happens between processing and the end; false when the dossier ended otherwise. */
function process(random: Random, course: Course, procedure: SampleProcedure): boolean {
  const room = (procedure.limitDays ?? 8) * DAY
  const fate = random.next()
  if (fate < 0.008) {
    course.life.finishedAt = move(course, course.now + random.between(600, Math.max(1_200, room * 0.6)), 7)
    return false
  }
  if (fate < 0.011) {
    course.life.finishedAt = move(course, course.now + random.between(600, Math.max(1_200, room * 0.8)), 8)
    return false
  }
  if (room < 3 * DAY) return true
  let odds = 0.05
  while (random.chance(odds)) {
    if (!supplement(random, course, room)) return false
    odds = 0.1
  }
  if (procedure.feeVnd > 0 && room >= 5 * DAY && random.chance(0.07)) {
    move(course, course.now + random.between(3_600, DAY), 6)
    move(course, course.now + random.between(1_800, 2 * DAY), 4)
  }
  return true
}

/** Asked for once more papers: the clock stands still until they come; some never come and the dossier is stopped after 30 working days. */
function supplement(random: Random, course: Course, room: number): boolean {
  const previousDueAt = course.life.dueAt
  const requestedAt = move(course, course.now + random.between(1_800, Math.min(room * 0.4, 2 * DAY)), 5)
  if (random.chance(0.1)) {
    course.supplements.push({ requestedAt, completedAt: null, previousDueAt, newDueAt: null })
    course.life.finishedAt = move(course, course.now + 30 * DAY, 8)
    return false
  }
  const asked = Math.floor(course.now / DAY)
  const completedAt = move(course, course.now + random.between(3_600, 8 * DAY), 4)
  if (course.dueDay !== null) {
    course.dueDay += Math.floor(course.now / DAY) - asked
    course.life.dueAt = closeOf(course.dueDay)
  }
  course.supplements.push({ requestedAt, completedAt, previousDueAt, newDueAt: course.life.dueAt })
  return true
}

function finish(random: Random, course: Course, procedure: SampleProcedure): void {
  course.life.finishedAt = move(course, endOf(random, course), 9)
  if (random.chance(0.04)) return // never called for
  const wait = procedure.requiresResult ? random.between(600, 2 * DAY) : random.between(60, 1_800)
  course.life.returnedAt = move(course, course.now + wait, 10)
}

/** The office second at which the work is done: early, on the due day, or late, of which a few very late. */
function endOf(random: Random, { now, dueDay }: Course): number {
  if (dueDay === null) return now + random.between(DAY / 2, 12 * DAY)
  const opening = dueDay * DAY
  const lot = random.next()
  if (lot < LATE)
    return opening + DAY + (random.chance(0.1) ? random.between(15 * DAY, 70 * DAY) : random.between(DAY / 3, 8 * DAY))
  if (lot < LATE + ON_THE_DAY || now >= opening) return random.between(Math.max(now + 120, opening), opening + DAY - 60)
  return random.between(now + 120, opening - 1)
}

/** Status at an instant; 0 before the first event. */
export function statusAt(dossier: Pick<SampleDossier, 'events'>, at: number): number {
  let status = 0
  for (const event of dossier.events) {
    if (event.at > at) break
    status = event.status
  }
  return status
}

export const visibleAt = (dossier: Pick<SampleDossier, 'events'>, at: number): boolean =>
  (dossier.events[0]?.at ?? Infinity) <= at

/** The due date as printed at an instant: null before the reception, later after each completed supplement. */
export function dueAsOf(
  dossier: Pick<SampleDossier, 'receivedAt' | 'dueAt' | 'supplements'>,
  at: number,
): number | null {
  if (dossier.receivedAt === null || dossier.receivedAt > at) return null
  const open = dossier.supplements.find((s) => s.completedAt !== null && s.completedAt > at)
  return open ? open.previousDueAt : dossier.dueAt
}
