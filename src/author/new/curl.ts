/** A curl line, as somebody copies it from a vendor's PDF or a browser: its request. Nothing of it is run. */
import { PipelineError } from '../../errors.ts'
import { type Asked, addressOf } from './asked.ts'

const LONGEST = 64 * 1024
const wrong = (problem: string) => new PipelineError('SAMPLE_UNREADABLE', { sample: 'the curl line', problem })

export const isCurl = (text: string): boolean => /^\s*curl(?:\.exe)?\s/.test(text)

const FLAGS = new Set(
  '-s -S -sS -k -i -L -v -f -g --silent --show-error --insecure --include --location --verbose --fail --globoff --compressed --http1.1 --http2 -G --get'.split(
    ' ',
  ),
)
const IGNORED = new Set(
  '-A --user-agent -e --referer -o --output -m --max-time --connect-timeout --retry -w --write-out -x --proxy --cacert'.split(
    ' ',
  ),
)
const DATA = new Set('-d --data --data-raw --data-ascii --data-binary --data-urlencode --json'.split(' '))

/** Throws SAMPLE_UNREADABLE; the message repeats none of the line's values, which may be secret. */
export function parseCurl(line: string): Asked {
  if (line.length > LONGEST) throw wrong(`it is longer than ${LONGEST} characters`)
  const words = shellWords(line).slice(1)
  const headers: [string, string][] = []
  const data: string[] = []
  let address: string | undefined
  let method: string | undefined
  let login: Asked['login']
  let inQuery = false
  let isJson = false
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    const [option = '', joined] =
      word.startsWith('--') && word.includes('=')
        ? [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]
        : split(word)
    const value = () => {
      const given = joined ?? words[++i]
      if (given === undefined) throw wrong(`${option} needs a value`)
      return given
    }
    if (FLAGS.has(word)) inQuery ||= word === '-G' || word === '--get'
    else if (option === '-X' || option === '--request') method = value().toUpperCase()
    else if (option === '-H' || option === '--header') headers.push(...headerOf(value()))
    else if (option === '-b' || option === '--cookie') headers.push(['cookie', value()])
    else if (option === '-u' || option === '--user') login = loginOf(value())
    else if (option === '--url') address = value()
    else if (DATA.has(option)) {
      isJson ||= option === '--json'
      data.push(value())
    } else if (IGNORED.has(option)) value()
    else if (word.startsWith('-')) throw wrong(`the option ${option} is not known here; leave it out`)
    else address ??= word
  }
  if (address === undefined) throw wrong('it has no address')
  if (data.some((text) => text.startsWith('@'))) throw wrong('its data stands in a file; write it into the line')
  const found = addressOf(/^[a-z]+:\/\//i.test(address) ? address : `http://${address}`)
  if (inQuery && found.url)
    for (const text of data)
      for (const [name, item] of new URLSearchParams(text)) found.url.searchParams.append(name, item)
  const body =
    inQuery || data.length === 0
      ? undefined
      : bodyOf(data, isJson || headers.some(([name, text]) => /^content-type$/i.test(name) && /json/i.test(text)))
  const asks = method ?? (body ? 'POST' : 'GET')
  if (asks !== 'GET' && asks !== 'POST') throw wrong(`it asks with ${asks}; a connector only reads, by GET or POST`)
  const known = login ?? found.login
  return { url: found.url, method: asks, headers, ...(body ? { body } : {}), ...(known ? { login: known } : {}) }
}

/** `-XPOST` and `-HAccept: …` are `-X POST` and `-H "Accept: …"`. */
function split(word: string): [string, string | undefined] {
  const found = /^(-[XHdbuAemowx])(.+)$/s.exec(word)
  return found ? [found[1] ?? '', found[2]] : [word, undefined]
}
const headerOf = (text: string): [string, string][] => {
  const at = text.indexOf(':')
  return at <= 0 ? [] : [[text.slice(0, at).trim(), text.slice(at + 1).trim()]]
}
const loginOf = (text: string) => {
  const [user = '', ...rest] = text.split(':')
  return { user, password: rest.join(':') }
}

function bodyOf(data: readonly string[], json: boolean): NonNullable<Asked['body']> {
  const text = data.join('&')
  if (json || /^\s*\{/.test(text)) {
    try {
      const parsed: unknown = JSON.parse(text)
      if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
        return { json: parsed as Record<string, unknown> }
    } catch {
      throw wrong('its data is no whole JSON')
    }
    throw wrong('its data is no JSON object')
  }
  return { form: Object.fromEntries(new URLSearchParams(text)) }
}

/** Words as a POSIX shell splits them: quotes, backslashes, `$'…'`, and lines continued by a backslash (or ^ of Windows). */
function shellWords(line: string): string[] {
  const words: string[] = []
  const text = line.replace(/[\\^]\r?\n/g, ' ')
  let word: string | null = null
  for (let i = 0; i < text.length; i++) {
    const sign = text[i] ?? ''
    const quote = sign === "'" || sign === '"' ? sign : sign === '$' && text[i + 1] === "'" ? "$'" : ''
    if (quote !== '') {
      const [inside, end] = quoted(text, i + quote.length, quote)
      word = (word ?? '') + inside
      i = end
    } else if (/\s/.test(sign)) {
      if (word !== null) words.push(word)
      word = null
    } else if (sign === '\\' && i + 1 < text.length) word = (word ?? '') + (text[++i] ?? '')
    else word = (word ?? '') + sign
  }
  if (word !== null) words.push(word)
  return words
}

const ESCAPED: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' }
function quoted(text: string, from: number, quote: string): [inside: string, end: number] {
  const close = quote === '"' ? '"' : "'"
  let inside = ''
  for (let i = from; i < text.length; i++) {
    const sign = text[i] ?? ''
    if (sign === close) return [inside, i]
    const next = text[i + 1] ?? ''
    if (sign === '\\' && quote === "$'") inside += ESCAPED[text[++i] ?? ''] ?? text[i]
    else if (sign === '\\' && quote === '"' && /["\\$`]/.test(next)) inside += text[++i]
    else inside += sign
  }
  throw wrong('a quote in it is never closed')
}
