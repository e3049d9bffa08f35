/** The log of long-running verbs: one JSON line each on stderr, levels as pino writes them. */
import pino from 'pino'
import { explainError, PipelineError } from '../errors.ts'
import type { Log } from '../schedule/log.ts'

export function makeLog(quiet: boolean): Log {
  // Written at once: a log that is still in memory is of no use after a crash.
  const out = pino(
    { level: quiet ? 'warn' : 'info', base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  )
  return {
    info: (message, details) => out.info(details ?? {}, message),
    warn: (message, details) => out.warn(details ?? {}, message),
    error: (message, error) => out.error(errorDetails(error), message),
  }
}

function errorDetails(error: unknown): Record<string, unknown> {
  if (error instanceof PipelineError) return { code: error.code, ...explainError(error.code, error.params, 'en') }
  return error instanceof Error ? { stack: error.stack } : {}
}
