/** Drift in words, for `ioc runs` and `ioc connector accept-drift`. */
import type { DriftKind, StoredDrift } from '../warehouse/drift.ts'
import type { Cli } from './context.ts'
import { number, safe } from './format.ts'
import { placeText } from './stored.ts'
import type { CONNECTOR_WORDS } from './words-connector.ts'
import { listed } from './words-lists.ts'

const WORDS = {
  'new-field': 'drift-new-field',
  'missing-field': 'drift-missing-field',
  'changed-type': 'drift-changed-type',
  'new-value': 'drift-new-value',
  'null-share': 'drift-null-share',
} as const satisfies Record<DriftKind, keyof typeof CONNECTOR_WORDS>

/** `hồ sơ: new field NgayKy (string), first in record HS-1` */
export function driftText(cli: Cli, drift: StoredDrift): string {
  const said = cli.words(WORDS[drift.kind], {
    field: fieldText(drift.field),
    found: drift.found.map((one) => safe(one)).join(', '),
    expected: safe(drift.expected ?? ''),
    n: number(drift.count, cli.language),
  })
  const person = drift.personal === null ? '' : `; ${cli.words('drift-personal', { kind: drift.personal })}`
  const first =
    drift.place === null ? '' : `; ${cli.words('drift-first', { place: placeText(drift.place, cli.language) })}`
  return `${listed('stream', drift.stream, cli.language)}: ${said}${person}${first}`
}

const ROWS_AT_MOST = 3
const GROUPED = { 'new-field': 'drift-new-fields', 'missing-field': 'drift-missing-fields' } as const

/** One line each, but a source that sends dozens of fields nobody asked for gets one for all of them. */
export function driftLines(cli: Cli, drifts: readonly StoredDrift[]): string[] {
  const groups = Map.groupBy(drifts, ({ id, stream, kind, personal }) =>
    personal === null && Object.hasOwn(GROUPED, kind) ? `${stream} ${kind}` : String(id),
  )
  return [...groups.values()].flatMap((rows) => {
    const [first] = rows
    const word = first && (GROUPED as Readonly<Record<string, (typeof GROUPED)[keyof typeof GROUPED]>>)[first.kind]
    if (!first || !word || rows.length <= ROWS_AT_MOST) return rows.map((row) => driftText(cli, row))
    const fields = rows.map((row) => fieldText(row.field) + (row.found[0] ? ` (${safe(row.found.join(', '))})` : ''))
    const said = cli.words(word, { n: rows.length, fields: fields.join(', ') })
    return [`${listed('stream', first.stream, cli.language)}: ${said}`]
  })
}

/** `/GiayTo/Loai` → GiayTo/Loai */
export const fieldText = (field: string): string =>
  safe(field.replace(/^\//, '').replaceAll('~1', '/').replaceAll('~0', '~'))

export const plainDrift = (drift: StoredDrift) => ({
  source: drift.source,
  stream: drift.stream,
  field: drift.field,
  kind: drift.kind,
  found: drift.found,
  expected: drift.expected,
  personal: drift.personal,
  place: drift.place,
  count: drift.count,
  firstSeen: drift.first_seen,
  lastSeen: drift.last_seen,
  run: drift.run,
  closedAt: drift.closed_at,
  closedBy: drift.closed_by,
})
