/** What an unexpected error may say: neither a secret of the settings nor a text quoted from the source (it may be a person). */

const SECRET_NAME = /pass|secret|token|key|mat_?khau|credential|auth/i
const SHORTEST = 3

/** Secrets among the settings: values under such names, and user and password inside URLs; longest first, since one may contain another. */
export function secretsOf(settings: unknown, name = ''): string[] {
  const found = collect(settings, name).filter((secret) => secret.length >= SHORTEST)
  return [...new Set(found.flatMap(formsOf))].sort((a, b) => b.length - a.length)
}

function collect(value: unknown, name: string): string[] {
  if (typeof value === 'string') {
    const inUrl = /^[a-z][a-z0-9+.-]*:\/\/([^/@\s]*)@/i.exec(value)?.[1]?.split(':') ?? []
    return SECRET_NAME.test(name) ? [value, ...inUrl] : inUrl
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => collect(item, SECRET_NAME.test(name) ? name : key))
}
const formsOf = (secret: string) => [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]

export function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
}

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
