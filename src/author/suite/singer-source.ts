/** A Singer tap made from the recording: a real child process that prints the rows of a file which is written anew before each read. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Material } from './material.ts'
import type { Facts, SourceState } from './types.ts'

interface Declared {
  stream?: string
}
export interface ScriptedTap {
  control: { command: string; args: string[] }
  show(): void
}

/** What it asks its source for is the tap's own business: windows and lookback are not looked at. */
export const singerFacts = ({ stream }: Material, zone: string): Facts => ({
  kind: 'singer',
  paging: 'token',
  since: stream.sees === 'everything' ? null : 'server-clock',
  lookback: null,
  timeField: null,
  zone,
  http: false,
  perPage: 25,
})

export function scriptedTap(folder: string, { stream }: Material, state: SourceState): ScriptedTap {
  const [script, data] = [join(folder, 'tap.mjs'), join(folder, 'tap.json')]
  const name = (stream.read.kit?.declaration as Declared | undefined)?.stream ?? stream.name
  writeFileSync(script, SCRIPT)
  const asked = { method: '', path: '', query: new URLSearchParams(), body: '', page: 0 }
  const show = () => {
    const rows = state.rows.map(({ record, at, gone }) => ({ record, at, gone }))
    writeFileSync(data, JSON.stringify({ name, keys: stream.key, rows, spoilt: state.spoil?.(asked)?.text ?? null }))
  }
  show()
  return { control: { command: process.execPath, args: [script, data] }, show }
}

/** It sends what changed at its bookmark or later, in the order of that time, with a STATE behind every 25 records and at the end. */
const SCRIPT = `import { readFileSync } from 'node:fs'
const [, , data, ...options] = process.argv
const { name, keys, rows, spoilt } = JSON.parse(readFileSync(data, 'utf8'))
const lines = []
const say = (message) => lines.push(JSON.stringify(message))
const place = options.indexOf('--state')
const from = place < 0 ? -Infinity : (JSON.parse(readFileSync(options[place + 1], 'utf8')).at ?? -Infinity)
if (options.includes('--discover')) say({ streams: [{ stream: name, tap_stream_id: name, schema: {} }] })
else if (spoilt !== null) lines.push(spoilt)
else {
  say({ type: 'SCHEMA', stream: name, schema: { properties: {} }, key_properties: keys })
  const sent = rows.filter(({ at }) => at >= from).sort((a, b) => a.at - b.at)
  for (const [i, { record, at, gone }] of sent.entries()) {
    say({ type: 'RECORD', stream: name, record: gone ? { ...record, _sdc_deleted_at: new Date(at).toISOString() } : record })
    if (i % 25 === 24 || i === sent.length - 1) say({ type: 'STATE', value: { at } })
  }
}
process.stdout.write(lines.join('\\n') + '\\n')
`
