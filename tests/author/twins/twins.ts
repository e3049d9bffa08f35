/**
 * Connectors with one bug planted each, made from the shipped ones. The hostile suite must find every one of them, by the check that is
 * named here; a check that finds nothing proves nothing.
 */
import Database from 'better-sqlite3'
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import catalogue from '../../../connectors/catalogue/connector.ts'
import communes from '../../../connectors/communes/connector.ts'
import judicial from '../../../connectors/judicial/connector.ts'
import land from '../../../connectors/land/connector.ts'
import oneStop from '../../../connectors/one-stop/connector.ts'
import type { Completeness, Connector, Page, ReadContext, Stream } from '../../../src/connect/connector.ts'
import type { Converter } from '../../../src/connect/converters.ts'

type AnyStream = Stream<unknown>
export interface Twin {
  /** the shipped connector whose recordings it is tested with */
  base: 'catalogue' | 'communes' | 'judicial' | 'land' | 'one-stop'
  stream: string
  /** the check that must fail */
  check: string
  bug: string
  plant: (stream: AnyStream) => AnyStream
}

const BASES = { catalogue, communes, judicial, land, 'one-stop': oneStop } as unknown as Readonly<
  Record<Twin['base'], Connector<unknown>>
>

/** The connector with the bug in it. */
export function twinOf(name: string): Connector<unknown> {
  const twin = TWINS[name]
  if (!twin) throw new Error(`there is no twin ${name}`)
  const base = BASES[twin.base]
  return {
    ...base,
    streams: base.streams.map((stream) => (stream.name === twin.stream ? twin.plant(stream) : stream)),
  }
}

type Read = (context: ReadContext<unknown>) => AsyncGenerator<Page, Completeness>
/** Another reader of the same source: the declaration stays, so that the source is the same. */
const readBy = (stream: AnyStream, read: Read): AnyStream => ({
  ...stream,
  read: Object.assign(read, stream.read.kit ? { kit: stream.read.kit } : {}),
})
const mapped = (stream: AnyStream, field: string, from: string, convert: Converter['convert']): AnyStream => ({
  ...stream,
  map: { ...stream.map, [field]: { from, as: { name: 'planted', doc: 'a planted bug', convert } } },
})

interface PagerBugs {
  /** pages that a resumed read passes over */
  skips?: number
  /** asks from the watermark itself */
  noLookback?: boolean
  /** an answer that cannot be read is the end */
  swallows?: boolean
  /** stops at so many pages and calls it complete */
  cap?: number
}
/** How a pager is written on a good afternoon. */
const pager = ({ skips = 0, noLookback = false, swallows = false, cap = Number.POSITIVE_INFINITY }: PagerBugs): Read =>
  async function* read({ config, http, watermark, resume, now, full }) {
    const { url } = config as { url: string }
    const asked = watermark === null || full ? null : Date.parse(watermark) - (noLookback ? 0 : 7_200_000)
    const since = asked === null ? {} : { thayDoiTu: compact(asked) }
    let page = (resume?.page as number | undefined) ?? 0
    if (resume) page += skips
    let upTo = new Date(now).toISOString()
    while (page < cap) {
      const query = { ...since, trang: String(page + 1), kichThuoc: '500' }
      let records: readonly unknown[]
      try {
        const { body, headers } = await http.json({ url: `${url}/api/ho-so`, query })
        records = (body as { data?: readonly unknown[] }).data ?? []
        if (page === 0) upTo = new Date(Number(headers['x-sample-time'])).toISOString()
      } catch (error) {
        if (!swallows) throw error
        records = []
      }
      if (records.length === 0) break
      page += 1
      yield { records, resume: { page } }
    }
    return { enumerated: asked === null ? 'everything' : 'changes', by: 'number', upTo }
  }
const compact = (at: number) =>
  Temporal.Instant.fromEpochMilliseconds(at)
    .toZonedDateTimeISO('Asia/Ho_Chi_Minh')
    .toPlainDateTime()
    .toString({ smallestUnit: 'second' })
    .replace(/\D/g, '')

