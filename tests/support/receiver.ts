/** The sandbox's IOC receiver by itself, so that every try has an empty one, with faults and a look at each request. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseFaults, strike } from '../../src/sandbox/faults.ts'
import { readBody, respond } from '../../src/sandbox/http.ts'
import { type Message, type Received, receiver } from '../../src/sandbox/receiver.ts'

export interface Ioc {
  /** for IOC_URL */
  url: string
  /** requests that came, whatever became of them */
  posts(): number
  received(): Received
  revisions(figure: string): readonly { id: string; revision: number }[]
  /** `500@0.3x5,slow=20`: as the sandbox's, without the target */
  setFaults(spec: string): void
  close(): Promise<void>
}

export async function startIoc(): Promise<Ioc> {
  const ioc = receiver()
  let faults = parseFaults('', 1)
  let posts = 0
  const server = createServer(async (request, response) => {
    try {
      posts++
      const url = new URL(request.url ?? '/', 'http://ioc')
      const body = await readBody(request)
      await respond(response, strike(faults, 'ioc', 'data'), Date.now, () =>
        ioc.answer({
          method: request.method ?? 'GET',
          path: url.pathname.replace(/^\/ioc/, ''),
          query: url.searchParams,
          header: (name) => String(request.headers[name] ?? ''),
          body,
          now: Date.now(),
          empty: false,
          moving: false,
        }),
      )
    } catch {
      response.destroy() // the sender was killed in the middle
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ioc/v1`,
    posts: () => posts,
    received: () => ioc.received(),
    revisions: ioc.revisions,
    setFaults(spec) {
      const parts = spec.split(',').filter((part) => part !== '')
      faults = parseFaults(parts.map((part) => `ioc:${part}`).join(','), 7)
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/** What the IOC shows per figure: nothing of how and when it came. */
export function shown(received: Received): Map<string, string> {
  const figures = received.newest.map((message): [string, string] => [
    `${message.indicator}|${(message.agency as { key: string }).key}|${message.period}`,
    told(message, ['version', 'value', 'valueState', 'numerator', 'denominator', 'unit', 'standing', 'sources']),
  ])
  const sources = Object.entries(received.sources).map(([name, message]): [string, string] => [
    `source|${name}`,
    told(message, ['asOf', 'state']),
  ])
  return new Map([...figures, ...sources])
}

/** A figure says until when its sources were read as it was made; an interrupted run may have made it once more. */
const told = (message: Message, fields: readonly string[]) =>
  JSON.stringify(fields.map((field) => message[field])).replaceAll(/"asOf":(\d+|null)/g, '"asOf":…')
