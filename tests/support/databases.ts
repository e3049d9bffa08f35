/** Names and statements of the one PostgreSQL that the test run shares. */
import pg from 'pg'

export const ZONE = 'Asia/Ho_Chi_Minh'
/** the database of which a migrated throwaway is a copy */
export const MIGRATED = 'migrated'

export async function onServer(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${server}/postgres` })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
