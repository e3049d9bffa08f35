/** `ioc quarantine …`: the records set aside (bản ghi cần rà soát). */
import { type ExitCode, PipelineError } from '../errors.ts'
import type { Reader, Warehouse } from '../warehouse/open.ts'
import type { StoredQuarantine } from '../warehouse/quarantines.ts'
import { type Cli, localTime, printBanner, text, type Values, type Verb, whole, withWarehouse } from './context.ts'
import { number, safe, table } from './format.ts'
import { sourceNamed, unknown } from './problems.ts'
import { discardRows, replayChosen } from './quarantine-mend.ts'
import { expectedText, placeText, waitingText } from './stored.ts'

const ACTIONS = ['list', 'show', 'map', 'replay', 'export', 'discard'] as const
/** of map alone */
const MAPPING = ['to', 'from', 'until', 'dry-run']
const LIMIT = 50

export const quarantine: Verb = async (cli, [action = 'list', ...ids], values) => {
  const known = ACTIONS.find((name) => name === action)
  if (!known) throw unknown('action', action, ACTIONS)
  const source = text(values.source)
  if (source !== undefined) sourceNamed(cli, source)
  const limit = whole(cli, values, 'limit', LIMIT, [1, 1_000_000])
  if (known === 'map') return (await import('./quarantine-map.ts')).mapAgency(cli, ids, values, limit)
  const foreign = MAPPING.find((flag) => values[flag] !== undefined)
  if (foreign !== undefined)
    throw new PipelineError('USAGE', {
      what: cli.words('unknown-option', { verb: ` quarantine ${known}`, option: `--${foreign}` }),
      mend: `ioc quarantine map "NAME" --to CODE`,
    })
  const numbers = idsOf(cli, ids)
  return withWarehouse<ExitCode>(
    cli,
    async (warehouse) => {
      if (known === 'list') return list(cli, warehouse, source, limit)
      const rows = await chosen(cli, warehouse, numbers, source)
      return act(cli, warehouse, known, rows, values)
    },
    { must: true },
  )
}

async function act(
  cli: Cli,
  warehouse: Warehouse,
  action: 'show' | 'replay' | 'export' | 'discard',
  rows: readonly StoredQuarantine[],
  values: Values,
): Promise<ExitCode> {
  if (action === 'show') return show(cli, rows)
  if (action === 'export') return exportRows(cli, rows)
  // What was closed meanwhile is left alone; naming it is a mistake worth knowing.
  const closed = rows.find((row) => row.closed_at !== null)
  if (closed)
    throw new PipelineError('USAGE', {
      what: cli.words('already-closed', { id: closed.id }),
      mend: `ioc quarantine show ${closed.id}`,
    })
  if (action === 'discard') return discardRows(cli, warehouse, rows, text(values.reason)?.trim())
  return replayChosen(cli, warehouse, rows)
}

function idsOf(cli: Cli, ids: readonly string[]): number[] {
  const wrong = ids.find((id) => !/^\d{1,15}$/.test(id))
  if (wrong !== undefined)
    throw new PipelineError('USAGE', { what: cli.words('id-number', { typed: wrong }), mend: 'ioc quarantine list' })
  return [...new Set(ids.map(Number))]
}

/** Those named, or all open ones of a source; with both, the named ones of that source. */
async function chosen(
  cli: Cli,
  warehouse: Warehouse,
  ids: readonly number[],
  source: string | undefined,
): Promise<StoredQuarantine[]> {
  if (ids.length === 0 && source === undefined)
    throw new PipelineError('USAGE', { what: cli.words('id-needed'), mend: 'ioc quarantine list' })
  const rows = await warehouse.read((db) => (ids.length > 0 ? byIds(db, ids) : openOf(db, source ?? '')))
  const among = rows.filter((row) => source === undefined || row.source === source)
  const missing = ids.find((id) => !among.some((row) => row.id === id))
  if (missing !== undefined)
    throw new PipelineError('NOT_FOUND', { kind: 'record', id: missing, verb: 'quarantine list' })
  return among
}

async function byIds(db: Reader, ids: readonly number[]): Promise<StoredQuarantine[]> {
  const rows: StoredQuarantine[] = []
  for (let start = 0; start < ids.length; start += 1_000) {
    const part = ids.slice(start, start + 1_000)
    rows.push(...(await db.selectFrom('quarantine').selectAll().where('id', 'in', part).orderBy('id').execute()))
  }
  return rows
}

