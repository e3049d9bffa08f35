/**
 * `${env:NAME}`, `${env:NAME:-default}` and `${file:path}` in configuration values. They are read at each run and not when the
 * configuration is loaded, so a renewed password needs no restart; no value that was read this way stands in any error.
 */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { invalid } from './config-check.ts'
import { placed } from './config-place.ts'
import { PipelineError } from './errors.ts'

export type Env = Readonly<Record<string, string | undefined>>

const REFERENCE = /\$\{env:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{file:([^}]+)\}/g

/** A copy of `value` with every reference in every text replaced. `file`: where it stands; `${file:…}` is relative to its folder. */
export function resolveSecrets<T>(value: T, env: Env, file: string, path = '', folder = dirname(file)): T {
  return mapTexts(value, path, (text, at) =>
    text.replace(REFERENCE, (_, name?: string, fallback?: string, secretFile?: string) => {
      if (name === undefined) return readSecret(resolve(folder, secretFile ?? ''), file, at)
      // An empty variable counts as unset, as in a shell's ${NAME:-default}.
      const set = env[name] || fallback
      if (set === undefined)
        throw new PipelineError('SECRET_MISSING', { file: placed(file, at), path: at, reference: name })
      return set
    }),
  ) as T
}

/** Throws CONFIG_INVALID where something looks like a reference and is none. */
export function checkReferences(value: unknown, file: string): void {
  mapTexts(value, '', (text, at) => {
    if (text.replace(REFERENCE, '').includes('${')) {
      const forms = ['env:NAME', 'env:NAME:-default', 'file:path'].map((form) => `\${${form}}`).join(', ')
      throw invalid(file, at, `holds a reference that is none of ${forms}`)
    }
    return text
  })
}

function readSecret(path: string, file: string, at: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch (cause) {
    const problem = (cause as NodeJS.ErrnoException).code ?? 'not readable'
    throw new PipelineError('SECRET_UNREADABLE', { file: placed(file, at), path: at, secret: path, problem }, { cause })
  }
}

function mapTexts(value: unknown, path: string, change: (text: string, path: string) => string): unknown {
  if (typeof value === 'string') return change(value, path)
  if (Array.isArray(value)) return value.map((item, i) => mapTexts(item, `${path}[${i}]`, change))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, mapTexts(item, path === '' ? name : `${path}.${name}`, change)]),
  )
}
