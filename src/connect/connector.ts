/**
 * The connector contract (design §5). A connector is one typed object; state, landing, quarantine and progress are the engine's.
 */
import type {
  CanonicalAgency,
  CanonicalDossier,
  CanonicalFeedback,
  CanonicalOfficialScore,
  CanonicalPetition,
  CanonicalProcedure,
  CanonicalPublication,
  CanonicalStatement,
} from '../schemas.generated.ts'
import type { Converter } from './converters.ts'
import type { Http } from './http.ts'

/** Raw values of the stream's `key` fields, in that order. */
export type Key = readonly string[]
/** Where to go on reading: JSON, at most 1 KB. */
export type Resume = { readonly [name: string]: unknown }

export interface Page {
  /** With `header`: arrays in header order. Without: objects. Text is decoded; the engine repairs Unicode. */
  records: readonly unknown[]
  header?: readonly string[]
  deleted?: readonly Key[]
  /** What could not be decoded into a record at all: where it stands and its bytes (they are fingerprinted, never kept). */
  undecodable?: readonly Undecodable[]
  /** The resume point that follows this page. */
  resume: Resume
  /**
   * This is the last page of a part of the source, such as a file, that was read from its beginning: the name with which the places of
   * its undecodable records begin. What was set aside from it before and did not come again is mended.
   */
  reread?: string
  /** Said once in the run, e.g. which encoding a file was read with. */
  remarks?: readonly string[]
}

export interface Undecodable {
  /** e.g. `hoso_705_202411.csv line 1203` */
  place: string
  rule: 'encoding' | 'column-count' | 'syntax' | 'too-long'
  bytes: Uint8Array
  /** what it should have been, where more can be said than the rule says; nothing of the record itself */
  expected?: string
}

export type Completeness =
  | {
      enumerated: 'everything' | 'changes' | 'window'
      by: 'number' | 'offset' | 'token' | 'keyset' | 'snapshot'
      upTo: string | null
      total?: number
    }
  | {
      enumerated: 'incomplete'
      why: string
      /** Where the next read begins all the same: of a source that remembers what it has read part by part, such as files. */
      upTo?: string
    }

/** What figures count or show beside dossiers: decisions that announce procedures, petitions, figures reported by hand, the portal's own score. */
export const INPUT_ENTITIES = ['publication', 'petition', 'statement', 'official-score'] as const
export type InputEntity = (typeof INPUT_ENTITIES)[number]
export const ENTITIES = ['agency', 'procedure', 'dossier', 'feedback', ...INPUT_ENTITIES] as const
export type Entity = (typeof ENTITIES)[number]
export const isInput = (entity: Entity): entity is InputEntity => (INPUT_ENTITIES as readonly Entity[]).includes(entity)

/** What a stream declares of itself, so that a builder need not be told again. */
export type StreamFacts = Pick<Stream<never>, 'name' | 'entity' | 'key' | 'order' | 'sees' | 'cursor' | 'deletes'> & {
  /** raw fields that its schema declares */
  fields: readonly string[]
}

export interface ReadContext<Config> {
  config: Config
  /** the stream that is read */
  stream: StreamFacts
  /** the instance's id in sources.json */
  source: string
  /** the instance's agency code, for systems of one agency */
  agency: string | null
  watermark: string | null
  resume: Resume | null
  /** epoch ms: the wall clock, or sample time for a made-up source */
  now: number
  zone: string
  signal: AbortSignal
  http: Http
  /** Dossiers of this source that have not ended, oldest first: what a new-only source must be asked for again. */
  unfinished(): AsyncIterable<{ key: Key; received: number }>
  /** `true` on `sync --full`: enumerate everything, whatever the watermark says. */
  full: boolean
}

interface Canonical {
  agency: CanonicalAgency
  procedure: CanonicalProcedure
  dossier: CanonicalDossier
  feedback: CanonicalFeedback
  publication: CanonicalPublication
  petition: CanonicalPetition
  statement: CanonicalStatement
  'official-score': CanonicalOfficialScore
}
type Optional<Fields> = { [Name in keyof Fields]-?: object extends Pick<Fields, Name> ? Name : never }[keyof Fields]

