/** `connectors/<name>/recordings/<stream>.json`: what a source answered, with persons replaced; read again by `ioc connector test`. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Kit } from '../../connect/connector.ts'
import { PipelineError } from '../../errors.ts'
import { writeWhole } from '../write.ts'

export interface Exchange {
  request: { method: string; path: string; query: Readonly<Record<string, string>>; body?: unknown }
  response: { status: number; headers: Readonly<Record<string, string>>; body?: unknown; text?: string }
}
export interface RecordedFile {
  name: string
}
export interface Recording {
  /** what made it, when, and that nothing in it is anybody's */
  made: { by: string; version: string; at: string; note: string }
  connector: string
  stream: string
  kind: Kit['kind'] | 'hand-written'
  /** records that are kept of those that came */
  kept: number
  came: number
  exchanges?: readonly Exchange[]
  files?: readonly RecordedFile[]
  /** as the read gave them */
  records: readonly Readonly<Record<string, unknown>>[]
}

export const NOTE =
  'Made-up data in the shape of the real: persons, identity numbers, telephones, addresses and free text are replaced, dossier codes numbered again, secrets and hosts masked.'
/** A recording is read by people in a review; one stream needs no more. */
export const MOST_BYTES = 40 * 1024
/** written by hand it may be larger, but not without end */
const READ_AT_MOST = 1024 * 1024

export const recordingPath = (connector: string, stream: string): string =>
  join(dirname(connector), 'recordings', `${stream}.json`)

export const written = (recording: Recording): string => `${JSON.stringify(recording, null, 2)}\n`

export function writeRecording(file: string, recording: Recording): void {
  writeWhole(file, written(recording))
}

/** null where there is none. @throws PipelineError CONFIG_UNREADABLE */
export function readRecording(file: string): Recording | null {
  if (!existsSync(file)) return null
  const bad = (problem: string, cause?: unknown) =>
    new PipelineError('CONFIG_UNREADABLE', { file, problem }, cause === undefined ? {} : { cause })
  const text = readFileSync(file, 'utf8')
  if (text.length > READ_AT_MOST) throw bad(`it has ${text.length} characters, at most ${READ_AT_MOST}`)
  let value: Partial<Recording>
  try {
    value = JSON.parse(text) as Partial<Recording>
  } catch (cause) {
    throw bad(cause instanceof Error ? cause.message : String(cause), cause)
  }
  const isWhole = typeof value?.stream === 'string' && typeof value.kind === 'string' && Array.isArray(value.records)
  if (!isWhole) throw bad('it is no recording: stream, kind and records are needed; make it with ioc connector record')
  return value as Recording
}
