/** `ioc connector …`: one more system, from a first sample to a certified connector. */
import { PipelineError } from '../errors.ts'
import { CONNECTOR_OPTIONS, CONNECTOR_PARTS, CONNECTOR_USAGE } from './connector-parts.ts'
import type { Verb } from './context.ts'
import { unknown } from './problems.ts'

export const connector: Verb = async (cli, [name, ...words], values) => {
  if (name === undefined)
    throw new PipelineError('USAGE', { what: cli.words('connector-part'), mend: `ioc ${CONNECTOR_USAGE}` })
  const part = CONNECTOR_PARTS[name]
  if (!part) throw unknown('part of connector', name, Object.keys(CONNECTOR_PARTS))
  const foreign = Object.keys(CONNECTOR_OPTIONS).find(
    (flag) => values[flag] !== undefined && !part.flags.includes(flag),
  )
  if (foreign !== undefined)
    throw new PipelineError('USAGE', {
      what: cli.words('unknown-option', { verb: ` connector ${name}`, option: `--${foreign}` }),
      mend: `ioc connector ${part.usage}`,
    })
  const verb = await part.load()
  try {
    return await verb(cli, words, values)
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error
    // what is not connected yet is not synced next
    const again = ['ioc connector', name, ...words, ...(name === 'new' ? ['…'] : [])].join(' ')
    throw new PipelineError(error.code, { ...error.params, again }, { cause: error })
  }
}
