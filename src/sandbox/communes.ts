/**
 * The drops of the nine districts for themselves and their communes, made up. `hoso_<district>_<yyyyMM>` holds the dossiers received in
 * that month as they stood at its end (the current month: as they stand now), `capnhat_<district>_<yyyyMM>` those of earlier months that
 * changed in it. The last file of a dossier wins. Files appear whole: written aside, then renamed.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type DropRow, encodeDrop, FORMATS, formatOf } from './commune-file.ts'
import { day, dayAndMinute, endOfMonth, month, months } from './dates.ts'
import type { Fault } from './faults.ts'
import { item } from './random.ts'
import {
  agencyName,
  type DossierState,
  type Holding,
  hash,
  holdingsOf,
  identityOf,
  procedureCode,
  procedureName,
  registeredAt,
  STATUS_LABELS,
  stateAt,
  staysAsItCame,
} from './view.ts'
import type { SampleAgency, World } from './world-types.ts'

export interface CommuneDrops {
  folder: string
  /** brings the files from sample time `from` (null: nothing is there yet) to `to` */
  write(from: number | null, to: number): Promise<void>
  /** shows exactly these faults on the files */
  show(faults: ReadonlySet<Fault>, now: number): Promise<void>
}

interface Drop {
  district: SampleAgency
  month: string
  /** received in this month */
  own: Holding[]
  /** received earlier, changed in this month */
  corrected: Holding[]
}

const CHANNELS = ['', 'Trực tiếp', 'Trực tuyến', 'Bưu chính']

