/**
 * Procedures and their assignments as versions in time: what a catalogue says today holds from today; what it said first is taken
 * to have held all along, since no catalogue tells since when.
 */
import { deleteByKeys, upsertRows, type Value } from '../warehouse/bulk.ts'
import type { Trx } from '../warehouse/open.ts'
import type { ProcedureTable } from '../warehouse/tables.ts'
import type { RecordContext } from './dossier-record.ts'
import type { LandedDossiers } from './land-dossiers.ts'
import type { CanonicalObject } from './protocol.ts'

/** Sorts before every date: valid for as long as anybody asks. */
export const ALWAYS = '0001-01-01'

interface CanonicalProcedure {
  code: string
  localCode?: string | null
  name: string
  fieldCode?: string | null
  fieldName?: string | null
  level: string
  online: boolean
  integrated: boolean
  executing: readonly string[]
  agencies: readonly string[]
  limit?: number | null
  limitUnit?: string | null
  fee?: boolean | null
  requiresResult?: boolean | null
  pilotFrom?: string | null
  pilotTo?: string | null
}

const VERSIONED = [
  'local_code',
  'name',
  'field_code',
  'field_name',
  'level',
  'online',
  'integrated',
  'executing',
  'limit_count',
  'limit_unit',
  'fee',
  'requires_result',
  'pilot_from',
  'pilot_to',
  'source',
  'content_hash',
] as const
const flag = (value: boolean | null | undefined) => (value == null ? null : Number(value))

/** `deleted`: codes that left the full list; their version ends today. */
export async function landProcedures(
  trx: Trx,
  context: RecordContext,
  rows: readonly CanonicalObject[],
  deleted: readonly string[],
): Promise<LandedDossiers> {
  const today = context.days.dayOf(context.asOf)
  const result: LandedDossiers = {
    counts: { landed: 0, new: 0, changed: 0, unchanged: 0, deleted: 0 },
    waiting: [],
    notes: [],
    good: new Map(),
  }
  const count = (name: 'landed' | 'new' | 'changed' | 'unchanged' | 'deleted') => {
    result.counts[name] = (result.counts[name] ?? 0) + 1
  }
  const versions = await trx.db.selectFrom('procedure').selectAll().where('known_to', 'is', null).execute()
  const known = new Map(versions.filter((row) => row.valid_to === null).map((row) => [row.code, row]))
  // One that comes back after it had left the list does not fill the time between.
  const ended = new Set(versions.filter((row) => row.valid_to !== null).map((row) => row.code))
  const unresolved = await unresolvedProcedures(trx, context.source)
  const resolved: string[] = []
  const added: Value[][] = []
  // Twice in one batch: the later one says what holds.
  const last = new Map(rows.map((row) => [String(row.code), row]))
  for (const row of last.values()) {
    const procedure = row as unknown as CanonicalProcedure & CanonicalObject
    result.good.set(procedure.code, context.arrivedAt)
    const old = known.get(procedure.code)
    if (old && old.content_hash === procedure.contentHash) {
      count('unchanged')
      // Who executes it was not known when it landed, and may be by now.
      if (unresolved.has(procedure.code) && (await assign(trx, context, procedure, old.valid_from)).length === 0)
        resolved.push(procedure.code)
      continue
    }
    count('landed')
    count(old ? 'changed' : 'new')
    const since = old || ended.has(procedure.code) ? today : ALWAYS
    if (old) added.push(...(await endProcedure(trx, old, since, context.landing)))
    const version = versionOf(procedure, context.source)
    added.push([
      procedure.code,
      since,
      null,
      ...VERSIONED.map((column) => version[column] ?? null),
      context.landing,
      null,
    ])
    known.set(procedure.code, {
      ...version,
      code: procedure.code,
      valid_from: since,
      valid_to: null,
      known_from: context.landing,
      known_to: null,
    } as ProcedureTable)
    for (const unknown of await assign(trx, context, procedure, since))
      result.notes.push({ key: procedure.code, kind: UNRESOLVED, detail: unknown })
  }
  for (const code of deleted) {
    const old = known.get(code)
    if (!old) continue
    count('deleted')
    added.push(...(await endProcedure(trx, old, today, context.landing)))
    await assign(trx, context, { code, agencies: [] }, today)
  }
  await upsertRows(
    trx,
    'procedure',
    ['code', 'valid_from', 'valid_to', ...VERSIONED, 'known_from', 'known_to'],
    ['code', 'valid_from', 'known_from'],
    'update',
    added,
  )
  await deleteByKeys(
    trx,
    'note',
    ['source', 'key', 'kind'],
    resolved.map((code) => [context.source, code, UNRESOLVED]),
  )
  if (added.length + resolved.length > 0)
    await upsertRows(trx, 'dirty', ['agency', 'month'], ['agency', 'month'], 'nothing', [
      ['*', await firstMonth(trx, today)],
    ])
  return result
}

