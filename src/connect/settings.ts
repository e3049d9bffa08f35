/**
 * The settings of an instance in sources.json, declared once: their JSON Schema and their TypeScript type come from the same lines.
 *
 *   settings({ url: setting.url('address of the system'), token: setting.secret(), start: setting.optional(setting.day()) })
 */
import type { Settings } from './connector.ts'

export interface Setting<Value> {
  schema: Readonly<Record<string, unknown>>
  required: boolean
  /** never there; carries the type */
  readonly value?: Value
}
type Fields = Readonly<Record<string, Setting<unknown>>>
type ValueOf<Field> = Field extends Setting<infer Value> ? Value : never
type Absentable<Of extends Fields> = {
  [Name in keyof Of]: undefined extends ValueOf<Of[Name]> ? Name : never
}[keyof Of]
export type SettingsOf<Of extends Fields> = {
  [Name in Exclude<keyof Of, Absentable<Of>>]: ValueOf<Of[Name]>
} & { [Name in Absentable<Of>]?: Exclude<ValueOf<Of[Name]>, undefined> }

/** The type of what a settings schema describes. */
export type ConfigOf<Schema> = Schema extends Settings<infer Config> ? Config : never

/** The JSON Schema of these settings; no others are taken. */
export const settings = <Of extends Fields>(fields: Of): Settings<SettingsOf<Of>> => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  additionalProperties: false,
  required: Object.keys(fields).filter((name) => fields[name]?.required),
  properties: Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema])),
})

const of = <Value>(schema: Readonly<Record<string, unknown>>, doc?: string): Setting<Value> => ({
  schema: doc === undefined ? schema : { ...schema, description: doc },
  required: true,
})

export const setting = {
  /** an http or https address */
  url: (doc?: string) => of<string>({ type: 'string', format: 'uri', pattern: '^https?://' }, doc),
  /** text, not empty; `pattern` is a regular expression */
  text: (doc?: string, pattern?: string) =>
    of<string>({ type: 'string', minLength: 1, ...(pattern === undefined ? {} : { pattern }) }, doc),
  /** text that no message, log or recording shows */
  secret: (doc?: string) => of<string>({ type: 'string', minLength: 1, 'x-secret': true }, doc),
  /** a file or folder, relative to the home */
  path: (doc?: string) => of<string>({ type: 'string', minLength: 1, format: 'path' }, doc),
  /** `yyyy-MM-dd` */
  day: (doc?: string) => of<string>({ type: 'string', format: 'date' }, doc),
  /** a number within bounds, from 0 unless said */
  number: (doc?: string, [minimum, maximum]: readonly [number, number] = [0, Number.MAX_SAFE_INTEGER]) =>
    of<number>({ type: 'number', minimum, maximum }, doc),
  /** one of `values` */
  choice: <const Value extends string>(values: readonly Value[], doc?: string) => of<Value>({ enum: values }, doc),
  /** name → one of `values`, e.g. a district's encoding */
  table: <Value extends string>(values: readonly Value[], doc?: string) =>
    of<Readonly<Record<string, Value>>>({ type: 'object', additionalProperties: { enum: values } }, doc),
  /** may be left out */
  optional: <Value>(one: Setting<Value>): Setting<Value | undefined> => ({ ...one, required: false }),
} as const
