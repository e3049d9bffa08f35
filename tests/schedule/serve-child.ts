/** `serve` in a process of its own: warehouse location, configuration as JSON. */
import { startConsole } from '../../src/console/server.ts'
import { runSentence } from '../../src/schedule/runs.ts'
import { serve } from '../../src/schedule/serve.ts'
import { openWarehouse } from '../../src/warehouse/open.ts'

const [location = '', text = ''] = process.argv.slice(2)
const config = JSON.parse(text)
const warehouse = await openWarehouse(location)
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
const now = () => Date.now()
await serve(warehouse, config, {
  port: 0,
  signal: stop.signal,
  now,
  env: process.env,
  log: { info() {}, warn() {}, error: (message, error) => console.error(message, error) },
  openConsole: (port) => startConsole(warehouse, { port, now, config, sentenceOf: runSentence }),
  onReady: (url) => console.log(url),
})
await warehouse.close()
console.log('ended')
