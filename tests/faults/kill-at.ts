/**
 * Loaded before the program (`node --import`): ends the process with kill -9 at one place of the real code, so that a crash falls exactly
 * between two steps. The place is a line of the source; where it is not found the program does not start.
 */
import { registerHooks } from 'node:module'

interface Place {
  /** end of the module's address */
  file: string
  /** the text before which it ends */
  before: string
  /** the how manyeth time it comes by */
  nth: number
}
const { file, before, nth } = JSON.parse(process.env.IOC_TEST_KILL ?? '{}') as Place
let passed = 0
Object.assign(globalThis, {
  passing() {
    passed += 1
    if (passed === nth) process.kill(process.pid, 'SIGKILL')
  },
})

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context)
    if (!url.endsWith(file)) return loaded
    const source =
      loaded.source === undefined || loaded.source === null ? '' : Buffer.from(loaded.source as Uint8Array).toString()
    if (!source.includes(before)) throw new Error(`${file} has no longer: ${before}`)
    return { ...loaded, source: source.replace(before, () => `passing();${before}`) }
  },
})
