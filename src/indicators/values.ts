/** Indicator values with their revisions, and the messages that tell the IOC of them. */
import { hash } from 'node:crypto'
import { sql } from 'kysely'
import { selectByKeys, updateByKeys, upsertRows, type Value } from '../warehouse/bulk.ts'
import type { Reader, Trx } from '../warehouse/open.ts'
import type { IndicatorValueTable, MessageTable } from '../warehouse/tables.ts'
import type { Figure } from './compute.ts'

export type CurrentValue = Pick<
  IndicatorValueTable,
  | 'id'
  | 'indicator'
  | 'version'
  | 'agency'
  | 'period'
  | 'value'
  | 'value_state'
  | 'numerator'
  | 'denominator'
  | 'standing'
  | 'sources'
  | 'revision'
>
export interface NewValue extends Figure {
  replaces: CurrentValue | undefined
  provisional: boolean
}
export interface Made {
  asOf: number
  now: number
  targets: readonly string[]
  landing: number
}

const VALUE_COLUMNS = [
  'id',
  'indicator',
  'version',
  'agency',
  'period',
  'value',
  'value_state',
  'numerator',
  'denominator',
  'unit',
  'as_of',
  'computed_at',
  'fresh_until',
  'revision',
  'standing',
  'provisional',
  'sources',
  'landing',
  'tick_at',
  'current',
] as const
const MESSAGE_COLUMNS = ['id', 'kind', 'figure', 'revision', 'body', 'made_at'] as const
/** Rows per statement: on PostgreSQL a batch is one array per column, and message bodies are large. */
const BATCH = 5_000

export const valueId = (figure: string, revision: number) => hash('sha256', `${figure}|${revision}`, 'hex')

/** Inserts the values as current, their messages, and an outbox row per message and target. */
export async function saveValues(trx: Trx, values: readonly NewValue[], made: Made): Promise<void> {
  const before = await newestMessage(trx.db)
  for (let start = 0; start < values.length; start += BATCH) {
    const rows: Value[][] = []
    const messages: Value[][] = []
    const replaced: Value[][] = []
    const batch = values.slice(start, start + BATCH)
    const withdrawn = await newestOf(
      trx,
      batch.filter(({ replaces }) => !replaces),
    )
    for (const value of batch) {
      const { indicator, agency, period } = value
      const figure = `${indicator.id}|${agency.key}|${period.text}`
      const revision = nextRevision(value.replaces?.revision ?? withdrawn.get(figure) ?? 0, made)
      const id = valueId(figure, revision)
      const freshUntil = value.rests.freshUntil ?? made.now
      if (value.replaces) replaced.push([value.replaces.id, 0])
      rows.push([
        id,
        indicator.id,
        indicator.version,
        agency.key,
        period.text,
        value.value,
        value.valueState,
        value.numerator,
        value.denominator,
        indicator.unit,
        made.asOf,
        made.now,
        freshUntil,
        revision,
        value.standing,
        value.provisional ? 1 : 0,
        value.rests.json,
        made.landing,
        made.asOf,
        1,
      ])
      messages.push([id, 'indicator', figure, revision, messageBody(id, revision, freshUntil, value, made), made.now])
    }
    await updateByKeys(trx, 'indicator_value', ['id'], ['current'], replaced)
    await upsertRows(trx, 'indicator_value', VALUE_COLUMNS, ['id'], 'nothing', rows)
    await upsertRows(trx, 'message', MESSAGE_COLUMNS, ['id'], 'nothing', messages)
  }
  if (values.length > 0) await enqueueAfter(trx, before, made)
}

/**
 * Figures that are counted no more: what the IOC holds of them must not look healthy for ever because its sources do. A last revision
 * says the same value resting on nothing and fresh no longer, so that it is greyed. It is not current, so it is made once.
 */
