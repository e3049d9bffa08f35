/** The parts of `ioc connector`: how each is called and where its code is. */
import type { ParseArgsConfig } from 'node:util'
import type { Verb } from './context.ts'

export interface ConnectorPart {
  usage: string
  /** its own flags; those of other parts are refused */
  flags: readonly string[]
  load(): Promise<Verb>
}

export const CONNECTOR_OPTIONS = {} as const satisfies NonNullable<ParseArgsConfig['options']>

export const CONNECTOR_PARTS: Readonly<Record<string, ConnectorPart>> = {}

export const CONNECTOR_USAGE = `connector ${Object.keys(CONNECTOR_PARTS).join('|')} …`
