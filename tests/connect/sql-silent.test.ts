/** A server that goes on holding its connection and says nothing, as behind a firewall that has forgotten it. */
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sql } from '../../src/connect/sql.ts'
import type { SqlConnection } from '../../src/connect/sql-connection.ts'
import { withMariadb } from '../support/mariadb.ts'
import { type Network, networkTo } from '../support/network.ts'
import { DECLARATION, mariadbSource, postgresSource, type Row, range, readSql, type Source } from './sql-sources.ts'

function testsOf(dialect: 'postgres' | 'mysql', open: () => Promise<Source>) {
  describe(`a ${dialect} server that falls silent`, () => {
    let source: Source
    let network: Network
    const QUICK = { connectMs: 1_000, statementMs: 800, silentMs: 1_000 }
    const patient = sql({ ...DECLARATION, limits: QUICK })
    const through = (): SqlConnection => ({ dialect, url: network.url })
    beforeEach(async () => {
      source = await open()
      network = await networkTo(source.url)
      await source.put(...range(1, 1_500).map((id): Row => [id, `H-${id}`, '2024-11-05 08:30:00']))
    })
    afterEach(async () => {
      await network.close()
      await source.close()
    })

    it.each([
      ['when a snapshot is begun', /start transaction/],
      ['at the first page', /select/],
      ['at a later page', /NgayCapNhat\W+[^)]*Id\W+ >/],
    ])('%s: is stalled within the deadline', { timeout: 5_000 }, async (_, message) => {
      network.silentFrom(message)
      await expect(readSql(patient, through())).rejects.toMatchObject({
        code: 'SOURCE_STALLED',
        params: { source: 'test', seconds: 1, place: 'its database' },
      })
    })

    it('at the login: cannot be reached', { timeout: 5_000 }, async () => {
      network.silentFrom(/./s)
      await expect(readSql(patient, through())).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
    })

    it('when all is read: what was read stands', { timeout: 5_000 }, async () => {
      network.silentFrom(/rollback/)
      const { rows, completeness } = await readSql(patient, through())
      expect(rows).toHaveLength(1_500)
      expect(completeness).toMatchObject({ upTo: '2024-11-05 08:30:00' })
    })

    it('a connection that breaks while a page lands is said by the next page', { timeout: 5_000 }, async () => {
      const failed = readSql(patient, through(), {
        onPage: async () => {
          network.hangUp()
          await delay(50)
        },
      })
      await expect(failed).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
    })
  })
}
testsOf('postgres', postgresSource)
await withMariadb(() => testsOf('mysql', mariadbSource))
