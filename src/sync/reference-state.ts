/**
 * Reference data as it is to be: the files of `data/reference`, and over them every import in the order in which it was made. An import
 * is kept as what its rows said (table `rule`, kind `basis:<kind>`, with the decision it rests on), not as what they led to: files that
 * change later bring what they bring, and the imports are made again over them, so that no file undoes a decision.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CHECKOUT } from '../config.ts'
import { invalid, readJsonFile } from '../config-check.ts'
import type { NameAlias, NamedAgency } from '../connect/names.ts'
import { ON_TIME } from '../indicators/qd766/on-time.ts'
import { checkRules } from '../indicators/qd766/rules.ts'
import type { CalendarFile } from '../schemas.generated.ts'
import type { Reader } from '../warehouse/open.ts'
import { findReference, readReference } from './agency-names.ts'
import { type CalendarDay, checkCalendar, daysFault } from './calendar-file.ts'
import { applyAgencies } from './import-apply.ts'
import type { ImportKind } from './import-file.ts'
import { type AgencyLine, invalidCell } from './import-lines.ts'
import { checkInputDays } from './input-days.ts'

export interface AgencyFileRow extends NamedAgency {
  codeSystem: string
  identifier: string | null
  successors: readonly string[]
}
export type CalendarLine = CalendarDay & { row: number }

export interface ReferenceState {
  agencies: readonly AgencyFileRow[]
  aliases: readonly NameAlias[]
  calendar: CalendarFile
  /** scoring rules of QĐ 766, as checkRules leaves them */
  rules: ReturnType<typeof checkRules>
  /** of everything: installed where it is the same */
  digest: string
}

interface Made {
  file: string
  /** the day from which it holds */
  from: string
  /** số quyết định */
  basis: string
  by: string
}
export type Import = Made &
  (
    | { kind: 'agencies'; lines: readonly AgencyLine[] }
    | { kind: 'calendar'; lines: readonly CalendarLine[] }
    | { kind: 'aliases'; lines: readonly NameAlias[] }
  )

export const basisKind = (kind: ImportKind) => `basis:${kind}`
const FILES = ['agencies.json', 'aliases.json', 'calendar.json', 'qd766.json'] as const

export async function listImports(db: Reader): Promise<Import[]> {
  const rows = await db
    .selectFrom('rule')
    .select('data')
    .where('kind', 'like', basisKind('%' as ImportKind))
    .where('known_to', 'is', null)
    .orderBy('known_from')
    .execute()
  return rows.map(({ data }) => JSON.parse(data) as Import)
}

/** Of the files, of the imports, and of what both are held to by this program: what has been installed by the same was checked by the same. */
export const referenceDigest = (homes: readonly string[], imports: readonly Import[]): string =>
  digestOf(textsOf(homes), imports)
const textsOf = (homes: readonly string[]) => FILES.map((file) => readReference(homes, file))
const digestOf = (texts: readonly string[], imports: readonly Import[]): string =>
  createHash('sha256')
    .update([...texts, ...heldTo(), ...imports.map((one) => JSON.stringify(one))].join('\0'))
    .digest('hex')

/** Raised with each change of a check here, in calendar-file.ts, input-days.ts, import-apply.ts or qd766/rules.ts: what passed the older ones is looked at again. */
const CHECKS = 1
const heldTo = (): string[] => [
  `${CHECKS} ${JSON.stringify(COUNTED_BY)}`,
  ...['calendar', 'qd766'].map((name) =>
    readFileSync(join(CHECKOUT, 'schemas', 'config', `${name}.schema.json`), 'utf8'),
  ),
]

/** Throws CONFIG_INVALID where a file is wrong, REFERENCE_INVALID where an import no longer fits what the files say. */
export function referenceState(homes: readonly string[], imports: readonly Import[]): ReferenceState {
  const texts = textsOf(homes)
  const [agencies, aliases] = texts.map((text) => JSON.parse(text)) as [
    { agencies: AgencyFileRow[] },
    { aliases: NameAlias[] },
  ]
  const checked = <T>(name: (typeof FILES)[number], check: (value: unknown, file: string) => T): T => {
    const file = findReference(homes, name)
    return check(readJsonFile(file, file), file)
  }
  const state: ReferenceState = {
    agencies: agencies.agencies,
    aliases: aliases.aliases,
    calendar: checked('calendar.json', checkCalendar),
    rules: checked('qd766.json', (value, file) => {
      const rules = checkRules(value, file)
      checkInputDays(rules, file)
      checkReadings(rules, file)
      return rules
    }),
    digest: digestOf(texts, imports),
  }
  return imports.reduce(withImport, state)
}

/** Readings by which records are counted, not only scored: another one is another measure, or another figure. */
const COUNTED_BY = { ...ON_TIME, paymentDenominator: 'dossiers' } as const

/** Throws CONFIG_INVALID for a reading that nothing counts by. */
function checkReadings({ sets }: ReferenceState['rules'], file: string): void {
  for (const [i, { options }] of sets.entries())
    for (const [name, counted] of Object.entries(COUNTED_BY)) {
      const { chosen } = options[name as keyof typeof COUNTED_BY]
      if (chosen === counted) continue
      throw invalid(
        file,
        `sets[${i}].options.${name}.chosen`,
        `must be "${counted}": dossiers are counted by that reading`,
      )
    }
}

function withImport(state: ReferenceState, made: Import): ReferenceState {
  switch (made.kind) {
    case 'agencies':
      return { ...state, agencies: applyAgencies(state.agencies, made.lines, made) }
    case 'calendar': {
      const lines = made.lines.map(({ row: _, ...day }) => day)
      const days = new Map([...state.calendar.days, ...lines].map((day) => [day.date, day]))
      const calendar = { ...state.calendar, days: [...days.values()] }
      const fault = daysFault(calendar)
      if (!fault) return { ...state, calendar }
      const line = made.lines.find(({ date }) => date === fault.date) ?? made.lines[0]
      throw invalidCell(made.file, line?.row ?? 1, 'kind', `${fault.date}: ${fault.problem}`)
    }
    case 'aliases': {
      const keyOf = ({ name, within, validFrom }: NameAlias) => `${name}|${within ?? ''}|${validFrom}`
      const all = new Map([...state.aliases, ...made.lines].map((alias) => [keyOf(alias), alias]))
      return { ...state, aliases: [...all.values()] }
    }
  }
}

type Course = Pick<AgencyFileRow, 'key' | 'validFrom' | 'validTo' | 'successors'>
/** The first day on which an agency begins or ends otherwise than was known; undefined: none does. */
export function firstChange(before: readonly Course[], after: readonly Course[]): string | undefined {
  const known = new Map(before.map((one) => [one.key, one]))
  const days = after.flatMap((next) => {
    const was = known.get(next.key)
    if (!was) return [next.validFrom]
    if (was.validTo === next.validTo && was.successors.join() === next.successors.join()) return []
    return [was.validTo ?? next.validTo, next.validTo].filter((day) => day !== null)
  })
  return days.sort()[0]
}
