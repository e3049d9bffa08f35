/** Where something stands in a configuration file: JSON read with the place of each of its values, and words found in code. */
import { readFileSync } from 'node:fs'

export interface ScannedJson {
  /** `sources[0].settings.url` → offset of the value's name, or of the value itself in a list */
  places: ReadonlyMap<string, number>
  /** the first name that stands twice in one object: JSON.parse takes the last one without a word */
  doubled: string | null
}
export class JsonFault extends Error {
  readonly at: number
  constructor(problem: string, at: number) {
    super(problem)
    this.at = at
  }
}

const DEPTH_AT_MOST = 100

/** Throws JsonFault, whose message quotes nothing: a broken line may hold a password. */
export function scanJson(text: string): ScannedJson {
  const places = new Map<string, number>()
  let doubled: string | null = null
  let at = text.startsWith('\uFEFF') ? 1 : 0
  const fail = (problem: string): never => {
    throw new JsonFault(at >= text.length ? 'it ends too early' : problem, Math.min(at, text.length))
  }
  const blanks = () => {
    while (/[ \t\r\n]/.test(text[at] ?? '')) at += 1
  }
  const take = (expected: RegExp, problem: string): string => {
    expected.lastIndex = at
    const found = expected.exec(text)?.[0]
    if (found === undefined) return fail(problem)
    at += found.length
    return found
  }
  const quoted = (problem: string): string => {
    const start = at
    const found = take(STRING, problem)
    try {
      return JSON.parse(found) as string
    } catch {
      at = start
      return fail('a text holds a line break, a tab or a wrong escape')
    }
  }
  const value = (path: string, depth: number): void => {
    if (depth > DEPTH_AT_MOST) fail('it is nested too deeply')
    blanks()
    if (text[at] === '{') fields(path, depth)
    else if (text[at] === '[') items(path, depth)
    else if (text[at] === '"') quoted('a text is not closed')
    else take(LITERAL, 'a value is expected')
    blanks()
  }
  /** `close`: what ends it; `one` reads one of its parts */
  const parts = (close: string, one: (i: number) => void): void => {
    at += 1
    blanks()
    for (let i = 0; text[at] !== close; i++) {
      if (i > 0) {
        take(/,/y, `a comma or ${close} is expected`)
        blanks()
        if (text[at] === close) fail(`there is a comma before ${close}`)
      }
      one(i)
    }
    at += 1
  }
  const fields = (path: string, depth: number) =>
    parts('}', () => {
      const start = at
      const name = quoted('a name in double quotes is expected')
      const own = path === '' ? name : `${path}.${name}`
      if (places.has(own)) doubled ??= own
      places.set(own, start)
      blanks()
      take(/:/y, 'a colon is expected')
      value(own, depth + 1)
    })
  const items = (path: string, depth: number) =>
    parts(']', (i) => {
      places.set(`${path}[${i}]`, at)
      value(`${path}[${i}]`, depth + 1)
    })
  value('', 0)
  if (at < text.length) fail('there is something behind its end')
  return { places, doubled }
}
const STRING = /"(?:[^"\\]|\\.)*"/sy
const LITERAL = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/y

/** Counted from 1. */
export function lineAndColumn(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

/** `file:12` for a value of a JSON file, or for what it would stand in where it is missing; the file alone where that cannot be told. */
export function placed(file: string, path: string): string {
  if (!file.endsWith('.json') || path === '') return file
  try {
    const text = readFileSync(file, 'utf8')
    const { places } = scanJson(text)
    for (let own = path; own !== ''; own = own.replace(/(?:\.[^.[\]]*|\[\d+\]|^[^.[]+)$/, '')) {
      const at = places.get(own)
      if (at !== undefined) return `${file}:${lineAndColumn(text, at).line}`
      if (!/[.[]/.test(own)) break
    }
  } catch {
    // the complaint itself says what is wrong with the file
  }
  return file
}

/** `file:12` where a word stands as a name or in quotes, if it does so once; the file alone else. */
export function placedWord(file: string, word: string): string {
  try {
    const escaped = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    const named = new RegExp(`(?<![\\p{L}\\d$_'"\`])(?:${escaped}\\s*:|(['"\`])${escaped}\\1)`, 'u')
    const lines = readFileSync(file, 'utf8').split('\n')
    const found = lines.flatMap((line, i) => (named.test(line) ? [i + 1] : []))
    return found.length === 1 ? `${file}:${found[0]}` : file
  } catch {
    return file
  }
}
