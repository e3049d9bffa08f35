/** Sample time: a made-up source says what time it is in its world, in `x-sample-time` or in a clock.json beside its files. */
import { readFile } from 'node:fs/promises'
import { loadAxios } from '../on-demand.ts'

/** epoch ms; null where the clock cannot be read (then the persisted tick stands in for it). */
export async function readSampleClock(clock: string): Promise<number | null> {
  try {
    if (!/^https?:/.test(clock)) return instant((JSON.parse(await readFile(clock, 'utf8')) as { now?: unknown }).now)
    const answer = await loadAxios().get(clock, {
      timeout: 5_000,
      maxContentLength: 65_536,
      validateStatus: () => true,
    })
    return instant(answer.headers['x-sample-time'])
  } catch {
    // The source itself will say what is wrong when it is read; the clock alone is no reason to stop.
    return null
  }
}

function instant(value: unknown): number | null {
  const at = Number(value)
  return value != null && Number.isSafeInteger(at) && at > 0 ? at : null
}
