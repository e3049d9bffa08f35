/** What the tests of the command line share: schemas of its documents, and waiting for a child to get somewhere. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import ajvFormats from 'ajv-formats'
import Sqlite from 'better-sqlite3'
import { expect } from 'vitest'
import { makeCli } from '../../src/cli/context.ts'
import { parseCall, VERBS } from '../../src/cli/verbs.ts'
import { sayer } from '../../src/cli/words.ts'
import { schemaFiles } from '../../src/generate-types.ts'
import type { Ran, Running } from '../support/home.ts'

export const ROOT = join(import.meta.dirname, '../..')

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true })
ajvFormats.default(ajv)
for (const file of schemaFiles(ROOT, ['cli'])) {
  ajv.addSchema(JSON.parse(readFileSync(join(ROOT, 'schemas', file), 'utf8')) as Record<string, unknown>)
}

/** stdout is exactly one document of `schemas/cli/<name>.schema.json`; returns it. */
export function documentOf<T>(ran: Pick<Ran, 'stdout'>, name: string): T {
  const document: unknown = JSON.parse(ran.stdout)
  const check = ajv.getSchema(`cli/${name}.schema.json`)
  if (!check) throw new Error(`no schema ${name}`)
  expect(check(document) ? [] : check.errors?.slice(0, 3)).toEqual([])
  return document as T
}

/** A verb in this process, with the document that it prints; a child of its own takes a second to start. */
export async function verbHere(home: string, warehouse: string, typed: readonly string[]): Promise<{ stdout: string }> {
  const { name = '', values, positionals } = parseCall(typed, sayer('en'))
  let stdout = ''
  const surroundings = {
    env: { IOC_LANG: 'en' },
    cwd: home,
    signal: new AbortController().signal,
    document: (value: unknown) => {
      stdout += JSON.stringify(value)
    },
  }
  const verb = await VERBS[name]?.load()
  await verb?.(makeCli({ home, warehouse, json: true, quiet: true }, surroundings), positionals, values)
  return { stdout }
}

export interface ErrorDocument {
  error: { code: string; message: string; mend: string; exitCode: number }
}

/** The two lines of an error, whatever else is on stderr. */
export const lines = (ran: Ran): string[] => ran.stderr.split('\n').filter((line) => line !== '')

/** Looks every few milliseconds; the caller's test has the deadline. Gives up when the child has ended. */
export async function until(running: Running, look: () => boolean): Promise<void> {
  let ended: Ran | null = null
  void running.ended.then((ran) => {
    ended = ran
  })
  while (!look()) {
    if (ended) throw new Error(`ended too early: ${JSON.stringify(ended)}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Leases that somebody holds at this moment, as the file has them; none while it is being made. */
export function heldLeases(warehouse: string): string[] {
  let database: Sqlite.Database | undefined
  try {
    database = new Sqlite(warehouse, { readonly: true, fileMustExist: true })
    const rows = database.prepare('SELECT name FROM lease WHERE expires_at > 0').all() as { name: string }[]
    return rows.map(({ name }) => name)
  } catch {
    return []
  } finally {
    database?.close()
  }
}

/** Everything that a child has said so far. */
export function listen(running: Running): { stdout: string } {
  const said = { stdout: '' }
  running.child.stdout?.on('data', (chunk: string) => {
    said.stdout += chunk
  })
  return said
}
