import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Stream } from '../../src/connect/connector.ts'
import { compileStream, type StreamReader, type StreamStart } from '../../src/sync/page.ts'
import { connector, dossierSchema, NOW, ZONE } from './sample-stream.ts'

export const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url))

/** A deployment home outside the checkout, with the sample's schema. */
export function makeHome(schema: object = dossierSchema): string {
  const home = mkdtempSync(join(tmpdir(), 'ioc-home-'))
  mkdirSync(join(home, 'schemas/sources/drop'), { recursive: true })
  writeFileSync(join(home, 'schemas/sources/drop/dossier.schema.json'), JSON.stringify(schema))
  return home
}

export const startOf = (home: string): StreamStart => ({
  connector: join(home, 'connector.ts'),
  stream: 'dossier',
  source: 'drop-1',
  agency: 'H53.14',
  zone: ZONE,
  now: NOW,
  schemaHomes: [home, CHECKOUT],
  hmacKey: '00112233445566778899aabbccddeeff',
})

export function openSample(parts: Partial<Stream<unknown>> = {}, schema: object = dossierSchema): StreamReader {
  const made = connector(parts)
  const [stream] = made.streams
  if (!stream) throw new Error('the sample has a stream')
  return compileStream(made, stream, startOf(makeHome(schema)))
}
