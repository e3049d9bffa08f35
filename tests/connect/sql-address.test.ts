import { describe, expect, it } from 'vitest'
import { addressOf, type ServerAddress } from '../../src/connect/sql-address.ts'

const of = (given: ServerAddress | string, encrypted = false) =>
  addressOf(typeof given === 'string' ? { url: given } : given, 'land', 5432, encrypted)

describe('the address of a database', () => {
  it.each([
    ['p%40s%3As%2Fw%25rd', 'p@s:s/w%rd'],
    ['p@s:s/w%rd', 'p@s:s/w%rd'],
    ['100%', '100%'],
    ['a?b#c', 'a?b#c'],
    ['mật khẩu', 'mật khẩu'],
  ])('takes the password %s', (written, password) => {
    expect(of(`postgres://reader:${written}@db.example.vn:5433/m%E1%BB%99t`)).toEqual({
      host: 'db.example.vn',
      port: 5433,
      user: 'reader',
      password,
      database: 'một',
      tls: null,
    })
  })

  it('takes parts, a socket, an address of version 6', () => {
    const parts = { host: 'db', user: 'u', password: '@:/%', database: 'd' }
    expect(of(parts)).toEqual({ ...parts, port: 5432, tls: null })
    expect(of('postgres://u@/d?host=/var/run/postgresql')).toMatchObject({ host: '/var/run/postgresql', user: 'u' })
    expect(of('mysql://u:p@[::1]:3307/d')).toMatchObject({ host: '::1', port: 3307 })
  })

  it('encrypts where it is asked to, and always verifies', () => {
    expect(of('postgres://u@h/d?sslmode=require').tls).toEqual({})
    expect(of('mssql://u@h/d', true).tls).toEqual({})
    expect(of({ url: 'mssql://u@h/d', tls: false }, true).tls).toBeNull()
    expect(of({ url: 'mysql://u@h/d', tls: { ca: 'PEM' } }).tls).toEqual({ ca: 'PEM' })
    expect(() => of('postgres://u:secret@h/d?sslmode=no-verify')).toThrow(/sslmode no-verify/)
  })

  it.each(['postgres://u:secret@h', 'postgres://u:secret@/d', 'h/secret', 'mysql://u:secret@h/d?ssl=off'])(
    'refuses %s without repeating its password',
    (url) => {
      const failed = (() => {
        try {
          return of(url)
        } catch (error) {
          return error as Error
        }
      })()
      expect(failed).toMatchObject({ code: 'CONFIG_INVALID', params: { path: 'land.settings' } })
      expect(JSON.stringify(failed)).not.toContain('secret')
    },
  )
})
