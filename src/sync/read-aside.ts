/** What can still be read of a record that was set aside: for `explain`, which says whether it would have counted. Lands nothing. */
import type { Config } from '../config.ts'
import type { Instant } from '../connect/converters.ts'
import { loadConnector } from '../connect/load.ts'
import { PipelineError } from '../errors.ts'
import type { AsideRecord, AsideRow, ReadAside } from '../indicators/explain-aside.ts'
import type { CountedRecord } from '../indicators/explain-judge.ts'
import { localDays } from '../indicators/local-day.ts'
import type { CountedInput } from '../warehouse/inputs.ts'
import { buildDossier, type RecordContext } from './dossier-record.ts'
import { compileFieldMap, compileReadField } from './field-map.ts'
import { planStream, type StreamStart } from './forms.ts'
import { buildInput } from './input-record.ts'
import { isMasked } from './mask.ts'
import { renormalise } from './open-stream.ts'
import type { CanonicalObject, DossierRow } from './protocol.ts'
import type { Reference } from './reference.ts'

/** Reads one field of a kept record as the stream's map does; undefined where it cannot be read. */
type ReadField = (record: Readonly<Record<string, unknown>>) => unknown
interface Readable {
  start: StreamStart
  of: CountedRecord
  resolving: ReadField
  received: ReadField
}
/** The fields that say where and when a record counts. */
const FIELDS: Readonly<Record<CountedRecord, readonly [agency: string, day: string]>> = {
  dossier: ['resolving', 'received'],
  publication: ['agency', 'decided'],
  petition: ['agency', 'received'],
}
const isCounted = (entity: string): entity is CountedRecord => Object.hasOwn(FIELDS, entity)

/** `now`: warehouse's time, epoch ms. What figures do not count answers null; a connector that is gone makes nothing readable. */
export function makeReadAside(config: Config, reference: Reference, now: number): ReadAside {
  const streams = new Map<string, Promise<Readable | null | undefined>>()
  return async (row) => {
    const id = `${row.source}\0${row.stream}`
    const opened = streams.get(id) ?? open(config, row, now)
    streams.set(id, opened)
    const readable = await opened
    if (readable === undefined) return null
    if (readable === null || row.record === null) return {}
    return readOne(readable, row.source, JSON.parse(row.record) as Readonly<Record<string, unknown>>, reference, now)
  }
}

/** undefined: not a stream of what figures count; null: it cannot be read any more. */
async function open(config: Config, row: AsideRow, now: number): Promise<Readable | null | undefined> {
  const source = config.sources.find(({ id }) => id === row.source)
  if (!source) return null
  try {
    const connector = await loadConnector(source.connector)
    const stream = connector.streams.find(({ name }) => name === row.stream)
    if (!stream) return null
    const of = stream.entity
    if (!isCounted(of)) return undefined
    const start: StreamStart = {
      connector: source.connector,
      stream: stream.name,
      source: source.id,
      agency: source.agency,
      zone: config.zone,
      now,
      schemaHomes: config.homes,
      // Only what is kept is fingerprinted, and nothing is kept here.
      hmacKey: '',
    }
    const { normalise } = planStream(connector, stream, start)
    const fields = compileFieldMap(normalise)
    const reader = (wanted: string): ReadField => {
      const field = fields.find(({ name }) => name === wanted)
      if (!field) return () => undefined
      const read = compileReadField(field, null, normalise.context)
      return (record) => {
        const failures: never[] = []
        const value = field.from.some((name) => isMasked(record[name])) ? null : read(record, failures)
        return failures.length > 0 ? undefined : (value ?? undefined)
      }
    }
    const [agency, day] = FIELDS[of]
    return { start, of, resolving: reader(agency), received: reader(day) }
  } catch (error) {
    if (error instanceof PipelineError && (error.code === 'CONNECTOR_INVALID' || error.code === 'CONFIG_UNREADABLE'))
      return null
    throw error
  }
}

async function readOne(
  { start, of, resolving, received }: Readable,
  source: string,
  record: Readonly<Record<string, unknown>>,
  reference: Reference,
  now: number,
): Promise<AsideRecord> {
  const days = localDays(start.zone)
  const at = (received(record) as Instant | undefined)?.at
  const ref = resolving(record)
  const agency = at === undefined || ref === undefined ? null : reference.resolve(String(ref), source, days.dayOf(at))
  const read: AsideRecord = { of, ...(at === undefined ? {} : { received: at }), ...(agency ? { agency } : {}) }
  const again = await renormalise(start, record)
  if (!('row' in again)) return read
  // A procedure that nobody knows yet is no reason for a record not to count.
  const context: RecordContext = {
    source,
    orderDeclared: false,
    run: '',
    arrivedAt: now,
    lateBefore: null,
    asOf: now,
    days,
    reference: { ...reference, procedures: { has: () => true } },
    landing: 0,
  }
  if (of !== 'dossier') {
    const built = buildInput<CountedInput>(of, again.row as CanonicalObject, now, context)
    return 'record' in built ? { ...read, agency: built.record.agency, input: built.record } : read
  }
  const built = buildDossier(again.row as DossierRow, context, null)
  return 'record' in built ? { ...read, agency: built.record.resolving, dossier: built.record } : read
}
