/** Imports a connector and compiles one of its streams: for the reading thread, and for replay in the main thread. */
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Connector, Stream } from '../connect/connector.ts'
import { nearest, PipelineError } from '../errors.ts'
import { compileStream, type Renormalised, type StreamReader, type StreamStart } from './page.ts'

export interface OpenStream {
  connector: Connector<unknown>
  stream: Stream<unknown>
  reader: StreamReader
}

/** `start.connector`: absolute path or `file:` URL of a module whose default export is the connector. */
export async function openStream(start: StreamStart): Promise<OpenStream> {
  const fail = (problem: string, cause?: unknown): never => {
    throw new PipelineError(
      'CONNECTOR_INVALID',
      { connector: start.connector, problem, file: start.connector },
      { cause },
    )
  }
  const url = isAbsolute(start.connector) ? pathToFileURL(start.connector).href : start.connector
  let module: { default?: unknown }
  try {
    module = (await import(url)) as { default?: unknown }
  } catch (cause) {
    return fail(`it cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`, cause)
  }
  const connector = module.default
  if (!isConnector(connector)) return fail('its default export is not what defineConnector returns')
  const names = connector.streams.map((one) => one.name)
  const stream = connector.streams.find((one) => one.name === start.stream)
  if (!stream) {
    const near = nearest(start.stream, names)
    return fail(
      `it has no stream "${start.stream}"; ${near ? `did you mean "${near}"?` : `known: ${names.join(', ')}`}`,
    )
  }
  return { connector, stream, reader: compileStream(connector, stream, start) }
}

const isConnector = (value: unknown): value is Connector<unknown> =>
  typeof value === 'object' && value !== null && Array.isArray((value as { streams?: unknown }).streams)

const opened = new Map<string, Promise<OpenStream>>()

/**
 * A record of quarantine, again: from `validate` on, in the calling thread. The stream is loaded once per process and description;
 * import src/connect/resolve.ts first where connectors of a home are to be found.
 */
export async function renormalise(start: StreamStart, protectedRecord: unknown): Promise<Renormalised> {
  const { connector, stream, source, agency, zone, now, schemaHomes, hmacKey } = start
  const id = JSON.stringify([connector, stream, source, agency, zone, now, schemaHomes, hmacKey])
  const open = opened.get(id) ?? openStream(start)
  // a clock that moves on would otherwise keep one compilation per moment
  if (opened.size >= OPENED_AT_MOST) opened.clear()
  opened.set(id, open)
  return (await open).reader.renormalise(protectedRecord)
}
const OPENED_AT_MOST = 32
