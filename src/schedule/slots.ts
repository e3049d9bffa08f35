/**
 * When a job is due. A slot is named by its local time, `nightly@2024-12-01T01:00`: a local time that the zone repeats is one slot,
 * one that it leaves out is none.
 */
import { createTask, parse, type ScheduledTask } from 'node-cron'

export interface Slot {
  id: string
  /** epoch ms */
  at: number
}
interface Scheduled {
  id: string
  cron: string
}

/** 31 days: the longest `graceMinutes`; an older slot is not looked for. */
const DAYS_BACK = 32
/** Four years and a day: 29 February. */
const DAYS_AHEAD = 1462

/** The newest slot at or before `now`. */
export function latestSlot(job: Scheduled, zone: string, now: number): Slot | null {
  const today = localDay(now, zone)
  for (let back = 0; back <= DAYS_BACK; back++) {
    const found = slotsOfDay(job, zone, today.subtract({ days: back })).findLast((slot) => slot.at <= now)
    if (found) return found
  }
  return null
}

/** The first slot after `after`; null where none comes within four years. */
export function nextSlot(job: Scheduled, zone: string, after: number): Slot | null {
  const today = localDay(after, zone)
  for (let ahead = 0; ahead <= DAYS_AHEAD; ahead++) {
    const found = slotsOfDay(job, zone, today.add({ days: ahead })).find((slot) => slot.at > after)
    if (found) return found
  }
  return null
}

/** The slot that an instant of its minute belongs to. */
export function slotAt(job: Scheduled, zone: string, at: number): Slot {
  const minute = Math.floor(at / 60_000) * 60_000
  const local = Temporal.Instant.fromEpochMilliseconds(minute).toZonedDateTimeISO(zone).toPlainDateTime()
  return { id: `${job.id}@${local.toString({ smallestUnit: 'minute' })}`, at: minute }
}

const localDay = (at: number, zone: string) =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate()

function slotsOfDay(job: Scheduled, zone: string, day: Temporal.PlainDate): Slot[] {
  const task = taskOf(job.cron, zone)
  const { hour, minute } = parse(job.cron)
  const slots: Slot[] = []
  for (const h of hour) {
    for (const m of minute) {
      const at = day.toPlainDateTime({ hour: h, minute: m }).toZonedDateTime(zone).epochMilliseconds
      // The day fields are the library's to judge; a local time that was moved by the zone no longer matches.
      if (task.match(new Date(at))) slots.push({ id: `${job.id}@${day}T${two(h)}:${two(m)}`, at })
      else if (h === hour[0] && m === minute[0] && !mayMoveClocks(day, zone)) return [] // another day
    }
  }
  return slots
}

/** A day of another length than 24 hours: its first slot may be missing without the day being wrong. */
const mayMoveClocks = (day: Temporal.PlainDate, zone: string): boolean =>
  day.toZonedDateTime({ timeZone: zone }).hoursInDay !== 24

const two = (n: number): string => String(n).padStart(2, '0')

const tasks = new Map<string, ScheduledTask>()
/** Never started: it only answers whether an instant matches. */
function taskOf(cron: string, zone: string): ScheduledTask {
  const key = `${cron}\n${zone}`
  const task = tasks.get(key) ?? createTask(cron, () => {}, { timezone: zone })
  tasks.set(key, task)
  return task
}
