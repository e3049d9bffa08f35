/**
 * A Singer tap as a child process: never through a shell, in a process group of its own, with an environment that holds what is declared and
 * little else; its settings and state in private files that are gone afterwards; every wait with a deadline.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { PipelineError } from '../errors.ts'
import { looksLikePerson } from './persons.ts'
import { redact } from './secrets.ts'

export interface Tap {
  /** the program: a name on the PATH or an absolute path; never a line for a shell */
  command: string
  /** before `--config` and the rest, such as a script's path */
  args?: readonly string[]
  /** what the tap finds in its environment, beside PATH, HOME, TMPDIR, the language, the zone, proxies and authorities */
  env?: Readonly<Record<string, string>>
}
export interface TapLimits {
  /** without a line from the tap, ms; 600,000 (10 minutes) unless said */
  idleMs: number
  /** for the whole run of the tap, ms; 21,600,000 (6 hours) unless said */
  totalMs: number
  /** between asking a tap to end and ending it, ms; 10,000 unless said */
  graceMs: number
  /** of one message, bytes; 4,194,304 (4 MiB) unless said */
  lineBytes: number
}
export const TAP_LIMITS: TapLimits = {
  idleMs: 600_000,
  totalMs: 21_600_000,
  graceMs: 10_000,
  lineBytes: 4 * 1024 * 1024,
}
/** Secrets of ours (IOC_KEY, passwords in other variables) are no business of a tap's. */
const PASSED_ON =
  /^(?:PATH|HOME|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|https?_proxy|no_proxy|SSL_CERT_(?:FILE|DIR)|REQUESTS_CA_BUNDLE|NODE_EXTRA_CA_CERTS)$/i
/** Half of what the engine gives a connector that was told to stop. */
const AT_ONCE_MS = 1_000
/** For what a tap has started and left behind, to end when asked to. */
const ORPHANS_MS = 500
const SAID_LINES = 20
const SAID_LETTERS = 300

export interface RunningTap {
  /** without their line ends */
  lines(): AsyncGenerator<string>
  /** the last line had no end: the tap may have died while it wrote it */
  brokeOff(): boolean
  /** Waits for it to end, at most the time of grace. */
  ended(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** the last lines of its stderr, fit to be shown */
  said(): readonly string[]
  /** Ends it and all that it has started: asked to first, then without asking; `atOnce`: the reading thread itself is about to be ended. */
  stop(atOnce?: boolean): Promise<void>
}

type Child = ChildProcessByStdio<null, Readable, Readable>

/** @throws PipelineError, by `lines` and `ended`: SOURCE_MISSING, SOURCE_STALLED, SOURCE_UNREADABLE, SOURCE_TOO_LARGE */
export function startTap(
  tap: Tap,
  args: readonly string[],
  { source, limits, secrets }: { source: string; limits: TapLimits; secrets: readonly string[] },
): RunningTap {
  const passed = Object.entries(process.env).filter(([name]) => PASSED_ON.test(name))
  const child: Child = spawn(tap.command, [...(tap.args ?? []), ...args], {
    env: { ...Object.fromEntries(passed), ...tap.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const place = `the tap ${tap.command}`
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    child.once('error', (cause: NodeJS.ErrnoException) => reject(notStarted(tap.command, source, cause)))
  })
  // whoever waits for a line hears of it there
  exited.catch(() => {})
  const deadline = performance.now() + limits.totalMs
  const stalled = (ms: number) => new PipelineError('SOURCE_STALLED', { source, seconds: Math.ceil(ms / 1000), place })
  const within = <T>(wait: Promise<T>, ms: number): Promise<T> => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(stalled(ms)), ms)
    })
    return Promise.race([wait, late]).finally(() => clearTimeout(timer))
  }
  const said = listenTo(child.stderr, secrets)

  let brokeOff = false
  async function* lines(): AsyncGenerator<string> {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    const chunks = (child.stdout as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
    const failed = exited.then(
      () => new Promise<never>(() => {}),
      (error: unknown) => Promise.reject(error),
    )
    failed.catch(() => {})
    let begun: Buffer[] = []
    let bytes = 0
    let count = 0
    const lineOf = (last: Buffer): string => {
      count++
      const line = Buffer.concat([...begun, last])
      begun = []
      bytes = 0
      try {
        return decoder.decode(line).replace(/\r$/, '')
      } catch (cause) {
        const params = { source, expected: 'a Singer message', problem: `line ${count} is not UTF-8`, place }
        throw new PipelineError('SOURCE_UNREADABLE', params, { cause })
      }
    }
    for (;;) {
      const ms = Math.max(0, Math.min(limits.idleMs, deadline - performance.now()))
      const waiting = chunks.next()
      // it may break off after we have stopped waiting
      waiting.catch(() => {})
      const next = await within(Promise.race([waiting, failed]), ms)
      if (next.done) break
      let from = 0
      for (let end = next.value.indexOf(10); end >= 0; end = next.value.indexOf(10, from)) {
        if (bytes + end - from > limits.lineBytes) throw tooLong(source, limits, place)
        yield lineOf(next.value.subarray(from, end))
        from = end + 1
      }
      if (from < next.value.length) begun.push(next.value.subarray(from))
      bytes += next.value.length - from
      if (bytes > limits.lineBytes) throw tooLong(source, limits, place)
    }
    if (bytes === 0) return
    brokeOff = true
    yield lineOf(Buffer.alloc(0))
  }

  /** Whether there was anybody: of its group something may live on when the tap itself has ended, and keeps its number taken. */
  const signalGroup = (signal: NodeJS.Signals | 0): boolean => {
    try {
      return child.pid !== undefined && process.kill(-child.pid, signal)
    } catch {
      return false
    }
  }
  return {
    lines,
    brokeOff: () => brokeOff,
    ended: () => within(exited, limits.graceMs),
    said,
    async stop(atOnce = false) {
      signalGroup('SIGTERM')
      const ended = await within(exited, atOnce ? Math.min(limits.graceMs, AT_ONCE_MS) : limits.graceMs).then(
        () => true,
        () => false,
      )
      for (let waited = 0; ended && waited < ORPHANS_MS && signalGroup(0); waited += 50) await delay(50)
      signalGroup('SIGKILL')
      // a grandchild may still hold them
      child.stdout.destroy()
      child.stderr.destroy()
    },
  }
}

