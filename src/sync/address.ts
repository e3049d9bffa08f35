/** Where the address stands that could not be reached: what somebody has to correct first. */
import type { SourceConfig } from '../config.ts'
import { placed } from '../config-place.ts'
import { PipelineError } from '../errors.ts'

/** The same error naming the setting that holds the host, file and line included; others, and one without such a setting, unchanged. */
export function withAddress(error: unknown, { file, path }: SourceConfig, settings: unknown): unknown {
  if (!(error instanceof PipelineError) || error.code !== 'SOURCE_UNREACHABLE') return error
  const problem = String(error.params.problem)
  const host = /^[^\s/:]+/.exec(problem)?.[0]
  const setting = host === undefined ? null : settingWith(host, settings, `${path}.settings`)
  if (setting === null) return error
  const params = { ...error.params, problem: `${problem}; its address: ${placed(file, setting)} ${setting}` }
  return new PipelineError(error.code, params, { cause: error.cause })
}

function settingWith(host: string, value: unknown, path: string): string | null {
  if (typeof value === 'string') return value.includes(`/${host}`) || value.includes(`@${host}`) ? path : null
  if (typeof value !== 'object' || value === null) return null
  const inside = Object.entries(value).map(([name, item]) => [Array.isArray(value) ? `[${name}]` : `.${name}`, item])
  for (const [step, item] of inside) {
    const found = settingWith(host, item, `${path}${step}`)
    if (found !== null) return found
  }
  return null
}