export async function withdrawValues(trx: Trx, held: readonly CurrentValue[], made: Made): Promise<void> {
  const before = await newestMessage(trx.db)
  for (let start = 0; start < held.length; start += BATCH) {
    const ids = held.slice(start, start + BATCH).map(({ id }) => [id])
    const bodies = await selectByKeys<MessageTable>(trx, 'message', ['id'], ids)
    const bodyOf = new Map(bodies.map(({ id, body }) => [id, JSON.parse(body) as Record<string, unknown>]))
    const rows: Value[][] = []
    const messages: Value[][] = []
    for (const last of await selectByKeys<IndicatorValueTable>(trx, 'indicator_value', ['id'], ids)) {
      const figure = `${last.indicator}|${last.agency}|${last.period}`
      const revision = nextRevision(last.revision, made)
      const id = valueId(figure, revision)
      const computed = { id, revision, computed_at: made.now, fresh_until: made.now, landing: made.landing }
      const row = { ...last, ...computed, sources: '[]', current: 0 }
      rows.push(VALUE_COLUMNS.map((column) => row[column]))
      const said = { id, revision, computedAt: made.now, freshUntil: made.now, sources: [] }
      const body = JSON.stringify({ ...bodyOf.get(last.id), ...said })
      messages.push([id, 'indicator', figure, revision, body, made.now])
    }
    await updateByKeys(
      trx,
      'indicator_value',
      ['id'],
      ['current'],
      ids.map(([id]) => [id ?? '', 0]),
    )
    await upsertRows(trx, 'indicator_value', VALUE_COLUMNS, ['id'], 'nothing', rows)
    await upsertRows(trx, 'message', MESSAGE_COLUMNS, ['id'], 'nothing', messages)
  }
  if (held.length > 0) await enqueueAfter(trx, before, made)
}

/** Never backwards, not even after a restored backup. */
const nextRevision = (last: number, { now }: Made) => Math.max(last + 1, now)

/** Of figures that are not held now: the newest revision that was ever made, where they were withdrawn. */
async function newestOf(trx: Trx, values: readonly NewValue[]): Promise<ReadonlyMap<string, number>> {
  const keys = values.map(({ indicator, agency, period }) => [agency.key, indicator.id, period.text])
  const newest = new Map<string, number>()
  for (const row of await selectByKeys<IndicatorValueTable>(
    trx,
    'indicator_value',
    ['agency', 'indicator', 'period'],
    keys,
  )) {
    const figure = `${row.indicator}|${row.agency}|${row.period}`
    newest.set(figure, Math.max(newest.get(figure) ?? 0, row.revision))
  }
  return newest
}

async function newestMessage(db: Reader): Promise<number> {
  const newest = db.selectFrom('message').select(({ fn }) => fn.max('seq').as('seq'))
  return (await newest.executeTakeFirst())?.seq ?? 0
}

/** An outbox row per target for each message made since. */
async function enqueueAfter(trx: Trx, before: number, made: Made): Promise<void> {
  for (const target of made.targets) {
    await sql`INSERT INTO outbox (target, seq, attempts, next_at, last_error)
      SELECT cast(${target} AS text), seq, 0, cast(${made.now} AS bigint), NULL FROM message WHERE seq > ${before} ORDER BY seq`.execute(
      trx.db,
    )
  }
}

/** schemas/ioc/indicator-message.schema.json; the body is stored when made and sent as it is. */
function messageBody(id: string, revision: number, freshUntil: number, value: NewValue, made: Made): string {
  const { indicator, agency, period } = value
  return JSON.stringify({
    id,
    kind: 'indicator',
    indicator: indicator.id,
    version: indicator.version,
    agency: { key: agency.key, code: agency.code, validFrom: agency.validFrom, name: agency.name },
    period: period.text,
    value: value.value,
    valueState: value.valueState,
    numerator: value.numerator,
    denominator: value.denominator,
    unit: indicator.unit,
    asOf: made.asOf,
    computedAt: made.now,
    freshUntil,
    revision,
    standing: value.standing,
    provisional: value.provisional,
    sources: value.rests.sources,
  })
}
