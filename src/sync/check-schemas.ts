/**
 * The schemas of a connector held to the schema of schemas. Reading leaves that out for those of this checkout (see validate.ts and
 * config-check.ts), and a connector may be written here: doctor and whatever its author runs ask for it.
 */
import { checker } from '../config-check.ts'
import type { Connector } from '../connect/connector.ts'
import { PipelineError } from '../errors.ts'
import { readSchema, schemaFile, sourceSchema } from './source-schema.ts'
import { checkSchema } from './validate.ts'

/** @throws PipelineError CONNECTOR_INVALID */
export function checkSchemas({ name, settings, streams }: Connector<unknown>, homes: readonly string[]): void {
  for (const { schema } of streams) {
    const path = schemaFile(homes, 'sources', schema)
    checkSchema(sourceSchema(readSchema(homes, 'sources', schema), schema, name, path).derived, path, name)
  }
  try {
    checker(settings, { coerce: true, foreign: true })
  } catch (cause) {
    const problem = `its settings: ${(cause as Error).message}`
    throw new PipelineError('CONNECTOR_INVALID', { connector: name, problem, file: 'connector.ts' }, { cause })
  }
}