/** Canonical field → where it comes from. A string is a raw field taken as text. */
export type FieldMap = Readonly<Record<string, Mapped>>
/** The same for one entity: a field that is not canonical, and a required one that is missing, are marked in the editor. */
export type MapOf<Kind extends Entity> = {
  readonly [Name in Exclude<keyof Canonical[Kind], Optional<Canonical[Kind]>>]: Mapped
} & { readonly [Name in Optional<Canonical[Kind]>]?: Mapped }
export type Mapped = PlainMapped | Declared
export type PlainMapped =
  | string
  | Converted
  | { value: string | number | boolean }
  /** the instance's `agency` in sources.json */
  | { setting: 'agency' }
export interface Converted {
  from: string | readonly string[]
  as: Converter
}
/** The first of these whose raw fields the stream's schema declares; nothing where there is none. For the maps of national record forms. */
export interface Declared {
  declared: readonly Converted[]
}

export const KINDS = ['rest', 'files', 'soap', 'sql', 'singer'] as const
/** What `rest`, `files`, `soap`, `sql` and `singer` leave on the `read` they build, for the verbs of `ioc connector`. */
export interface Kit {
  kind: (typeof KINDS)[number]
  /** as it was given to the builder */
  declaration: object
}
/**
 * Pages, and in the end what they amount to. Runs in a reading thread that may have read, and will read, other streams: leave nothing
 * running, keep nothing in the module.
 */
export type Read<Config> = ((context: ReadContext<Config>) => AsyncGenerator<Page, Completeness>) & {
  /** absent where the generator was written by hand */
  readonly kit?: Kit
}
/** For builders: the same generator, with what it was declared by. */
export const withKit = <Config>(
  kind: Kit['kind'],
  declaration: object,
  read: (context: ReadContext<Config>) => AsyncGenerator<Page, Completeness>,
): Read<Config> => Object.assign(read, { kit: { kind, declaration } })

export const DRIFT_POLICIES = ['hold', 'quarantine-rows', 'widen-only'] as const
export type DriftPolicy = (typeof DRIFT_POLICIES)[number]

export interface Stream<Config> {
  /** unique in the connector; streams run in the order in which they stand */
  name: string
  /** what its records become; streams of agencies and procedures run first */
  entity: Entity
  /** path under `schemas/sources/`, e.g. `one-stop/dossier.schema.json`; describes the record after `protect` */
  schema: string
  /** raw field(s) that identify a record */
  key: readonly string[]
  /** raw field whose value decides which of two versions is newer, or the start of the read that first saw it */
  order: { field: string; zone: string } | 'arrival'
  /** what a read after the first is given: what changed; only what is new, so that what is unfinished is read again by window or id; or the whole, always */
  sees: 'changes' | 'new-only' | 'everything'
  /** by what the source knows what changed; `lookback` (ISO 8601, e.g. `PT2H`): how late a record may appear behind the newest */
  cursor?:
    | { from: 'field'; field: string; zone: string; granularity: 'day' | 'second' | 'millisecond'; lookback: string }
    | { from: 'server-clock'; lookback: string }
  /** how the source tells that a record is gone: it does not, by a mark, or by leaving it out of a whole read */
  deletes: 'never' | 'tombstones' | 'by-full-read'
  /**
   * What happens when records come in another form than the schema says (default: quarantine-rows, each such record is set aside):
   * - hold: nothing further lands where a type has changed, an enumeration has a new value or a required field never came
   * - widen-only: what only widens passes (a new field, null, a decimal for a whole number, a new value that the map does not need), the
   *   rest holds
   */
  drift?: DriftPolicy
  /** canonical field → raw field, or raw fields and a converter */
  map: FieldMap
  /** `rest`, `files`, `soap`, `sql`, `singer`, or a generator of your own */
  read: Read<Config>
}
/** As an author writes it: the map is of the stream's own entity. */
export type DeclaredStream<Config> = {
  [Kind in Entity]: Omit<Stream<Config>, 'entity' | 'map'> & { entity: Kind; map: MapOf<Kind> }
}[Entity]

export interface Connector<Config> {
  /** the name of its folder */
  name: string
  /** JSON Schema (2020-12) of the `settings` of an instance in sources.json; see `settings` */
  settings: Settings<Config>
  /** one for each kind of record */
  streams: readonly Stream<Config>[]
}
/** A JSON Schema, and the type of what it describes. */
export type Settings<Config> = Readonly<Record<string, unknown>> & { readonly [DESCRIBES]?: Config }
declare const DESCRIBES: unique symbol

/** Types a connector and returns it unchanged. */
export const defineConnector = <Config>(
  connector: Omit<Connector<Config>, 'streams'> & { streams: readonly DeclaredStream<Config>[] },
): Connector<Config> => connector
