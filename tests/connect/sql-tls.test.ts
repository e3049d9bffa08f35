/** A PostgreSQL behind TLS, as its protocol asks for it, with a certificate of a private authority. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { generate } from 'selfsigned'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SqlTls } from '../../src/connect/sql-address.ts'
import { postgresSource, read, readSql, type Source } from './sql-sources.ts'

describe('a PostgreSQL with a certificate of a private authority', () => {
  let source: Source
  let server: Server
  let pem: { private: string; cert: string }
  const sockets = new Set<Socket>()

  beforeEach(async () => {
    source = await postgresSource()
    await source.put([1, 'H-1', '2024-11-05 08:30:00'])
    pem = await generate([{ name: 'commonName', value: 'db.made-up.vn' }], {
      keySize: 2048,
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'subjectAltName', altNames: [{ type: 2, value: 'db.made-up.vn' }] },
      ],
    })
    const there = new URL(source.url)
    server = createServer((near) => {
      sockets.add(near.on('error', () => {}))
      // the first message asks for TLS; `S` says yes, and what follows is encrypted
      near.once('data', () => {
        near.write('S')
        const plain = new TLSSocket(near, { isServer: true, key: pem.private, cert: pem.cert })
        const far = connect(Number(there.port), there.hostname)
        sockets.add(far.on('error', () => {}))
        plain.on('error', () => far.destroy())
        plain.pipe(far).pipe(plain)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await source.close()
  })

  const readBy = (tls: SqlTls) => {
    const url = new URL(source.url)
    url.port = String((server.address() as AddressInfo).port)
    return readSql(read, { dialect: 'postgres', url: url.href, tls })
  }

  it('is read by its authority and its name', async () => {
    const { rows } = await readBy({ ca: pem.cert, servername: 'db.made-up.vn' })
    expect(rows).toMatchObject([{ MaHoSo: 'H-1' }])
  })

  it('is not believed without the authority, or under another name', async () => {
    for (const tls of [{ servername: 'db.made-up.vn' }, { ca: pem.cert, servername: 'other.vn' }, { ca: pem.cert }]) {
      await expect(readBy(tls)).rejects.toMatchObject({
        code: 'SOURCE_UNREACHABLE',
        params: { problem: expect.stringMatching(/CERT/) },
      })
    }
  })
})
