/** Good and bad streams of the Singer project and of Meltano's SDK, each sent by a real child process; beside the project, not part of it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { singer } from '../../src/connect/singer.ts'
import { compileProtect } from '../../src/sync/protect.ts'
import { type JsonSchema, sourceSchema } from '../../src/sync/source-schema.ts'
import { compileValidate } from '../../src/sync/validate.ts'
import { readAll } from '../support/read.ts'

const FOLDER = join(import.meta.dirname, '../../../shared/realdata/singer')
const PRINT = 'process.stdout.write(require("fs").readFileSync(process.argv[1]))'

/** What its origin says of a file, where that is not told by its name: Meltano's SDK takes these, or wants them refused. */
const REFUSED = /invalid|missing_required_property/
/** Where we differ, and why. */
const DIFFERS: Readonly<Record<string, string>> = {
  'pk_updates.singer':
    'its key_properties stand inside the schema, where the specification has none; the SDK passes over that, and over a key that changes in the middle',
}

interface Schema {
  type: string
  stream: string
  schema: JsonSchema
  key_properties?: string[]
}

/** Refused by the reader, by the schema that the stream itself sends, or not at all; and how many records came. */
async function outcome(file: string): Promise<{ refused: string | null; records: number; streams: number }> {
  const lines = readFileSync(join(FOLDER, file), 'utf8').split('\n')
  const messages = lines.flatMap((line): Schema[] => {
    try {
      return [JSON.parse(line) as Schema]
    } catch {
      return []
    }
  })
  const schemas = messages.filter(({ type }) => type === 'SCHEMA')
  const result = { refused: null as string | null, records: 0, streams: 0 }
  for (const name of new Set(schemas.map(({ stream }) => stream))) {
    const own = schemas.filter(({ stream }) => stream === name)
    const newest = own.at(-1)
    const key = newest?.key_properties?.length
      ? newest.key_properties
      : Object.keys(newest?.schema.properties ?? {}).slice(0, 1)
    const read = singer<string>({
      tap: (path) => ({ command: process.execPath, args: ['-e', PRINT, path] }),
      config: () => ({}),
      catalog: 'none',
      stream: name,
    })
    result.streams++
    try {
      const { rows } = await readAll(read, join(FOLDER, file), { stream: { key } })
      result.records += rows.length
      const schema = sourceSchema(newest?.schema ?? {}, file, 'singer')
      const [protect, validate] = [compileProtect(schema.root), compileValidate(schema.derived, file, 'singer')]
      const [failure] = rows.flatMap((row) => validate(protect(row)) ?? [])
      if (failure) result.refused ??= `quarantined: ${failure.path} ${failure.rule}`
    } catch (error) {
      result.refused ??= String(error)
    }
  }
  return result
}

if (existsSync(FOLDER)) {
  it('real Singer streams: good ones are read whole, bad ones refused', async () => {
    const files = readdirSync(FOLDER)
    const said: string[] = []
    const differing: string[] = []
    for (const file of files) {
      const { refused, records, streams } = await outcome(file)
      const agrees = (refused !== null) === REFUSED.test(file)
      if (!agrees) differing.push(file)
      said.push(`${agrees ? 'agrees ' : 'differs'} ${file}: ${refused ?? `${records} records of ${streams} streams`}`)
      if (refused === null) {
        const sent = readFileSync(join(FOLDER, file), 'utf8').match(/"type": "RECORD"/g)?.length ?? 0
        expect(records, file).toBe(sent)
      }
    }
    process.stdout.write(`${said.join('\n')}\n`)
    process.stdout.write(`Singer: ${files.length - differing.length} of ${files.length} streams as their origin says\n`)
    for (const file of differing) process.stdout.write(`${file} differs: ${DIFFERS[file]}\n`)
    expect(differing).toEqual(Object.keys(DIFFERS))
  })
} else {
  it('real Singer streams', () => {
    process.stdout.write(`left out: ${FOLDER} is not there (data of others, not part of the project)\n`)
  })
}
