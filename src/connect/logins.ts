/**
 * Logins that all reading threads of a process share, in memory only: streams that are read at the same time log in once, and when a
 * token is refused one of them renews it while the others wait. A login is known by a hash of who logs in where.
 */
import { createHash } from 'node:crypto'
import { isMainThread, locks, workerData } from 'node:worker_threads'

/** Room for some fifty tokens of 4 KB. What does not fit is not shared. */
const BYTES = 256 * 1024
const LENGTH = 4

/** Handed to every thread that is started, as `workerData.logins`. */
export const loginMemory: SharedArrayBuffer =
  !isMainThread && workerData?.logins instanceof SharedArrayBuffer ? workerData.logins : new SharedArrayBuffer(BYTES)

export interface Login {
  value: string
  /** ms on the steady clock of the machine, the same in every thread; null: until it is refused */
  until: number | null
}
type Kept = Readonly<Record<string, Login>>

/** The steady clock: a wall clock that is set back would keep a dead token alive. */
export const steadyMs = (): number => Number(process.hrtime.bigint() / 1_000_000n)

function load(): Kept {
  const length = new Int32Array(loginMemory, 0, 1)[0] ?? 0
  if (length === 0) return {}
  return JSON.parse(Buffer.from(new Uint8Array(loginMemory, LENGTH, length)).toString('utf8')) as Kept
}
function save(kept: Kept): void {
  const now = steadyMs()
  const alive = Object.entries(kept).filter(([, { until }]) => until === null || until > now)
  const bytes = Buffer.from(JSON.stringify(Object.fromEntries(alive)))
  const fits = bytes.length <= BYTES - LENGTH
  if (fits) new Uint8Array(loginMemory, LENGTH).set(bytes)
  new Int32Array(loginMemory, 0, 1)[0] = fits ? bytes.length : 0
}

/** A thread that is terminated releases its locks, but who waits for them hears of it only by asking again. */
const ASK_AGAIN_MS = 2_000

/** The Web Locks of worker_threads hold between the threads of one process. */
async function alone<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  for (;;) {
    let begun = false
    try {
      return await locks.request(name, { signal: AbortSignal.timeout(ASK_AGAIN_MS) }, async () => {
        begun = true
        return await work()
      })
    } catch (error) {
      if (begun || (error as { name?: unknown }).name !== 'TimeoutError') throw error
    }
  }
}
const inMemory = <T>(work: () => T): Promise<T> => alone('ioc-logins', work)

export interface LoginKeeper {
  get(): Promise<string>
  /** This login was refused: the next `get` logs in again, unless somebody has done so already. */
  forget(login: string): void
}

/** `who`: whatever makes this login another one than others; only its hash is kept. */
export function keepLogin(who: readonly string[], logIn: () => Promise<Login>): LoginKeeper {
  const key = createHash('sha256').update(JSON.stringify(who)).digest('base64url')
  let mine: Login | null = null
  let refused: string | null = null
  let asking: Promise<Login> | null = null
  const usable = (login: Login | null | undefined): login is Login =>
    !!login && login.value !== refused && (login.until === null || login.until > steadyMs())

  const renewed = () =>
    alone(`ioc-login:${key}`, async () => {
      const shared = await inMemory(() => load()[key])
      if (usable(shared)) return shared
      const login = await logIn()
      await inMemory(() => save({ ...load(), [key]: login }))
      return login
    })
  return {
    async get() {
      if (usable(mine)) return mine.value
      asking ??= renewed().finally(() => {
        asking = null
      })
      mine = await asking
      return mine.value
    },
    forget(login) {
      refused = login
    },
  }
}
