/** Where in a JSON text something stands. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { JsonFault, lineAndColumn, placed, scanJson } from '../src/config-place.ts'

describe('places in JSON', () => {
  it.each([
    ['{"a": [1, {"b": "x"}]}', null],
    ['[]', null],
    [' "\\u00e9 \\" text" ', null],
    ['-1.5e3', null],
    ['', 'it ends too early'],
    ['{"a" 1}', 'a colon is expected'],
    ['[1 2]', 'a comma or ] is expected'],
    ['[1,]', 'there is a comma before ]'],
    ['01', 'a value is expected'],
    ['{"a": 1} x', 'there is something behind its end'],
    ['{"a": "x\ty"}', 'a text holds a line break, a tab or a wrong escape'],
    ['"abc', 'a text is not closed'],
    ['['.repeat(200), 'it is nested too deeply'],
    ['nul', 'a value is expected'],
  ])('%s', (given, problem) => {
    const found = () => scanJson(given)
    if (problem === null) {
      expect(found).not.toThrow()
      expect(() => JSON.parse(given)).not.toThrow()
    } else {
      expect(found).toThrow(JsonFault)
      expect(found).toThrow(problem)
      expect(() => JSON.parse(given)).toThrow(SyntaxError)
    }
  })

  it('counts lines and columns from 1', () => {
    expect(lineAndColumn('a\nbc', 3)).toEqual({ line: 2, column: 2 })
    expect(placed('/nowhere/a.json', 'a.b')).toBe('/nowhere/a.json')
  })

  it('reads every shipped configuration as JSON.parse does', () => {
    const root = join(import.meta.dirname, '..')
    const files = globSync('{connectors,jobs,schemas,data/reference}/**/*.json', { cwd: root })
    expect(files.length).toBeGreaterThan(40)
    for (const file of files) expect(scanJson(readFileSync(join(root, file), 'utf8')).doubled, file).toBeNull()
  })
})
