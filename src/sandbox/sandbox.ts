/**
 * The made-up departmental systems and the IOC receiver: one HTTP server, folders of drops and a database file.
 * Sample time stands still unless `live` is on or it is advanced; everything follows from the seed and the sample time.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { PipelineError } from '../errors.ts'
import { catalogue } from './catalogue.ts'
import { communeDrops, replace } from './communes.ts'
import { DAY } from './dates.ts'
import { type Faults, parseFaults, standing, strike, type Target } from './faults.ts'
import { folderProblem, holdFolder } from './folder.ts'
import { BodyTooLarge, type Call, json, type Reply, readBody, respond, send, text } from './http.ts'
import { landDatabase } from './land.ts'
import { national } from './national.ts'
import { oneStop } from './one-stop.ts'
import { type Filter, type Received, receiver } from './receiver.ts'
import { soapService } from './soap.ts'
import { statementDrops } from './statements.ts'
import { makeWorld } from './world.ts'
import { DIRT, type DirtKind, type World } from './world-types.ts'

export interface SandboxOptions {
  /** 0 takes a free port */
  port: number
  host?: '127.0.0.1'
  seed: number
  dossiers: number
  /** of the province's 94 communes only so many; its figures are then not the report's */
  communes?: number
  /** where the drops and the database go; what an earlier sandbox left there is replaced */
  dir: string
  faults?: string
  /** every `everyMs` of real time the sample's clock moves by `stepMs` */
  live?: { everyMs: number; stepMs: number } | null
  /** how long tokens and sessions hold, by the real clock; 300 */
  sessionSeconds?: number
}

export interface Sandbox {
  url: string
  dir: string
  world: World
  /** sample time, epoch ms */
  now(): number
  /** Moves sample time forward, and files and database with it. */
  advance(ms: number): Promise<void>
  /** Replaces all faults; '' clears them. Throws USAGE for a wrong list and then changes nothing. */
  setFaults(spec: string): Promise<void>
  /** what the IOC receiver holds */
  received(filter?: Filter): Received
  /** every accepted (id, revision) of one figure: `indicator|agency.key|period` or `source|name` */
  revisions(figure: string): readonly { id: string; revision: number }[]
  /** rejects when live mode can no longer write its files */
  broken: Promise<never>
  close(): Promise<void>
}

interface Route {
  prefix: string
  target: Target | null
  handle: (call: Call) => Reply | Promise<Reply>
  /** paths below the prefix that log in */
  logins?: Readonly<Record<string, (call: Call) => Reply>>
}

/** Throws USAGE for wrong faults, PORT_TAKEN, and what `holdFolder` throws; then nothing is left running. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const faults = parseFaults(options.faults ?? '', options.seed)
  const folder = holdFolder(options.dir)
  const server = createServer()
  try {
    return await serveWorld(options, faults, server, folder.release)
  } catch (cause) {
    // A server that still listens would keep the process alive, with nothing behind it.
    server.closeAllConnections()
    server.close()
    folder.release()
    throw folderProblem(options.dir, cause)
  }
}

async function serveWorld(
  options: SandboxOptions,
  asked: Faults,
  server: Server,
  releaseFolder: () => void,
): Promise<Sandbox> {
  const { seed, dir, live } = options
  let faults = asked
  const world = makeWorld({ seed, dossiers: options.dossiers, communes: options.communes })
  let now = world.start
  const ioc = receiver()
  const serially = oneAfterAnother()
  let table: readonly Route[] = [{ prefix: '', target: null, handle: () => text('Starting', 503) }]
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response, table, faults, () => now).catch((error: Error) => excuse(response, error, now))
  })
  await listen(server, options)
  const drops = communeDrops(world, dir)
  const land = landDatabase(world, dir)
  const statements = statementDrops(world, dir)

  async function rewrite(from: number | null, to: number): Promise<void> {
    await drops.write(from, to)
    land.write(from, to)
    statements.write(from, to)
    replace(join(dir, 'clock.json'), JSON.stringify({ now: to }))
    now = to
  }
  async function show(next: Faults): Promise<void> {
    await drops.show(standing(next, 'communes'), now)
    land.show(standing(next, 'land').has('down'))
    faults = next
  }
  const advance = (ms: number): Promise<void> => serially(() => rewrite(now, now + ms))
  const setFaults = async (spec: string): Promise<void> => {
    const next = parseFaults(spec, seed)
    await serially(() => show(next))
  }
  await rewrite(null, now)
  await show(faults)
  const control = controls({ world, now: () => now, advance, faults: () => faults.spec, setFaults })
  table = routes(world, ioc, control, (options.sessionSeconds ?? 300) * 1_000)

  let moving = false
  const tick = async (stepMs: number): Promise<void> => {
    if (moving) return // a slow machine gets fewer steps, not a queue of them
    moving = true
    await advance(stepMs).finally(() => {
      moving = false
    })
  }
  const broken = Promise.withResolvers<never>()
  broken.promise.catch(() => {}) // also where nobody waits for it
  const step = (stepMs: number) => void tick(stepMs).catch((cause) => broken.reject(folderProblem(dir, cause)))
  const timer = live ? setInterval(step, live.everyMs, live.stepMs) : null

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    dir,
    world,
    now: () => now,
    advance,
    setFaults,
    received: ioc.received,
    revisions: ioc.revisions,
    broken: broken.promise,
    async close() {
      if (timer) clearInterval(timer)
      await serially(async () => {})
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      releaseFolder()
    },
  }
}

function routes(world: World, ioc: ReturnType<typeof receiver>, control: Route['handle'], ttlMs: number): Route[] {
  const stop = oneStop(world, ttlMs)
  const procedures = catalogue(world, ttlMs)
  const soap = soapService(world)
  return [
    { prefix: '/one-stop', target: 'one-stop', handle: stop.answer, logins: { '/oauth/token': stop.token } },
    { prefix: '/catalogue', target: 'catalogue', handle: procedures.answer, logins: { '/login': procedures.login } },
    { prefix: '/soap/HoSoService', target: 'soap', handle: soap },
    { prefix: '/national', target: null, handle: national(world).answer },
    { prefix: '/ioc/received', target: null, handle: ioc.show },
    { prefix: '/ioc', target: 'ioc', handle: ioc.answer },
    { prefix: '/received', target: null, handle: ioc.show },
    { prefix: '', target: null, handle: control },
  ]
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  table: readonly Route[],
  faults: Faults,
  now: () => number,
): Promise<void> {
  const url = URL.parse(request.url ?? '/', 'http://sandbox')
  const body = await readBody(request)
  if (!url) return send(response, json({ error: 'the path is not one' }, 400), now())
  const route = table.find(({ prefix }) => url.pathname === prefix || url.pathname.startsWith(`${prefix}/`))
  if (!route) return void response.destroy()
  const path = url.pathname.slice(route.prefix.length)
  const login = route.logins?.[path]
  const met = route.target === null ? new Map() : strike(faults, route.target, login ? 'login' : 'data')
  const handle = login ?? route.handle
  await respond(response, met, now, () =>
    handle({
      method: request.method ?? 'GET',
      path,
      query: url.searchParams,
      header: (name) => String(request.headers[name] ?? ''),
      body,
      now: now(),
      empty: met.has('empty'),
      moving: met.has('moving'),
    }),
  )
}

/** What went wrong with one request is told to whoever made it; where its answer had begun, only the connection can still say so. */
function excuse(response: ServerResponse, error: Error, now: number): void {
  if (response.headersSent || response.destroyed) return void response.destroy()
  send(response, json({ error: error.message }, error instanceof BodyTooLarge ? 413 : 500), now)
}