interface SqlBugs {
  /** rows without a cursor value are left out */
  noNulls?: boolean
  /** behind a page: greater than its last cursor value, whatever the key */
  greater?: boolean
  /** a cursor value in the future moves the watermark */
  future?: boolean
}
const COMPILER = new Kysely<Record<string, Record<string, unknown>>>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
})
const rowReader = (stream: AnyStream, { noNulls = false, greater = false, future = false }: SqlBugs): Read =>
  async function* read({ config, watermark, resume, now, full }) {
    const declared = stream.read.kit?.declaration as unknown as {
      connect: (config: unknown) => { file: string }
      rows: (db: typeof COMPILER) => { compile(): { sql: string } }
    }
    const table = declared.rows(COMPILER).compile().sql
    const database = new Database(declared.connect(config).file, { readonly: true })
    const of = (where: string, ...values: unknown[]) =>
      database.prepare(`SELECT * FROM (${table}) WHERE ${where}`).all(...values) as Record<string, string>[]
    try {
      let at = (resume?.at as string | undefined) ?? (full ? '' : (watermark ?? ''))
      let id = (resume?.id as number | undefined) ?? 0
      let upTo = watermark
      if (!noNulls && !resume) {
        const nulls = of('NgayCapNhat IS NULL')
        for (let from = 0; from < nulls.length; from += 1_000)
          yield { records: nulls.slice(from, from + 1_000), resume: { at: '', id: 0 } }
      }
      for (;;) {
        const order = 'ORDER BY NgayCapNhat, Id LIMIT 1000'
        const rows = greater ? of(`NgayCapNhat > ? ${order}`, at) : of(`(NgayCapNhat, Id) > (?, ?) ${order}`, at, id)
        const last = rows.at(-1)
        if (!last) break
        at = String(last.NgayCapNhat)
        id = Number(last.Id)
        if (future || Date.parse(`${at.replace(' ', 'T')}+07:00`) <= now) upTo = at
        yield { records: rows, resume: { at, id } }
      }
      return { enumerated: full || watermark === null ? 'everything' : 'changes', by: 'keyset', upTo }
    } finally {
      database.close()
    }
  }

let counted = 0

