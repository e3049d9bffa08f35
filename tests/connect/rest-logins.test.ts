/** One login for all reading threads of a process: real threads, a real token endpoint. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { readStream } from '../../src/sync/read.ts'
import { type Loopback, serve } from '../support/loopback.ts'
import { makeHome, startOf } from '../sync/support-home.ts'

function connectorAt(): string {
  const home = makeHome()
  writeFileSync(
    join(home, 'connector.ts'),
    `import { defineConnector, integer, oauth2ClientCredentials, procedureCode, rest, vietnameseDate } from 'ioc-feed/connect'
type Settings = { url: string; id: string }
export default defineConnector<Settings>({
  name: 'drop', settings: {}, streams: [{
    name: 'dossier', entity: 'dossier', schema: 'drop/dossier.schema.json', key: ['MaHoSo'], order: 'arrival', sees: 'everything', deletes: 'never',
    map: { code: 'MaHoSo', procedure: { from: 'MaTTHC', as: procedureCode() }, resolving: { setting: 'agency' }, channel: { value: 'counter' },
      status: { from: 'TrangThai', as: integer() }, received: { from: 'NgayTiepNhan', as: vietnameseDate('Asia/Ho_Chi_Minh') } },
    read: rest({
      base: ({ url }) => url,
      auth: oauth2ClientCredentials({ path: '/token', send: 'body', credentials: ({ id }) => ({ id, secret: 's' }) }),
      request: { path: '/list' }, guard: () => undefined, records: 'data',
      paging: { kind: 'page-number', parameter: 'page', from: 1, size: { parameter: 'size', rows: 1 }, total: 'total', maxPages: 99, seams: 'stable' },
    }),
  }],
})
`,
  )
  return home
}

const open: Loopback[] = []
afterEach(() => Promise.all(open.splice(0).map((one) => one.close())))

/** Refuses the first token once it has been used by `before` requests. */
async function department(before: number) {
  let token = 0
  let calls = 0
  const one = await serve(({ path, headers, query }, response) => {
    if (path === '/token') return { access_token: `t${++token}` }
    calls += 1
    const good = headers.authorization === `Bearer t${token}` && (token > 1 || calls <= before)
    if (good) {
      const MaHoSo = `HS-${query.get('page')}`
      const row = { MaHoSo, MaTTHC: '1.004194', TrangThai: '4', NgayTiepNhan: '01/02/2024' }
      return { total: 6, data: Number(query.get('page')) <= 6 ? [row] : [] }
    }
    response.statusCode = 401
    return {}
  })
  open.push(one)
  return { url: one.url, tokens: () => one.asked.filter(({ path }) => path === '/token').length }
}

const readRows = async (settings: object, connector = connectorAt()): Promise<number> => {
  let rows = 0
  const start = { ...startOf(connector), settings, watermark: null, resume: null, full: false }
  const handlers = {
    page: async (page: { rows: readonly unknown[] }) => {
      rows += page.rows.length
    },
    unfinished: async () => ({ items: [], last: true }),
  }
  await readStream(start, handlers, new AbortController().signal)
  return rows
}

test('streams that are read at once log in once, and renew a refused token once', async () => {
  const { url, tokens } = await department(4)
  const connector = connectorAt()
  const settings = { url, id: 'ioc' }
  const read = await Promise.all([1, 2, 3].map(() => readRows(settings, connector)))
  expect(read).toEqual([6, 6, 6])
  expect(tokens()).toBe(2)
})

test('another account is another login', async () => {
  const { url, tokens } = await department(99)
  await readRows({ url, id: 'ioc' })
  await readRows({ url, id: 'other' })
  await readRows({ url, id: 'other' })
  expect(tokens()).toBe(2)
})

test('a thread that is ended while it logs in does not keep the others waiting', async () => {
  let asked = 0
  const one = await serve(({ path }) => {
    if (path !== '/token') return { total: 0, data: [] }
    return asked++ === 0 ? undefined : { access_token: 't' }
  })
  open.push(one)
  const connector = connectorAt()
  const start = {
    ...startOf(connector),
    settings: { url: one.url, id: 'ioc' },
    watermark: null,
    resume: null,
    full: false,
  }
  const stop = new AbortController()
  const handlers = { page: async () => {}, unfinished: async () => ({ items: [], last: true }) }
  const first = readStream(start, handlers, stop.signal, { graceMs: 1 }).catch((error: unknown) => error)
  while (asked === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  const second = readRows(start.settings, connector)
  stop.abort(new Error('stopped'))
  await first
  expect(await second).toBe(0)
})
