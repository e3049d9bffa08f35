/** A network between us and a PostgreSQL server that can drop what passes, as a firewall does, without ending the connection. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Network {
  /** the server's address, through the proxy */
  url: string
  /** from the first of our messages that matches on, nothing passes in either direction on its connection; new ones are as before */
  silentFrom(message: RegExp): void
  /** ends every connection, as a server that goes down */
  hangUp(): void
  close(): Promise<void>
}

export async function networkTo(url: string): Promise<Network> {
  const { hostname, port } = new URL(url)
  const sockets = new Set<Socket>()
  let trigger: RegExp | null = null
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    let silent = false
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => {
        sockets.delete(socket)
        // the server learns that we are gone, we never that it is
        if (socket === near || !silent) for (const other of [near, far]) other.destroy()
      })
    }
    near.on('data', (bytes) => {
      if (trigger?.test(bytes.toString('latin1'))) {
        silent = true
        trigger = null
      }
      if (!silent) far.write(bytes)
    })
    far.on('data', (bytes) => {
      if (!silent) near.write(bytes)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const through = new URL(url)
  through.port = String((server.address() as AddressInfo).port)
  through.hostname = '127.0.0.1'
  const hangUp = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: through.href,
    silentFrom(message) {
      trigger = message
    },
    hangUp,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        hangUp()
      }),
  }
}
