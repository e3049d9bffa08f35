/**
 * A folder on an SFTP server, by ssh2. The server's key is pinned: without it a stranger in between would be given the password and could hand
 * in any file. One connection for the whole read; every step has a deadline, every file a limit.
 */
import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client, type SFTPWrapper, type Stats } from 'ssh2'
import { PipelineError } from '../errors.ts'
import { FileRefused } from './csv.ts'
import type { Facts, OpenPlace, PlaceContext } from './places.ts'

export interface SftpOptions {
  /** name or address of the server */
  host: string
  /** 22 unless said */
  port?: number
  /** account on the server */
  user: string
  /** the account's password; or `privateKey` */
  password?: string
  /** the account's key in OpenSSH or PEM form; from a file by `${file:…}` in sources.json */
  privateKey?: string
  /** what opens the key */
  passphrase?: string
  /** the server's own key as `SHA256:…`, as `ssh-keygen -lf` says it; several while it is being changed */
  hostKey: string | readonly string[]
  /** the folder there */
  folder: string
}
export type SftpPlace = SftpOptions & { kind: 'sftp' }

const CONNECT_MS = 10_000
/** for one answer, and between two pieces of a file */
const IDLE_MS = 30_000
const FILE_MS = 30 * 60_000
const FILES_AT_MOST = 100_000

