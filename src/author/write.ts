import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { PipelineError } from '../errors.ts'

/** Written beside and moved: what is half written is never read. Throws FILE_UNWRITABLE. */
export function writeWhole(file: string, text: string): void {
  const beside = `${file}.${process.pid}.new`
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(beside, text)
    renameSync(beside, file)
  } catch (cause) {
    const problem = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    throw new PipelineError('FILE_UNWRITABLE', { file, problem }, { cause })
  }
}
