/**
 * A Singer tap, written to the specification and run as the real child process that a tap is: `--config`, `--state`, `--catalog`,
 * `--discover`; SCHEMA, RECORD, STATE with bookmarks. Its records are made up. `config.fault` makes it behave as bad taps do.
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const argument = (name) => {
  const at = process.argv.indexOf(name)
  return at < 0 ? null : JSON.parse(readFileSync(process.argv[at + 1], 'utf8'))
}
const print = (message) =>
  new Promise((resolve) =>
    process.stdout.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`, resolve),
  )

const config = argument('--config') ?? {}
const state = argument('--state') ?? {}
const catalog = argument('--catalog')
const { fault = '', rows = 10, every = 100, gate = '', gateAt = 0, padding = 0 } = config

const text = { type: 'string' }
const properties = { id: text, changed: text, status: text, procedure: text, agency: text, received: text }
const SCHEMAS = {
  dossier: {
    type: 'SCHEMA',
    stream: 'dossier',
    schema: { type: 'object', properties },
    key_properties: ['id'],
    bookmark_properties: ['changed'],
  },
  office: {
    type: 'SCHEMA',
    stream: 'office',
    schema: { type: 'object', properties: { id: properties.id } },
    key_properties: ['id'],
  },
}

if (process.argv.includes('--discover')) {
  const streams = Object.values(SCHEMAS).map(({ stream, schema, key_properties }) => ({
    stream,
    tap_stream_id: stream,
    schema,
    metadata: [{ breadcrumb: [], metadata: { 'table-key-properties': key_properties, inclusion: 'available' } }],
  }))
  await print(JSON.stringify({ streams }, null, 2))
  process.exit(0)
}

const isSelected = (name) =>
  !catalog ||
  catalog.streams.some(({ stream, metadata }) => stream === name && metadata.some(({ metadata }) => metadata.selected))
const modeOf = (path) => (statSync(path).mode & 0o777).toString(8)
if (config.environment) {
  const file = process.argv[process.argv.indexOf('--config') + 1]
  process.stderr.write(`WARNING modes ${modeOf(file)} ${modeOf(dirname(file))}\n`)
}
if (config.environment) process.stderr.write(`WARNING environment ${Object.keys(process.env).sort().join(' ')}\n`)
if (config.password)
  process.stderr.write(
    `ERROR logged in with ${config.password} as Trần Thị Mẫu\nWARNING ${encodeURIComponent(config.password)}\n`,
  )
process.stderr.write('INFO METRIC: nothing worth a remark\n')

if (fault === 'leaves a child') {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 3600000)'], { stdio: 'ignore' })
  child.unref()
  writeFileSync(config.pids, String(child.pid))
}

if (isSelected('office')) {
  await print(SCHEMAS.office)
  await print({ type: 'RECORD', stream: 'office', record: { id: 'G1' } })
}
if (isSelected('dossier')) {
  if (fault !== 'no schema') await print(SCHEMAS.dossier)
  if (fault === 'activates') await print({ type: 'ACTIVATE_VERSION', stream: 'dossier', version: 1 })
  const from = state.bookmarks?.dossier?.n ?? 0
  for (let n = from + 1; n <= rows; n++) {
    if (n === gateAt) while (existsSync(gate)) await delay(20)
    if (n === 5 && fault === 'hangs') {
      // a child of its own that would outlive it, and a tap that does not want to end
      const child = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setTimeout(() => {}, 3600000)'], {
        stdio: 'inherit',
      })
      if (config.pids) writeFileSync(config.pids, `${process.pid} ${child.pid}`)
      process.on('SIGTERM', () => {})
      await delay(3_600_000)
    }
    if (n === 5 && fault === 'malformed')
      await print('{"type": "RECORD", "stream": "dossier", "record": {"id": "Nguyễn Văn A"')
    if (n === 5 && fault === 'unknown stream') await print({ type: 'RECORD', stream: 'nobody', record: { id: 'x' } })
    if (n === 5 && fault === 'long line')
      await print({ type: 'RECORD', stream: 'dossier', record: { id: 'x'.repeat(100_000) } })
    if (n === 5 && fault === 'batch') await print({ type: 'BATCH', stream: 'dossier', manifest: [] })
    if (n === 5 && fault === 'deep')
      await print(`{"type":"RECORD","stream":"dossier","record":{"id":${'['.repeat(100)}${']'.repeat(100)}}}`)
    if (n === 5 && fault === 'binary')
      await new Promise((resolve) => process.stdout.write(Buffer.from([0xff, 0xfe, 10]), resolve))
    if (n === 5 && fault === 'exits') process.exit(3)
    if (n === 5 && fault === 'breaks off') {
      await new Promise((resolve) => process.stdout.write('{"type": "REC', resolve))
      process.exit(4)
    }
    const record = {
      id: `S-${String(n).padStart(6, '0')}`,
      changed: `2024-11-0${1 + (n % 9)} 08:00:00`,
      status: n % 2 ? '4' : '5',
      procedure: '1.000001',
      agency: 'H53.07',
      received: '20241104080000',
    }
    if (fault === 'deletes' && n % 3 === 0) record._sdc_deleted_at = '2024-11-28T00:00:00Z'
    await print({ type: 'RECORD', stream: 'dossier', record })
    if (n % every === 0 || n === rows)
      await print(
        `{"type": "STATE", "value": {"bookmarks": {"dossier": {"n": ${n}, "xmin": 15793596808644609}}, "padding": "${'x'.repeat(padding)}"}}`,
      )
  }
  if (fault === 'activates') await print({ type: 'ACTIVATE_VERSION', stream: 'dossier', version: 1 })
}
