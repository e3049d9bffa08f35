/** Who may import whom: every direction is planted in a throwaway folder under the project's own biome.json and linted. */
import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const FOLDERS = [
  'author',
  'cli',
  'connect',
  'console',
  'deliver',
  'indicators',
  'report',
  'sandbox',
  'schedule',
  'sync',
  'warehouse',
]
const EVERYBODY = ['errors.ts', 'config.ts', 'config-secrets.ts', 'schemas.generated.ts']
const MAY: Record<string, readonly string[]> = {
  author: ['author', 'connect', 'sync', 'indicators', 'schedule', 'warehouse'],
  cli: FOLDERS,
  connect: ['connect'],
  console: ['console', 'warehouse', 'indicators'],
  deliver: ['deliver', 'warehouse'],
  indicators: ['indicators', 'warehouse'],
  report: ['report', 'indicators', 'warehouse'],
  sandbox: ['sandbox'],
  schedule: ['schedule', 'sync', 'indicators', 'deliver', 'warehouse'],
  sync: ['sync', 'connect', 'warehouse', 'indicators'],
  warehouse: ['warehouse'],
}

interface Planted {
  file: string
  specifier: string
  allowed: boolean
}
const planted: Planted[] = []
const plant = (folder: string, specifier: string, allowed: boolean) =>
  planted.push({ file: `${folder}/planted-${planted.length}.ts`, specifier, allowed })

for (const [folder, may] of Object.entries(MAY)) {
  for (const other of FOLDERS) {
    plant(`src/${folder}`, other === folder ? './own.ts' : `../${other}/there.ts`, may.includes(other))
    if (other !== folder) plant(`src/${folder}/deeper`, `../../${other}/there.ts`, may.includes(other))
  }
  for (const file of EVERYBODY) plant(`src/${folder}`, `../${file}`, folder !== 'sandbox' || file === 'errors.ts')
  plant(`src/${folder}`, '../cli.ts', folder === 'cli')
  plant(`src/${folder}`, '../../tests/support/pages.ts', false)
  plant(`src/${folder}`, '../../connectors/land/connector.ts', false)
  plant(`src/${folder}`, 'node:fs', true)
}
for (const folder of FOLDERS) plant('src', `./${folder}/there.ts`, false)
for (const file of EVERYBODY) plant('src', `./${file}`, true)
plant('src/console', '../indicators/figures.ts', true)
for (const writer of ['refresh.ts', 'tick.ts']) plant('src/console', `../indicators/${writer}`, false)
plant('connectors/one-stop', 'ioc-feed/connect', true)
plant('connectors/one-stop', './converters.ts', true)
for (const wrong of ['../land/connector.ts', '../../src/errors.ts', 'node:fs', 'kysely', 'axios'])
  plant('connectors/one-stop', wrong, false)

let folder = ''
let refused = new Set<string>()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ioc-feed-imports-'))
  copyFileSync(join(ROOT, 'biome.json'), join(folder, 'biome.json'))
  for (const { file, specifier } of planted) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), `import { thing } from '${specifier}'\nexport const used = thing\n`)
  }
  refused = new Set(await refusals(folder))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it.each(planted)('$file imports $specifier: $allowed', ({ file, allowed }) => {
  expect(!refused.has(file)).toBe(allowed)
})

it('has a rule for every folder of src', () => {
  const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
  expect(FOLDERS).toEqual(expect.arrayContaining(folders.map((entry) => entry.name)))
})

/** The files that Biome refuses for an import. */
function refusals(cwd: string): Promise<string[]> {
  const biome = join(ROOT, 'node_modules/.bin/biome')
  const args = ['lint', '--only=style/noRestrictedImports', '--reporter=json', '--max-diagnostics=none', '.']
  return new Promise((resolve, reject) => {
    execFile(biome, args, { cwd, maxBuffer: 1 << 26 }, (error, stdout) => {
      // Biome exits 1 when it refuses something, which is what is asked for here.
      if (error && error.code !== 1) return reject(error)
      const report = JSON.parse(stdout) as { diagnostics: { location: { path: unknown } }[] }
      resolve(report.diagnostics.map((found) => String(found.location.path)))
    })
  })
}
