/** connectors/reference.md against the kit, both ways: each builder and each option is on the page, and the page has no other. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import '../../src/connect/resolve.ts'
import { OPTIONS } from '../../src/connect/options.generated.ts'
import { setting } from '../../src/connect/settings.ts'
import {
  inlineParts,
  interfaceOptions,
  NAMES,
  NO_BUILDERS,
  names,
  PAGE,
  page,
  ReferenceProblem,
} from '../../src/generate-reference.ts'

const ROOT = join(import.meta.dirname, '../..')
const text = readFileSync(join(ROOT, PAGE), 'utf8')
const KINDS = ['rest', 'files', 'soap', 'sql', 'singer', 'defineConnector']

describe('the reference page', () => {
  it('is what src/connect says now, as are the names for the check at start', () => {
    expect(page(ROOT)).toBe(text)
    expect(names(ROOT)).toBe(readFileSync(join(ROOT, NAMES), 'utf8'))
  })

  it('lists each builder that a connector can import, and no other', async () => {
    const kit = await import('../../src/connect/index.ts')
    const exported = Object.entries(kit).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []))
    const builders = exported.filter((name) => !NO_BUILDERS.has(name))
    const lists = text.slice(text.indexOf('## Ways to log in'))
    const listed = [...lists.matchAll(/^\| `([\w.]+)` \|/gm)].map(([, name = '']) => name)
    const settings = Object.keys(setting).map((name) => `setting.${name}`)
    expect(listed.toSorted()).toEqual([...builders.filter((name) => !KINDS.includes(name)), ...settings].toSorted())
    for (const name of KINDS) expect(text).toContain(`${name}({…})`)
  })

  it('lists each option that the check at start knows', () => {
    const options = Object.values(OPTIONS).flat()
    expect(options.length).toBeGreaterThan(80)
    for (const name of options) expect(text).toMatch(new RegExp(`^\\| \`(?:\\w+\\.)?${name}\` \\|`, 'm'))
  })
})

describe('an option without a comment is refused', () => {
  const commented = 'export interface A {\n  /** said */\n  one: string\n}\n'
  it.each([
    ['of an interface', commented.replace('  /** said */\n', ''), 'A.one has no comment'],
    [
      'of an object in it',
      commented.replace('one: string', 'one: {\n    two: number\n  }'),
      'A.one.two has no comment',
    ],
  ])('%s', (_, source, says) => {
    expect(interfaceOptions(commented, 'A').map(({ name }) => name)).toEqual(['one'])
    expect(() => interfaceOptions(source, 'A')).toThrow(new ReferenceProblem(says))
  })
  it('of a type written in place', () => {
    const source =
      "export type A =\n  | { kind: 'x' }\n  | {\n      kind: 'y'\n      /** said */\n      one: string\n    }\n\n"
    expect(inlineParts(source, 'A').map((part) => part.map(({ name }) => name))).toEqual([['kind'], ['kind', 'one']])
    expect(() => inlineParts(source.replace('/** said */', ''), 'A')).toThrow(
      new ReferenceProblem('A.one has no comment'),
    )
  })
})
