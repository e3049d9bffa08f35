/** Name and route of a host, asked for once before anything is sent there: so that a failure is told apart, and a success has its address. */
import { lookup } from 'node:dns/promises'
import { connect, isIP, type Socket } from 'node:net'
import { notNeeded, passed, type Step, tell } from './check-steps.ts'

export interface Target {
  host: string
  port: number
  tls: boolean
}
const PORTS: Readonly<Record<string, number>> = { 'https:': 443, 'http:': 80 }

export function targetOf(address: string): Target | null {
  if (!URL.canParse(address)) return null
  const url = new URL(address)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return { host, port: Number(url.port) || (PORTS[url.protocol] ?? 0), tls: url.protocol === 'https:' }
}

export interface Probe {
  target: Target
  dns: Step | null
  route: Step | null
}

/**
 * Looks the name up and opens a connection, which is closed at once. What fails here is not told from here: the request that follows
 * meets the same, and says it as the sync would.
 */
export async function probe(target: Target, signal: AbortSignal, waitMs: number): Promise<Probe> {
  const { host, port } = target
  const dns = isIP(host) ? notNeeded('dns', tell('dns-literal', { host })) : await named(host)
  if (!dns) return { target, dns, route: null }
  const stands = await reachable(target, signal, waitMs)
  return { target, dns, route: stands ? passed('route', tell('route-stands', { place: `${host}:${port}` })) : null }
}

async function named(host: string): Promise<Step | null> {
  try {
    const { address } = await lookup(host)
    return passed('dns', tell('dns-found', { host, address }))
  } catch {
    return null
  }
}

function reachable({ host, port }: Target, signal: AbortSignal, waitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket: Socket = connect({ host, port })
    const end = (stands: boolean) => {
      signal.removeEventListener('abort', stop)
      socket.destroy()
      resolve(stands)
    }
    const stop = () => end(false)
    signal.addEventListener('abort', stop, { once: true })
    socket.setTimeout(waitMs, stop)
    socket.once('connect', () => end(true))
    socket.once('error', stop)
  })
}