export const TWINS: Readonly<Record<string, Twin>> = {
  'greater-than': {
    base: 'land',
    stream: 'dossier',
    check: 'equal-cursor',
    bug: 'reads on behind a page with > its last cursor value',
    plant: (stream) => readBy(stream, rowReader(stream, { greater: true })),
  },
  'resume-skips': {
    base: 'one-stop',
    stream: 'dossier',
    check: 'left-over',
    bug: 'a resumed read passes over one page',
    plant: (stream) => readBy(stream, pager({ skips: 1 })),
  },
  'no-lookback': {
    base: 'one-stop',
    stream: 'dossier',
    check: 'late-row',
    bug: 'asks from the watermark itself',
    plant: (stream) => readBy(stream, pager({ noLookback: true })),
  },
  'no-lookback-at-seams': {
    base: 'one-stop',
    stream: 'dossier',
    check: 'window-seams',
    bug: 'asks from the watermark itself, of a server that leaves that second out',
    plant: (stream) => readBy(stream, pager({ noLookback: true })),
  },
  'running-content': {
    base: 'one-stop',
    stream: 'dossier',
    check: 'nothing-new',
    bug: 'a mapped value that differs with each read',
    plant: (stream) => mapped(stream, 'fee', 'MaHoSo', () => ++counted),
  },
  'swallows-errors': {
    base: 'one-stop',
    stream: 'dossier',
    check: 'unordered',
    bug: 'takes a page that cannot be read for the end',
    plant: (stream) => readBy(stream, pager({ swallows: true })),
  },
  'future-watermark': {
    base: 'land',
    stream: 'dossier',
    check: 'far-future',
    bug: 'the greatest cursor value is the watermark, also one of 2099',
    plant: (stream) => readBy(stream, rowReader(stream, { future: true })),
  },
  'drops-nulls': {
    base: 'land',
    stream: 'dossier',
    check: 'null-cursor',
    bug: 'rows without a cursor value are left out',
    plant: (stream) => readBy(stream, rowReader(stream, { noNulls: true })),
  },
  'local-as-utc': {
    base: 'one-stop',
    stream: 'dossier',
    check: 'one-instant',
    bug: 'takes local time for UTC',
    plant: (stream) =>
      mapped(stream, 'received', 'NgayTiepNhan', ([value]) => {
        const text = String(value ?? '')
        const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text) ?? []
        if (!y) return null
        return {
          at: Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s)),
          precision: 'second',
        }
      }),
  },
  'trusts-pages': {
    base: 'one-stop',
    stream: 'dossier',
    check: 'moving-rows',
    bug: 'looks neither at the total nor at the seams between pages',
    plant: (stream) => readBy(stream, pager({})),
  },
  'cap-as-success': {
    base: 'one-stop',
    stream: 'dossier',
    check: 'stuck-paging',
    bug: 'stops at a hundred pages and calls it complete',
    plant: (stream) => readBy(stream, pager({ cap: 10 })),
  },
  'error-as-empty': {
    base: 'one-stop',
    stream: 'dossier',
    check: 'bad-answer',
    bug: 'takes {"success":false} for an empty list',
    plant: (stream) => readBy(stream, pager({})),
  },
  'half-as-whole': {
    base: 'one-stop',
    stream: 'dossier',
    check: 'half-full-read',
    bug: 'takes a page that cannot be read for the end',
    plant: (stream) => readBy(stream, pager({ swallows: true })),
  },
  'never-deletes': {
    base: 'one-stop',
    stream: 'dossier',
    check: 'deletions',
    bug: 'says that a full read deletes, but reads by page number, which proves nothing',
    plant: (stream) => ({ ...stream, deletes: 'by-full-read' }),
  },
  'converter-throws': {
    base: 'one-stop',
    stream: 'dossier',
    check: 'poison',
    bug: 'a converter throws on what it does not know',
    plant: (stream) =>
      mapped(stream, 'status', 'TrangThaiHoSo', ([value]) => {
        const status = Number(value)
        if (!Number.isInteger(status)) throw new TypeError('not a status')
        return status
      }),
  },
  'key-as-it-is': {
    base: 'land',
    stream: 'dossier',
    check: 'keys',
    bug: 'keeps the spaces around a code',
    plant: (stream) => mapped(stream, 'code', 'MaHoSo', ([value]) => encodeURI(String(value))),
  },
  'code-as-number': {
    base: 'one-stop',
    stream: 'feedback',
    check: 'lossless',
    bug: 'turns a code into a number',
    plant: (stream) =>
      mapped(stream, 'code', 'MaDanhGia', ([value]) =>
        /^\d/.test(String(value)) ? String(Number(value)) : String(value),
      ),
  },
  'echoes-errors': {
    base: 'one-stop',
    stream: 'dossier',
    check: 'secrets-and-persons',
    bug: "repeats the source's message as it is",
    plant: (stream) =>
      readBy(stream, async function* read(context) {
        const { url } = context.config as { url: string }
        const { body } = await context.http.json({ url: `${url}/api/ho-so`, query: { trang: '1', kichThuoc: '500' } })
        const { error_code, message, data } = body as { error_code: string; message: string; data?: unknown[] }
        const { PipelineError } = await import('../../../src/errors.ts')
        if (!data)
          throw new PipelineError('SOURCE_ANSWERED_ERROR', {
            source: context.source,
            problem: `${error_code}: ${message}`,
          })
        yield { records: data, resume: {} }
        return { enumerated: 'everything', by: 'number', upTo: null }
      }),
  },
  'forgets-unfinished': {
    base: 'judicial',
    stream: 'dossier',
    check: 'new-only',
    bug: 'never asks again for what has not ended',
    plant: (stream) => readBy(stream, (context) => stream.read({ ...context, async *unfinished() {} })),
  },
  'by-arrival': {
    base: 'communes',
    stream: 'dossier',
    check: 'old-file',
    bug: 'the file that came last wins',
    plant: (stream) => ({ ...stream, order: 'arrival' }),
  },
}
