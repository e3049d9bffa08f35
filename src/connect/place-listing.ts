/** Files behind a web page or a JSON document that lists them, each fetched over HTTP; nothing is followed to another host. */
import { createWriteStream, type WriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { PipelineError } from '../errors.ts'
import { isObject, pick } from './body.ts'
import { FileRefused } from './csv.ts'
import type { Http, HttpAnswer } from './http.ts'
import type { Facts, OpenPlace, PlaceContext } from './places.ts'

export interface ListingOptions {
  /** address of the page that lists the files */
  url: string
  /** sent with every request, e.g. a key */
  headers?: Readonly<Record<string, string>>
  /** Where the links stand: in every `<a href>` of a page, or in the fields of a JSON list. */
  links:
    | { in: 'html' }
    | {
        in: 'json'
        /** dotted path of the list; '' where the whole answer is the list */
        records: string
        /** field with the file's address, absolute or relative to the listing */
        url: string
        /** field with the file's name; the last part of its address unless said */
        name?: string
        /** fields that change whenever the file does, such as its size and time of change; asked of the server by HEAD unless said */
        changes?: readonly string[]
      }
}
export type ListingPlace = ListingOptions & { kind: 'listing' }

const FILE_MS = 30 * 60_000
const FILES_AT_MOST = 10_000

interface Listed {
  url: string
  state: string | null
}

export async function openListing(place: ListingPlace, context: PlaceContext): Promise<OpenPlace> {
  const { source, http, largest, stableFor, signal } = context
  const { headers = {} } = place
  let listed = new Map<string, Listed>()
  const stateOf = async ({ url, state }: Listed): Promise<Facts | { problem: string }> => {
    if (state !== null) return { changed: 0, state }
    // many servers know no HEAD, or do not say when a file changed: then its content decides
    const answer = await http.send({
      url,
      headers,
      method: 'HEAD',
      accept: ({ status }) => status >= 400 && status < 500,
    })
    if (answer.status === 404 || answer.status === 410) return { problem: `status ${answer.status}` }
    const changed = Date.parse(answer.headers['last-modified'] ?? '') || 0
    return { changed, state: answer.status < 300 ? stateIn(answer) : '' }
  }
  return {
    trustsChanged: false,
    async names() {
      listed = await readListing(place, source, http)
      return [...listed.keys()]
    },
    async look(name) {
      const one = listed.get(name)
      return one ? stateOf(one) : null
    },
    /** Two looks: nobody says when a file is whole. */
    async moving(files) {
      const moving = new Set<string>()
      if (files.length === 0) return moving
      await delay(stableFor, undefined, { signal })
      const again = await readListing(place, source, http)
      for (const { name, facts } of files) {
        const one = again.get(name)
        const now = one ? await stateOf(one) : null
        if (!now || 'problem' in now || now.state !== facts.state) moving.add(name)
      }
      return moving
    },
    async fetch(name, facts, to) {
      const url = listed.get(name)?.url
      if (url === undefined) throw new FileRefused('it was taken away while it was read')
      const { answer, path } = await download(http, { url, headers, to: await to(), largest })
      const said = stateIn(answer)
      // where the listing said nothing, the answer tells whether it is still the file that was looked at
      if (listed.get(name)?.state === null && facts.state !== '' && said !== '' && said !== facts.state)
        throw new FileRefused('it changed while it was read')
      return path
    },
    close() {},
  }
}

/** The time of change, or else the entity tag; '' where the server says neither. */
const stateIn = ({ headers }: HttpAnswer): string => headers['last-modified'] ?? headers.etag?.replace(/^W\//, '') ?? ''

async function readListing(place: ListingPlace, source: string, http: Http): Promise<Map<string, Listed>> {
  const { url, headers = {}, links } = place
  const found = new Map<string, Listed>()
  const add = (href: string, named: string | undefined, state: string | null) => {
    if (!URL.canParse(href, url)) return
    const target = new URL(href, url)
    target.hash = ''
    // a link to elsewhere is none of this place; credentials would go along
    if (target.origin !== new URL(url).origin) return
    const name = named ?? nameIn(target)
    if (name !== '' && !found.has(name)) found.set(name, { url: target.href, state })
  }
  const unreadable = (expected: string, problem: string, where: string) =>
    new PipelineError('SOURCE_UNREADABLE', { source, expected, problem, place: where })
  if (links.in === 'html') {
    const { text, place: where } = await http.send({ url, headers })
    const hrefs = [...text.matchAll(/<a\b[^>]*?\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/gi)]
    if (!/<html|<a\b|<pre/i.test(text)) throw unreadable('a web page with links', 'it is none', where)
    for (const [, double, single, bare] of hrefs) add(plain(double ?? single ?? bare ?? ''), undefined, null)
  } else {
    const { body, place: where } = await http.json({ url, headers })
    const list = pick(body, links.records)
    if (!Array.isArray(list)) throw unreadable('a list of files', `there is none at "${links.records}"`, where)
    for (const one of list) {
      const textAt = (field: string) => (isObject(one) && one[field] != null ? String(one[field]) : undefined)
      const href = textAt(links.url)
      if (href === undefined) throw unreadable('a list of files', `one has no "${links.url}"`, where)
      const state = links.changes?.map((field) => textAt(field) ?? '').join(' ')
      add(href, links.name === undefined ? undefined : textAt(links.name)?.split('/').at(-1), state || null)
    }
  }
  if (found.size > FILES_AT_MOST)
    throw new PipelineError('SOURCE_TOO_LARGE', { source, limit: `${FILES_AT_MOST} files`, place: new URL(url).host })
  return found
}

const plain = (href: string): string => href.trim().replaceAll('&amp;', '&')

function nameIn({ pathname }: URL): string {
  const last = pathname.slice(pathname.lastIndexOf('/') + 1)
  try {
    return decodeURIComponent(last)
  } catch {
    return last
  }
}

interface Download {
  url: string
  headers: Readonly<Record<string, string>>
  to: string
  largest: number
}
async function download(http: Http, { url, headers, to, largest }: Download) {
  let broken: unknown = null
  let attempts = 0
  let file: WriteStream | null = null
  const answer = await http
    .send({
      url,
      headers,
      limits: { maxBytes: largest, totalMs: FILE_MS },
      accept: ({ status }) => status === 404 || status === 410,
      // each attempt has a file of its own: what an earlier one is still writing is not in its way
      sink() {
        file?.destroy()
        const next = createWriteStream(`${to}.${++attempts}`, { mode: 0o600 })
        next.on('error', (error) => {
          broken = error
        })
        file = next
        return {
          async write(chunk) {
            if (broken) throw broken
            if (!next.write(chunk)) await new Promise((resolve) => next.once('drain', resolve).once('close', resolve))
          },
          async end() {
            next.end()
            await finished(next)
          },
        }
      },
    })
    .catch((error: unknown) => {
      if (error instanceof PipelineError && error.code === 'SOURCE_TOO_LARGE')
        throw new FileRefused(`it has more than the limit of ${largest} bytes`, { cause: error })
      throw error
    })
  if (answer.status >= 300) throw new FileRefused('it was taken away while it was read')
  return { answer, path: `${to}.${attempts}` }
}
