/**
 * Writes src/schemas.generated.ts from schemas/{canonical,ioc,cli,config}: one interface per titled schema, in order of its path.
 * `--check` writes nothing and exits 1 when the file is stale. Source schemas are not among them: records of sources are checked, never typed.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { compile, type JSONSchema } from 'json-schema-to-typescript'

const ROOT = join(import.meta.dirname, '..')
const FOLDERS = ['canonical', 'cli', 'config', 'ioc']
export const GENERATED = 'src/schemas.generated.ts'
const HEADER = `// generated from schemas/ by: npm run types — do not edit\n`

class SchemaProblem extends Error {}

/** Paths under schemas/ in code point order, on every platform. */
export function schemaFiles(root: string, folders: readonly string[] = FOLDERS): string[] {
  return folders
    .flatMap((folder) => globSync(`${folder}/**/*.schema.json`, { cwd: join(root, 'schemas') }))
    .map((file) => file.replaceAll('\\', '/'))
    .sort()
}

/** The text of schemas.generated.ts. @throws SchemaProblem naming the schema that cannot be used */
export async function generateTypes(root: string): Promise<string> {
  const parts: string[] = []
  const declaredBy = new Map<string, string>()
  for (const file of schemaFiles(root)) {
    const text = await declarations(join(root, 'schemas', file), file)
    for (const [, name = ''] of text.matchAll(/^export (?:interface|type) (\w+)/gm)) {
      const other = declaredBy.get(name)
      if (other) throw new SchemaProblem(`schemas/${file} and schemas/${other} both declare ${name}`)
      declaredBy.set(name, file)
    }
    parts.push(`// schemas/${file}\n${text.trim()}\n`)
  }
  return [HEADER, ...parts].join('\n')
}

async function declarations(path: string, file: string): Promise<string> {
  let schema: JSONSchema
  try {
    schema = JSON.parse(readFileSync(path, 'utf8')) as JSONSchema
  } catch (cause) {
    throw new SchemaProblem(`schemas/${file} is not JSON: ${(cause as Error).message}`, { cause })
  }
  if (!schema.title) throw new SchemaProblem(`schemas/${file} has no title`)
  // Without its $id the name comes from the title; the id is a path, which would be taken for an address to fetch.
  const { $id: _, ...anonymous } = schema
  return compile(anonymous as JSONSchema, schema.title, {
    bannerComment: '',
    cwd: dirname(path),
    // another file's declaration stands once, where that file is
    declareExternallyReferenced: false,
    unreachableDefinitions: true,
    // tuples for every minItems are unreadable and cannot be built from a query
    ignoreMinAndMaxItems: true,
    unknownAny: true,
    // nothing is fetched over the network
    $refOptions: { resolve: { http: false } },
    style: { printWidth: 120, semi: false, singleQuote: true, trailingComma: 'all' },
  })
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw cause
  }
}

async function main(check: boolean): Promise<void> {
  const target = join(ROOT, GENERATED)
  const text = await generateTypes(ROOT)
  if (text === readIfThere(target)) return
  if (check) return fail('TYPES_STALE', `${GENERATED} does not match schemas/`, 'Run: npm run types')
  writeFileSync(target, text)
  console.error(`${basename(target)} written`)
}

function fail(code: string, what: string, mend: string): void {
  console.error(`${code}: ${what}\n→ ${mend}`)
  process.exitCode = 1
}

if (import.meta.main) {
  try {
    await main(process.argv.includes('--check'))
  } catch (cause) {
    if (!(cause instanceof SchemaProblem)) throw cause
    fail('SCHEMA_INVALID', cause.message, 'Correct that schema, then run: npm run types')
  }
}
