/** A folder for copies of files, made when first needed, removed at the end; what a killed process left behind goes at the next start. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PREFIX = 'ioc-feed-copy-'

export interface Scratch {
  /** a path in it that is not used yet */
  path(): Promise<string>
  /** removes the files in it */
  empty(): Promise<void>
  remove(): Promise<void>
}

export function makeScratch(): Scratch {
  let made: Promise<string> | null = null
  let used = 0
  const removed = async () => {
    if (made) await rm(await made, { recursive: true, force: true })
    made = null
  }
  return {
    async path() {
      made ??= sweep().then(() => mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`)))
      return join(await made, String(used++))
    },
    empty: removed,
    remove: removed,
  }
}

async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1])
    // another user's folder stays: it cannot be removed, and need not be
    if (pid > 0 && !isAlive(pid)) await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {})
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
