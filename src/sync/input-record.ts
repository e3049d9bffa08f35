/** From a canonical publication, petition, statement or score to the row that the warehouse keeps: its agency resolved by the right day. Pure. */
import type { InputEntity } from '../connect/connector.ts'
import type { Instant } from '../connect/converters.ts'
import { parsePeriod } from '../indicators/periods.ts'
import type {
  CanonicalOfficialScore,
  CanonicalPetition,
  CanonicalPublication,
  CanonicalStatement,
} from '../schemas.generated.ts'
import type { InputRecords } from '../warehouse/inputs.ts'
import type { RecordContext } from './dossier-record.ts'
import { judgePetition, judgePublication } from './input-days.ts'
import type { CanonicalObject } from './protocol.ts'
import type { Reference } from './reference.ts'

export type BuiltInput<Name extends InputEntity> =
  | { record: InputRecords[Name] }
  | { waitingFor: string; path: string; value: string }

type Landed = Pick<
  InputRecords[InputEntity],
  'source' | 'code' | 'deleted' | 'order_at' | 'content_hash' | 'run' | 'known_from' | 'agency'
>
type Build<Canonical, Record> = (object: Canonical, landed: Landed, context: RecordContext) => Record

const flag = (value: boolean | null | undefined) => (value == null ? null : Number(value))
const instant = (value: Instant | null | undefined) => ({ at: value?.at ?? null, precision: value?.precision ?? null })

const publication: Build<CanonicalPublication, InputRecords['publication']> = (object, landed, context) => {
  const [effective, published] = [instant(object.effective), instant(object.published)]
  const record = {
    ...landed,
    procedure: object.procedure ?? null,
    decided_at: object.decided.at,
    decided_precision: object.decided.precision,
    effective_at: effective.at,
    effective_precision: effective.precision,
    published_at: published.at,
    published_precision: published.precision,
    complete: flag(object.complete),
    replaced_at: null,
    next_at: null,
  }
  return { ...record, ...judgePublication(record, context.reference, context.days) }
}

const petition: Build<CanonicalPetition, InputRecords['petition']> = (object, landed, context) => {
  const [outcome, published] = [instant(object.outcomeAt), instant(object.published)]
  const record = {
    ...landed,
    procedure: object.procedure ?? null,
    dossier_code: object.dossier ?? null,
    subject: object.subject ?? null,
    received_at: object.received.at,
    received_precision: object.received.precision,
    outcome: object.outcome ?? null,
    outcome_at: outcome.at,
    outcome_precision: outcome.precision,
    published_at: published.at,
    published_precision: published.precision,
    satisfied: flag(object.satisfied),
    complained_again: flag(object.complainedAgain),
    next_at: null,
  }
  return { ...record, ...judgePetition(record, context.reference, context.days) }
}

const statement: Build<CanonicalStatement, InputRecords['statement']> = (object, landed, { days }) => ({
  ...landed,
  indicator: object.indicator,
  period: object.period,
  numerator: object.numerator,
  denominator: object.denominator ?? null,
  signer: object.signer,
  document: object.document,
  signed_on: days.dayOf(object.signed.at),
})

const officialScore: Build<CanonicalOfficialScore, InputRecords['official-score']> = (object, landed) => ({
  ...landed,
  period: object.period,
  component: object.component,
  numerator: object.numerator ?? null,
  denominator: object.denominator ?? null,
  ratio: object.ratio ?? null,
  score: object.score ?? null,
  max_score: object.maxScore ?? null,
  stated_at: object.stated.at,
})

const BUILDS = { publication, petition, statement, 'official-score': officialScore }

/** What of a procedure or agency nobody knows yet makes it wait. */
export function buildInput<Name extends InputEntity>(
  entity: Name,
  object: CanonicalObject,
  order: number,
  context: RecordContext,
): BuiltInput<Name> {
  const { reference, source } = context
  const procedure = object.procedure as string | null | undefined
  if (procedure != null && !reference.procedures.has(procedure))
    return { waitingFor: `procedure:${procedure}`, path: '/procedure', value: procedure }
  const ref = String(object.agency)
  // of a period that an agency did not live to see the end of, it is that of its first day
  const agency = firstOf(entity, object, context, reference.resolve)
  if (agency === undefined) return { waitingFor: `agency:${ref}`, path: '/agency', value: ref }
  const landed: Landed = {
    source,
    code: String(object.code),
    agency,
    deleted: 0,
    order_at: order,
    content_hash: object.contentHash,
    run: context.run,
    known_from: context.landing,
  }
  const build = BUILDS[entity] as unknown as Build<CanonicalObject, InputRecords[Name]>
  return { record: build(object, landed, context) }
}

/** What it calls its agency where that was mapped anew; undefined: it was not. */
export const remappedAgency = (entity: InputEntity, object: CanonicalObject, context: RecordContext) =>
  firstOf(entity, object, context, context.reference.remapped)

const firstOf = (
  entity: InputEntity,
  object: CanonicalObject,
  context: RecordContext,
  meaning: Reference['resolve'],
): string | undefined =>
  daysOf(entity, object, context)
    .map((day) => meaning(String(object.agency), context.source, day))
    .find((key) => key !== undefined)

/** The days by which its agency is told, the first that gives one. */
function daysOf(entity: InputEntity, object: CanonicalObject, { days }: RecordContext): string[] {
  if (entity === 'publication') return [days.dayOf((object.decided as Instant).at)]
  if (entity === 'petition') return [days.dayOf((object.received as Instant).at)]
  const { firstDay, lastDay } = parsePeriod(String(object.period))
  return [lastDay, firstDay]
}
