/** Certificates of a private authority, an HTTPS server that uses them, and a proxy that asks for a password: all on 127.0.0.1. */
import type { lookup } from 'node:dns'
import { createServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { Server as ProxyServer } from 'proxy-chain'
import { generate } from 'selfsigned'

export interface Certificates {
  ca: string
  cert: string
  key: string
}

/** `name`: what the certificate is for. */
export async function certificatesFor(
  name: string,
  authority?: Authority,
): Promise<Certificates & { authority: Authority }> {
  const made = authority ?? (await makeAuthority())
  const issued = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ca: made,
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
  })
  return { ca: made.cert, cert: issued.cert, key: issued.private, authority: made }
}
export interface Authority {
  cert: string
  key: string
}
async function makeAuthority(): Promise<Authority> {
  const made = await generate([{ name: 'commonName', value: 'Made-up authority' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  })
  return { cert: made.cert, key: made.private }
}

export interface Secure {
  port: number
  /** names asked for, with what the client showed */
  asked: { path: string; client: string | null }[]
  close(): Promise<void>
}
export async function serveSecure(options: ServerOptions, answer: unknown = { ok: true }): Promise<Secure> {
  const asked: Secure['asked'] = []
  const server = createServer(options, (request, response) => {
    const peer = (request.socket as TLSSocket).getPeerCertificate()
    asked.push({ path: request.url ?? '', client: peer?.subject?.CN ? String(peer.subject.CN) : null })
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export interface AskingProxy {
  /** with the right password in it */
  url: string
  port: number
  /** hosts that were asked for through it, refused ones not counted */
  passed: string[]
  close(): Promise<void>
}
type Looked = (error: null, address: string | { address: string; family: number }[], family?: number) => void
/** For whoever goes through the proxy every name is this machine, as in a network whose names only its proxy knows. */
const here = (_name: string, options: { all?: boolean }, done: Looked) =>
  options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)

export async function proxyWith(user: string, password: string): Promise<AskingProxy> {
  const passed: string[] = []
  const server = new ProxyServer({
    port: 0,
    host: '127.0.0.1',
    prepareRequestFunction: ({ username, password: given, hostname, port }) => {
      const allowed = username === user && given === password
      if (allowed) passed.push(`${hostname}:${port}`)
      return { requestAuthentication: !allowed, dnsLookup: here as unknown as typeof lookup }
    },
  })
  await server.listen()
  return {
    url: `http://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${server.port}`,
    port: server.port,
    passed,
    close: () => server.close(true),
  }
}
