/** One stream under test: what its hostile source holds, how it is read, and what the warehouse then says. */
import { type InputEntity, isInput } from '../../connect/connector.ts'
import type { SourceResult } from '../../sync/sync.ts'
import { INPUT_TABLES } from '../../warehouse/inputs.ts'
import type { Reader, Warehouse } from '../../warehouse/open.ts'
import type { Expected, Material } from './material.ts'
import type { AnyStream, Facts, HostileSource, Row, Said } from './types.ts'
import type { Home, World } from './world.ts'

const DAY = 86_400_000
const SOURCE = 'suite'

/** A check has found what it was made to find. */
export class Found extends Error {
  readonly said: Said
  readonly hint: Said
  constructor(said: Said, hint: Said) {
    super(said[1])
    this.said = said
    this.hint = hint
  }
}
export function fail(said: Said, hint: Said): never {
  throw new Found(said, hint)
}

export interface LandedRow {
  hash: string
  alive: boolean
}
export type Landed = ReadonlyMap<string, LandedRow>

export class Subject {
  readonly stream: AnyStream
  readonly material: Material
  readonly source: HostileSource
  readonly facts: Facts
  readonly secrets: readonly string[]
  private readonly world: World
  private readonly kept = new Map<string, Promise<unknown>>()

  constructor(world: World, material: Material, source: HostileSource, secrets: readonly string[]) {
    this.world = world
    this.stream = material.stream
    this.material = material
    this.source = source
    this.facts = source.facts
    this.secrets = secrets
  }

  /** As if the source had just been found: nothing in it, a working morning. */
  reset(): void {
    Object.assign(this.source.state, {
      rows: [],
      now: this.material.now,
      perPage: this.facts.perPage,
      inclusive: true,
      spoil: null,
      before: null,
    })
  }

  get now(): number {
    return this.source.state.now
  }
  set now(at: number) {
    this.source.state.now = at
  }
  open = (from?: string): Promise<Home> => this.world.open(this.source, from)

  /** Done once for all checks that look at it. */
  once<T>(name: string, make: () => Promise<T>): Promise<T> {
    const made = this.kept.get(name) ?? make()
    this.kept.set(name, made)
    return made as Promise<T>
  }

  /** More than one page is what can be cut in two. */
  get paged(): boolean {
    return this.facts.paging !== 'none'
  }

  /** `count` records that were there for days; `from`: number of the first. */
  rows(count: number, more: { from?: number; at?: (i: number) => number } = {}): Row[] {
    const { from = 0, at = () => this.now - 3 * DAY } = more
    return Array.from({ length: count }, (_, i) => this.row(from + i, at(i)))
  }
  row(n: number, at: number): Row {
    return this.material.row(n, at, { timeField: this.facts.timeField })
  }

  /** Records for more than one page, three where pages are small. */
  threePages(from = 0): Row[] {
    const { perPage, since, paging } = this.facts
    const count = paging === 'none' ? 30 : perPage > 100 ? perPage + 50 : perPage * 2 + 5
    const step = since === 'window' ? 25 * DAY : since === 'files' ? 35 * DAY : 0
    return this.rows(count, { from, at: (i) => this.now - 2 * DAY - Math.floor((i * 3) / count) * step })
  }
  /** Records enough for something to land in the middle of the read: the guards look at the first 1,000 before. */
  many(): Row[] {
    return this.rows(1_200)
  }

  /** A read that breaks off behind its first page, or within its only one: by the source itself where it answers over HTTP. */
  async broken(home: Home, options: { full?: boolean } = {}): Promise<SourceResult> {
    const { state } = this.source
    if (!this.facts.http) return home.sync({ ...options, control: { failAt: 1 } })
    // by windows an ordinary read has one only
    const first = this.paged && (this.facts.since !== 'window' || options.full === true) ? 1 : 0
    let asked = -1
    state.spoil = ({ page }) => {
      if (page !== null) asked += 1
      return page !== null && asked >= first ? { text: '{"cut off": ["half' } : undefined
    }
    try {
      return await home.sync(options)
    } finally {
      state.spoil = null
    }
  }

  async landed({ warehouse }: Pick<Home, 'warehouse'>): Promise<Landed> {
    return new Map((await LANDED[this.stream.entity](warehouse)).map(([code, hash, alive]) => [code, { hash, alive }]))
  }
  async count(home: Home): Promise<number> {
    return [...(await this.landed(home)).values()].filter(({ alive }) => alive).length
  }

  expected(rows: readonly Row[]): Map<string, Expected> {
    const found = rows.flatMap((row) => {
      const one = this.material.expected(row)
      return one ? [[one.code, one] as const] : []
    })
    return new Map(found)
  }

  /** Throws what is lost, what is wrong, what is too many. */
  async demand(home: Home, rows: readonly Row[], hint: Said): Promise<void> {
    const problem = await this.difference(home, rows)
    if (problem) fail(problem, hint)
  }