const openOf = (db: Reader, source: string): Promise<StoredQuarantine[]> =>
  db
    .selectFrom('quarantine')
    .selectAll()
    .where('source', '=', source)
    .where('closed_at', 'is', null)
    .orderBy('id')
    .execute()

async function list(cli: Cli, warehouse: Warehouse, source: string | undefined, limit: number): Promise<ExitCode> {
  const { rows, groups } = await warehouse.read(async (db) => {
    let open = db.selectFrom('quarantine').where('closed_at', 'is', null)
    if (source !== undefined) open = open.where('source', '=', source)
    return {
      rows: await open.selectAll().orderBy('id').limit(limit).execute(),
      groups: await open
        .select(({ fn }) => ['source', fn.countAll<number>().as('n'), fn.count<number>('waiting_for').as('waiting')])
        .groupBy('source')
        .orderBy('source')
        .execute(),
    }
  })
  cli.document(rows.map(plain))
  await printBanner(cli, warehouse)
  if (groups.length === 0) cli.print(cli.words('nothing-aside'))
  const lines = rows.map((row) => [
    String(row.id),
    row.source,
    safe(row.key),
    row.count > 1 ? `×${row.count}` : '',
    reasonText(cli, { ...row, reasons: JSON.parse(row.reasons) as unknown, waitingFor: row.waiting_for }),
  ])
  for (const line of table(lines, { right: [0, 3], wrap: 4, width: cli.width })) cli.print(line)
  const all = groups.reduce((sum, group) => sum + Number(group.n), 0)
  if (all > rows.length) cli.print(cli.words('more-aside', { n: number(all - rows.length, cli.language) }))
  if (groups.length > 0) cli.print()
  for (const group of groups) {
    const waiting = Number(group.waiting)
    cli.print(cli.words('aside-of', { source: group.source, n: Number(group.n) - waiting, waiting }))
  }
  return 0
}

interface Reason {
  path: string
  rule: string
  expected: string
  value: string | null
}

/** `Impossible date (Ngày tiếp nhận)`, `waits for procedure 1.004194` */
export function reasonText(cli: Cli, row: { reasons: unknown; waitingFor: string | null }): string {
  const reasons = row.reasons as Reason[]
  if (row.waitingFor !== null) return waitingText(row.waitingFor, reasons[0]?.value ?? null, cli.language)
  return reasons
    .map(({ path, rule }) => cli.speech.name('rule', rule) + (path === '' ? '' : ` (${fieldOf(path)})`))
    .join(', ')
}

/** `/NgayTiepNhan` → NgayTiepNhan */
const fieldOf = (path: string): string => safe(path.replace(/^\//, '').replaceAll('~1', '/').replaceAll('~0', '~'))

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
  const time = (at: number) => localTime(at, cli.config.zone)
  for (const row of rows) {
    const seen = row.first_seen === row.last_seen ? '' : ` – ${time(row.last_seen)} ×${row.count}`
    cli.print(`${row.id}  ${row.source}/${row.stream}  ${safe(row.key)}  ${time(row.first_seen)}${seen}`)
    const reasons = JSON.parse(row.reasons) as Reason[]
    if (row.waiting_for !== null)
      cli.print(`  ${waitingText(row.waiting_for, reasons[0]?.value ?? null, cli.language)}`)
    else
      for (const { path, rule, expected, value } of reasons) {
        const field = path === '' ? '' : `${fieldOf(path)}: `
        const found = value === null ? '' : ` "${safe(value)}"`
        const wanted = cli.words('expected', { what: expectedText(expected, cli.language) })
        cli.print(`  ${field}${cli.speech.name('rule', rule)}${found} (${wanted})`)
      }
    if (row.place !== null) {
      const place = placeText(row.place, cli.language)
      cli.print(`  ${cli.words('bytes', { place, length: row.length ?? 0 })}`)
    }
    if (row.record !== null) cli.print(`  ${row.record}`)
    if (row.closed_by === 'landed') cli.print(`  ${cli.words('closed-landed')}`)
    else if (row.closed_at !== null)
      cli.print(`  ${cli.words('closed-discarded', { reason: row.closed_reason ?? '' })}`)
  }
  return 0
}

/** A file to work on: one JSON object per line, or with --json the one document. */
function exportRows(cli: Cli, rows: readonly StoredQuarantine[]): ExitCode {
  cli.document(rows.map(plain))
  for (const row of rows) cli.print(JSON.stringify(plain(row)))
  return 0
}
