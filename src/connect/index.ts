/** What a connector author imports as "ioc-feed/connect". */
import { type Read, withKit } from './connector.ts'
import type { SingerDeclaration } from './singer.ts'
import type { SqlDeclaration } from './sql.ts'

export * from './agencies.ts'
export type { AnswerFormat } from './answer-formats.ts'
export { pick, quoted } from './body.ts'
export * from './connector.ts'
export * from './converters.ts'
export {
  allTrue,
  anyFlag,
  anyText,
  anyWith,
  countOf,
  type Each,
  each,
  first,
  firstOf,
  highest,
  type Item,
  inside,
  isOneOf,
  itemsIn,
  joined,
  notEmpty,
  ofList,
  orElse,
  orNone,
  required,
  sumOf,
} from './converters-list.ts'
export {
  LEVELS,
  nationalAgencies,
  nationalApplicant,
  nationalChannel,
  nationalDelivery,
  nationalExecuting,
  nationalLevel,
  nationalLimit,
  nationalLimitUnit,
  nationalPayment,
  nationalStatus,
  nationalSupplements,
} from './converters-national.ts'
export { exploded } from './exploded.ts'
export { type FilePattern, type FilesDeclaration, files, PERIOD_FIELD } from './files.ts'
export type { Format } from './formats.ts'
export { success } from './guard.ts'
export type { Http, HttpAnswer, HttpRequest } from './http.ts'
export { nationalDossier, nationalProcedure } from './national.ts'
export type { Place as AnswerPlace } from './paths.ts'
export type { ListingOptions } from './place-listing.ts'
export type { SftpOptions } from './place-sftp.ts'
export { listing, type Place, sftp } from './places.ts'
export { rest } from './rest.ts'
export * from './rest-auth.ts'
export type * from './rest-declaration.ts'
export type { RestRequest } from './rest-request.ts'
export * from './rest-writers.ts'
export { type ConfigOf, type Setting, type SettingsOf, setting, settings } from './settings.ts'
export type { SingerDeclaration } from './singer.ts'
export type { Tap, TapLimits } from './singer-tap.ts'
export { type SoapDeclaration, soap } from './soap.ts'
export { type UsernameToken, usernameToken, type Xml, type XmlFields, xml } from './soap-envelope.ts'
export type { SoapFault } from './soap-xml.ts'
export type { SqlDeclaration } from './sql.ts'
export type { ServerAddress, SqlTls } from './sql-address.ts'
export { SQL_TESTED, SQL_TESTED_ON, type SqlConnection, type SqlDialect } from './sql-connection.ts'
export { ENCODINGS, type Encoding } from './text.ts'
export { officeTitle } from './titles.ts'

/** src/connect/sql.ts, loaded at the first read: database drivers would cost every reading thread a third of its start. */
export function sql<Config>(declaration: SqlDeclaration<Config>): Read<Config> {
  return withKit('sql', declaration, async function* read(context) {
    const { sql: read } = await import('./sql.ts')
    return yield* read(declaration)(context)
  })
}

/** src/connect/singer.ts, loaded at the first read, as `sql` is. */
export function singer<Config>(declaration: SingerDeclaration<Config>): Read<Config> {
  return withKit('singer', declaration, async function* read(context) {
    const { singer: read } = await import('./singer.ts')
    return yield* read(declaration)(context)
  })
}
