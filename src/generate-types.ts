/**
 * Writes src/schemas.generated.ts from schemas/{canonical,ioc,cli,config}: one interface per titled schema, in order of its path.
 * `--check` writes nothing and exits 1 when the file is stale. Source schemas are not among them: records of sources are checked, never typed.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
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
  const parts: string[] = [HEADER]
  const declared = new Map<string, { file: string; text: string }>()
  for (const file of schemaFiles(root)) {
    const texts: string[] = []
    for (const [name, text] of await declarations(join(root, 'schemas', file), file)) {
      const other = declared.get(name)
      // what one file refers to in another comes again with each reference
      if (other?.text === text) continue
      if (other) throw new SchemaProblem(`schemas/${file} and schemas/${other.file} both declare ${name}`)
      declared.set(name, { file, text })
      texts.push(text)
    }
    parts.push(`// schemas/${file}\n${texts.join('\n\n')}\n`)
  }
  return parts.join('\n')
}

const DECLARATION = /^(?:\/\*\*\n(?: \*[^\n]*\n)+)?export (?:interface|type) (\w+)/gm

async function declarations(path: string, file: string): Promise<[name: string, text: string][]> {
  let schema: JSONSchema
  try {
    schema = JSON.parse(readFileSync(path, 'utf8')) as JSONSchema
  } catch (cause) {
    throw new SchemaProblem(`schemas/${file} is not JSON: ${(cause as Error).message}`, { cause })
  }
  if (!schema.title) throw new SchemaProblem(`schemas/${file} has no title`)
  // Without its $id the name comes from the title; the id is a path, which would be taken for an address to fetch.
  const { $id: _, ...anonymous } = schema
  const text = await compile(anonymous as JSONSchema, schema.title, {
    bannerComment: '',
    cwd: dirname(path),
    unreachableDefinitions: true,
    // tuples for every minItems are unreadable and cannot be built from a query
    ignoreMinAndMaxItems: true,
    unknownAny: true,
    // nothing is fetched over the network
    $refOptions: { resolve: { http: false } },
    style: { printWidth: 120, semi: false, singleQuote: true, trailingComma: 'all' },
  })
  const starts = [...text.matchAll(DECLARATION)]
  return starts.map((start, i) => [start[1] ?? '', text.slice(start.index, starts[i + 1]?.index).trim()])
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw cause
  }
}

/** Writes the file, or with `check` compares it; sets the exit code. */
export async function main(root: string, check: boolean): Promise<void> {
  try {
    const target = join(root, GENERATED)
    const text = await generateTypes(root)
    if (text === readIfThere(target)) return
    if (check) return fail('TYPES_STALE', `${GENERATED} does not match schemas/`, 'Run: npm run types')
    writeFileSync(target, text)
    console.error(`${GENERATED} written`)
  } catch (cause) {
    if (!(cause instanceof SchemaProblem)) throw cause
    fail('SCHEMA_INVALID', cause.message, 'Correct that schema, then run: npm run types')
  }
}

function fail(code: string, what: string, mend: string): void {
  console.error(`${code}: ${what}\n→ ${mend}`)
  process.exitCode = 1
}

if (import.meta.main) await main(ROOT, process.argv.includes('--check'))
