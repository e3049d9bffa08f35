/** What a canonical record that is no dossier must hold beyond its schema: nothing of 2099, nothing answered before it was asked, a real period. */
import type { Entity } from '../connect/connector.ts'
import type { Instant } from '../connect/converters.ts'
import { parsePeriod } from '../indicators/periods.ts'
import type { Failure } from './validate.ts'

type Fields = Readonly<Record<string, unknown>>

/** Moments that have happened: one of 2099 would count in a month that nobody looks at. */
const PAST: Readonly<Partial<Record<Entity, readonly string[]>>> = {
  feedback: ['rated'],
  publication: ['decided', 'published'],
  petition: ['received', 'outcomeAt', 'published'],
  statement: ['signed'],
  'official-score': ['stated'],
}
const DAY = 86_400_000

/** Failures with canonical paths; `now`: epoch ms. */
export function checkObject(entity: Entity, object: Fields, now: number): Failure[] {
  const found: Failure[] = []
  const say = (field: string, rule: string, expected: string) =>
    found.push({ path: `/${field}`, rule, expected, value: null })
  const at = (field: string) => (object[field] as Instant | null | undefined)?.at
  for (const field of PAST[entity] ?? [])
    if ((at(field) ?? now) > now + DAY) say(field, 'future-date', 'a date not after tomorrow')
  if (entity === 'petition') {
    if (object.outcome != null && at('outcomeAt') === undefined) say('outcomeAt', 'required', 'the day of its outcome')
    // a day is its first instant: what was answered on the day it came is not before it
    if ((at('outcomeAt') ?? now) + DAY <= (at('received') ?? 0)) say('outcomeAt', 'date-order', 'not before it came')
  }
  if ('period' in object && !isPeriod(String(object.period)))
    say('period', 'period', 'a period such as 2024-11 or 2024-Q4')
  return found
}

function isPeriod(text: string): boolean {
  try {
    return parsePeriod(text).text === text
  } catch {
    return false
  }
}

/** What a content hash covers: when a score was seen is not what it says, else each night would bring another version of all of them. */
export function contentOf(entity: Entity, object: Fields): Fields {
  if (entity !== 'official-score') return object
  const { stated: _, ...content } = object
  return content
}
