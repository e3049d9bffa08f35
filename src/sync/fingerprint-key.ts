/** The per-deployment key under which undecodable records are fingerprinted: made once, readable by its owner only. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Hex, 32 bytes. */
export function fingerprintKey(home: string): string {
  const path = join(home, 'data', 'var', 'fingerprint.key')
  if (!existsSync(path)) {
    mkdirSync(join(home, 'data', 'var'), { recursive: true })
    try {
      writeFileSync(path, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' })
    } catch (error) {
      // Another process made it first; its key is as good.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
  return readFileSync(path, 'utf8').trim()
}
