/** An import of reference data: read, previewed, and on the word of who asks written as versions from its landing on. */
import type { Config } from '../config.ts'
import type { NameAlias } from '../connect/names.ts'
import { currentTick } from '../indicators/tick.ts'
import { findMeta, newLanding } from '../warehouse/landing.ts'
import type { Warehouse } from '../warehouse/open.ts'
import { type ImportTable, readImport } from './import-file.ts'
import { agencyLines, dayIn, invalidCell } from './import-lines.ts'
import { type Preview, previewImport } from './import-preview.ts'
import { installReference, installState } from './reference.ts'
import { basisKind, type CalendarLine, type Import, listImports, referenceState } from './reference-state.ts'

export interface ImportAsked {
  path: string
  from: string
  basis: string
  by: string
  kind?: ImportTable['kind']
}

/** Throws REFERENCE_UNREADABLE, REFERENCE_INVALID. */
export async function readAsked({ path, from, basis, by, kind }: ImportAsked): Promise<Import> {
  const table = await readImport(path, kind)
  const made = { file: table.file, from, basis, by }
  switch (table.kind) {
    case 'agencies':
      return { ...made, kind: 'agencies', lines: agencyLines(table, from) }
    case 'calendar':
      return { ...made, kind: 'calendar', lines: calendarLines(table, basis) }
    case 'aliases':
      return { ...made, kind: 'aliases', lines: aliasLines(table, from) }
  }
}

const DAY_KINDS = ['off', 'off_swap', 'work_swap', 'morning', 'afternoon'] as const satisfies CalendarLine['kind'][]
function calendarLines({ file, rows }: ImportTable, basis: string): CalendarLine[] {
  return rows.map((one) => {
    const { row, cells } = one
    const date = dayIn(file, one, 'date')
    if (date === undefined) throw invalidCell(file, row, 'date', 'is empty')
    const kind = DAY_KINDS.find((known) => known === cells.kind)
    if (kind === undefined)
      throw invalidCell(file, row, 'kind', `"${cells.kind ?? ''}" is none of ${DAY_KINDS.join(', ')}`)
    return { row, date, kind, name: cells.name ?? '', basis: cells.basis ?? basis, confidence: 'published' }
  })
}

function aliasLines({ file, rows }: ImportTable, from: string): NameAlias[] {
  return rows.map((one) => {
    const { row, cells } = one
    const { name, agency } = cells
    if (name === undefined) throw invalidCell(file, row, 'name', 'is empty')
    if (agency === undefined) throw invalidCell(file, row, 'agency', 'is empty')
    const validFrom = dayIn(file, one, 'from') ?? from
    return { name, within: cells.within ?? null, agency, validFrom, validTo: dayIn(file, one, 'to') ?? null }
  })
}

type Where = Pick<Config, 'homes' | 'zone' | 'sources'>

/** Writes nothing. Throws REFERENCE_INVALID where the rows do not fit what is known. */
export async function previewAsked(warehouse: Warehouse, config: Where, asked: Import): Promise<Preview> {
  return warehouse.read(async (db) => {
    const imports = await listImports(db)
    const before = referenceState(config.homes, imports)
    return previewImport(db, before, referenceState(config.homes, [...imports, asked]), config)
  })
}

/** Keeps the import with the decision it rests on and makes its state known. Returns the landing from which it is. */
export async function saveImport(warehouse: Warehouse, config: Where, asked: Import): Promise<number> {
  const at = await warehouseTime(warehouse)
  // What the files say is known first: what moves from there is the import's.
  await installReference(warehouse, config.homes, at)
  return warehouse.write(async (trx) => {
    const imports = await listImports(trx.db)
    const state = referenceState(config.homes, [...imports, asked])
    const landing = await newLanding(trx, 'reference', at)
    await installState(trx, state, landing)
    await trx.db
      .insertInto('rule')
      .values({
        kind: basisKind(asked.kind),
        valid_from: asked.from,
        valid_to: null,
        data: JSON.stringify(asked),
        known_from: landing,
        known_to: null,
      })
      .execute()
    return landing
  })
}

/** Sample time in a sample warehouse, real time in a real one. */
export const warehouseTime = (warehouse: Warehouse): Promise<number> =>
  warehouse.read(async (db) => {
    const tick = (await findMeta(db, 'data')) === 'sample' ? await currentTick(db) : null
    return tick ?? Date.now()
  })
