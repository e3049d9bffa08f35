/** Every schema names itself, compiles under the strictest settings, and the generated types are those of the schemas. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import ajvFormats from 'ajv-formats'
import { afterAll, describe, expect, it } from 'vitest'
import { GENERATED, generateTypes, schemaFiles } from '../../src/generate-types.ts'
import { datePicture, isDatePicture } from '../../src/sync/formats.ts'

const ROOT = join(import.meta.dirname, '../..')
const ANNOTATIONS = ['x-personal', 'x-public', 'x-origin', 'x-note']
const FILES = schemaFiles(ROOT, ['canonical', 'cli', 'config', 'ioc', 'sources'])
const read = (file: string) => JSON.parse(readFileSync(join(ROOT, 'schemas', file), 'utf8')) as Record<string, unknown>

function formatsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([keyword, item]) =>
    keyword === 'format' && typeof item === 'string' ? [item] : formatsOf(item),
  )
}

/** All schemas together, so that one may refer to another by its path. */
function strictAjv(): Ajv2020 {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true })
  ajvFormats.default(ajv)
  ajv.addVocabulary(ANNOTATIONS)
  for (const file of FILES) {
    for (const format of formatsOf(read(file)).filter(isDatePicture)) ajv.addFormat(format, datePicture(format))
    ajv.addSchema(read(file))
  }
  return ajv
}

describe('schemas', () => {
  const ajv = strictAjv()
  it.each(FILES)('%s has a title, its path as $id, and compiles', (file) => {
    const schema = read(file)
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: file,
      title: expect.stringMatching(/^[A-Z][A-Za-z]+$/),
    })
    expect(ajv.getSchema(file)).toBeTypeOf('function')
  })

  it('have titles of their own', () => {
    const titles = FILES.map((file) => read(file).title)
    expect(new Set(titles).size).toBe(titles.length)
  })
})

describe('generated types', () => {
  const folders: string[] = []
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  })
  /** A made-up project with these schemas. */
  function project(schemas: Record<string, unknown>): string {
    const root = mkdtempSync(join(tmpdir(), 'ioc-feed-types-'))
    folders.push(root)
    for (const [file, schema] of Object.entries(schemas)) {
      mkdirSync(dirname(join(root, 'schemas', file)), { recursive: true })
      writeFileSync(join(root, 'schemas', file), JSON.stringify(schema))
    }
    return root
  }
  const entry = { title: 'Entry', type: 'object', properties: { n: { type: 'integer' } }, additionalProperties: false }

  it('are those of the schemas, and twice the same', async () => {
    const text = await generateTypes(ROOT)
    expect(text).toBe(readFileSync(join(ROOT, GENERATED), 'utf8'))
    expect(await generateTypes(ROOT)).toBe(text)
  })

  it('export each title once, know no any, and are erasable', async () => {
    const text = await generateTypes(ROOT)
    for (const file of FILES.filter((name) => !name.startsWith('sources/')))
      expect(text.match(new RegExp(`^export (interface|type) ${read(file).title}\\b`, 'gm'))).toHaveLength(1)
    const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    expect(code).not.toMatch(/\bany\b|\benum\b|\bnamespace\b/)
  })

  it('follow a reference to another file, which is declared once', async () => {
    const root = project({
      'ioc/entry.schema.json': { ...entry, $id: 'ioc/entry.schema.json' },
      'ioc/list.schema.json': {
        $id: 'ioc/list.schema.json',
        title: 'List',
        type: 'object',
        properties: { first: { $ref: './entry.schema.json' } },
        additionalProperties: false,
      },
    })
    const text = await generateTypes(root)
    expect(text.match(/export interface Entry/g)).toHaveLength(1)
    expect(text).toMatch(/first\?: Entry/)
  })

  it('refuse two declarations of one name that differ', async () => {
    const other = { ...entry, properties: { n: { type: 'string' } } }
    const root = project({ 'cli/a.schema.json': entry, 'ioc/b.schema.json': other })
    await expect(generateTypes(root)).rejects.toThrow('both declare Entry')
  })

  it('refuse a schema without a title, naming it', async () => {
    await expect(generateTypes(project({ 'cli/a.schema.json': { type: 'object' } }))).rejects.toThrow(
      'cli/a.schema.json',
    )
  })

  it('check: two lines and exit 1 when stale, nothing when not', () => {
    const check = (root: string) => {
      const script = join(root, 'src/generate-types.ts')
      mkdirSync(dirname(script), { recursive: true })
      writeFileSync(
        script,
        `import { main } from '${join(ROOT, 'src/generate-types.ts')}'\nawait main('${root}', true)\n`,
      )
      try {
        execFileSync(process.execPath, [script], { encoding: 'utf8', stdio: 'pipe' })
        return { status: 0, stderr: '' }
      } catch (error) {
        return error as { status: number; stderr: string }
      }
    }
    const { status, stderr } = check(project({ 'cli/a.schema.json': entry }))
    expect(status).toBe(1)
    expect(stderr).toBe('TYPES_STALE: src/schemas.generated.ts does not match schemas/\n→ Run: npm run types\n')
    expect(check(upToDate()).status).toBe(0)
  })

  /** A project whose generated file is as it should be. */
  function upToDate(): string {
    const root = project({})
    mkdirSync(join(root, 'src'), { recursive: true })
    writeFileSync(join(root, GENERATED), '// generated from schemas/ by: npm run types — do not edit\n')
    return root
  }
})
