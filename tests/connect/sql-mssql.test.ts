/** SQL Server: no server of it can be had here, so what is sent is tested, by Kysely's own compiler, and the driver up to the login. */
import { createServer, type Socket } from 'node:net'
import { DummyDriver, Kysely, MssqlAdapter, MssqlQueryCompiler, type QueryResult } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { sql } from '../../src/connect/sql.ts'
import { SQL_TESTED, type Tables } from '../../src/connect/sql-connection.ts'
import { pageOf } from '../../src/connect/sql-keyset.ts'
import { allowsSnapshot, dialect, shapeOf } from '../../src/connect/sql-mssql.ts'
import { DECLARATION, readSql } from './sql-sources.ts'

/** Kysely for SQL Server, which is given these answers and keeps what was asked. */
function asked(...answers: Record<string, unknown>[][]) {
  const said: { sql: string; parameters: readonly unknown[] }[] = []
  class Driver extends DummyDriver {
    override async acquireConnection() {
      return {
        async executeQuery<Row>({ sql, parameters }: { sql: string; parameters: readonly unknown[] }) {
          said.push({ sql: sql.replaceAll(/\s+/g, ' ').trim(), parameters })
          return { rows: (answers.shift() ?? []) as Row[] } satisfies QueryResult<Row>
        },
        async *streamQuery() {},
      }
    }
  }
  const db = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new MssqlAdapter(),
      createDriver: () => new Driver(),
      createIntrospector: () => {
        throw new Error('not asked')
      },
      createQueryCompiler: () => new MssqlQueryCompiler(),
    },
  })
  return { db, said }
}
const rows = (db: Kysely<Tables>) => db.selectFrom('Ho"So').selectAll().where('Loai', '=', 'x')
const TYPES = [
  { name: 'Id', type: 'bigint' },
  { name: 'Ma', type: 'varchar(20)' },
  { name: 'NgayCapNhat', type: 'datetime2(7)' },
  { name: 'NgayNop', type: 'date' },
  { name: 'LePhi', type: 'decimal(18,2)' },
  { name: 'Ten', type: 'nvarchar(100)' },
]

describe('SQL Server', () => {
  it('is not said to be tested', () => expect(SQL_TESTED.mssql).toBe(false))

  it('is asked for the types of the columns, and prints dates and decimals itself', async () => {
    const { db, said } = asked(TYPES, [])
    const shape = await shapeOf(db, rows(db).compile())
    expect(said[0]).toEqual({
      sql: 'select name, system_type_name as type from sys.dm_exec_describe_first_result_set(@1, @2, 0) where is_hidden = 0 order by column_ordinal',
      parameters: ['select * from "Ho""So" where "Loai" = @1', '@1 nvarchar(4000)'],
    })
    const ask = { db, rows, unique: ['Ma', 'Id'], cursor: 'NgayCapNhat', comparesRows: false, shape }
    await pageOf(ask, 'not null', { cursor: '2024-11-05T08:30:00', after: ['H-1', { whole: '15793596808644609' }] })
    expect(said[1]?.sql).toBe(
      `select top(1000) convert(varchar(41), "source"."Id") as "Id", "source"."Ma" as "Ma",
convert(varchar(40), "source"."NgayCapNhat", 126) as "NgayCapNhat", convert(varchar(10), "source"."NgayNop", 23) as "NgayNop",
convert(varchar(41), "source"."LePhi") as "LePhi", "source"."Ten" as "Ten"
from (select * from "Ho""So" where "Loai" = @1) as "source"
where "source"."NgayCapNhat" is not null and "source"."NgayCapNhat" >= @2
and "source"."NgayCapNhat" >= @3 and ("source"."NgayCapNhat" > @4 or ("source"."NgayCapNhat" = @5
and "source"."Ma" >= cast(@6 as varchar(8000)) and ("source"."Ma" > cast(@7 as varchar(8000)) or ("source"."Ma" = cast(@8 as varchar(8000))
and "source"."Id" > @9))))
order by "source"."NgayCapNhat", "source"."Ma", "source"."Id"`.replaceAll('\n', ' '),
    )
    expect(said[1]?.parameters.at(-1)).toBe(15793596808644609n)
  })

  it('reads a snapshot only where the database allows it', async () => {
    const states = [[{ state: 1 }], [{ state: 0 }], [{ state: 3 }], []]
    const { db } = asked(...states)
    const allowed: boolean[] = []
    for (const _ of states) allowed.push(await allowsSnapshot(db))
    expect(allowed).toEqual([true, false, false, false])
  })

  it.each([
    [{ code: 'ELOGIN' }, 'SOURCE_UNAUTHORIZED'],
    [{ code: 'EREQUEST', number: 229 }, 'SOURCE_UNAUTHORIZED'],
    [{ code: 'EREQUEST', number: 208 }, 'SOURCE_UNREADABLE'],
    [{ code: 'EREQUEST', number: 1205 }, 'SOURCE_UNREACHABLE'],
    [{ code: 'EREQUEST', number: 245 }, 'SOURCE_ANSWERED_ERROR'],
    [{ code: 'ESOCKET', cause: { code: 'SELF_SIGNED_CERT_IN_CHAIN' } }, 'SOURCE_UNREACHABLE'],
  ])('says what %o means', (error, code) => {
    const connection = { dialect: 'mssql', url: '' } as const
    const meant = dialect.meaning(Object.assign(new Error('of the driver'), error), 'land', connection)
    expect(meant).toMatchObject({ code })
  })
})

describe('a SQL Server that is not there', () => {
  const read = sql({ ...DECLARATION, limits: { connectMs: 300 } })
  const sockets = new Set<Socket>()
  const silent = createServer((socket) => void sockets.add(socket.on('error', () => {})))
  afterEach(() => {
    for (const socket of sockets) socket.destroy()
    silent.close()
  })

  it('cannot be reached', () =>
    expect(readSql(read, { dialect: 'mssql', url: 'mssql://u:secret@127.0.0.1:1/d' })).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
    }))

  it('does not hold up the read when it says nothing', { timeout: 5_000 }, async () => {
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as { port: number }
    const connection = { dialect: 'mssql', host: '127.0.0.1', port, user: 'u', database: 'd' } as const
    await expect(readSql(read, connection)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
  })
})