const UNRESOLVED = 'unknown-executing-agency'
async function unresolvedProcedures(trx: Trx, source: string): Promise<Set<string>> {
  const rows = await trx.db
    .selectFrom('note')
    .select('key')
    .where('source', '=', source)
    .where('kind', '=', UNRESOLVED)
    .execute()
  return new Set(rows.map(({ key }) => key))
}

function versionOf(
  procedure: CanonicalProcedure & CanonicalObject,
  source: string,
): Pick<ProcedureTable, (typeof VERSIONED)[number]> {
  return {
    local_code: procedure.localCode ?? null,
    name: procedure.name,
    field_code: procedure.fieldCode ?? null,
    field_name: procedure.fieldName ?? null,
    level: procedure.level,
    online: Number(procedure.online),
    integrated: Number(procedure.integrated),
    executing: JSON.stringify(procedure.executing),
    limit_count: procedure.limit ?? null,
    limit_unit: procedure.limitUnit ?? null,
    fee: flag(procedure.fee),
    requires_result: flag(procedure.requiresResult),
    pilot_from: procedure.pilotFrom ?? null,
    pilot_to: procedure.pilotTo ?? null,
    source,
    content_hash: procedure.contentHash,
  }
}

/** The old version as we now know it: ended at `until`. Returns the rows to add (none where it began that very day). */
async function endProcedure(trx: Trx, old: ProcedureTable, until: string, landing: number): Promise<Value[][]> {
  await trx.db
    .updateTable('procedure')
    .set({ known_to: landing })
    .where('code', '=', old.code)
    .where('valid_from', '=', old.valid_from)
    .where('known_to', 'is', null)
    .execute()
  return old.valid_from < until
    ? [[old.code, old.valid_from, until, ...VERSIONED.map((column) => old[column]), landing, null]]
    : []
}

/** Makes the assignments from `since` on exactly `agencies`; returns references that nobody knows. */
async function assign(
  trx: Trx,
  context: RecordContext,
  procedure: { code: string; agencies: readonly string[] },
  since: string,
): Promise<string[]> {
  const unknown: string[] = []
  const wanted = new Set<string>()
  const date = context.days.dayOf(context.asOf)
  for (const ref of procedure.agencies) {
    const key = context.reference.resolve(ref, context.source, date)
    if (key) wanted.add(key)
    else unknown.push(ref)
  }
  const held = await trx.db
    .selectFrom('procedure_agency')
    .selectAll()
    .where('procedure', '=', procedure.code)
    .where('known_to', 'is', null)
    .where('valid_to', 'is', null)
    .execute()
  const rows: Value[][] = []
  for (const old of held) {
    if (wanted.delete(old.agency)) continue
    await trx.db
      .updateTable('procedure_agency')
      .set({ known_to: context.landing })
      .where('procedure', '=', old.procedure)
      .where('agency', '=', old.agency)
      .where('valid_from', '=', old.valid_from)
      .where('known_to', 'is', null)
      .execute()
    if (old.valid_from < since) rows.push([old.procedure, old.agency, old.valid_from, since, context.landing, null])
  }
  for (const agency of wanted) rows.push([procedure.code, agency, since, null, context.landing, null])
  await upsertRows(
    trx,
    'procedure_agency',
    ['procedure', 'agency', 'valid_from', 'valid_to', 'known_from', 'known_to'],
    ['procedure', 'agency', 'valid_from', 'known_from'],
    'update',
    rows,
  )
  return unknown
}

async function firstMonth(trx: Trx, today: string): Promise<string> {
  const row = await trx.db
    .selectFrom('cell_month')
    .select(({ fn }) => fn.min('month').as('month'))
    .executeTakeFirst()
  return row?.month ?? today.slice(0, 7)
}
