/** What the repository promises about itself: its shape, its versions, its size, and no way around the checks. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')
const TOP = ['LICENSE', 'README.md', 'biome.json', 'connectors', 'data', 'jobs', 'package-lock.json', 'package.json']
const MORE_TOP = ['schemas', 'src', 'tests', 'tsconfig.json']
const LINES_AT_MOST = 400

/** What is committed or would be; ignored files are not. */
const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\0')
  .filter((file) => file !== '' && existsSync(join(ROOT, file)))
const code = files.filter((file) => /^(src|connectors|tests)\/.*\.(ts|js|html|css)$/.test(file))
const own = relative(ROOT, import.meta.filename)

/** `file:line` of every line that matches. */
const hits = (pattern: RegExp, among: readonly string[]) =>
  among
    .filter((file) => file !== own)
    .flatMap((file) =>
      read(file)
        .split('\n')
        .flatMap((line, i) => (pattern.test(line) ? [`${file}:${i + 1}`] : [])),
    )

it('has exactly the top level of the design, beside dot-files', () => {
  const top = new Set(files.map((file) => file.split('/')[0] ?? '').filter((name) => !name.startsWith('.')))
  expect([...top].sort()).toEqual([...TOP, ...MORE_TOP].sort())
})

it('keeps run-time state and what is installed out of the repository', () => {
  expect(files.filter((file) => /^(node_modules|data\/var|\.sandbox)\//.test(file))).toEqual([])
})

it('pins every dependency to one version, that of the lock file', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>
  const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { version?: string }> }
  const wanted = { ...dependencies, ...devDependencies }
  const locked = Object.keys(wanted).map((name) => [name, lock.packages[`node_modules/${name}`]?.version])
  expect(Object.values(wanted).filter((version) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([])
  expect(wanted).toEqual(Object.fromEntries(locked))
})

it('runs on the Node that it pins', () => {
  const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> }
  expect(process.versions.node).toBe(dependencies.node)
})

it(`has no code file above ${LINES_AT_MOST} lines`, () => {
  const lines = (file: string) => read(file).split('\n').length - 1
  const written = code.filter((file) => file !== 'src/schemas.generated.ts')
  expect(written.filter((file) => lines(file) > LINES_AT_MOST)).toEqual([])
})

it('has no way around the type checker or the linter', () => {
  expect(hits(/\bas any\b(?! \w)|<any>|biome-ignore|@ts-(ignore|nocheck)/, code)).toEqual([])
  // there the type checker itself is what is tested
  const others = code.filter((file) => file !== 'tests/connect/map-types.test.ts')
  expect(hits(/@ts-expect-error/, others)).toEqual([])
})

it('has no test that is skipped, focused or only promised', () => {
  const tests = files.filter((file) => /^tests\/.*\.ts$/.test(file))
  const pattern =
    /\b(it|test|describe)(\.\w+)*\.(skip|only|todo|fails|skipIf|runIf)\b|\b(xit|xdescribe|fit|fdescribe)\(|\.skip\(/
  expect(hits(pattern, tests)).toEqual([])
})

it('has no JavaScript that a build would have made, and no enum, namespace or parameter property', () => {
  expect(files.filter((file) => /^(src|connectors)\/.*\.(js|mjs|cjs|map|d\.ts)$/.test(file))).toEqual([])
  expect(hits(/^\s*(export )?(declare )?(const )?(enum|namespace) \w+/, code)).toEqual([])
})
