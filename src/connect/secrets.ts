/** Secrets among settings, and texts without them. */

const SECRET_NAME = /pass|secret|token|key|mat_?khau|credential|auth/i
const SHORTEST = 3

/** Secrets among the settings: values under such names, and user and password inside URLs; longest first, since one may contain another. */
export function secretsOf(settings: unknown, name = ''): string[] {
  const found = collect(settings, name).filter((secret) => secret.length >= SHORTEST)
  return [...new Set(found.flatMap(formsOf))].sort((a, b) => b.length - a.length)
}

/** What the connector's own schema marks `x-secret`, whatever its name. */
export function markedSecrets(settings: unknown, schema: Readonly<Record<string, unknown>>): string[] {
  if (typeof settings !== 'object' || settings === null) return []
  const properties = (schema.properties ?? {}) as Readonly<Record<string, { 'x-secret'?: unknown }>>
  return Object.entries(settings).flatMap(([name, value]) =>
    properties[name]?.['x-secret'] === true ? secretsOf(value, 'secret') : [],
  )
}

function collect(value: unknown, name: string): string[] {
  if (typeof value === 'string') {
    // up to the last @: a password may hold one as it stands
    const login = /^[a-z][a-z0-9+.-]*:\/\/(.*)@/is.exec(value)?.[1]
    const [user = '', ...password] = login?.split(':') ?? []
    const inUrl = login === undefined ? [] : [user, password.join(':')].flatMap((part) => [part, decoded(part)])
    return SECRET_NAME.test(name) ? [value, ...inUrl] : inUrl
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => collect(item, SECRET_NAME.test(name) ? name : key))
}
const formsOf = (secret: string) => [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
}
