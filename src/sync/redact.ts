/** What an unexpected error may say: neither a secret of the settings nor a text quoted from the source (it may be a person). */
import { markedSecrets, redact, secretsOf } from '../connect/secrets.ts'

export { markedSecrets, redact, secretsOf }

/** Name, message without what it quotes, and the frames of the stack. */
export function describeUnexpected(error: unknown, secrets: readonly string[]): { what: string; stack: string } {
  if (!(error instanceof Error)) return { what: `a ${typeof error} was thrown`, stack: '' }
  const message = redact(error.message, secrets)
    .replace(/"[^"]*"|'[^']*'|`[^`]*`/g, '"…"')
    .replace(/\d{6,}/g, '…')
    .slice(0, 300)
  const what = `${error.name}: ${message}`
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return { what, stack: redact([what, ...frames].join('\n'), secrets) }
}
