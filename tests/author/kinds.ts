/** One made-up connector for each way in which a source answers, with its recording: the records are those of the shipped one-stop system. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import oneStop from '../../connectors/one-stop/connector.ts'
import type { Exchange, Recording } from '../../src/author/record/recording.ts'
import { CHECKOUT } from '../../src/config.ts'
import type { Connector, Stream } from '../../src/connect/connector.ts'
import * as kit from '../../src/connect/index.ts'
import type { Paging, RestDeclaration } from '../../src/connect/rest-declaration.ts'

const ZONE = 'Asia/Ho_Chi_Minh'
const settings = kit.settings({ url: kit.setting.url('its address'), start: kit.setting.day('first day') })
type Config = kit.ConfigOf<typeof settings>
type AnyStream = Stream<unknown>

export interface Kind {
  /** by a Singer tap in place of HTTP */
  singer?: true
  rest: Omit<RestDeclaration<Config>, 'base' | 'auth' | 'guard' | 'request'> & {
    request?: RestDeclaration<Config>['request']
  }
  /** answer with `{{records}}` in it */
  response: Exchange['response']
  stream?: Partial<AnyStream>
  others?: readonly Exchange[]
}

const recorded = (
  JSON.parse(readFileSync(join(CHECKOUT, 'connectors', 'one-stop', 'recordings', 'dossier.json'), 'utf8')) as Recording
).records
const open = { NgayKetThucXuLy: '', NgayTra: '', NgayTuChoi: '', TrangThaiHoSo: '4' }
/** two of them have not ended */
const records = [
  ...recorded,
  ...recorded.slice(0, 2).map((record, i) => ({ ...record, ...open, MaHoSo: `H53.26-240102-900${i}` })),
].map((record) => Object.fromEntries(Object.entries(record).filter(([, value]) => typeof value === 'string')))
const json = (body: unknown): Exchange['response'] => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body,
})
const text = (type: string, body: string): Exchange['response'] => ({
  status: 200,
  headers: { 'content-type': type },
  text: body,
})
const MARK = '{{records}}'
const size = { parameter: 'limit', rows: 100 }
const since = { parameter: 'since', zone: ZONE, write: kit.compactTime, first: () => undefined }
const windows = {
  from: { parameter: 'tu', included: true },
  until: { parameter: 'den', included: true },
  unit: 'day',
  days: 31,
  zone: ZONE,
  write: kit.isoDay,
  start: ({ start }: Config) => start,
  lookback: 3,
} as const
const newOnly = { sees: 'new-only', cursor: undefined } as unknown as Partial<AnyStream>
const everything = { sees: 'everything', cursor: undefined } as unknown as Partial<AnyStream>

