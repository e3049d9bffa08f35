/** The parts of `ioc connector`: how each is called and where its code is. */
import type { ParseArgsConfig } from 'node:util'
import type { Verb } from './context.ts'

export interface ConnectorPart {
  usage: string
  /** its own flags; those of other parts are refused */
  flags: readonly string[]
  load(): Promise<Verb>
}

const string = { type: 'string' } as const

export const CONNECTOR_OPTIONS = {
  from: string,
  url: string,
  kind: string,
  table: string,
  operation: string,
  entity: string,
  force: { type: 'boolean' },
  stream: string,
  field: { type: 'string', multiple: true },
  'dry-run': { type: 'boolean' },
  pages: string,
  limit: string,
  width: string,
  badge: { type: 'boolean' },
} as const satisfies NonNullable<ParseArgsConfig['options']>

export const CONNECTOR_PARTS: Readonly<Record<string, ConnectorPart>> = {
  new: {
    usage:
      'new NAME --from FILE|"curl …"|table | --url ADDRESS | --kind rest|soap|sql|files [--operation O] [--entity E] [--force]',
    flags: ['from', 'url', 'kind', 'table', 'operation', 'entity', 'force'],
    load: async () => (await import('./connector-new.ts')).connectorNew,
  },
  check: {
    usage: 'check SOURCE [--stream S]',
    flags: ['stream'],
    load: async () => (await import('./connector-check.ts')).check,
  },
  discover: {
    usage: 'discover SOURCE [--stream S] [--pages N]',
    flags: ['stream', 'pages'],
    load: async () => (await import('./connector-discover.ts')).discover,
  },
  preview: {
    usage: 'preview SOURCE [--stream S] [--limit N] [--width N]',
    flags: ['stream', 'limit', 'width'],
    load: async () => (await import('./connector-preview.ts')).preview,
  },
  record: {
    usage: 'record SOURCE [--stream S] [--pages N]',
    flags: ['stream', 'pages'],
    load: async () => (await import('./connector-record.ts')).record,
  },
  test: {
    usage: 'test [CONNECTOR…] [--stream S] [--badge]',
    flags: ['stream', 'badge'],
    load: async () => (await import('./connector-test.ts')).test,
  },
  'accept-drift': {
    usage: 'accept-drift <source|connector> [--stream S] [--field F…] [--dry-run]',
    flags: ['stream', 'field', 'dry-run'],
    load: async () => (await import('./connector-accept-drift.ts')).acceptDrift,
  },
}

export const CONNECTOR_USAGE = `connector ${Object.keys(CONNECTOR_PARTS).join('|')} …`
