/** Watches how far a child has come in its warehouse, and ends it there with kill -9. */
import Sqlite from 'better-sqlite3'
import pg from 'pg'
import type { Ran, Running } from './home.ts'

/** Something that grows with every write of whoever works on the warehouse. */
export interface Progress {
  /** writes seen since the start of the watch */
  look(): Promise<number>
  close(): Promise<void>
}

/** SQLite says of each look whether somebody else has committed since the last one; two commits between two looks count as one. */
export function watchSqlite(path: string): Progress {
  let database: Sqlite.Database | null = null
  let last: unknown
  let seen = 0
  return {
    async look() {
      try {
        database ??= new Sqlite(path, { readonly: true, fileMustExist: true })
        const version = database.pragma('data_version', { simple: true })
        if (last !== undefined && version !== last) seen++
        last = version
      } catch {
        // not made yet, or being recovered by the child: it has written nothing that could be seen
      }
      return seen
    },
    close: async () => {
      database?.close()
    },
  }
}

/** What every write of a run adds to: landings, runs and confirmed batches. */
export async function watchPostgres(location: string): Promise<Progress> {
  const client = new pg.Client({ connectionString: location })
  await client.connect()
  let first: number | null = null
  return {
    async look() {
      try {
        const { rows } = await client.query(
          `SELECT (SELECT coalesce(max(id), 0) FROM landing) + (SELECT count(*) + count(ended_at) FROM run)
             + (SELECT coalesce(max(seq), 0) FROM receipt WHERE target = 'ioc') / 500 AS n`,
        )
        const now = Number(rows[0]?.n)
        first ??= now
        return now - first
      } catch {
        first ??= 0
        return 0 // no tables yet
      }
    },
    close: () => client.end(),
  }
}

export interface KillPoint {
  /** writes to be seen first */
  writes: number
  /** then so long, which may fall into reading, a long write, or the next ones */
  afterMs: number
}

/** Kills `running` at the point. A child that ends before it is left alone: `ran.signal` then is null. */
export async function killAt(
  running: Running,
  progress: Progress,
  point: KillPoint,
): Promise<Ran & { writes: number }> {
  let ended = false
  void running.ended.finally(() => {
    ended = true
  })
  let writes = 0
  while (!ended && writes < point.writes) {
    writes = await progress.look()
    await pause(2)
  }
  if (!ended && point.afterMs > 0) await Promise.race([pause(point.afterMs), running.ended])
  if (!ended) process.kill(running.pid, 'SIGKILL')
  const ran = await running.ended
  await progress.close()
  return { ...ran, writes }
}

/** When each write of an undisturbed run was seen, in ms since its start. */
export async function timeline(running: Running, progress: Progress): Promise<{ ran: Ran; at: number[] }> {
  const start = performance.now()
  const at: number[] = []
  let ended = false
  void running.ended.finally(() => {
    ended = true
  })
  while (!ended) {
    const writes = await progress.look()
    while (at.length < writes) at.push(performance.now() - start)
    await pause(2)
  }
  await progress.close()
  return { ran: await running.ended, at }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** mulberry32 */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
