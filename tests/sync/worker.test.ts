import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import type { PipelineError } from '../../src/errors.ts'
import type { NormalisedPage, WorkerStart } from '../../src/sync/protocol.ts'
import { BATCH_ROWS } from '../../src/sync/protocol.ts'
import { type ReadHandlers, type ReadOptions, readStream } from '../../src/sync/read.ts'
import { makeHome, startOf } from './support-home.ts'

/** A real connector file in a home outside the checkout; `body` is that of its generator. */
function connectorOf(body: string): string {
  const home = makeHome()
  writeFileSync(
    join(home, 'connector.ts'),
    `import { defineConnector, integer, procedureCode, vietnameseDate } from 'ioc-feed/connect'
type Context = { config: Record<string, unknown>; signal: AbortSignal; resume: unknown; unfinished(): AsyncIterable<{ key: string[] }> }
const header = ['MaHoSo', 'MaTTHC', 'TrangThai', 'NgayTiepNhan', 'ChuHoSo']
const row = (n: number, day = '01/02/2024'): string[] => ['HS-' + n, '1.004194', '4', day, 'Trần Thị Mẫu']
const rows = (from: number, count: number) => Array.from({ length: count }, (_, i) => row(from + i))
const everything = { enumerated: 'everything', by: 'snapshot', upTo: null } as const
export default defineConnector<unknown>({
  name: 'drop', settings: { properties: { pin: { type: 'string', 'x-secret': true } } }, streams: [{
    name: 'dossier', entity: 'dossier', schema: 'drop/dossier.schema.json', key: ['MaHoSo'], order: 'arrival', sees: 'everything', deletes: 'never',
    map: { code: 'MaHoSo', procedure: { from: 'MaTTHC', as: procedureCode() }, resolving: { setting: 'agency' }, channel: { value: 'counter' },
      status: { from: 'TrangThai', as: integer() }, received: { from: 'NgayTiepNhan', as: vietnameseDate('Asia/Ho_Chi_Minh') } },
    async *read(context: any) { const { config, signal } = context as Context
${body}
    },
  }],
})
`,
  )
  return home
}

interface Outcome {
  pages: NormalisedPage[]
  result: unknown
  error: PipelineError | null
}
interface Given extends ReadOptions {
  settings?: unknown
  signal?: AbortSignal
  handlers?: Partial<ReadHandlers>
}
async function read(body: string, { settings = {}, signal, handlers = {}, ...options }: Given = {}): Promise<Outcome> {
  const start: WorkerStart = {
    ...startOf(connectorOf(body)),
    settings,
    watermark: null,
    resume: null,
    full: false,
  }
  const pages: NormalisedPage[] = []
  const all: ReadHandlers = {
    page: async (page) => {
      pages.push(page)
      await handlers.page?.(page)
    },
    unfinished: handlers.unfinished ?? (async () => ({ items: [], last: true })),
  }
  try {
    return { pages, result: await readStream(start, all, signal ?? new AbortController().signal, options), error: null }
  } catch (error) {
    return { pages, result: null, error: error as PipelineError }
  }
}

