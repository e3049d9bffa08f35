/** What tests of judging share: dossiers landed by hand, and a home whose calendar, names and rules may change. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import { CHECKOUT, type Config, loadConfig } from '../../src/config.ts'
import { rebuild } from '../../src/indicators/rebuild.ts'
import { refresh } from '../../src/indicators/refresh.ts'
import { tick } from '../../src/indicators/tick.ts'
import { type LandContext, land } from '../../src/sync/land.ts'
import { installReference } from '../../src/sync/reference.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { at, contextOf, type DossierPart, dossierRow, holdLease, page, procedureObject } from '../support/pages.ts'
import { ZONE } from '../support/warehouse.ts'

export const START = at('2024-12-02T08:00')
/** Whose data/reference a test may change. */
export let home: string
/** A home of its own for every test of the file that asks; files share their process, so that hooks of a module would be those of the first. */
export function useHome(): void {
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'ioc-feed-judged-'))
    cpSync(join(CHECKOUT, 'data', 'reference'), join(home, 'data', 'reference'), { recursive: true })
  })
  afterEach(() => rmSync(home, { recursive: true, force: true }))
}
export const reinstall = (warehouse: Warehouse) => installReference(warehouse, [home, CHECKOUT], START)

export const configOf = (authority: Readonly<Record<string, number>> = {}): Config => {
  const config = loadConfig({ home: CHECKOUT, env: { IOC_LANG: 'en' }, cwd: CHECKOUT })
  const sources = config.sources.map((source) => ({
    ...source,
    authority: [{ rank: authority[source.id] ?? 1, from: '2020-01-01' }],
  }))
  return { ...config, homes: [home, CHECKOUT], sources }
}

export async function ready(warehouse: Warehouse): Promise<void> {
  await reinstall(warehouse)
  await tick(warehouse, START, ZONE)
  for (const source of ['one-stop', 'land', 'catalogue']) await holdLease(warehouse, source)
  await landList(warehouse, START, [procedureObject('1.000001')])
}
export const landList = (warehouse: Warehouse, asOf: number, procedures: Parameters<typeof page>[0]) =>
  land(
    contextOf(warehouse, {
      source: 'catalogue',
      stream: 'procedure',
      entity: 'procedure',
      lease: { name: 'source:catalogue', token: 1 },
      asOf,
      arrivedAt: asOf,
    }),
    [page(procedures, { entity: 'procedure' })],
  )
export const landOne = (warehouse: Warehouse, part: DossierPart, more: Partial<LandContext> = {}) =>
  land(contextOf(warehouse, more), [page([dossierRow(part)])])
export const LAND = { source: 'land', lease: { name: 'source:land', token: 1 } }

export async function only(warehouse: Warehouse) {
  const rows = await warehouse.read((db) => db.selectFrom('dossier').selectAll().execute())
  expect(rows).toHaveLength(1)
  return rows[0]
}
/** code → when it is due, and by our own count */
export async function dueOf(warehouse: Warehouse): Promise<Map<string, { due: number | null; ours: number | null }>> {
  const rows = await warehouse.read((db) =>
    db.selectFrom('dossier').select(['code', 'due_at', 'due_ours_at']).orderBy('code').execute(),
  )
  return new Map(rows.map((row) => [row.code, { due: row.due_at, ours: row.due_ours_at }]))
}
export type Dues = Awaited<ReturnType<typeof dueOf>>
export const moved = (before: Dues, after: Dues): string[] =>
  [...after].flatMap(([code, one]) =>
    (['due', 'ours'] as const)
      .filter((part) => before.get(code)?.[part] !== one[part])
      .map((part) => `${code} ${part}`),
  )
export const printed = (day: string) => ({
  due_printed_at: at(`${day}T00:00`) + 9 * 86_400_000,
  due_printed_precision: 'day',
})
export const measured = async (warehouse: Warehouse, month: string) => {
  const rows = await warehouse.read((db) =>
    db.selectFrom('cell_month').selectAll().where('month', '=', month).execute(),
  )
  return Object.fromEntries(
    ['finished_early', 'finished_on_time', 'finished_late', 'refused', 'paused'].map((name) => [
      name,
      rows.reduce((sum, row) => sum + row[name as 'refused'], 0),
    ]),
  )
}
/** Monday 4 November, five working days: due on Monday the 11th */
export const UNPRINTED = { due_printed_at: null, due_printed_precision: null }
export const finished = (local: string): DossierPart => ({
  status: 9,
  finished_at: at(local),
  finished_precision: 'second',
})
export const supplement = (requested: string, completed: string | null, newDue: string | null = null) =>
  JSON.stringify([
    {
      requestedAt: at(requested),
      completedAt: completed && at(completed),
      previousDueAt: null,
      newDueAt: newDue && at(newDue),
    },
  ])

/** Recomputed from the records, everything is as it was maintained. */
export async function expectRebuilt(warehouse: Warehouse): Promise<void> {
  await refresh(warehouse, { now: START, zone: ZONE, targets: [] })
  expect((await rebuild(warehouse, ZONE)).differences).toEqual([])
}