export const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`

export async function openSftp(place: SftpPlace, context: PlaceContext): Promise<OpenPlace> {
  const { source, stableFor, largest, signal } = context
  const at = `${place.host}:${place.port ?? 22}`
  const client = new Client()
  let lost: Error | null = null
  const waiting = new Set<(error: Error) => void>()
  client.on('close', () => {
    lost ??= new Error('the connection was closed')
    for (const reject of waiting) reject(lost)
  })
  const failed = (cause: unknown): never => {
    signal.throwIfAborted()
    if (cause instanceof PipelineError || cause instanceof FileRefused) throw cause
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw new PipelineError('SOURCE_UNREACHABLE', { source, problem: `${at}: ${problem}` }, { cause })
  }
  const stop = () => client.destroy()
  signal.addEventListener('abort', stop, { once: true })
  const session = await connect(client, place, { source, at }).catch((error: unknown) => {
    stop()
    signal.removeEventListener('abort', stop)
    return failed(error)
  })
  /** One question to the server, which may be heard of again before its answer. */
  const ask = async <T>(
    question: (done: (error: Error | null | undefined, value?: T) => void, heard: () => void) => void,
    place = at,
  ): Promise<T> => {
    let fail: (error: Error) => void = () => {}
    const stalled = () => {
      fail(new PipelineError('SOURCE_STALLED', { source, seconds: IDLE_MS / 1000, place }))
      client.destroy()
    }
    const timers = [setTimeout(stalled, IDLE_MS), setTimeout(stalled, FILE_MS)]
    try {
      return await new Promise<T>((resolve, reject) => {
        if (lost) throw lost
        fail = reject
        waiting.add(reject)
        question(
          (error, value) => (error ? reject(error) : resolve(value as T)),
          () => void timers[0]?.refresh(),
        )
      })
    } finally {
      waiting.delete(fail)
      for (const timer of timers) clearTimeout(timer)
    }
  }
  let seen = new Map<string, Stats>()
  const list = async () => {
    const entries = await ask<{ filename: string; attrs: Stats }[]>((done) =>
      session.readdir(place.folder, done),
    ).catch((cause: unknown) => {
      const status = statusOf(cause)
      if (status === NO_SUCH_FILE)
        throw new PipelineError('SOURCE_MISSING', { source, place: `${at}${place.folder}` }, { cause })
      if (status === undefined) return failed(cause)
      const problem = status === PERMISSION_DENIED ? 'permission denied' : `SFTP status ${status}`
      throw new PipelineError(
        'SOURCE_UNREADABLE',
        { source, place: `${at}${place.folder}`, expected: 'a readable folder', problem },
        { cause },
      )
    })
    if (entries.length > FILES_AT_MOST)
      throw new PipelineError('SOURCE_TOO_LARGE', {
        source,
        limit: `${FILES_AT_MOST} files`,
        place: `${at}${place.folder}`,
      })
    return new Map(entries.map(({ filename, attrs }) => [filename, attrs]))
  }
  const pathOf = (name: string) => posix.join(place.folder, name)
  const resolved = (name: string, attrs: Stats): Promise<Stats> =>
    attrs.isSymbolicLink() ? ask<Stats>((done) => session.stat(pathOf(name), done)) : Promise.resolve(attrs)

  return {
    // the time of a file is whatever its uploader says
    trustsChanged: false,
    async names() {
      seen = await list()
      return [...seen.keys()]
    },
    async look(name) {
      const attrs = seen.get(name)
      if (!attrs) return null
      try {
        const target = await resolved(name, attrs)
        return target.isFile() ? factsOf(target) : null
      } catch (error) {
        const status = statusOf(error)
        return status === undefined ? failed(error) : { problem: `SFTP status ${status}` }
      }
    },
    /** Two looks, since the server's clock is not ours. */
    async moving(files) {
      if (files.length === 0) return new Set()
      await delay(stableFor, undefined, { signal })
      const again = await list()
      const moving = new Set<string>()
      for (const { name, facts } of files) {
        const attrs = again.get(name)
        if (!attrs || factsOf(await resolved(name, attrs).catch(failed)).state !== facts.state) moving.add(name)
      }
      return moving
    },
    async fetch(name, facts, to) {
      const path = await to()
      const size = Number(facts.state.split(' ')[0])
      if (size > largest) throw new FileRefused(`it has ${size} bytes, more than the limit of ${largest}`)
      try {
        // no more than it had when it was looked at, however it grows
        const get = (done: (error?: Error | null) => void, heard: () => void) =>
          session.fastGet(pathOf(name), path, { fileSize: size, step: heard }, done)
        await ask<void>(get, `${at}${pathOf(name)}`)
        const after = await ask<Stats>((done) => session.stat(pathOf(name), done))
        if (factsOf(after).state !== facts.state) throw new FileRefused('it changed while it was read')
        return path
      } catch (error) {
        const status = statusOf(error)
        if (status === NO_SUCH_FILE) throw new FileRefused('it was taken away while it was read')
        if (status === PERMISSION_DENIED) throw new FileRefused('permission denied')
        return failed(error)
      }
    },
    close() {
      signal.removeEventListener('abort', stop)
      client.end()
    },
  }
}

const factsOf = (attrs: Pick<Stats, 'size' | 'mtime'>): Facts => ({
  changed: attrs.mtime * 1000,
  state: `${attrs.size} ${attrs.mtime}`,
})

const NO_SUCH_FILE = 2
const PERMISSION_DENIED = 3
/** The status that the server answered; undefined where it was not the server that refused. */
function statusOf(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'number' ? code : undefined
}

async function connect(
  client: Client,
  { host, port = 22, user, password, privateKey, passphrase, hostKey }: SftpPlace,
  { source, at }: { source: string; at: string },
): Promise<SFTPWrapper> {
  const pinned = [hostKey].flat()
  let other: string | null = null
  return new Promise<SFTPWrapper>((resolve, reject) => {
    client.once('ready', () => {
      // every question is small, and its answer is waited for
      client.setNoDelay(true)
      client.sftp((error, session) => (error ? reject(error) : resolve(session)))
    })
    client.once('close', () => reject(new Error('the connection was closed')))
    client.on('error', (cause: Error & { level?: string }) => {
      const problem = other
        ? `${at} shows the host key ${other}, not the declared one`
        : cause.level === 'client-authentication'
          ? `${at} refused the login of ${user}`
          : null
      reject(problem === null ? cause : new PipelineError('SOURCE_UNAUTHORIZED', { source, problem }, { cause }))
    })
    client.connect({
      host,
      port,
      username: user,
      ...(password === undefined ? {} : { password }),
      ...(privateKey === undefined ? {} : { privateKey }),
      ...(passphrase === undefined ? {} : { passphrase }),
      readyTimeout: CONNECT_MS,
      keepaliveInterval: IDLE_MS / 3,
      keepaliveCountMax: 2,
      hostVerifier: (key: Buffer) => {
        const found = fingerprint(key)
        if (pinned.includes(found)) return true
        other = found
        return false
      },
    })
  })
}
