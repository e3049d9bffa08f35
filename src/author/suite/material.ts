/**
 * Records of a recording as the material from which a hostile source is made: as many as a check needs, each with a key of its own in
 * the recorded form, moved in time, or with another content under the same key.
 */

import { type Connector, isInput } from '../../connect/connector.ts'
import { PERIOD_FIELD } from '../../connect/files.ts'
import { declaredMap } from '../../sync/declared-map.ts'
import type { StreamStart } from '../../sync/forms.ts'
import type { OpenStream } from '../../sync/open-stream.ts'
import { compileStream } from '../../sync/page.ts'
import { DOSSIER_COLUMNS } from '../../sync/protocol.ts'
import { type FieldNode, readSchema, sourceSchema } from '../../sync/source-schema.ts'
import type { PersonalKind } from '../../sync/verdict.ts'
import { renumbered } from '../record/made-up.ts'
import { rawFields } from '../record/protect-record.ts'
import type { Recording } from '../record/recording.ts'
import { readTime, writerLike } from './times.ts'
import type { AnyStream, Fields, Row } from './types.ts'

const DAY = 86_400_000
const DATES = ['submitted', 'received', 'due', 'finished', 'returned', 'refused', 'statusAt', 'rated', 'effective']
const PAST = ['submitted', 'received', 'finished', 'returned', 'refused', 'statusAt', 'rated']
const PAST_OF_INPUTS = ['decided', 'published', 'outcomeAt', 'signed', 'stated']

const PROCEDURE = DOSSIER_COLUMNS.indexOf('procedure')

const isText = (value: unknown): value is string => typeof value === 'string'

/** What one record becomes on the way to the warehouse. */
export interface Expected {
  code: string
  hash: string
}

export class Material {
  readonly stream: AnyStream
  readonly zone: string
  /** recorded records that land */
  readonly usable: readonly Fields[]
  /** why the first of the others does not */
  readonly refused: string | null
  /** the source's clock: a working morning after the newest moment that was recorded */
  readonly now: number
  private readonly recording: Recording
  private readonly root: FieldNode
  private readonly reader: OpenStream['reader']
  private readonly dates: readonly string[]
  private readonly past: ReadonlySet<string>

  constructor(connector: Connector<unknown>, declared: AnyStream, recording: Recording, start: StreamStart) {
    const schema = sourceSchema(
      readSchema(start.schemaHomes, 'sources', declared.schema),
      declared.schema,
      connector.name,
    )
    this.root = schema.root
    const stream = narrowed(declared, schema.root)
    this.stream = stream
    this.zone = zoneOf(stream) ?? start.zone
    this.recording = recording
    this.dates = [...new Set([...rawFields(stream, [...DATES, ...PAST_OF_INPUTS]), ...timeFields(stream)])]
    this.past = new Set([...rawFields(stream, [...PAST, ...PAST_OF_INPUTS]), ...timeFields(stream)])
    this.now = start.now
    this.reader = compileStream(connector, stream, start)
    const judged = recording.records.map((record) => ({ record, why: this.refusal(record) }))
    this.usable = judged.filter(({ why }) => why === null).map(({ record }) => record)
    this.refused = judged.find(({ why }) => why !== null)?.why ?? null
  }

  /** Personal fields of a record, with their kinds. */
  personal(): { name: string; kind: PersonalKind }[] {
    return [...(this.root.properties ?? [])].flatMap(([name, { personal }]) =>
      personal ? [{ name, kind: personal }] : [],
    )
  }

  /** Procedures that its records name. */
  procedures(): string[] {
    const { entity } = this.stream
    if (isInput(entity))
      return this.usable
        .flatMap((record) => this.page(record).rows.map((row) => (row as Fields).procedure))
        .filter(isText)
    if (entity !== 'dossier') return []
    return this.usable.flatMap((record) => {
      const [row] = this.page(record).rows
      return Array.isArray(row) && typeof row[PROCEDURE] === 'string' ? [row[PROCEDURE]] : []
    })
  }

  get columns(): string[] {
    return [...new Set(this.recording.records.flatMap((record) => Object.keys(record)))]
  }

  /** The key's last field that can be numbered. */
  private get numbered(): string {
    const [first] = this.usable
    const { key } = this.stream
    return key.findLast((name) => /\d/.test(String(first?.[name] ?? ''))) ?? key.at(-1) ?? ''
  }

  /** Records that can be moved in time: those that have the moment by which the source is asked. */
  private templates(timeField: string | null): readonly Fields[] {
    const known = this.movable.get(timeField)
    if (known) return known
    const at = this.now - 3 * DAY
    const found = this.usable.filter((record) => {
      if (timeField !== null && readTime(record[timeField], this.zone) === null) return false
      return this.refusal(this.at(record, at, timeField)) === null
    })
    this.movable.set(timeField, found)
    return found
  }
  private readonly movable = new Map<string | null, readonly Fields[]>()

  /** Record `n` (from 0): its key in the recorded form, everything else from a recorded record. */
  record(n: number, timeField: string | null, template = n): Fields {
    const templates = this.templates(timeField)
    const base = templates[template % templates.length] ?? {}
    const head = templates[0] ?? {}
    // one form for all keys: two recorded ones that differ in another place would meet at the same number
    const keys = this.stream.key.map((name) => [name, head[name]])
    const numbered = { ...base, ...Object.fromEntries(keys) }
    return this.withKey(numbered, n)
  }

