/** What an import would move, told before anything is written: agencies, what is counted at them, names, authorities. */
import type { SourceConfig } from '../config.ts'
import { agencyNames } from '../connect/names.ts'
import { localDays } from '../indicators/local-day.ts'
import { parsePeriod, startOfDay } from '../indicators/periods.ts'
import { INPUTS, inputsInOrder } from '../warehouse/inputs.ts'
import type { Reader } from '../warehouse/open.ts'
import type { AgencyTable } from '../warehouse/tables.ts'
import { changing, inputVersionFor, versionFor } from './reassign.ts'
import { type AgencyFileRow, firstChange, type ReferenceState } from './reference-state.ts'

interface Named {
  key: string
  name: string
}
export interface Ended extends Named {
  on: string
  successors: Named[]
  /** dossiers open now, and received on or after its end */
  open: number
  received: number
  /** held figures of periods that end on or after it: they go to the one successor */
  figures: number
}
export interface Preview {
  founded: Named[]
  /** one successor: what it left is counted there from then on */
  merged: Ended[]
  renamed: { from: Named; to: Named; open: number; received: number; figures: number }[]
  /** no one successor: which of them a dossier went to cannot be told; `dossiers`: all that it ever had */
  undetermined: (Ended & { dossiers: number })[]
  /** a code that means another unit than before */
  reused: { before: Named; after: Named }[]
  /** the same version, told otherwise: parent, identifier, spelling */
  corrected: Named[]
  /** what came since and is assigned to another version; `inputs`: petitions, announced procedures, statements and scores */
  moves: { from: Named; to: Named; dossiers: number; inputs: number }[]
  /** names that meant an agency on the day before the change, and none after it */
  unresolved: string[]
  /** sources that are fed by, or decide for, an agency that is no more */
  authorities: { source: string; agency: string }[]
  days: { date: string; before: string | null; after: string }[]
  aliases: { name: string; agency: string; isNew: boolean }[]
}

export async function previewImport(
  db: Reader,
  before: ReferenceState,
  after: ReferenceState,
  { zone, sources }: { zone: string; sources: readonly SourceConfig[] },
): Promise<Preview> {
  const known = new Map(before.agencies.map((one) => [one.key, one]))
  const next = new Map(after.agencies.map((one) => [one.key, one]))
  const named = (key: string): Named => ({ key, name: next.get(key)?.name ?? known.get(key)?.name ?? key })
  const ending = after.agencies.filter((one) => one.validTo !== null && isOtherEnd(known.get(one.key), one))
  const counts = await countAt(db, ending, zone)
  const ended = ending.map((one): Ended & { dossiers: number } => ({
    ...{ key: one.key, name: one.name, on: one.validTo ?? '' },
    successors: one.successors.map(named),
    ...(counts.get(one.key) ?? NONE),
  }))
  const isRename = ({ key, successors: [only, other] }: Ended) =>
    only !== undefined &&
    !other &&
    codeOf(only.key) === codeOf(key) &&
    !known.has(only.key) &&
    only.name !== next.get(key)?.name &&
    after.agencies.filter(({ successors }) => successors.includes(only.key)).length === 1
  const begun = after.agencies.filter(({ key }) => !known.has(key))
  const without = ({ dossiers: _, ...one }: Ended & { dossiers: number }): Ended => one
  return {
    founded: begun.map(({ key }) => named(key)),
    merged: ended.filter((one) => one.successors.length === 1 && !isRename(one)).map(without),
    renamed: ended.filter(isRename).map(({ key, successors: [to], open, received, figures }) => ({
      ...{ from: named(key), to: to ?? named(key), open, received, figures },
    })),
    undetermined: ended.filter(({ successors }) => successors.length !== 1),
    reused: begun.flatMap((one) => {
      const earlier = after.agencies.find((other) => other.code === one.code && other.validTo === one.validFrom)
      const same = earlier?.successors.length === 1 && earlier.successors[0] === one.key && earlier.name === one.name
      return earlier && !same && earlier.name !== one.name
        ? [{ before: named(earlier.key), after: named(one.key) }]
        : []
    }),
    corrected: after.agencies.filter((one) => isCorrected(known.get(one.key), one)).map(({ key }) => named(key)),
    moves: await movesOf(db, before, after, zone, named),
    unresolved: unresolved(before, after),
    authorities: authoritiesOf(before, after, sources),
    days: daysOf(before, after),
    aliases: aliasesOf(before, after),
  }
}