export const KINDS: Readonly<Record<string, Kind>> = {
  'offset, CSV': {
    rest: {
      answer: { format: 'csv', delimiter: ';' },
      records: '',
      since,
      paging: { kind: 'offset', parameter: 'skip', size, total: { header: 'x-total' }, maxPages: 500, seams: 'probe' },
    },
    response: text('text/csv', `${Object.keys(records[0] ?? {}).join(';')}\n${MARK}\n`),
  },
  'token in the body, XML': {
    rest: {
      answer: { format: 'xml' },
      records: 'Tra.DanhSach.HoSo',
      since,
      paging: { kind: 'token', next: 'Tra.tiep', parameter: 'sau', more: 'Tra.con', total: 'Tra.tong', maxPages: 500 },
    },
    response: text(
      'application/xml',
      `<?xml version="1.0"?><Tra><tong>30</tong><con>true</con><tiep>mau</tiep><DanhSach>${MARK}</DanhSach></Tra>`,
    ),
  },
  'token in a header and the body of the request, NDJSON': {
    rest: {
      request: { path: '/ho-so', method: 'POST', body: { loai: 'tat-ca' } },
      answer: { format: 'ndjson' },
      records: '',
      since: { ...since, in: 'body' },
      paging: { kind: 'token', next: { header: 'x-next' }, parameter: 'sau', in: 'body', maxPages: 500 },
    },
    response: text('application/x-ndjson', MARK),
  },
  'link header': {
    rest: { records: 'data', since, paging: { kind: 'link', total: 'total', maxPages: 500 } },
    response: json({ total: 1, data: MARK }),
  },
  'link in the body': {
    rest: { records: 'data', paging: { kind: 'link', next: 'links.next', size, maxPages: 500 } },
    response: json({ data: MARK, links: { next: null } }),
    stream: everything,
  },
  keyset: {
    rest: {
      records: 'data',
      paging: {
        kind: 'keyset',
        parameter: 'after',
        field: 'MaHoSo',
        starts: 'after',
        size,
        total: 'total',
        maxPages: 500,
      },
    },
    response: json({ total: 1, data: MARK }),
    stream: { ...everything, deletes: 'by-full-read' },
  },
  'windows, unfinished by id': {
    rest: {
      records: 'data',
      paging: { kind: 'none' },
      windows,
      unfinished: { by: 'id', request: (_, [key = '']) => ({ path: `/ho-so/${key}` }), together: 4 },
    },
    response: json({ data: MARK }),
    stream: newOnly,
  },
  'windows, unfinished by window': {
    rest: {
      records: 'data',
      paging: {
        kind: 'page-number',
        parameter: 'page',
        from: 0,
        size,
        total: 'total',
        maxPages: 500,
        seams: 'probe',
      },
      windows,
      unfinished: { by: 'window' },
    },
    response: json({ total: 1, data: MARK }),
    stream: newOnly,
  },
  'Singer tap': {
    singer: true,
    rest: { records: '', paging: { kind: 'none' }, answer: { format: 'json' } },
    response: json({}),
  },
  parents: {
    rest: {
      request: (_: Config, parent: string) => ({ path: `/don-vi/${parent}/ho-so` }),
      records: 'data',
      since,
      paging: { kind: 'token', next: 'next', parameter: 'sau', maxPages: 500 },
      parents: { request: { path: '/don-vi' }, records: 'items', id: 'id', paging: { kind: 'none' } },
    },
    response: json({ next: 'mau', data: MARK }),
    others: [
      {
        request: { method: 'GET', path: '/don-vi', query: {} },
        response: json({ items: [{ id: 7 }, { id: 12 }] }),
      },
    ],
  },
}

const base = oneStop.streams.find(({ name }) => name === 'dossier') as unknown as AnyStream

/** The planted bug of taps: one that dies or babbles is taken for one that has ended. */
export function singerTwin(): Connector<unknown> {
  const connector = connectorOf('Singer tap')
  const streams = connector.streams.map((stream) => {
    const read = async function* (context: kit.ReadContext<unknown>): AsyncGenerator<kit.Page, kit.Completeness> {
      try {
        return yield* stream.read(context)
      } catch {
        return { enumerated: 'changes', by: 'token', upTo: context.watermark }
      }
    }
    return { ...stream, read: Object.assign(read, stream.read.kit ? { kit: stream.read.kit } : {}) }
  })
  return { ...connector, streams }
}

export function connectorOf(name: string): Connector<unknown> {
  const kind = KINDS[name] as Kind
  const rest = kit.rest<Config>({
    base: ({ url }) => url,
    auth: kit.noAuth(),
    request: { path: '/ho-so' },
    guard: (body) => (JSON.stringify(body).includes('"success":false') ? 'it says so' : undefined),
    ...kind.rest,
    paging: { ...kind.rest.paging } as Paging,
  })
  const tap = kit.singer<Config>({
    tap: () => ({ command: 'tap-that-nobody-has' }),
    config: ({ url }) => ({ url }),
    catalog: 'discover',
  })
  const read = kind.singer ? tap : rest
  const { cursor, ...plain } = { ...base, ...kind.stream }
  const stream = { ...plain, ...(cursor === undefined ? {} : { cursor }), read }
  return { name: oneStop.name, settings, streams: [stream] } as unknown as Connector<unknown>
}

export function recordingOf(name: string): Recording {
  const kind = KINDS[name] as Kind
  const { method = 'GET' } = typeof kind.rest.request === 'object' ? kind.rest.request : {}
  const path = kind.rest.parents ? '/don-vi/7/ho-so' : '/ho-so'
  return {
    made: { by: 'a test', version: '0', at: '2024-01-01', note: 'made up' },
    connector: oneStop.name,
    stream: 'dossier',
    kind: kind.singer ? 'singer' : 'rest',
    kept: records.length,
    came: records.length,
    exchanges: kind.singer
      ? []
      : [...(kind.others ?? []), { request: { method, path, query: {} }, response: kind.response }],
    records,
  }
}
