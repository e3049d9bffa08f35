/** Drift in words, for `ioc runs` and `ioc connector accept-drift`. */
import type { DriftKind, StoredDrift } from '../warehouse/drift.ts'
import type { Cli } from './context.ts'
import { number, safe } from './format.ts'
import { placeText } from './stored.ts'
import { listed } from './words.ts'
import type { CONNECTOR_WORDS } from './words-connector.ts'

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
