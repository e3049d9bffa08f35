/** Where a database server is: `scheme://user:password@host:port/database`, or its parts, which need no percent signs. */
import { PipelineError } from '../errors.ts'

/** Encrypted and verified, always: there is no way to leave the verification out. */
export interface SqlTls {
  /** PEM of the authority that has signed the server's certificate; the system's authorities unless said */
  ca?: string
  /** the name in the certificate, where the server is reached by another */
  servername?: string
  /** `TLSv1.2` unless said */
  minVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'
  /** PEM of our own certificate and its key, where the server asks for one */
  cert?: string
  /** PEM of the key of `cert` */
  key?: string
}
interface Parts {
  /** name or address of the server */
  host: string
  /** 5432, 3306 or 1433 unless said, as the dialect has it */
  port?: number
  /** who may only read */
  user: string
  /** as it is, without percent signs; none unless said */
  password?: string
  /** its name on the server */
  database: string
}
export type ServerAddress = (Parts | { url: string }) & {
  /** Absent: a PostgreSQL or MySQL server is spoken to openly, SQL Server encrypted. `false`: openly. */
  tls?: SqlTls | false
}
export interface Address extends Required<Parts> {
  tls: SqlTls | null
}

/**
 * User and password may be percent-encoded; where they are not, `@`, `:`, `/` and a lone `%` in a password are taken as they stand.
 * @throws PipelineError CONFIG_INVALID, which does not repeat the address
 */
export function addressOf(given: ServerAddress, source: string, port: number, encrypted: boolean): Address {
  const fail = (problem: string): never => {
    throw new PipelineError('CONFIG_INVALID', { file: 'sources.json', path: `${source}.settings`, problem })
  }
  if (!('url' in given)) {
    const tls = given.tls ?? (encrypted ? {} : null)
    return { port, password: '', ...given, tls: tls === false ? null : tls }
  }
  const [, login = '', place = ''] = /^[a-z][a-z0-9+.-]*:\/\/(?:(.*)@)?([^@]*)$/i.exec(given.url) ?? []
  const [, user = '', password = ''] = /^([^:]*)(?::(.*))?$/s.exec(login) ?? []
  const [, host = '', asked, path = '', query = ''] =
    /^(\[[^\]]*\]|[^:/?]*)(?::(\d+))?(?:\/([^?]*))?(?:\?(.*))?$/.exec(place) ?? []
  const options = new URLSearchParams(query)
  const mode = options.get('sslmode')
  const unknown = [...options.keys()].find((name) => name !== 'sslmode' && name !== 'host')
  if (unknown !== undefined) fail(`has the option "${unknown}" in the address of its database; known: sslmode, host`)
  if (mode !== null && !['disable', 'require', 'verify-full'].includes(mode)) {
    fail(`asks for sslmode ${mode}; a certificate is always verified: require, verify-full or disable`)
  }
  const server = options.get('host') ?? decoded(host.replace(/^\[|\]$/g, ''))
  if (server === '' || path === '') fail('has no address of the form scheme://user:password@host:port/database')
  const wanted = given.tls ?? (mode === 'disable' ? false : mode !== null || encrypted ? {} : false)
  return {
    host: server,
    port: asked === undefined ? port : Number(asked),
    user: decoded(user),
    password: decoded(password),
    database: decoded(path),
    tls: wanted === false ? null : wanted,
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export const MIN_TLS = 'TLSv1.2'
/** What Node and the drivers say of a certificate that is not to be trusted. */
export const TLS_PROBLEM = /CERT|^ERR_(?:TLS|SSL)|^HANDSHAKE_|^EPROTO$|UNABLE_TO_|HOSTNAME_MISMATCH/