interface Controls {
  world: World
  now: () => number
  advance: (ms: number) => Promise<void>
  faults: () => string
  setFaults: (spec: string) => Promise<void>
}

const INDEX = `Sandbox of ioc-feed. Everything here is MADE UP.
GET  /clock /planted /faults /received /received/newest /received/grey
POST /clock {"advanceMs": 3600000}   POST /faults {"spec": "one-stop:500@0.3x5"}
/one-stop (REST)  /catalogue (session adapter)  /soap/HoSoService (SOAP 1.1)  /national (QĐ 766)  /ioc/v1 (receiver)
`

function controls({ world, now, advance, faults, setFaults }: Controls): Route['handle'] {
  return async ({ method, path, body }) => {
    if (path === '/' || path === '') return text(INDEX)
    if (path === '/planted') return json(planted(world))
    if (path === '/clock' && method === 'GET') return json({ now: now() })
    if (path === '/faults' && method === 'GET') return json({ spec: faults() })
    if (method !== 'POST') return json({ error: 'not found' }, 404)
    try {
      const asked = JSON.parse(body.toString('utf8')) as { spec?: unknown; advanceMs?: unknown } | null
      if (path === '/faults') {
        // Only a text clears: whoever misspells the name must not believe that his faults stand.
        if (typeof asked?.spec !== 'string') return json({ error: 'the body is not {"spec": "…"}' }, 400)
        await setFaults(asked.spec)
        return json({ spec: faults() })
      }
      if (path === '/clock') {
        if (!isStep(asked?.advanceMs))
          return json({ error: `advanceMs is not a number from 0 to ${LONGEST_STEP}` }, 400)
        await advance(asked.advanceMs)
        return json({ now: now() })
      }
    } catch (error) {
      if (error instanceof PipelineError) return json({ error: error.code, message: error.message }, 400)
      if (error instanceof SyntaxError) return json({ error: 'the body is not JSON' }, 400)
      throw error
    }
    return json({ error: 'not found' }, 404)
  }
}

/** A year: every file of every month in between is written, and JSON has numbers without end (1e999). */
const LONGEST_STEP = 366 * DAY
const isStep = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= LONGEST_STEP

const planted = (world: World): Record<string, { planted: number; outcome: string }> =>
  Object.fromEntries(
    (Object.keys(DIRT) as DirtKind[]).map((kind) => [kind, { planted: world.planted[kind], outcome: DIRT[kind] }]),
  )

function listen(server: Server, { port, host = '127.0.0.1' }: SandboxOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EADDRINUSE') return reject(new PipelineError('PORT_TAKEN', { port }, { cause }))
      // below 1024, without the right to
      const what = `Port ${port} cannot be opened: ${cause.message}`
      reject(new PipelineError('USAGE', { what, mend: 'Choose another: --port N' }, { cause }))
    })
    server.listen(port, host, resolve)
  })
}

/** Runs tasks one at a time, in order; a failed one does not stop those that follow. */
function oneAfterAnother(): (task: () => Promise<void>) => Promise<void> {
  let last: Promise<void> = Promise.resolve()
  return (task) => {
    const next = last.then(task)
    last = next.catch(() => {})
    return next
  }
}
