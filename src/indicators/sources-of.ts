/** Which sources a figure rests on, and what that says about its value. */
import { findMeta, newestLanding, saveMeta } from '../warehouse/landing.ts'
import type { Reader, Trx } from '../warehouse/open.ts'
import type { FeedField } from '../warehouse/tables.ts'
import type { AgencyVersion, Basis } from './basis.ts'
import type { Indicator, ValueState } from './catalogue/indicator.ts'
import { needsOf, type Parts } from './figures.ts'

export interface SourceState {
  /** epoch ms up to which it was read completely; null: never */
  asOf: number | null
  state: string
  /** epoch ms, real time */
  freshUntil: number
}
export interface SourceOfFigure {
  source: string
  asOf: number | null
  state: string
}
/** The sources of a figure, shared by all figures that rest on the same ones. */
export interface Rests {
  /** all of them, retired ones included */
  names: readonly string[]
  sources: readonly SourceOfFigure[]
  json: string
  /** what a new revision is decided by: source and state, without times */
  states: string
  /** every input has a source that was once read completely */
  fed: boolean
  /** and so were all that it rests on: a sum over some of them would look like all of them */
  whole: boolean
  held: boolean
  /** the earliest among them; null without sources */
  freshUntil: number | null
}

export const statesOf = (sources: readonly { source: string; state: string }[]) =>
  sources.map(({ source, state }) => `${source}:${state}`).join(' ')

/** meta: real time, epoch ms, since when the province has had figures over every source that was configured then; and the landing of then */
const WHOLE_SINCE = 'whole-since'
const WHOLE_FROM = 'whole-from'

/** Notes when every source of dossiers has been read completely for the first time: what the first load was to bring is there. */
export async function noteWhole(
  trx: Trx,
  basis: Basis,
  states: ReadonlyMap<string, SourceState>,
  now: number,
): Promise<void> {
  if ((await findMeta(trx.db, WHOLE_SINCE)) !== undefined) return
  const { everywhere } = await loadFeeds(trx.db, basis, states)
  if (everywhere.length === 0 || !everywhere.every((source) => completed(states, source))) return
  await saveMeta(trx, WHOLE_SINCE, String(now))
  await saveMeta(trx, WHOLE_FROM, String(await newestLanding(trx.db)))
}

/** Of before migration 3 only that it was is kept, not since which landing: then it counts as having been so always. */
async function wasWholeAt(db: Reader, known: number | null): Promise<boolean> {
  if ((await findMeta(db, WHOLE_SINCE)) === undefined) return false
  return known === null || Number((await findMeta(db, WHOLE_FROM)) ?? 0) <= known
}

async function loadFeeds(
  db: Reader,
  basis: Basis,
  states: ReadonlyMap<string, SourceState>,
  known: number | null = null,
) {
  const until = known ?? Number.MAX_SAFE_INTEGER
  const feeds = await db.selectFrom('feeds').selectAll().where('known_from', '<=', until).orderBy('source').execute()
  const inputs = await db
    .selectFrom('input_feed')
    .selectAll()
    .where('known_from', '<=', until)
    .orderBy('source')
    .execute()
  const brought = await db.selectFrom('feed_field').selectAll().where('known_from', '<=', until).execute()
  const byField = Map.groupBy(brought, ({ field }) => field)
  const writing = (field: FeedField): ReadonlySet<string> => new Set(byField.get(field)?.map(({ source }) => source))
  const byAgency = new Map<string, string[]>()
  for (const { source, agency } of feeds) byAgency.set(agency, [...(byAgency.get(agency) ?? []), source])
  const feeding = new Set(feeds.map((row) => row.source))
  const procedures = new Set(basis.procedureSources)
  const rating = await ratingSources(db, feeding, until)
  const others = new Set(inputs.filter(({ agency }) => agency === '').map(({ source }) => source))
  // At the province a source that has fed nobody yet counts too, unless it is a catalogue or brings no dossiers.
  const everywhere = [
    ...new Set([...feeding, ...[...states.keys()].filter((source) => !procedures.has(source) && !others.has(source))]),
  ].sort()
  return { byAgency, feeding, procedures, everywhere, inputs, rating, writing }
}

/** Sources of dossiers that bring, or had brought by then, ratings of them, too. */
async function ratingSources(db: Reader, feeding: ReadonlySet<string>, until: number): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  for (const source of feeding) {
    const any = await db
      .selectFrom('feedback')
      .select('id')
      .where('source', '=', source)
      .where(({ or, eb, exists, selectFrom }) =>
        or([
          eb('known_from', '<=', until),
          exists(
            selectFrom('input_version as v')
              .select('v.input_id')
              .where('v.entity', '=', 'feedback')
              .whereRef('v.input_id', '=', 'feedback.id')
              .where('v.known_from', '<=', until),
          ),
        ]),
      )
      .limit(1)
      .executeTakeFirst()
    if (any) found.add(source)
  }
  return found
}