function notStarted(command: string, source: string, cause: NodeJS.ErrnoException): PipelineError {
  if (cause.code === 'ENOENT') return new PipelineError('SOURCE_MISSING', { source, place: command }, { cause })
  const problem = `its tap ${command} cannot be started (${cause.code ?? 'unknown'})`
  return new PipelineError('SOURCE_UNREACHABLE', { source, problem }, { cause })
}
const tooLong = (source: string, { lineBytes }: TapLimits, place: string) =>
  new PipelineError('SOURCE_TOO_LARGE', { source, limit: `${lineBytes} bytes`, place: `one line of ${place}` })

/** The last lines of stderr. Taps print requests, answers and records there: what looks like a secret or a person does not go on. */
function listenTo(stderr: Readable, secrets: readonly string[]): () => readonly string[] {
  const last: string[] = []
  let rest = ''
  const take = (line: string) => {
    if (line.trim() === '') return
    last.push(shown(line, secrets))
    if (last.length > SAID_LINES) last.shift()
  }
  stderr.setEncoding('utf8')
  stderr.on('data', (chunk: string) => {
    const [first = '', ...more] = chunk.split('\n')
    rest += first
    for (const line of more) {
      take(rest)
      rest = line
    }
    // one without an end is cut: its head says what it is
    if (rest.length > LONGEST) rest = rest.slice(0, LONGEST)
  })
  return () => (rest.trim() === '' ? last : [...last, shown(rest, secrets)].slice(-SAID_LINES))
}
const LONGEST = 16_384

function shown(line: string, secrets: readonly string[]): string {
  const plain = redact(line, secrets)
    .replaceAll(/\{.*\}/g, '{…}')
    .replaceAll(/"[^"]*"|'[^']*'|`[^`]*`/g, '"…"')
    .replaceAll(/[^\s@]+@[^\s@]+/g, '…')
    .replaceAll(/\d{6,}/g, '…')
    .trim()
  const short = plain.length > SAID_LETTERS ? `${plain.slice(0, SAID_LETTERS)}…` : plain
  return looksLikePerson(short) ? `(a line of ${line.length} letters that may name a person)` : short
}

const FOLDER = /^ioc-feed-tap-(\d+)-/

export interface PrivateFiles {
  /** Returns the path. */
  put(name: string, content: string): string
  remove(): void
}
/** Files that nobody else may read. Those of a process that was killed are removed by the next one. */
export function privateFiles(): PrivateFiles {
  for (const name of readdirSync(tmpdir())) {
    const pid = FOLDER.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) removeOwn(join(tmpdir(), name))
  }
  // mkdtemp makes it for its owner only
  const folder = mkdtempSync(join(tmpdir(), `ioc-feed-tap-${process.pid}-`))
  return {
    put(name, content) {
      const file = join(folder, name)
      writeFileSync(file, content, { mode: 0o600 })
      return file
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
function removeOwn(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch {
    // another user's
  }
}
