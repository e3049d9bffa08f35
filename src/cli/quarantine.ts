/** `ioc quarantine …`: the records set aside (bản ghi cần rà soát). */
import { type ExitCode, PipelineError } from '../errors.ts'
import { currentTick } from '../indicators/tick.ts'
import { holderId } from '../schedule/holder.ts'
import { refreshNow, syncDeps } from '../schedule/pipeline.ts'
import { discard } from '../sync/quarantine.ts'
import { replayRows } from '../sync/replay-waiting.ts'
import type { Warehouse } from '../warehouse/open.ts'
import type { StoredQuarantine } from '../warehouse/quarantines.ts'
import { endRun, startRun } from '../warehouse/runs.ts'
import { type Cli, localTime, sampleBanner, text, type Values, type Verb, withWarehouse } from './context.ts'
import { table } from './format.ts'
import { sourceNamed, unknown } from './sync.ts'

const ACTIONS = ['list', 'show', 'replay', 'export', 'discard'] as const

export const quarantine: Verb = (cli, [action = 'list', ...ids], values) => {
  if (action === 'map') throw new PipelineError('NOT_IN_THIS_VERSION', { what: 'ioc quarantine map' })
  const known = ACTIONS.find((name) => name === action)
  if (!known) throw unknown('quarantine action', action, ACTIONS)
  return withWarehouse<ExitCode>(cli, (warehouse) => act(cli, warehouse, known, ids, values), { must: true })
}

async function act(
  cli: Cli,
  warehouse: Warehouse,
  action: (typeof ACTIONS)[number],
  ids: readonly string[],
  values: Values,
): Promise<ExitCode> {
  if (action === 'list') return list(cli, warehouse, text(values.source), Number(text(values.limit) ?? 50))
  const rows = await chosen(cli, warehouse, ids, text(values.source))
  if (action === 'show') return show(cli, rows)
  if (action === 'export') return exportRows(rows)
  if (action === 'discard') return discardRows(cli, warehouse, rows, text(values.reason)?.trim())
  return replayChosen(cli, warehouse, rows)
}

async function chosen(
  cli: Cli,
  warehouse: Warehouse,
  ids: readonly string[],
  source: string | undefined,
): Promise<StoredQuarantine[]> {
  const numbers = ids.map(Number)
  if (numbers.some((id) => !Number.isSafeInteger(id)))
    throw new PipelineError('USAGE', {
      what: cli.words('mã phải là số', 'an id is a number'),
      mend: 'ioc quarantine list',
    })
  if (numbers.length === 0 && source === undefined)
    throw new PipelineError('USAGE', {
      what: cli.words('cần mã hoặc --source', 'ids or --source are needed'),
      mend: 'ioc quarantine list',
    })
  const rows = await warehouse.read((db) => {
    let query = db.selectFrom('quarantine').selectAll().orderBy('id')
    if (numbers.length > 0) query = query.where('id', 'in', numbers)
    if (source !== undefined) query = query.where('source', '=', source).where('closed_at', 'is', null)
    return query.execute()
  })
  const missing = numbers.find((id) => !rows.some((row) => row.id === id))
  if (missing !== undefined)
    throw new PipelineError('NOT_FOUND', { kind: cli.words('bản ghi', 'Record'), id: missing, verb: 'quarantine list' })
  return rows
}

async function list(cli: Cli, warehouse: Warehouse, source: string | undefined, limit: number): Promise<ExitCode> {
  const { rows, groups } = await warehouse.read(async (db) => {
    let open = db.selectFrom('quarantine').where('closed_at', 'is', null)
    if (source !== undefined) open = open.where('source', '=', source)
    return {
      rows: await open.selectAll().orderBy('id').limit(limit).execute(),
      groups: await open
        .select(({ fn }) => ['source', 'outcome', fn.countAll<number>().as('n')])
        .groupBy(['source', 'outcome'])
        .orderBy('source')
        .execute(),
    }
  })
  cli.document(rows.map(plain))
  const banner = await sampleBanner(cli, warehouse)
  if (banner) cli.print(banner)
  for (const line of table(
    rows.map((row) => [String(row.id), row.source, row.key, row.waiting_for ?? reasonsOf(row), `×${row.count}`]),
  ))
    cli.print(line)
  for (const group of groups) cli.print(`${group.source}: ${group.outcome} ${Number(group.n)}`)
  return 0
}

