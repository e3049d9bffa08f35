/** What cannot serve as a sample, in two lines; and reading one within bounds. */
import { open } from 'node:fs/promises'
import { PipelineError } from '../../errors.ts'

/** `sample`: what the user named it. The problem repeats nothing of what is in it. */
export const unusable = (sample: string, problem: string, cause?: unknown): PipelineError =>
  new PipelineError('SAMPLE_UNREADABLE', { sample, problem }, cause === undefined ? {} : { cause })

/** At most `limit` bytes from the start of a file; `whole`: a larger one is refused instead. */
export async function readSample(path: string, limit: number, whole: boolean): Promise<Buffer> {
  try {
    const file = await open(path, 'r')
    try {
      const { size } = await file.stat()
      if (whole && size > limit)
        throw unusable(path, `it has ${size} bytes, more than the limit of ${limit}; cut a smaller sample from it`)
      const bytes = Buffer.alloc(Math.min(size, limit))
      const { bytesRead } = await file.read(bytes, 0, bytes.length, 0)
      return bytes.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (cause) {
    if (cause instanceof PipelineError) throw cause
    throw unusable(path, `it cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`, cause)
  }
}
export const readText = async (path: string, limit: number): Promise<string> => {
  const bytes = await readSample(path, limit, true)
  return new TextDecoder('utf-8').decode(bytes)
}