describe('pages', () => {
  it('one poison record in 10,000 is refused with path, rule and value, the others arrive', async () => {
    const { pages, result } = await read(`
      for (let page = 0; page < 10; page++) {
        const records = rows(page * 1000, 1000)
        if (page === 7) records[3] = row(7003, '31/02/2024')
        yield { records, header, resume: { page } }
      }
      return everything`)
    expect(result).toEqual({ enumerated: 'everything', by: 'snapshot', upTo: null })
    expect(pages.reduce((sum, page) => sum + page.rows.length, 0)).toBe(9999)
    const rejected = pages.flatMap((page) => page.rejected)
    expect(rejected).toMatchObject([
      { key: 'HS-7003', reasons: [{ path: '/NgayTiepNhan', rule: 'date', value: '31/02/2024' }] },
    ])
    expect(pages.at(-1)?.resume).toEqual({ page: 9 })
    expect(JSON.stringify(pages)).not.toContain('Trần')
  })

  it('wait for credit: a fast generator is never more than the rows in flight ahead', async () => {
    const made = new Int32Array(new SharedArrayBuffer(4))
    let handled = 0
    let ahead = 0
    const { pages } = await read(
      `for (let page = 0; page < 60; page++) { Atomics.add(config.made as Int32Array, 0, 1); yield { records: rows(page * 1000, 1000), header, resume: {} } }
       return everything`,
      {
        settings: { made },
        handlers: {
          page: async () => {
            for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
            ahead = Math.max(ahead, Atomics.load(made, 0) - handled)
            handled++
          },
        },
      },
    )
    expect(pages).toHaveLength(60)
    expect(ahead).toBeGreaterThan(1)
    expect(ahead).toBeLessThanOrEqual(BATCH_ROWS / 1000)
  })

  it.each([
    ['yield { records: rows(0, 10001), header, resume: {} }', /10001 records, at most 10000/],
    ["yield { records: [], resume: { a: 'x'.repeat(1024) } }", /1032 bytes, at most 1024/],
    ['yield { records: [], resume: null }', /not a JSON object/],
  ])('are bounded: %s', async (body, message) => {
    const { error } = await read(`${body}\nreturn everything`)
    expect(error?.code).toBe('CONNECTOR_INVALID')
    expect(error?.message).toMatch(message)
  })

  it('the unfinished are asked for in parts', async () => {
    const { pages } = await read(
      `const records = []
       for await (const { key } of context.unfinished()) records.push([...row(0)].with(0, key[0] as string))
       yield { records, header, resume: {} }
       return everything`,
      {
        handlers: {
          unfinished: async (after) => {
            const next = (after?.received ?? 0) + 1
            return { items: [{ key: [`HS-${next}`], received: next }], last: next === 3 }
          },
        },
      },
    )
    expect(pages[0]?.rows.map((row) => (row as readonly unknown[])[0])).toEqual(['HS-1', 'HS-2', 'HS-3'])
  })
})

describe('a thread', () => {
  const THREAD = `const { threadId } = await import('node:worker_threads')
    yield { records: rows(0, 1), header, resume: { threadId } }`
  const threadOf = ({ pages }: Outcome) => pages[0]?.resume.threadId

  it('whose read has ended well reads the next stream, from its own start and with credit of its own', async () => {
    const first = await read(`${THREAD}\nreturn everything`)
    const next = await read(`${THREAD}
      for (let page = 1; page < 12; page++) yield { records: rows(page * 1000, 1000), header, resume: { page } }
      return { enumerated: 'changes', by: 'token', upTo: context.source }`)
    expect(threadOf(next)).toBe(threadOf(first))
    expect(next.pages.reduce((sum, page) => sum + page.rows.length, 0)).toBe(11_001)
    expect(next.result).toMatchObject({ enumerated: 'changes', upTo: 'drop-1' })
  })
  it('whose read has not is never used again', async () => {
    const stray = await read(`${THREAD}\nthrow new Error('broken')`)
    const aborted = await read(`${THREAD}\nawait new Promise(() => {})`, {
      graceMs: 20,
      handlers: { page: async () => Promise.reject(new Error('disk')) },
    })
    const after = await read(`${THREAD}\nreturn everything`)
    expect(new Set([stray, aborted, after].map(threadOf)).size).toBe(3)
  })
  it('that dies while its last page is handled is not waited for by the next stream', async () => {
    const alive = new Int32Array(new SharedArrayBuffer(4))
    const settings = { alive }
    await read(
      `process.on('exit', () => Atomics.store(config.alive as Int32Array, 0, 1))
       ${THREAD}\nsetTimeout(() => process.exit(7), 0)\nreturn everything`,
      { settings, handlers: { page: () => vi.waitFor(() => expect(Atomics.load(alive, 0)).toBe(1)) } },
    )
    expect((await read(`${THREAD}\nreturn everything`)).error).toBeNull()
  })
  it('that dies of what an earlier read left running is replaced, and the read that has it begins again', async () => {
    // set off by the next read, so that it dies in that one and not while it rests
    const left = await read(
      `Object.assign(globalThis, { stray: () => setTimeout(() => Promise.reject(new Error('stray')), 20) })
       ${THREAD}\nreturn everything`,
    )
    const tries = new Int32Array(new SharedArrayBuffer(4))
    const next = await read(
      `if (Atomics.add(config.tries as Int32Array, 0, 1) === 0) {
         (globalThis as { stray?: () => void }).stray?.()
         await new Promise(() => {})
       }
       ${THREAD}\nreturn everything`,
      { settings: { tries } },
    )
    expect(next.error).toBeNull()
    expect(threadOf(next)).not.toBe(threadOf(left))
  })
})