/** A source without a state is retired: what it brought still stands. */
function completed(states: ReadonlyMap<string, SourceState>, source: string): boolean {
  const state = states.get(source)
  return state === undefined || state.asOf !== null
}

/** `members`: who is counted under the agency in the period, itself included. */
export type RestsOf = (indicator: Indicator, agency: AgencyVersion, members: readonly AgencyVersion[]) => Rests

/** Answers per indicator, agency and those counted under it; `feeds` is read once. `known`: who had fed whom at that landing; null: by now. */
export async function loadRests(
  db: Reader,
  basis: Basis,
  states: ReadonlyMap<string, SourceState>,
  known: number | null = null,
): Promise<RestsOf> {
  const feeds = await loadFeeds(db, basis, states, known)
  const { byAgency, feeding, procedures, everywhere, inputs, rating, writing } = feeds
  // Once the province was whole, a system connected later takes no total away before it has brought anything: the total is what it
  // was. It is named with its state, and that it was never fresh greys the total until it is read.
  const wasWhole = await wasWholeAt(db, known)
  const bringing = new Set(inputs.map(({ source }) => source))
  const awaited = (source: string) => !wasWhole || feeding.has(source) || procedures.has(source) || bringing.has(source)
  // What was never read may bring dossiers of any province.
  const unread = (source: string) => !completed(states, source) && !feeding.has(source)
  const made = new Map<string, Rests>()
  return (indicator, agency, members) => {
    const needs = needsOf(indicator)
    // Where it is not the only province its members are everyone that rolls up to it.
    const whole = agency.kind === 'province' && members.every(({ kind }) => kind === 'province')
    // Who received or assisted may stand in any system.
    const all = whole || indicator.countsBy !== 'resolving'
    const leaves = all ? ['*'] : members.map((member) => member.key)
    const byAgencies = needs.dossiers || needs.inputs.length > 0
    const key = `${byAgencies ? leaves.join(' ') : ''}|${needs.dossiers}|${needs.procedures}|${needs.feedback}|${needs.fields.join()}|${needs.inputs.join()}`
    let found = made.get(key)
    if (!found) {
      const own = all ? everywhere : leaves.flatMap((leaf) => byAgency.get(leaf) ?? [])
      const dossiers = agency.kind === 'province' && !all ? [...own, ...everywhere.filter(unread)] : own
      // of the province whoever brings any of them; an agency rests on those that have brought its own
      const bringers = needs.inputs.map((entity) =>
        inputs
          .filter((row) => row.entity === entity && (all || leaves.includes(row.agency)))
          .map(({ source }) => source),
      )
      const groups = [
        ...(needs.dossiers ? [dossiers] : []),
        ...(needs.procedures ? [basis.procedureSources] : []),
        ...needs.fields.map((field) => {
          const sources = writing(field)
          const fed = dossiers.filter((source) => feeding.has(source))
          // before any dossier nothing is left unwritten
          return fed.length === 0 ? dossiers : fed.filter((source) => sources.has(source))
        }),
        ...(needs.feedback ? [dossiers.filter((source) => rating.has(source))] : []),
        ...bringers,
      ]
      found = restsOn(groups, states, awaited)
      made.set(key, found)
    }
    return found
  }
}

function restsOn(
  groups: readonly (readonly string[])[],
  states: ReadonlyMap<string, SourceState>,
  awaited: (source: string) => boolean,
): Rests {
  const sources: SourceOfFigure[] = []
  let freshUntil: number | null = null
  const names = [...new Set(groups.flat())].sort()
  for (const source of names) {
    const state = states.get(source)
    if (!state) continue
    sources.push({ source, asOf: state.asOf, state: state.state })
    freshUntil = Math.min(freshUntil ?? state.freshUntil, state.freshUntil)
  }
  return {
    names,
    sources,
    json: JSON.stringify(sources),
    states: statesOf(sources),
    fed: groups.every((group) => group.some((source) => completed(states, source))),
    whole: names.every((source) => completed(states, source) || !awaited(source)),
    held: sources.some((source) => source.state === 'held'),
    freshUntil,
  }
}

export interface Stated {
  value: number | null
  valueState: ValueState
  numerator: number | null
  denominator: number | null
  /** class, where the figure has one */
  standing: string | null
}

/**
 * A value that is null says why; behind a held source the last value stands, marked. `parts` null: something that it counts is not held.
 * Of points an input that nobody brings is missing, too: what the others say is not yet a score.
 */
export function stateValue(
  { kind }: Indicator,
  parts: Parts | null,
  rests: Pick<Rests, 'fed' | 'whole' | 'held'>,
): Stated {
  const nothing = { value: null, numerator: null, denominator: null, standing: null }
  if (!rests.fed && kind !== 'score') return { ...nothing, valueState: 'no-data-yet' }
  if (!rests.fed || !rests.whole || parts === null) return { ...nothing, valueState: 'insufficient' }
  const valueState = rests.held ? 'held' : parts.value === null ? 'no-cases' : 'ok'
  return { standing: null, ...parts, valueState }
}
