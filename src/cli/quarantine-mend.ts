/** `ioc quarantine replay` and `discard`: try again, give up. */
import { type ExitCode, PipelineError } from '../errors.ts'
import { warehouseTime } from '../indicators/tick.ts'
import { holderId } from '../schedule/holder.ts'
import { refreshNow, syncDeps } from '../schedule/pipeline.ts'
import { discard } from '../sync/quarantine.ts'
import { replayRows } from '../sync/replay-waiting.ts'
import type { Warehouse } from '../warehouse/open.ts'
import type { StoredQuarantine } from '../warehouse/quarantines.ts'
import { endRun, startRun } from '../warehouse/runs.ts'
import type { Cli } from './context.ts'
import { sourceNamed } from './problems.ts'

/** Below what a statement may carry as parameters on either database. */
const BATCH = 1_000

export async function discardRows(
  cli: Cli,
  warehouse: Warehouse,
  rows: readonly StoredQuarantine[],
  reason: string | undefined,
): Promise<ExitCode> {
  if (!reason)
    throw new PipelineError('USAGE', {
      what: cli.words('no-reason'),
      mend: 'ioc quarantine discard ID… --reason "…"',
    })
  const ids = rows.map((row) => row.id)
  const discarded = await warehouse.write(async (trx) => {
    const at = await warehouseTime(trx.db, Date.now())
    let n = 0
    for (let start = 0; start < ids.length; start += BATCH)
      n += await discard(trx, ids.slice(start, start + BATCH), reason, at)
    return n
  })
  cli.document({ discarded })
  cli.print(cli.words('has-discarded', { n: discarded }))
  return 0
}

/** Through validate, normalise and land once more, under each source's lease; the figures follow. */
export async function replayChosen(
  cli: Cli,
  warehouse: Warehouse,
  rows: readonly StoredQuarantine[],
): Promise<ExitCode> {
  const { run, open } = await replayAll(cli, warehouse, rows, { verb: 'quarantine replay' })
  const replayed = rows.length - open.length
  const undecoded = rows.filter((row) => row.record === null).length
  cli.document({ run, tried: rows.length, replayed, undecoded })
  cli.print(cli.words('has-replayed', { tried: rows.length, n: replayed }))
  if (undecoded > 0) cli.print(cli.words('undecoded', { n: undecoded }))
  else if (open.length > 0) cli.print(cli.words('still-aside', { ids: open.slice(0, 10).join(' ') }))
  return 0
}

/** The run that tried `rows` again, and which of them are still open. `first`: done before, as part of the run. */
export async function replayAll(
  cli: Cli,
  warehouse: Warehouse,
  rows: readonly StoredQuarantine[],
  { verb, first }: { verb: string; first?: (run: string) => Promise<void> },
): Promise<{ run: string; open: number[] }> {
  const pipeline = { warehouse, config: cli.config, env: cli.env }
  const deps = syncDeps(pipeline, cli.signal)
  const asOf = await warehouse.read((db) => warehouseTime(db, Date.now()))
  const run = await warehouse.write((trx) =>
    startRun(trx, { kind: 'invocation', verb, startedAt: Date.now(), asOf, holder: holderId() }),
  )
  const end = (state: 'succeeded' | 'failed', exitCode: ExitCode, counts: { replayed: number }) =>
    warehouse.write((trx) => endRun(trx, run, { state, endedAt: Date.now(), exitCode, counts }))
  try {
    await first?.(run)
    for (const group of Map.groupBy(rows, (row) => JSON.stringify([row.source, row.stream])).values()) {
      const [one] = group
      if (!one) continue
      const ids = group.map((row) => row.id)
      await replayRows(deps, sourceNamed(cli, one.source), one.stream, ids, run, asOf, cli.signal)
    }
    await refreshNow(pipeline, cli.signal)
  } catch (error) {
    await end('failed', error instanceof PipelineError ? error.exit : 1, { replayed: 0 })
    throw error
  }
  const open = await openAmong(warehouse, rows)
  await end('succeeded', 0, { replayed: rows.length - open.length })
  return { run, open }
}

async function openAmong(warehouse: Warehouse, rows: readonly StoredQuarantine[]): Promise<number[]> {
  const open: number[] = []
  for (let start = 0; start < rows.length; start += BATCH) {
    const ids = rows.slice(start, start + BATCH).map((row) => row.id)
    const found = await warehouse.read((db) =>
      db.selectFrom('quarantine').select('id').where('id', 'in', ids).where('closed_at', 'is', null).execute(),
    )
    open.push(...found.map((row) => row.id))
  }
  return open
}
