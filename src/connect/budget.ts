/**
 * A request budget per host, shared by every thread and process of a deployment: one small SQLite file holds, for each host, when the
 * next request would be due (the generic cell rate algorithm). A reservation is one transaction; whoever reserves then waits by itself.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { RequestBudget } from '../schemas.generated.ts'

export interface Budget {
  /** Reserves one request to `host`; ms to wait before it is sent. */
  reserve(host: string): number
  close(): void
}

/** A request that would have to wait longer shows a clock that was set back, not a queue. */
const LONGEST_WAIT_MS = 600_000
const BUSY_MS = 10_000
const DAMAGED = new Set(['SQLITE_NOTADB', 'SQLITE_CORRUPT'])

export async function openBudget(
  file: string,
  { perSecond, burst = 1 }: RequestBudget,
  now: () => number = Date.now,
): Promise<Budget> {
  mkdirSync(dirname(file), { recursive: true })
  const { default: Database } = await import('better-sqlite3')
  const opened = () => {
    const database = new Database(file, { timeout: BUSY_MS })
    try {
      // What is lost in a crash is a few requests' worth of waiting.
      database.pragma('journal_mode = wal')
      database.pragma('synchronous = off')
      database.exec('CREATE TABLE IF NOT EXISTS budget (host TEXT PRIMARY KEY, due REAL NOT NULL) WITHOUT ROWID')
      return database
    } catch (error) {
      database.close()
      throw error
    }
  }
  let database: ReturnType<typeof opened>
  try {
    database = opened()
  } catch (error) {
    if (!DAMAGED.has(String((error as { code?: unknown }).code))) throw error
    // it holds nothing but when the next request is due: no reason to read no source any more
    for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
    database = opened()
  }
  const find = database.prepare<[string], { due: number }>('SELECT due FROM budget WHERE host = ?')
  const save = database.prepare('INSERT INTO budget VALUES (?, ?) ON CONFLICT (host) DO UPDATE SET due = excluded.due')
  const interval = 1000 / perSecond
  const longest = Math.max(LONGEST_WAIT_MS, 100 * interval)
  const reserve = database.transaction((host: string): number => {
    const at = now()
    const known = find.get(host)?.due ?? at
    const due = known > at + longest ? at : Math.max(known, at)
    save.run(host, due + interval)
    return Math.max(0, due - (burst - 1) * interval - at)
  })
  return { reserve: (host) => reserve.immediate(host), close: () => void database.close() }
}
