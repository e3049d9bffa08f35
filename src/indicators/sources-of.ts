/** Which sources a figure rests on, and what that says about its value. */
import type { Reader } from '../warehouse/open.ts'
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
  held: boolean
  /** the earliest among them; null without sources */
  freshUntil: number | null
}

export const statesOf = (sources: readonly { source: string; state: string }[]) =>
  sources.map(({ source, state }) => `${source}:${state}`).join(' ')

/** Answers per agency and indicator; `feeds` is read once. */
export async function loadRests(
  db: Reader,
  basis: Basis,
  states: ReadonlyMap<string, SourceState>,
): Promise<(indicator: Indicator, agency: AgencyVersion) => Rests> {
  const feeds = await db.selectFrom('feeds').selectAll().orderBy('source').execute()
  const byAgency = new Map<string, string[]>()
  for (const { source, agency } of feeds) byAgency.set(agency, [...(byAgency.get(agency) ?? []), source])
  const feeding = new Set(feeds.map((row) => row.source))
  const procedures = new Set(basis.procedureSources)
  // At the province a source that has fed nobody yet counts too, unless it is a catalogue.
  const everywhere = [
    ...new Set([...feeding, ...[...states.keys()].filter((source) => !procedures.has(source))]),
  ].sort()
  const known = new Map<string, Rests>()
  return (indicator, agency) => {
    const needs = needsOf(indicator)
    const key = `${needs.dossiers ? agency.key : ''}|${needs.procedures}`
    let found = known.get(key)
    if (!found) {
      const dossiers = agency.kind === 'province' ? everywhere : (byAgency.get(agency.key) ?? [])
      const groups = [...(needs.dossiers ? [dossiers] : []), ...(needs.procedures ? [basis.procedureSources] : [])]
      found = restsOn(groups, states)
      known.set(key, found)
    }
    return found
  }
}

function restsOn(groups: readonly (readonly string[])[], states: ReadonlyMap<string, SourceState>): Rests {
  const sources: SourceOfFigure[] = []
  let freshUntil: number | null = null
  const names = [...new Set(groups.flat())].sort()
  for (const source of names) {
    const state = states.get(source)
    if (!state) continue
    sources.push({ source, asOf: state.asOf, state: state.state })
    freshUntil = Math.min(freshUntil ?? state.freshUntil, state.freshUntil)
  }
  // A source without a state is retired: what it brought still stands.
  const completed = (source: string) => {
    const state = states.get(source)
    return state === undefined || state.asOf !== null
  }
  return {
    names,
    sources,
    json: JSON.stringify(sources),
    states: statesOf(sources),
    fed: groups.every((group) => group.some(completed)),
    held: sources.some((source) => source.state === 'held'),
    freshUntil,
  }
}

export interface Stated {
  value: number | null
  valueState: ValueState
  numerator: number | null
  denominator: number | null
}

/** A value that is null says why; behind a held source the last value stands, marked. */
export function stateValue(parts: Parts, rests: Pick<Rests, 'fed' | 'held'>): Stated {
  if (!rests.fed) return { value: null, valueState: 'no-data-yet', numerator: null, denominator: null }
  return { ...parts, valueState: rests.held ? 'held' : parts.value === null ? 'no-cases' : 'ok' }
}
