/**
 * Leases: who may work on what, in the database's own time. `token` grows with every change of hands and is never used twice,
 * so a late holder is fenced off by `warehouse.write(fn, lease)` even after its lease was taken, released and taken again.
 */
import { sql } from 'kysely'
import type { LeaseHeld, Reader, Trx } from './open.ts'
import type { LeaseTable } from './tables.ts'

export type Acquired = { held: LeaseHeld } | { held: null; holder: string; until: number }

/**
 * Takes the lease when nobody has it, when it ran out, or when `isGone(holder)` knows that its process is no more.
 * Otherwise says who has it and until when (epoch ms). Not re-entrant: a holder asking twice is refused as well.
 */
export async function acquireLease(
  trx: Trx,
  name: string,
  holder: string,
  ttlMs: number,
  isGone: (holder: string) => boolean = () => false,
): Promise<Acquired> {
  const now = await databaseNow(trx)
  const found = await trx.db.selectFrom('lease').selectAll().where('name', '=', name).executeTakeFirst()
  if (found && found.expires_at > now && !isGone(found.holder)) {
    return { held: null, holder: found.holder, until: found.expires_at }
  }
  const row = { holder, token: (found?.token ?? 0) + 1, expires_at: now + ttlMs }
  await trx.db
    .insertInto('lease')
    .values({ name, ...row })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
    .execute()
  return { held: { name, token: row.token } }
}

/** False where the lease went to somebody else meanwhile. One that merely ran out is renewed: nobody wanted it. */
export async function renewLease(trx: Trx, lease: LeaseHeld, ttlMs: number): Promise<boolean> {
  const expires_at = (await databaseNow(trx)) + ttlMs
  const result = await trx.db
    .updateTable('lease')
    .set({ expires_at })
    .where('name', '=', lease.name)
    .where('token', '=', lease.token)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** The row stays, with the next token, so that no token comes back. Does nothing where the lease is no longer held. */
export async function releaseLease(trx: Trx, lease: LeaseHeld): Promise<void> {
  await trx.db
    .updateTable('lease')
    .set({ expires_at: 0, token: lease.token + 1 })
    .where('name', '=', lease.name)
    .where('token', '=', lease.token)
    .execute()
}

export function findLease(db: Reader, name: string): Promise<LeaseTable | undefined> {
  return db.selectFrom('lease').selectAll().where('name', '=', name).executeTakeFirst()
}

/** Leases that are held or were not given back; whether they still run is for the caller's clock to say. */
export function listLeases(db: Reader): Promise<LeaseTable[]> {
  return db.selectFrom('lease').selectAll().where('expires_at', '>', 0).orderBy('name').execute()
}

/** Epoch ms. PostgreSQL: the server's clock, and not now(), which stands still while the write waits for its turn. */
export async function databaseNow(trx: Trx): Promise<number> {
  if (trx.dialect === 'sqlite') return Date.now() // every process that shares the file shares the machine's clock
  const { rows } = await sql<{
    now: number
  }>`SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now`.execute(trx.db)
  return rows[0]?.now ?? Date.now()
}