export function communeDrops(world: World, dir: string): CommuneDrops {
  const folder = join(dir, 'communes')
  const away = join(dir, 'communes.down')
  for (const path of [folder, away]) rmSync(path, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const drops = dropsOf(world)
  /** what was written last under each name, so that an unchanged file is left alone */
  const written = new Map<string, string>()
  let faults: ReadonlySet<Fault> = new Set()
  const place = (): string => (faults.has('down') ? away : folder)

  async function writeMonth(yyyyMM: string, now: number): Promise<void> {
    const current = yyyyMM === month(now)
    const asOf = Math.min(now, endOfMonth(yyyyMM))
    for (const drop of drops.get(yyyyMM) ?? []) {
      await put('hoso', drop, rowsOf(drop.own, asOf), current)
      const corrected = drop.corrected.filter((holding) => changedBetween(holding, yyyyMM, asOf))
      await put('capnhat', drop, rowsOf(corrected, asOf, true), current)
    }
  }

  async function put(kind: 'hoso' | 'capnhat', drop: Drop, rows: readonly DropRow[], current: boolean): Promise<void> {
    if (rows.length === 0) return
    const format = formatOf(drop.district.code)
    const name = `${kind}_${drop.district.code}_${drop.month}.${FORMATS[format]}`
    const cut = current && faults.has('truncated')
    const shown = current && faults.has('empty') ? [] : rows
    const content = createHash('sha1')
      .update(`${cut}${JSON.stringify(shown)}`)
      .digest('base64')
    if (written.get(name) === content) return
    const title = `DANH SÁCH HỒ SƠ ${drop.district.name.toUpperCase()} THÁNG ${drop.month.slice(4)}/${drop.month.slice(0, 4)}`
    const whole = await encodeDrop(format, title, shown)
    replace(join(place(), name), cut ? whole.subarray(0, whole.length >> 1) : whole)
    written.set(name, content)
  }

  return {
    folder,
    async write(from, to) {
      const first = from === null ? [...drops.keys()].sort()[0] : month(from)
      for (const one of months(first === undefined ? to : endOfMonth(first), to)) await writeMonth(one, to)
      replace(join(place(), 'clock.json'), JSON.stringify({ now: to }))
    },
    async show(next, now) {
      if (next.has('down') && !faults.has('down')) renameSync(folder, away)
      if (!next.has('down') && faults.has('down')) renameSync(away, folder)
      faults = next
      await writeMonth(month(now), now)
    },
  }
}

/** Every file there will ever be, by month. */
function dropsOf(world: World): Map<string, Drop[]> {
  const districts = world.agencies.filter((agency) => agency.kind === 'district')
  const byKey = new Map<string, Drop>()
  const at = (district: SampleAgency, yyyyMM: string): Drop => {
    const key = `${yyyyMM}_${district.code}`
    const drop = byKey.get(key) ?? { district, month: yyyyMM, own: [], corrected: [] }
    byKey.set(key, drop)
    return drop
  }
  for (const holding of holdingsOf(world, 'communes')) {
    const district = fileOf(holding, districts)
    const own = month(registeredAt(holding.dossier))
    at(district, own).own.push(holding)
    for (const changed of correctedIn(holding, own)) at(district, changed).corrected.push(holding)
  }
  const byMonth = new Map<string, Drop[]>()
  for (const drop of byKey.values()) byMonth.set(drop.month, [...(byMonth.get(drop.month) ?? []), drop])
  return byMonth
}

/** Months after its own in which a dossier stands in a corrections file; a step back is its only and last correction, in the next month. */
function correctedIn({ dossier, changes }: Holding, own: string): Iterable<string> {
  if (dossier.backwardsTo !== null) return [month(endOfMonth(own) + 1)]
  return staysAsItCame(dossier) ? [] : new Set(changes.map(month).filter((changed) => changed > own))
}

const districtOf = ({ holder }: Holding, districts: readonly SampleAgency[]): SampleAgency => {
  const found = districts.find((one) => one === holder || one.name === holder.within)
  if (!found) throw new Error(`sandbox: no district for ${holder.key}`)
  return found
}

/** Wrong bytes and NFD can be told apart only in a UTF-8 file, so such rows are filed with a district that writes one. */
function fileOf(holding: Holding, districts: readonly SampleAgency[]): SampleAgency {
  const own = districtOf(holding, districts)
  const { dirt } = holding.dossier
  if ((dirt !== 'lying-encoding' && dirt !== 'nfd-text') || formatOf(own.code) === 'utf8') return own
  const readable = districts.filter((one) => formatOf(one.code) === 'utf8')
  return item(readable, holding.salt % readable.length)
}

/** The step back is typed in on the first working morning of its month. */
const changedBetween = (holding: Holding, yyyyMM: string, asOf: number): boolean =>
  holding.dossier.backwardsTo !== null || holding.changes.some((change) => change <= asOf && month(change) === yyyyMM)

function rowsOf(holdings: readonly Holding[], asOf: number, corrections = false): DropRow[] {
  return holdings.flatMap((holding) => {
    if (registeredAt(holding.dossier) > asOf) return []
    const state = stateAt(holding, asOf)
    if (!state) return []
    const { dirt, backwardsTo } = holding.dossier
    const back = corrections && backwardsTo !== null
    const cells = cellsOf(holding, back ? { ...state, status: backwardsTo, finishedAt: null, returnedAt: null } : state)
    const row = {
      cells: dirt === 'nfd-text' ? cells.map((cell) => cell.normalize('NFD')) : cells,
      lies: dirt === 'lying-encoding',
    }
    return dirt === 'doubled-row' ? [row, row] : [row]
  })
}

function cellsOf(holding: Holding, state: DossierState): string[] {
  const { dossier, salt } = holding
  const minute = (at: number | null): string => (at === null ? '' : dayAndMinute(at))
  const received =
    dossier.dirt === 'impossible-date'
      ? '31/02/2024 09:30'
      : dossier.dirt === 'future-date'
        ? '15/03/2099 09:30'
        : minute(state.receivedAt)
  const share = dossier.digitised ? 50 + (hash(`${salt}`) % 5_001) / 100 : 0
  return [
    dossier.dirt === 'missing-key' ? '' : holding.code,
    procedureCode(holding),
    procedureName(holding),
    agencyName(holding),
    holding.holder.within ?? holding.holder.name,
    CHANNELS[dossier.channel] ?? '',
    dossier.applicant.name,
    identityOf(dossier),
    dossier.applicant.phone,
    day(dossier.submittedAt),
    received,
    state.dueAt === null ? '' : day(state.dueAt),
    minute(state.finishedAt),
    minute(state.returnedAt),
    STATUS_LABELS[state.status] ?? '',
    grouped(dossier.feeVnd),
    `${share.toFixed(2).replace('.', ',')}%`,
    dossier.paidOnline === 1 || dossier.paidOnline === 2 ? 'Có' : 'Không',
    dossier.digitised ? 'x' : '',
  ]
}

/** Vietnamese grouping: 1622 → `1.622`. */
const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, '.')

/** A reader sees the old file or the new one, never half of it. */
export function replace(path: string, content: Buffer | string): void {
  const aside = `${path}.part`
  writeFileSync(aside, content)
  renameSync(aside, path)
}
