/** What `ioc connector new` finds out about a system before anything is written. Values live in memory only. */
import type { Entity, Kit } from '../../connect/connector.ts'
import type { PersonalKind } from '../../sync/verdict.ts'

export type FieldType = 'string' | 'integer' | 'number' | 'boolean' | 'object' | 'array' | 'null'

export interface Field {
  /** as the source writes it */
  name: string
  types: ReadonlySet<FieldType>
  /** of the sample, as text, without empty ones; empty for what is personal */
  values: readonly string[]
  /** some record lacks it, or has null or an empty text there */
  optional: boolean
  /** longest text */
  longest: number
  personal: PersonalKind | null
  /** fields of an object, or of the objects in a list */
  fields: readonly Field[] | null
  /** what a description says where there are no values */
  says?: 'date' | 'date-time' | undefined
}

/** What is marked personal, also inside objects and lists, by its path as the other verbs write it: `applicant/fullName`. */
export const personalIn = (fields: readonly Field[], within = ''): { field: string; kind: PersonalKind }[] =>
  fields.flatMap(({ name, personal, fields: inner }) =>
    personal === null ? personalIn(inner ?? [], `${within}${name}/`) : [{ field: `${within}${name}`, kind: personal }],
  )

/** An open question, where it belongs, and in both languages. */
export interface Todo {
  at: TodoPlace
  vi: string
  en: string
}
/** `map` with the canonical field, `field` with the raw one, `dates` that are not mapped, or a part of the stream or of its `read`. */
export type TodoPlace =
  | `map ${string}`
  | `field ${string}`
  | 'dates'
  | 'stream'
  | 'request'
  | 'paging'
  | 'guard'
  | 'since'
  | 'files'
  | 'read'
  | 'settings'

export interface SettingLine {
  name: string
  /** e.g. `setting.url('address of the system')` */
  code: string
  /** as sources.json has it; a secret is a reference to the environment */
  value: string
  /** for the README */
  doc: string
}

/** What one kind of sample says; `read` is written when key and order are decided. */
export interface Found {
  kind: Exclude<Kit['kind'], 'singer'>
  fields: readonly Field[]
  /** records of the sample; 0 where it only describes them */
  records: number
  settings: readonly SettingLine[]
  todos: readonly Todo[]
  /** declared by the source: the columns of a primary key */
  key?: readonly string[]
  sees?: 'changes' | 'new-only' | 'everything'
  /** the order field may also be read by (sql) */
  cursor?: boolean
  deletedBy?: string
  /** code above the connector */
  helpers?: string
  read(facts: StreamDraft): string
  /** for the README: what is asked of the system */
  asks: string
  needs: string
}

export interface StreamDraft {
  name: string
  entity: Entity
  key: readonly string[]
  order: string | null
  map: readonly MapLine[]
  fields: readonly Field[]
}
export interface MapLine {
  canonical: string
  /** code of the right-hand side */
  code: string
  /** raw fields */
  from: readonly string[]
}
