/** The national catalogue of procedures (CSDL quốc gia về TTHC) through the province's adapter: always the whole list. */
import { code, defineConnector, pick, procedureCode, quoted, rest, session, text } from 'ioc-feed/connect'
import {
  agencies,
  executing,
  fee,
  firstIn,
  integrated,
  level,
  limit,
  limitUnit,
  notEmpty,
  online,
} from './converters.ts'

interface Settings {
  url: string
  /** the adapter's route (header dstcode) */
  destination: string
  username: string
  password: string
  /** the province's identifier, e.g. H53 */
  unit: string
}

/** The adapter says 0, "0" or "00" for success. */
function guard(body: unknown): string | undefined {
  const given = String(pick(body, 'error_code') ?? 'no error_code')
  return /^0+$/.test(given) ? undefined : `error_code ${quoted(given)}: ${quoted(pick(body, 'message'))}`
}

export default defineConnector<Settings>({
  name: 'catalogue',
  settings: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    additionalProperties: false,
    required: ['url', 'destination', 'username', 'password', 'unit'],
    properties: {
      url: { type: 'string', format: 'uri', pattern: '^https?://', description: 'address of the adapter' },
      destination: { type: 'string', minLength: 1, description: 'the adapter route, sent as header dstcode' },
      username: { type: 'string', minLength: 1 },
      password: { type: 'string', minLength: 1 },
      unit: { type: 'string', minLength: 1, description: "the province's identifier, sent as madonvi" },
    },
  },
  streams: [
    {
      name: 'procedure',
      entity: 'procedure',
      schema: 'catalogue/procedure.schema.json',
      key: ['MATTHC'],
      order: 'arrival',
      sees: 'everything',
      deletes: 'by-full-read',
      map: {
        code: { from: 'MATTHC', as: procedureCode() },
        localCode: { from: 'MATTHC', as: text() },
        name: { from: 'TENTTHC', as: code() },
        fieldCode: { from: 'LINHVUCTHUCHIEN', as: firstIn('MALINHVUC') },
        fieldName: { from: 'LINHVUCTHUCHIEN', as: firstIn('TENLINHVUC') },
        level: { from: 'DICHVUCONG', as: level() },
        online: { from: ['DICHVUCONG', 'TRANGTHAI'], as: online() },
        integrated: { from: 'DICHVUCONG', as: integrated() },
        executing: { from: 'CAPTHUCHIEN', as: executing() },
        agencies: { from: 'COQUANTHUCHIEN', as: agencies() },
        limit: { from: 'CACHTHUCTHUCHIEN', as: limit() },
        limitUnit: { from: 'CACHTHUCTHUCHIEN', as: limitUnit() },
        fee: { from: 'CACHTHUCTHUCHIEN', as: fee() },
        requiresResult: { from: 'KETQUATHUCHIEN', as: notEmpty() },
      },
      read: rest({
        base: ({ url }) => url,
        auth: session({
          login: ({ username, password, destination }) => ({
            path: '/login',
            method: 'POST',
            headers: { dstcode: destination },
            body: { username, password },
          }),
          at: 'session',
          as: 'session',
          refused: guard,
          expired: (body) => String(pick(body, 'error_code')) === '-1',
        }),
        request: ({ unit, destination }) => ({
          path: '/share',
          method: 'POST',
          headers: { dstcode: destination },
          body: { madonvi: unit, service: 'LayDanhSachTTHC' },
        }),
        guard,
        unwrap: 'message',
        records: 'result',
        paging: { kind: 'none' },
      }),
    },
  ],
})