  private withKey(record: Fields, n: number): Fields {
    const name = this.numbered
    const value = record[name]
    const next = renumbered(String(value ?? ''), n + 1)
    const own: Record<string, unknown> = { ...record, [name]: typeof value === 'number' ? Number(next) : next }
    // a second number of the same dossier would make two of them one
    for (const other of rawFields(this.stream, ['nationalCode'])) {
      const given = own[other]
      if (other !== name && typeof given === 'string' && given !== '') own[other] = renumbered(given, n + 1)
    }
    return own
  }

  row(n: number, at: number, more: { template?: number; timeField?: string | null } = {}): Row {
    return { record: this.at(this.record(n, more.timeField ?? null, more.template), at, more.timeField ?? null), at }
  }

  /** The same record with all its moments moved, so that `timeField` is `at`. */
  at(record: Fields, at: number, timeField: string | null): Fields {
    if (timeField === null) return record
    const example = record[timeField] ?? this.example(timeField)
    const write = writerLike(example, this.zone)
    const before = readTime(record[timeField], this.zone)
    if (!write) return record
    const delta = before === null ? 0 : at - before
    const moved: Record<string, unknown> = { ...record }
    for (const name of this.dates) {
      const moment = readTime(record[name], this.zone)
      const own = writerLike(record[name], this.zone)
      // what lies behind it has happened by then
      const isPast = this.past.has(name)
      if (moment !== null && own) moved[name] = own(isPast ? Math.min(at, moment + delta) : moment + delta)
    }
    moved[timeField] = write(at)
    return moved
  }

  /** Any recorded value of a field that is not empty. */
  example(field: string): unknown {
    return this.recording.records
      .map((record) => record[field])
      .find((value) => value !== null && value !== '' && value !== undefined)
  }

  /** The content of another record under the key of this one; null where every recorded record says the same. */
  changed(row: Row, timeField: string | null, at = row.at): Row | null {
    const before = this.expected(row)?.hash
    for (const other of this.templates(timeField)) {
      const keys = Object.fromEntries(
        [...this.stream.key, ...rawFields(this.stream, ['nationalCode'])].map((name) => [name, row.record[name]]),
      )
      const record = this.at({ ...other, ...keys }, at, timeField)
      const next: Row = { ...row, record, at }
      const after = this.expected(next)
      if (after && after.hash !== before) return next
    }
    return null
  }

  /** null where the record does not pass. */
  expected({ record, period }: Pick<Row, 'record' | 'period'>): Expected | null {
    const known = this.judged.get(record)
    if (known !== undefined) return known
    const made = this.judge(record, period)
    this.judged.set(record, made)
    return made
  }
  private readonly judged = new WeakMap<Fields, Expected | null>()

  private judge(record: Fields, period: string | undefined): Expected | null {
    const row = this.pageOf(record, period)
    if (row === undefined) return null
    return Array.isArray(row)
      ? { code: String(row[0]), hash: String(row.at(-1)) }
      : {
          code: String((row as Fields)[this.stream.entity === 'agency' ? 'local' : 'code']),
          hash: this.stream.entity === 'agency' ? '' : String((row as Fields).contentHash),
        }
  }

  /** A converter that throws does not take the record. */
  private pageOf(record: Fields, period: string | undefined) {
    try {
      return this.page(record, period).rows[0]
    } catch {
      return undefined
    }
  }

  private page(record: Fields, period?: string) {
    if (this.recording.kind !== 'files') return this.reader.page({ records: [record], resume: {} })
    const header = [...this.columns, PERIOD_FIELD]
    const moment = Temporal.Instant.fromEpochMilliseconds(this.now).toString()
    const cells = header.map((name) => (name === PERIOD_FIELD ? moment : String(record[name] ?? '')))
    void period
    return this.reader.page({ records: [cells], header, resume: {} })
  }

  private refusal(record: Fields): string | null {
    const { rows, rejected } = this.page(record)
    if (rows.length > 0) return null
    const [reason] = rejected[0]?.reasons ?? []
    return reason ? `${reason.path || '/'}: ${reason.rule}, expected ${reason.expected}` : 'it is refused'
  }
}

/** The stream with a map of the raw fields that its own schema has. */
export const narrowed = (stream: AnyStream, root: FieldNode): AnyStream => ({
  ...stream,
  map: declaredMap(stream.map, new Set(root.properties?.keys())),
})

/** A working morning after the newest moment that these recordings hold. */
export function clockOf(recorded: readonly { stream: AnyStream; recording: Recording }[], zone: string): number {
  const moments = recorded.flatMap(({ stream, recording }) => {
    const fields = [...rawFields(stream, PAST), ...timeFields(stream)]
    return recording.records.flatMap((record) =>
      fields.flatMap((name) => readTime(record[name], zoneOf(stream) ?? zone) ?? []),
    )
  })
  const newest = moments.filter((at) => at < Date.now()).reduce((a, b) => Math.max(a, b), 0)
  return morningAfter(newest === 0 ? Date.UTC(2024, 11, 1) : newest, zone)
}

/** The zone in which its moments are written, where the stream says one. */
const zoneOf = ({ order, cursor }: AnyStream): string | null =>
  order !== 'arrival' ? order.zone : cursor?.from === 'field' ? cursor.zone : null
const timeFields = ({ order, cursor }: AnyStream): string[] => [
  ...(order === 'arrival' || order.field === PERIOD_FIELD ? [] : [order.field]),
  ...(cursor?.from === 'field' ? [cursor.field] : []),
]

/** 08:00 of the second day after. */
function morningAfter(at: number, zone: string): number {
  const day = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate().add({ days: 2 })
  return day.toZonedDateTime({ timeZone: zone, plainTime: '08:00' }).epochMilliseconds
}