describe('errors', () => {
  it('of the table keep code and parameters, without secrets', async () => {
    const { error } = await read(
      `throw new (await import(config.errors as string)).PipelineError('SOURCE_UNAUTHORIZED', { source: 'drop-1', problem: 'no ' + (config.password as string) })`,
      { settings: { password: 'p@ss:/%', errors: new URL('../../src/errors.ts', import.meta.url).href } },
    )
    expect(error).toMatchObject({
      code: 'SOURCE_UNAUTHORIZED',
      exit: 3,
      params: { source: 'drop-1', problem: 'no ***' },
    })
  })
  it('hide what the connector marks as secret, whatever its name', async () => {
    const { error } = await read(`throw new Error('refused ' + (config.pin as string))`, {
      settings: { pin: 'thóc-gạo-42' },
    })
    expect(error?.message).toBe('Error: refused ***')
  })
  it('that nobody expected are INTERNAL with a stack, and quote neither secrets nor records', async () => {
    const { error } = await read(
      `const secret = config.token as string
       if (secret === 'abcdef') JSON.parse('Trần Thị Mẫu {')
       throw new Error(['failed', secret, secret + 'Z', encodeURIComponent(secret), btoa(secret)].join(' '))`,
      { settings: { token: 'a/b:c', other: { password: 'a/b:cZ' } } },
    )
    expect(error?.code).toBe('INTERNAL')
    expect(error?.message).toBe('Error: failed *** *** *** ***')
    expect(error?.stack).toMatch(/connector\.ts/)
    const parsed = await read(`JSON.parse('Trần Thị Mẫu {'); return everything`)
    expect(`${parsed.error?.message}${parsed.error?.stack}`).not.toMatch(/Trần|Thị/)
  })
  it('of a thread that dies are SOURCE_INCOMPLETE', async () => {
    const exited = await read('process.exit(7)')
    expect(exited.error).toMatchObject({ code: 'SOURCE_INCOMPLETE', message: expect.stringContaining('exit code 7') })
    const full = await read('const all = []; for (;;) all.push(new Array(1e5).fill(0).map(String))', { heapMb: 64 })
    expect(full.error?.message).toContain('ERR_WORKER_OUT_OF_MEMORY')
  })
  it('of the page handler come back unchanged', async () => {
    const mine = new Error('disk')
    const { error, pages } = await read('for (let n = 0; ; n++) yield { records: rows(n, 1), header, resume: {} }', {
      handlers: { page: async () => Promise.reject(mine) },
    })
    expect(error).toBe(mine)
    expect(pages).toHaveLength(1)
  })
})

describe('stopping', () => {
  it('ends a connector that never ends but dribbles, and runs its finally', async () => {
    const abort = new AbortController()
    const closed = new Int32Array(new SharedArrayBuffer(4))
    const { error, pages } = await read(
      `try { for (let n = 0; ; n++) yield { records: rows(n, 1), header, resume: {} } } finally { Atomics.store(config.closed as Int32Array, 0, 1) }`,
      {
        settings: { closed },
        signal: abort.signal,
        handlers: {
          page: async ({ rows }) => ((rows[0] as readonly unknown[])[0] === 'HS-5' ? abort.abort() : undefined),
        },
      },
    )
    expect(error?.code).toBe('SOURCE_INCOMPLETE')
    expect(pages).toHaveLength(6)
    expect(Atomics.load(closed, 0)).toBe(1)
  })
  it('terminates one that does not listen', async () => {
    const abort = new AbortController()
    const { error } = await read(`yield { records: rows(0, 1), header, resume: {} }; await new Promise(() => {})`, {
      signal: abort.signal,
      graceMs: 20,
      handlers: { page: async () => abort.abort(new Error('stop')) },
    })
    expect(error).toMatchObject({ code: 'SOURCE_INCOMPLETE', cause: { message: 'stop' } })
  })
  it('does not begin where it was stopped before', async () => {
    const { error } = await read('yield* []', { signal: AbortSignal.abort() })
    expect(error?.code).toBe('SOURCE_INCOMPLETE')
  })
})
