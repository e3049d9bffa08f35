/**
 * What a list of agencies makes of the versions that are known: who ends and is succeeded by whom, who begins, who is only called
 * otherwise. Pure, so that an import can be previewed, and made again over another state of `data/reference`.
 */
import { foldName } from '../connect/names.ts'
import { type AgencyLine, invalidCell } from './import-lines.ts'
import type { AgencyFileRow } from './reference-state.ts'

interface Applying {
  file: string
  from: string
  /** by key */
  agencies: Map<string, AgencyFileRow>
  /** the first day of the record: since when a unit was there of which only the end is told */
  recordStart: string
}

/** Throws REFERENCE_INVALID with row and column. */
export function applyAgencies(
  known: readonly AgencyFileRow[],
  lines: readonly AgencyLine[],
  { file, from }: { file: string; from: string },
): AgencyFileRow[] {
  const agencies = new Map(known.map((one) => [one.key, { ...one }]))
  const recordStart = known.reduce((least, { validFrom }) => (validFrom < least ? validFrom : least), from)
  const applying: Applying = { file, from, agencies, recordStart }
  const ending = lines.filter(({ to }) => to !== undefined)
  const beginning = lines.filter(({ to }) => to === undefined)
  // Containers first: a district of which only the end is told is there before its communes are.
  for (const line of ending.toSorted(byTier)) end(applying, line)
  for (const line of beginning.toSorted(byTier)) begin(applying, line)
  for (const line of ending) succeed(applying, line)
  return [...agencies.values()]
}

const TIERS: readonly (string | undefined)[] = ['province', 'department', 'vertical', 'district', undefined, 'commune']
const byTier = (a: AgencyLine, b: AgencyLine) => TIERS.indexOf(a.kind) - TIERS.indexOf(b.kind)

const isOn = ({ validFrom, validTo }: AgencyFileRow, day: string) =>
  validFrom <= day && (validTo === null || day < validTo)
const eveOf = (day: string) => Temporal.PlainDate.from(day).subtract({ days: 1 }).toString()

/** The version that a code (or a key) means on a day. */
function versionOn({ agencies }: Applying, ref: string, day: string): AgencyFileRow | undefined {
  const exact = agencies.get(ref)
  if (exact) return exact
  return [...agencies.values()].find((one) => one.code === ref && isOn(one, day))
}

function end(applying: Applying, line: AgencyLine): void {
  const { agencies, recordStart, file } = applying
  const to = line.to ?? ''
  // One that has the day of its end already is told of again.
  const held =
    versionOn(applying, line.code, eveOf(to)) ??
    [...agencies.values()].find((one) => one.code === line.code && one.validTo === to)
  if (held) {
    held.validTo = to
    return
  }
  const from = line.from ?? (recordStart < to ? recordStart : eveOf(to))
  if (line.name === undefined)
    throw invalidCell(
      file,
      line.row,
      'code',
      `${line.code} means no agency before ${to}, and the row does not name one`,
    )
  found(applying, line, from, to)
}

function begin(applying: Applying, line: AgencyLine): void {
  const { agencies, file } = applying
  const from = line.from ?? applying.from
  const same = agencies.get(`${line.code}@${from}`)
  if (same) {
    describe(applying, same, line)
    return
  }
  const held = versionOn(applying, line.code, from)
  if (!held) {
    if (line.name === undefined)
      throw invalidCell(file, line.row, 'name', `is empty, and ${line.code} means no agency on ${from}`)
    found(applying, line, from, null)
    return
  }
  if (line.name === undefined || foldName(line.name) === foldName(held.name)) {
    describe(applying, held, line)
    return
  }
  // Called otherwise from that day on. Where its end is told too, it has ended by now, and this is another with its code.
  const until = held.validTo
  held.validTo = from
  const kept = { kind: line.kind ?? held.kind, parent: line.parent ?? held.parent ?? '' }
  const next = found(applying, { ...line, ...kept }, from, until)
  next.identifier ??= held.identifier
  next.successors = held.successors
  held.successors = [next.key]
}

function found(applying: Applying, line: AgencyLine, from: string, to: string | null): AgencyFileRow {
  const { agencies, file } = applying
  const { row, code, name = '', kind } = line
  if (kind === undefined)
    throw invalidCell(file, row, 'kind', `of "${name}" is not told, and its name does not tell it`)
  const clash = [...agencies.values()].find(
    (one) => one.code === code && one.validFrom < (to ?? '9999') && (one.validTo ?? '9999') > from,
  )
  if (clash) throw invalidCell(file, row, 'code', `${code} is "${clash.name}" from ${clash.validFrom} on`)
  const version: AgencyFileRow = {
    key: `${code}@${from}`,
    code,
    codeSystem: /^\d+$/.test(code) ? 'gso' : 'qd20',
    identifier: line.identifier ?? null,
    kind,
    name,
    parent: parentOf(applying, line, kind, from),
    validFrom: from,
    validTo: to,
    successors: [],
  }
  agencies.set(version.key, version)
  return version
}

function parentOf(applying: Applying, line: AgencyLine, kind: string, from: string): string | null {
  if (kind === 'province') return null
  const { file } = applying
  if (!line.parent) throw invalidCell(file, line.row, 'parent', `is empty: to whom ${line.code} belongs is not told`)
  const parent = versionOn(applying, line.parent, from)
  if (!parent)
    throw invalidCell(
      file,
      line.row,
      'parent',
      `${line.parent} means no agency on ${from}; import that one first, or before it in this file`,
    )
  return parent.key
}

/** What a row says of a version that is known already. */
function describe(applying: Applying, held: AgencyFileRow, line: AgencyLine): void {
  if (line.identifier !== undefined) held.identifier = line.identifier
  // A name that is only spelt otherwise is the same name.
  if (line.name !== undefined && foldName(line.name) !== foldName(held.name)) held.name = line.name
  if (line.parent === undefined || held.kind === 'province') return
  const parent = versionOn(applying, line.parent, held.validFrom)
  if (parent) held.parent = parent.key
}

function succeed(applying: Applying, line: AgencyLine): void {
  const { agencies, file } = applying
  const to = line.to ?? ''
  const ended = [...agencies.values()].find((one) => one.code === line.code && one.validTo === to)
  if (!ended || line.successors === undefined) return
  ended.successors = [
    ...new Set(
      line.successors.map((code) => {
        const next = versionOn(applying, code, to)
        if (!next) throw invalidCell(file, line.row, 'successors', `${code} means no agency on ${to}`)
        return next.key
      }),
    ),
  ].sort()
}