const NONE = { open: 0, received: 0, figures: 0, dossiers: 0 }
const codeOf = (key: string) => key.slice(0, key.indexOf('@'))
const isOtherEnd = (was: AgencyFileRow | undefined, is: AgencyFileRow) =>
  !was || was.validTo !== is.validTo || was.successors.join() !== is.successors.join()
const isCorrected = (was: AgencyFileRow | undefined, is: AgencyFileRow) =>
  was !== undefined && (was.name !== is.name || was.parent !== is.parent || was.identifier !== is.identifier)
const holds = ({ validFrom, validTo }: { validFrom: string; validTo: string | null }, day: string) =>
  validFrom <= day && (validTo === null || day < validTo)

async function countAt(db: Reader, ending: readonly AgencyFileRow[], zone: string) {
  const found = new Map<string, typeof NONE>()
  for (const [on, group] of Map.groupBy(ending, ({ validTo }) => validTo ?? '')) {
    const keys = group.map(({ key }) => key)
    const start = startOfDay(on, zone)
    const rows = await db
      .selectFrom('dossier')
      .select(({ fn, eb }) => [
        'resolving',
        fn.countAll<number>().as('dossiers'),
        fn.sum<number>(eb.case().when('ended_at', 'is', null).then(1).else(0).end()).as('open'),
        fn.sum<number>(eb.case().when('received_at', '>=', start).then(1).else(0).end()).as('received'),
      ])
      .where('counted', '=', 1)
      .where('deleted', '=', 0)
      .where('resolving', 'in', keys)
      .groupBy('resolving')
      .execute()
    const figures = await db
      .selectFrom('indicator_value')
      .select(({ fn }) => ['agency', 'period', fn.countAll<number>().as('n')])
      .where('current', '=', 1)
      .where('agency', 'in', keys)
      .groupBy(['agency', 'period'])
      .execute()
    for (const { agency, period, n } of figures) {
      const own = found.get(agency) ?? { ...NONE }
      if (parsePeriod(period).lastDay >= on) own.figures += Number(n)
      found.set(agency, own)
    }
    for (const { resolving, dossiers, open, received } of rows)
      found.set(resolving, {
        ...(found.get(resolving) ?? NONE),
        ...{ dossiers: Number(dossiers), open: Number(open), received: Number(received) },
      })
  }
  return found
}