  async difference(home: Home, rows: readonly Row[]): Promise<Said | null> {
    const landed = await this.landed(home)
    const expected = this.expected(rows)
    if (expected.size === 0 && rows.length > 0)
      return ['không bản ghi mẫu nào được nhận', 'none of the recorded records is taken by the schema and the map']
    const lost = [...expected.keys()].filter((code) => landed.get(code)?.alive !== true)
    if (lost.length > 0)
      return [
        `thiếu ${lost.length} trên ${expected.size} bản ghi, ví dụ ${lost[0]}`,
        `${lost.length} of ${expected.size} records are missing, e.g. ${lost[0]}`,
      ]
    const other = [...expected.values()].find(({ code, hash }) => hash !== '' && landed.get(code)?.hash !== hash)
    if (other)
      return [`${other.code} không phải bản mới nhất`, `${other.code} is not the version that the source holds`]
    const surplus = [...landed].find(([code, { alive }]) => alive && !expected.has(code))
    return surplus ? [`${surplus[0]} không có ở nguồn`, `${surplus[0]} is not at the source`] : null
  }

  /** How often a record was written over by the same or an older content. */
  async versions({ warehouse }: Home): Promise<number> {
    const { entity } = this.stream
    if (isInput(entity)) return warehouse.read((db) => writtenOver(db, INPUT_TABLES[entity]))
    if (entity !== 'dossier') return 0
    const rows = await warehouse.read((db) => db.selectFrom('dossier_version').select('dossier_id').execute())
    return rows.length
  }

  async quarantine({ warehouse }: Home) {
    return warehouse.read((db) =>
      db
        .selectFrom('quarantine')
        .select(['key', 'outcome', 'reasons', 'record', 'waiting_for'])
        .where('source', '=', SOURCE)
        .where('stream', '=', this.stream.name)
        .where('closed_at', 'is', null)
        .execute(),
    )
  }
}

/** What a run said, for a counter-example. */
export const saidOf = ({ state, error }: SourceResult): string =>
  error ? `${state} (${error.code}: ${error.message.split('\n')[0]})` : state

/** What another record brought about, such as that it takes this one's place, is no writing over. */
async function writtenOver(db: Reader, table: (typeof INPUT_TABLES)[InputEntity]): Promise<number> {
  const rows = (await db.selectFrom(table).selectAll().execute()) as unknown as (Versioned & { id: number })[]
  const byId = new Map(rows.map((row) => [row.id, row]))
  const versions = await db.selectFrom('input_version').select(['input_id', 'data']).execute()
  return versions.filter(({ input_id, data }) => {
    const [now, before] = [byId.get(input_id), JSON.parse(data) as Versioned]
    return now?.content_hash !== before.content_hash || now.replaced_at === before.replaced_at
  }).length
}
interface Versioned {
  content_hash: string
  replaced_at?: number | null
}

type Triple = readonly [code: string, hash: string, alive: boolean]
const rowsOf =
  (table: 'dossier' | 'feedback' | (typeof INPUT_TABLES)[InputEntity]) =>
  (warehouse: Warehouse): Promise<Triple[]> =>
    warehouse.read(async (db) => {
      const rows = await db
        .selectFrom(table as 'dossier')
        .select(['code', 'content_hash', 'deleted'])
        .where('source', '=', SOURCE)
        .execute()
      return rows.map((row) => [row.code, row.content_hash, row.deleted === 0])
    })
const LANDED: Readonly<Record<AnyStream['entity'], (warehouse: Warehouse) => Promise<Triple[]>>> = {
  dossier: rowsOf('dossier'),
  feedback: rowsOf('feedback'),
  publication: rowsOf(INPUT_TABLES.publication),
  petition: rowsOf(INPUT_TABLES.petition),
  statement: rowsOf(INPUT_TABLES.statement),
  'official-score': rowsOf(INPUT_TABLES['official-score']),
  procedure: (warehouse) =>
    warehouse.read(async (db) => {
      const rows = await db
        .selectFrom('procedure')
        .select(['code', 'content_hash', 'valid_to'])
        .where('source', '=', SOURCE)
        .where('known_to', 'is', null)
        .execute()
      // a version that was followed by another is no deletion
      const triples = rows.map((row): Triple => [row.code, row.content_hash, row.valid_to === null])
      return triples.sort((a, b) => Number(a[2]) - Number(b[2]))
    }),
  agency: (warehouse) =>
    warehouse.read(async (db) => {
      const rows = await db
        .selectFrom('alias')
        .select('ref')
        .where('scope', '=', SOURCE)
        .where('known_to', 'is', null)
        .execute()
      return rows.map((row) => [row.ref.replace(/^local:/, ''), '', true])
    }),
}
