/**
 * What a warehouse says, for comparing an interrupted run with an undisturbed one: business columns, cells, what is set aside, figures
 * and how far each source is read; no run ids, landing numbers, real times or revisions.
 */
import { createHash } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import { DOSSIER_BOOKKEEPING, DOSSIER_RECORD_COLUMNS } from '../../src/warehouse/dossiers.ts'
import { openWarehouse } from '../../src/warehouse/open.ts'
import { MEASURES, type Tables } from '../../src/warehouse/tables.ts'

export type Content = Map<string, string[]>

interface Part {
  columns: readonly string[]
  where?: string
}
const nonZero = MEASURES.map((name) => `${name} <> 0`).join(' or ')
const KNOWN = 'known_to is null'

const PARTS: Readonly<Record<string, Part>> = {
  dossier: { columns: DOSSIER_RECORD_COLUMNS.filter((column) => !DOSSIER_BOOKKEEPING.includes(column)) },
  feedback: { columns: ['source', 'code', 'dossier_code', 'rated_at', 'score', 'channel', 'deleted', 'content_hash'] },
  publication: {
    columns: [
      'source',
      'code',
      'deleted',
      'agency',
      'procedure',
      'decided_at',
      'published_at',
      'replaced_at',
      'next_at',
      'content_hash',
    ],
  },
  petition: {
    columns: ['source', 'code', 'deleted', 'agency', 'outcome', 'due_at', 'publish_by_at', 'next_at', 'content_hash'],
  },
  statement: { columns: ['source', 'code', 'deleted', 'agency', 'content_hash'] },
  official_score: { columns: ['source', 'code', 'deleted', 'agency', 'content_hash'] },
  input_feed: { columns: ['source', 'entity', 'agency'] },
  procedure: {
    columns: ['code', 'name', 'level', 'online', 'integrated', 'executing', 'valid_from', 'valid_to', 'source'],
    where: KNOWN,
  },
  procedure_agency: { columns: ['procedure', 'agency', 'valid_from', 'valid_to'], where: KNOWN },
  agency: { columns: ['key', 'kind', 'name', 'parent', 'valid_from', 'valid_to', 'successors'], where: KNOWN },
  alias: { columns: ['scope', 'ref', 'agency', 'valid_from', 'valid_to'], where: KNOWN },
  quarantine: {
    columns: ['source', 'stream', 'key', 'outcome', 'reasons', 'waiting_for', 'record'],
    where: 'closed_at is null',
  },
  note: { columns: ['source', 'stream', 'key', 'kind', 'detail'] },
  cell_month: { columns: ['agency', 'procedure', 'channel', 'month', ...MEASURES], where: nonZero },
  cell_day: { columns: ['agency', 'day', ...MEASURES], where: nonZero },
  indicator_value: {
    columns: [
      'indicator',
      'version',
      'agency',
      'period',
      'value',
      'value_state',
      'numerator',
      'denominator',
      'unit',
      'standing',
      'provisional',
      'sources',
    ],
    where: `${'"current"'} = 1`,
  },
  // not deletions_checked_at: a read that was killed and goes on behind its last page cannot tell what is missing, and says so
  checkpoint: { columns: ['source', 'stream', 'watermark', 'resume', 'complete_at'] },
  enumerated: { columns: ['source', 'stream', 'key'] },
  feeds: { columns: ['source', 'agency'] },
  source_status: { columns: ['source', 'state', 'as_of'] },
  dirty: { columns: ['agency', 'month'] },
  outbox: { columns: ['target', 'seq'] },
  hold: { columns: ['source', 'stream', 'guard'] },
}

/** Every part as sorted lines; the same on both dialects. */
export async function contentOf(location: string): Promise<Content> {
  const warehouse = await openWarehouse(location)
  try {
    return await warehouse.read(async (db) => {
      const content: Content = new Map()
      for (const [table, part] of Object.entries(PARTS)) content.set(table, await linesOf(db, table, part))
      return content
    })
  } finally {
    await warehouse.close()
  }
}

async function linesOf(db: Kysely<Tables>, table: string, { columns, where = '1 = 1' }: Part): Promise<string[]> {
  const list = sql.join(columns.map((column) => sql.ref(column)))
  const { rows } = await sql<
    Record<string, unknown>
  >`select ${list} from ${sql.table(table)} where ${sql.raw(where)}`.execute(db)
  return rows.map((row) => columns.map((column) => said(column, row[column])).join('\t')).sort()
}

/** A watermark of files also says when the newest of them was written, and a figure until when its sources were read as it was made. */
const said = (column: string, value: unknown): string =>
  column === 'watermark' || column === 'sources'
    ? withoutStates(String(value)).replaceAll(/"(at|asOf)":(\d+|null)/g, '"$1":…')
    : String(value)

/** A watermark of files with the tags of their contents only: those of their states tell when they were written. */
export const withoutStates = (watermark: string): string =>
  watermark.replaceAll(
    /"(files|refused)":"([^"]*)"/g,
    (_, name: string, tags: string) => `"${name}":"${tags.replaceAll(/.{6}(.{6})/g, '$1')}"`,
  )

const hashes = new WeakMap<Content, string>()
export function hashOf(content: Content): string {
  const known = hashes.get(content)
  if (known !== undefined) return known
  const text = [...content].map(([table, lines]) => `${table}\n${lines.join('\n')}`).join('\n\n')
  const hash = createHash('sha256').update(text).digest('hex')
  hashes.set(content, hash)
  return hash
}

/** At most a few lines per part that only one of the two has; empty where both say the same. */
export function differences(expected: Content, found: Content): string[] {
  const said: string[] = []
  for (const [table, lines] of expected) {
    const other = found.get(table)
    // a hundred thousand figures, line by line: the sets are for what differs
    if (other?.length === lines.length && lines.every((line, i) => line === other[i])) continue
    const there = new Set(found.get(table))
    const here = new Set(lines)
    const missing = lines.filter((line) => !there.has(line))
    const surplus = [...there].filter((line) => !here.has(line))
    if (missing.length + surplus.length > 0 || lines.length !== found.get(table)?.length)
      said.push(
        `${table}: ${lines.length} expected, ${found.get(table)?.length} found`,
        ...missing.slice(0, 3).map((line) => `- ${line}`),
        ...surplus.slice(0, 3).map((line) => `+ ${line}`),
      )
  }
  return said
}