/** Between two days on which anything begins or ends, a version means one other for all dossiers received. */
async function movesOf(
  db: Reader,
  before: ReferenceState,
  after: ReferenceState,
  zone: string,
  named: (key: string) => Named,
): Promise<Preview['moves']> {
  const known = new Map(before.agencies.map((one) => [one.key, one]))
  const touched = after.agencies.filter((one) => !known.has(one.key) || isOtherEnd(known.get(one.key), one))
  const days = [
    ...new Set(touched.flatMap(({ validFrom, validTo }) => [validFrom, ...(validTo === null ? [] : [validTo])])),
  ].sort()
  const rows = new Map(after.agencies.map((one) => [one.key, tableRow(one)]))
  const byRef = Map.groupBy(
    after.agencies.flatMap((one) => [
      { ref: `code:${one.code}`, one },
      ...(one.identifier === null ? [] : [{ ref: `identifier:${one.identifier}`, one }]),
    ]),
    ({ ref }) => ref,
  )
  const resolve = (ref: string, _: string, day: string) => byRef.get(ref)?.find(({ one }) => holds(one, day))?.one.key
  const found = new Map<string, Preview['moves'][number]>()
  const add = (from: string, to: string, dossiers: number, inputs: number) => {
    if (to === from) return
    const one = found.get(`${from} ${to}`) ?? { from: named(from), to: named(to), dossiers: 0, inputs: 0 }
    found.set(`${from} ${to}`, { ...one, dossiers: one.dossiers + dossiers, inputs: one.inputs + inputs })
  }
  for (const [i, day] of days.entries()) {
    const keys = changing(rows.values(), day)
    const until = days[i + 1]
    let query = db
      .selectFrom('dossier')
      .select(({ fn }) => ['resolving', fn.countAll<number>().as('n')])
      .where('counted', '=', 1)
      .where('deleted', '=', 0)
      .where('received_at', '>=', startOfDay(day, zone))
      .where('resolving', 'in', keys)
      .groupBy('resolving')
    if (until !== undefined) query = query.where('received_at', '<', startOfDay(until, zone))
    for (const { resolving, n } of keys.length === 0 ? [] : await query.execute())
      add(resolving, versionFor({ agencies: rows, resolve }, resolving, day), Number(n), 0)
  }
  const first = firstChange(before.agencies, after.agencies)
  for (const name of first === undefined ? [] : INPUTS) {
    for await (const inputs of inputsInOrder(db, name))
      for (const row of inputs)
        if (row.deleted === 0)
          add(row.agency, inputVersionFor({ agencies: rows, resolve }, row, localDays(zone), first ?? ''), 0, 1)
  }
  return [...found.values()].sort((a, b) => b.dossiers - a.dossiers || b.inputs - a.inputs)
}

const tableRow = (one: AgencyFileRow): AgencyTable => ({
  ...{ key: one.key, code: one.code, code_system: one.codeSystem, identifier: one.identifier, kind: one.kind },
  ...{ name: one.name, parent: one.parent, valid_from: one.validFrom, valid_to: one.validTo },
  ...{ successors: JSON.stringify(one.successors), known_from: 0, known_to: null },
})

/** On the newest day on which anything changes. */
function unresolved(before: ReferenceState, after: ReferenceState): string[] {
  const day = after.agencies
    .filter((one) => !before.agencies.some((was) => was.key === one.key && !isOtherEnd(was, one)))
    .map(({ validFrom, validTo }) => validTo ?? validFrom)
    .reduce((a, b) => (a > b ? a : b), '')
  if (day === '') return []
  const meant = ({ agencies, aliases }: ReferenceState) => {
    const codes = new Set(agencies.filter((one) => holds(one, day)).map(({ code }) => code))
    return new Set(
      agencyNames(agencies, aliases)
        .filter((one) => holds(one, day) && codes.has(one.agency))
        .map(({ nameKey }) => nameKey),
    )
  }
  const left = meant(after)
  return [...meant(before)].filter((name) => !left.has(name)).sort()
}

function authoritiesOf(before: ReferenceState, after: ReferenceState, sources: readonly SourceConfig[]) {
  const living = ({ agencies }: ReferenceState, name: string) =>
    agencies.some((one) => one.validTo === null && (one.code === name || one.identifier === name || one.key === name))
  return sources.flatMap((source) => {
    const names = [source.agency ?? [], ...source.authority.map(({ agency }) => agency ?? [])].flat()
    return [...new Set(names)]
      .filter((name) => living(before, name) && !living(after, name))
      .map((agency) => ({ source: source.id, agency }))
  })
}

function daysOf(before: ReferenceState, after: ReferenceState): Preview['days'] {
  const known = new Map(before.calendar.days.map((day) => [day.date, day]))
  return after.calendar.days
    .filter((day) => known.get(day.date)?.kind !== day.kind || known.get(day.date)?.name !== day.name)
    .map(({ date, kind }) => ({ date, before: known.get(date)?.kind ?? null, after: kind }))
}

function aliasesOf(before: ReferenceState, after: ReferenceState): Preview['aliases'] {
  const texts = new Set(before.aliases.map((one) => JSON.stringify(one)))
  const names = new Set(before.aliases.map(({ name }) => name))
  return after.aliases
    .filter((one) => !texts.has(JSON.stringify(one)))
    .map(({ name, agency }) => ({ name, agency, isNew: !names.has(name) }))
}
