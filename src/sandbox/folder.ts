/**
 * The folder of a sandbox: of one sandbox at a time, and a plain error where it may not be written.
 * It is held by a lock on an empty SQLite file, which the operating system takes back however the holder ends.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { PipelineError } from '../errors.ts'

const LOCK = 'sandbox.lock'

/** Makes the folder and keeps every other sandbox out of it until released. Throws SANDBOX_RUNNING, SANDBOX_UNWRITABLE, DISK_FULL. */
export function holdFolder(dir: string): { release(): void } {
  let lock: Database.Database | undefined
  try {
    makeFolder(dir)
    const held = new Database(join(dir, LOCK), { timeout: 0 })
    lock = held
    held.exec('BEGIN EXCLUSIVE')
    return { release: () => void held.close() }
  } catch (cause) {
    lock?.close()
    throw folderProblem(dir, cause)
  }
}

/** Not `recursive`: Node 26 then tries for ever, deaf to signals, where a folder exists in which none can be made (/proc). */
function makeFolder(dir: string): void {
  if (existsSync(dir)) return
  makeFolder(dirname(dir))
  try {
    mkdirSync(dir)
  } catch (cause) {
    // another process was faster; what is no folder is found by the lock
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
  }
}

const UNWRITABLE =
  /^(EACCES|EPERM|EROFS|ENOENT|ENOTDIR|EEXIST|EISDIR|ERR_FS_EISDIR|SQLITE_(CANTOPEN|READONLY|PERM|IOERR|NOTADB)(_.*)?)$/
const FULL = /^(ENOSPC|EDQUOT|SQLITE_FULL)$/

/** What a file or the database in the folder answered, as an error that names the mend; a bug stays as it is. */
export function folderProblem(dir: string, cause: unknown): unknown {
  if (cause instanceof PipelineError || !(cause instanceof Error)) return cause
  const code = String((cause as NodeJS.ErrnoException).code ?? '')
  if (code.startsWith('SQLITE_BUSY')) return new PipelineError('SANDBOX_RUNNING', { dir }, { cause })
  if (FULL.test(code)) return new PipelineError('DISK_FULL', { what: dir }, { cause })
  if (!UNWRITABLE.test(code)) return cause
  return new PipelineError('SANDBOX_UNWRITABLE', { dir, problem: cause.message }, { cause })
}