const reasonsOf = (row: StoredQuarantine): string =>
  (JSON.parse(row.reasons) as { path: string; rule: string }[])
    .map((reason) => `${reason.path || '/'} ${reason.rule}`)
    .join(', ')
const plain = (row: StoredQuarantine) => ({
  id: row.id,
  source: row.source,
  stream: row.stream,
  key: row.key,
  outcome: row.outcome,
  reasons: JSON.parse(row.reasons) as unknown,
  waitingFor: row.waiting_for,
  place: row.place,
  length: row.length,
  count: row.count,
  firstSeen: row.first_seen,
  lastSeen: row.last_seen,
  run: row.run,
  closedAt: row.closed_at,
  closedBy: row.closed_by,
  closedReason: row.closed_reason,
  record: row.record === null ? null : (JSON.parse(row.record) as unknown),
})

function show(cli: Cli, rows: readonly StoredQuarantine[]): ExitCode {
  cli.document(rows.map(plain))
  for (const row of rows) {
    cli.print(
      `${row.id}  ${row.source}/${row.stream}  ${row.key}  ×${row.count}  ${localTime(row.first_seen, cli.config.zone)} – ${localTime(row.last_seen, cli.config.zone)}`,
    )
    for (const reason of JSON.parse(row.reasons) as {
      path: string
      rule: string
      expected: string
      value: string | null
    }[])
      cli.print(`  ${reason.path || '/'}  ${reason.rule}: ${reason.value ?? '∅'}  (${reason.expected})`)
    if (row.place !== null) cli.print(`  ${row.place}, ${row.length} bytes`)
    if (row.record !== null) cli.print(`  ${row.record}`)
    if (row.closed_at !== null)
      cli.print(`  ${row.closed_by}${row.closed_reason === null ? '' : `: ${row.closed_reason}`}`)
  }
  return 0
}

/** NDJSON on stdout, whatever the flags: a file to work on. */
function exportRows(rows: readonly StoredQuarantine[]): ExitCode {
  for (const row of rows) process.stdout.write(`${JSON.stringify(plain(row))}\n`)
  return 0
}

async function discardRows(
  cli: Cli,
  warehouse: Warehouse,
  rows: readonly StoredQuarantine[],
  reason: string | undefined,
): Promise<ExitCode> {
  if (!reason)
    throw new PipelineError('USAGE', {
      what: cli.words('thiếu --reason', '--reason is missing'),
      mend: 'ioc quarantine discard ID… --reason "…"',
    })
  const n = await warehouse.write((trx) =>
    discard(
      trx,
      rows.map((row) => row.id),
      reason,
      Date.now(),
    ),
  )
  cli.document({ discarded: n })
  cli.print(cli.words(`Đã loại ${n} bản ghi.`, `${n} records given up.`))
  return 0
}

async function replayChosen(cli: Cli, warehouse: Warehouse, rows: readonly StoredQuarantine[]): Promise<ExitCode> {
  const pipeline = { warehouse, config: cli.config, env: cli.env }
  const deps = syncDeps(pipeline, cli.signal)
  const asOf = (await warehouse.read((db) => currentTick(db))) ?? Date.now()
  const run = await warehouse.write((trx) =>
    startRun(trx, { kind: 'invocation', verb: 'quarantine replay', startedAt: Date.now(), asOf, holder: holderId() }),
  )
  let replayed = 0
  for (const [place, group] of Map.groupBy(
    rows.filter((row) => row.closed_at === null),
    (row) => `${row.source} ${row.stream}`,
  )) {
    const [source = '', stream = ''] = place.split(' ')
    replayed += (await replayRows(deps, sourceNamed(cli, source), stream, group, run, asOf, cli.signal)).replayed
  }
  await refreshNow(pipeline, cli.signal)
  const undecoded = rows.filter((row) => row.record === null).length
  await warehouse.write((trx) =>
    endRun(trx, run, { state: 'succeeded', endedAt: Date.now(), exitCode: 0, counts: { replayed } }),
  )
  cli.document({ run, tried: rows.length, replayed, undecoded })
  cli.print(
    cli.words(`Thử lại ${rows.length}: ${replayed} đã được ghi.`, `${rows.length} tried again: ${replayed} landed.`),
  )
  if (undecoded > 0)
    cli.print(
      cli.words(
        `${undecoded} không giải mã được: sửa ở nguồn rồi ioc sync.`,
        `${undecoded} could never be decoded: mend them at the source, then ioc sync.`,
      ),
    )
  return 0
}
