/** Settings of the hostile source: what the instance says where it is plain, addresses and secrets made up. */
import type { Connector } from '../../connect/connector.ts'

export interface Places {
  url: string
  folder: string
  /** first day of a source that is read by day */
  day: string
}
interface Property {
  type?: unknown
  format?: string
  pattern?: string
  enum?: readonly unknown[]
  default?: unknown
  minimum?: number
  'x-secret'?: boolean
}

const SECRET_NAME = /pass|secret|token|key|mat_?khau|credential/i
/** One contains the other, and both have what an address or a header must escape. */
export const SECRETS = ['m@t:kh/au%25-Suite', 'm@t:kh/au%25-Suite-dai-hon'] as const

/** `instance`: settings as sources.json has them, references unresolved. */
export function settingsFor(
  schema: Connector<unknown>['settings'],
  instance: Readonly<Record<string, unknown>>,
  places: Places,
): { settings: Record<string, unknown>; secrets: string[] } {
  const properties = (schema.properties ?? {}) as Readonly<Record<string, Property>>
  const required = new Set((schema.required ?? []) as readonly string[])
  const settings: Record<string, unknown> = {}
  const secrets: string[] = []
  for (const [name, property] of Object.entries(properties)) {
    const isSecret = property['x-secret'] === true || SECRET_NAME.test(name)
    if (!required.has(name) && !(name in instance)) continue
    if (isSecret && isText(property)) {
      const secret = SECRETS[secrets.length % SECRETS.length] ?? SECRETS[0]
      secrets.push(secret)
      settings[name] = secret
    } else settings[name] = settingOf(property, instance[name], places)
  }
  return { settings, secrets }
}

const isText = ({ type }: Property) => type === undefined || [type].flat().includes('string')

function settingOf(property: Property, given: unknown, places: Places): unknown {
  const { format, pattern = '' } = property
  if (format === 'path') return places.folder
  if (format === 'uri' || pattern.includes('http')) return places.url
  if (/postgres|mysql|mssql|sqlserver/.test(pattern)) return `${/\w+/.exec(pattern)?.[0]}://made-up@127.0.0.1/none`
  if (format === 'date') return places.day
  if (given !== undefined && !JSON.stringify(given).includes('${')) return given
  if (property.default !== undefined) return property.default
  if (property.enum) return property.enum[0]
  const types = [property.type].flat()
  if (types.includes('number') || types.includes('integer')) return property.minimum ?? 0
  if (types.includes('boolean')) return false
  if (types.includes('array')) return []
  return types.includes('object') ? {} : 'made-up'
}
