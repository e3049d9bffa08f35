/** Where files lie: what every such place can be asked for, and the folder of this machine. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { PipelineError } from '../errors.ts'
import type { Http } from './http.ts'
import type { ListingOptions, ListingPlace } from './place-listing.ts'
import type { SftpOptions, SftpPlace } from './place-sftp.ts'

/** A folder's path, or a place that `sftp` or `listing` describes. */
export type Place = string | SftpPlace | ListingPlace

/** A folder on an SFTP server, whose key is pinned; for `from` of `files`. */
export const sftp = (options: SftpOptions): SftpPlace => ({ kind: 'sftp', ...options })

/** Files behind a page or a JSON document that lists them; for `from` of `files`. */
export const listing = (options: ListingOptions): ListingPlace => ({ kind: 'listing', ...options })

export interface Facts {
  /** epoch ms of the last write or rename; 0 where it is not known */
  changed: number
  /** Changes whenever the file may have; '' where that cannot be told without reading it. */
  state: string
}
export interface OpenPlace {
  /** Whether `changed` is set at every write and rename by a clock of this machine, whatever the file brings along. */
  trustsChanged: boolean
  /** Throws SOURCE_MISSING, SOURCE_UNREADABLE, and what a connection throws. */
  names(): Promise<string[]>
  /** null: gone, or no file; `problem` where it cannot be looked at */
  look(name: string): Promise<Facts | { problem: string } | null>
  /** Those among the files that are still being written. */
  moving(files: readonly { name: string; facts: Facts }[]): Promise<ReadonlySet<string>>
  /** A local path of the whole file; `to` is where a copy may be made. Throws `FileRefused`, and what a connection throws. */
  fetch(name: string, facts: Facts, to: () => Promise<string>): Promise<string>
  close(): void
}

export interface PlaceContext {
  source: string
  /** epoch ms, sample time for a made-up source */
  now: number
  /** ms for which a file must not have changed */
  stableFor: number
  /** greatest size of a file in bytes */
  largest: number
  http: Http
  signal: AbortSignal
}

export async function openPlace(place: Place, context: PlaceContext): Promise<OpenPlace> {
  if (typeof place === 'string') return folder(place, context)
  // loaded at the first read: most sources need neither
  if (place.kind === 'sftp') return (await import('./place-sftp.ts')).openSftp(place, context)
  return (await import('./place-listing.ts')).openListing(place, context)
}

/** A change so young may be followed by another of the same time. */
const YOUNG = 2_000

function folder(path: string, { source, now, stableFor }: PlaceContext): OpenPlace {
  return {
    trustsChanged: true,
    names: async () => {
      try {
        return await readdir(path)
      } catch (cause) {
        const code = (cause as NodeJS.ErrnoException).code ?? 'unknown'
        if (code === 'ENOENT') throw new PipelineError('SOURCE_MISSING', { source, place: path }, { cause })
        const params = { source, place: path, expected: 'a readable folder', problem: code }
        throw new PipelineError('SOURCE_UNREADABLE', params, { cause })
      }
    },
    async look(name) {
      try {
        const facts = await stat(join(path, name))
        if (!facts.isFile()) return null
        const young = facts.ctimeMs > Date.now() - YOUNG
        return { changed: facts.ctimeMs, state: young ? '' : `${facts.size} ${facts.ctimeMs}` }
      } catch (cause) {
        const code = (cause as NodeJS.ErrnoException).code ?? 'unknown'
        // a link whose share is away tonight is still listed; a file that was taken away meanwhile is nothing to report
        if (code === 'ENOENT' && !(await readdir(path)).includes(name)) return null
        return { problem: code }
      }
    },
    moving: async (files) =>
      new Set(files.filter(({ facts }) => stableFor > 0 && facts.changed > now - stableFor).map(({ name }) => name)),
    fetch: async (name) => join(path, name),
    close() {},
  }
}
