/** Runs a stream's `read` to its end, or to a page, as the engine does. */
import type { Completeness, Page, ReadContext, Resume, StreamFacts } from '../../src/connect/connector.ts'
import type { Http } from '../../src/connect/http.ts'
import { STREAM } from './loopback.ts'

export const SAMPLE_NOW = Date.parse('2024-12-02T08:00:00+07:00')

export interface ReadOptions {
  /** what the stream declares of itself, where it is not that of a stream keyed by `id` */
  stream?: Partial<StreamFacts>
  watermark?: string | null
  resume?: Resume | null
  now?: number
  full?: boolean
  http?: Http
  /** stop after so many pages, as a process that is killed */
  pages?: number
  /** what the engine does with a page before it asks for the next */
  onPage?: (page: Page) => Promise<void>
}
export interface Read {
  pages: Page[]
  completeness: Completeness | null
  /** rows as objects */
  rows: Record<string, unknown>[]
  /** of the last page */
  resume: Resume | null
}

export async function readAll<Config>(
  read: (context: ReadContext<Config>) => AsyncGenerator<Page, Completeness>,
  config: Config,
  options: ReadOptions = {},
): Promise<Read> {
  const pages: Page[] = []
  const generator = read({
    config,
    stream: { ...STREAM, ...options.stream },
    source: 'test',
    agency: null,
    watermark: options.watermark ?? null,
    resume: options.resume ?? null,
    now: options.now ?? SAMPLE_NOW,
    zone: 'Asia/Ho_Chi_Minh',
    signal: new AbortController().signal,
    http: options.http ?? (null as unknown as Http),
    async *unfinished() {},
    full: options.full ?? false,
  })
  let completeness: Completeness | null = null
  for (;;) {
    if (pages.length === options.pages) {
      await generator.return({ enumerated: 'incomplete', why: 'killed' })
      break
    }
    const next = await generator.next()
    if (next.done) {
      completeness = next.value
      break
    }
    pages.push(next.value)
    await options.onPage?.(next.value)
  }
  return { pages, completeness, rows: pages.flatMap(rowsOf), resume: pages.at(-1)?.resume ?? null }
}

function rowsOf({ records, header }: Page): Record<string, unknown>[] {
  if (!header) return records as Record<string, unknown>[]
  return records.map((record) => Object.fromEntries(header.map((name, i) => [name, (record as unknown[])[i]])))
}

export const upTo = (read: Read): string | null =>
  read.completeness && 'upTo' in read.completeness ? read.completeness.upTo : null
