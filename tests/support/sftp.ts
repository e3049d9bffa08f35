/** An SFTP server of ssh2 over a real folder, on 127.0.0.1. It only reads. */
import { closeSync, fstatSync, lstatSync, openSync, readdirSync, readSync, type Stats, statSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import ssh2, { type Attributes, type AuthContext, type Client, type Connection, type SFTPWrapper } from 'ssh2'
import { fingerprint } from '../../src/connect/place-sftp.ts'

const { Server, utils } = ssh2
const { STATUS_CODE } = utils.sftp

export interface SftpServer {
  port: number
  /** SHA256:… of the server's key */
  hostKey: string
  /** what was asked for, such as `READ x.csv` */
  asked: string[]
  /** how many connections are open */
  open(): number
  close(): Promise<void>
}
export interface SftpServerOptions {
  user?: string
  password?: string
  /** the account's public key instead */
  publicKey?: string
  /** before an answer; what it throws closes the connection */
  before?: (asked: string) => void | Promise<void>
}

/** ssh2 writes one pair in about two hundred so that it cannot read it again (a leading zero goes missing). */
export function sshKeys(): { private: string; public: string } {
  for (;;) {
    const keys = utils.generateKeyPairSync('ed25519')
    if (!(utils.parseKey(keys.private) instanceof Error)) return keys
  }
}

export async function startSftp(folder: string, options: SftpServerOptions = {}): Promise<SftpServer> {
  const { user = 'ioc', password, publicKey, before = () => {} } = options
  const key = sshKeys().private
  const parsed = utils.parseKey(key)
  if (parsed instanceof Error) throw parsed
  const asked: string[] = []
  const connections = new Set<Connection>()
  const server = new Server({ hostKeys: [key] }, (connection) => {
    connections.add(connection)
    connection.on('error', () => {})
    connection.on('close', () => connections.delete(connection))
    connection.on('authentication', (login: AuthContext) => {
      const known = login.username === user && isRight(login, password, publicKey)
      if (known) login.accept()
      else login.reject(publicKey ? ['publickey'] : ['password'])
    })
    connection.on('ready', () => (connection as unknown as Client).setNoDelay(true))
    connection.on('session', (accept) => {
      accept().on('sftp', (acceptSftp) =>
        answer(acceptSftp(), folder, async (what) => {
          asked.push(what)
          try {
            await before(what)
          } catch {
            connection.end()
          }
        }),
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    hostKey: fingerprint(parsed.getPublicSSH()),
    asked,
    open: () => connections.size,
    close: () =>
      new Promise((resolve) => {
        for (const connection of connections) connection.end()
        server.close(() => resolve())
      }),
  }
}

function isRight(login: AuthContext, password?: string, publicKey?: string): boolean {
  if (login.method === 'password') return password !== undefined && login.password === password
  if (login.method !== 'publickey' || publicKey === undefined) return false
  const allowed = utils.parseKey(publicKey)
  if (allowed instanceof Error || !login.key.data.equals(allowed.getPublicSSH())) return false
  return !login.signature || allowed.verify(login.blob ?? Buffer.alloc(0), login.signature, login.hashAlgo) === true
}

function answer(sftp: SFTPWrapper, root: string, saw: (what: string) => Promise<void>): void {
  const handles = new Map<number, { fd: number; name: string } | { names: string[]; path: string }>()
  let next = 0
  const add = (handle: { fd: number; name: string } | { names: string[]; path: string }) => {
    handles.set(next, handle)
    const id = Buffer.alloc(4)
    id.writeUInt32BE(next++)
    return id
  }
  const of = (handle: Buffer) => handles.get(handle.readUInt32BE(0))
  const inside = (path: string) => join(root, join('/', path))
  const attempt = async (id: number, what: string, act: () => void) => {
    await saw(what)
    try {
      act()
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      const denied = code === 'EACCES' || code === 'EPERM'
      sftp.status(
        id,
        denied ? STATUS_CODE.PERMISSION_DENIED : code === 'ENOENT' ? STATUS_CODE.NO_SUCH_FILE : STATUS_CODE.FAILURE,
      )
    }
  }
  sftp.on('OPENDIR', (id, path) =>
    attempt(id, `LIST ${path}`, () => sftp.handle(id, add({ names: readdirSync(inside(path)), path: inside(path) }))),
  )
  sftp.on('READDIR', (id, handle) => {
    const folder = of(handle)
    const names = folder && 'names' in folder ? folder.names.splice(0, 100) : []
    if (!folder || !('path' in folder) || names.length === 0) return sftp.status(id, STATUS_CODE.EOF)
    sftp.name(
      id,
      names.map((filename) => ({
        filename,
        longname: filename,
        attrs: attrsOf(lstatSync(join(folder.path, filename))),
      })),
    )
  })
  sftp.on('OPEN', (id, path) =>
    attempt(id, `OPEN ${path}`, () => sftp.handle(id, add({ fd: openSync(inside(path), 'r'), name: path }))),
  )
  sftp.on('READ', (id, handle, offset, length) => {
    const file = of(handle)
    if (!file || !('fd' in file)) return sftp.status(id, STATUS_CODE.FAILURE)
    void attempt(id, `READ ${file.name}`, () => {
      const bytes = Buffer.alloc(length)
      const read = readSync(file.fd, bytes, 0, length, offset)
      if (read === 0) sftp.status(id, STATUS_CODE.EOF)
      else sftp.data(id, bytes.subarray(0, read))
    })
  })
  const stat = (look: (path: string) => Stats) => (id: number, path: string) =>
    attempt(id, `STAT ${path}`, () => sftp.attrs(id, attrsOf(look(inside(path)))))
  sftp.on('STAT', stat(statSync))
  sftp.on('LSTAT', stat(lstatSync))
  sftp.on('FSTAT', (id, handle) => {
    const file = of(handle)
    if (file && 'fd' in file) sftp.attrs(id, attrsOf(fstatSync(file.fd)))
    else sftp.status(id, STATUS_CODE.FAILURE)
  })
  sftp.on('CLOSE', (id, handle) => {
    const file = of(handle)
    if (file && 'fd' in file) closeSync(file.fd)
    handles.delete(handle.readUInt32BE(0))
    sftp.status(id, STATUS_CODE.OK)
  })
}

const attrsOf = (facts: Stats): Attributes => ({
  mode: facts.mode,
  uid: facts.uid,
  gid: facts.gid,
  size: facts.size,
  atime: Math.floor(facts.atimeMs / 1000),
  mtime: Math.floor(facts.mtimeMs / 1000),
})
