/**
 * The land office's database, made up: a SQLite file in the shape of a Tan Dan one-stop. Agencies are group codes, deletions are soft,
 * NgayCapNhat is naive local time, and some transactions commit late: their rows appear up to 90 minutes behind the newest.
 * What it holds follows from the world and the sample time alone, not from how time moved.
 */
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { DAY, MINUTE, sqlLocal } from './dates.ts'
import { type DossierState, type Holding, holdingsOf, identityOf, procedureCode, stateAt } from './view.ts'
import type { SampleAgency, SampleProcedure, World } from './world-types.ts'

export interface LandDatabase {
  file: string
  /** brings the database from sample time `from` (null: from nothing) to `to` */
  write(from: number | null, to: number): void
  /** down: the file is renamed away */
  show(down: boolean): void
}

const CATALOGS: Record<SampleAgency['kind'], string> = {
  department: 'so-ban-nganh',
  vertical: 'cnvpdk',
  district: 'quan-huyen',
  commune: 'xa-phuong',
}
const LATEST_COMMIT = 90
const DOUBLED = 1_000_000
const GHOST = 2_000_000

type Row = Record<string, string | number | null>

interface Kept {
  holding: Holding
  id: number
  /** soft deletion, epoch ms */
  deletedAt: number | null
}

export function landDatabase(world: World, dir: string): LandDatabase {
  const file = join(dir, 'land.sqlite')
  const kept = keep(world)
  const ghosts = kept.filter((one) => one.holding.dossier.dirt === null).slice(0, 5)
  let path = file
  for (const suffix of ['', '-wal', '-shm', '.down', '.down-wal', '.down-shm']) rmSync(file + suffix, { force: true })

  function rowsAt(one: Kept, at: number): Row[] {
    const state = stateAt(one.holding, committed(one.holding, at, world.start))
    if (!state) return []
    const row = rowOf(one, state, at)
    return one.holding.dossier.dirt === 'doubled-row' ? [row, { ...row, Id: Number(row.Id) + DOUBLED }] : [row]
  }

  return {
    file,
    write(from, to) {
      const db = new Database(path)
      try {
        db.pragma('journal_mode = WAL')
        if (from === null) db.exec(TABLES)
        const put = db.prepare(INSERT)
        db.transaction(() => {
          if (from === null) fillLists(db, world)
          if (from === null) for (const row of ghosts.flatMap((one) => ghostOf(one, world.start))) put.run(row)
          for (const one of kept) {
            if (from !== null && !mayChange(one, from, to)) continue
            for (const row of rowsAt(one, to)) put.run(row)
          }
        })()
      } finally {
        db.close()
      }
    },
    show(down) {
      const next = down ? `${file}.down` : file
      if (next === path) return
      for (const suffix of ['', '-wal', '-shm']) if (existsSync(path + suffix)) renameSync(path + suffix, next + suffix)
      path = next
    },
  }
}

/** The made-up rule of what gets deleted: a few clean dossiers of the last month, one by one in the four days after the start. */
function keep(world: World): Kept[] {
  const held = holdingsOf(world, 'land')
  const recent = held.filter(({ dossier, changes }) => {
    const arrival = changes[0] ?? 0
    return (
      dossier.dirt === null && dossier.alsoIn === null && arrival > world.start - 30 * DAY && arrival <= world.start
    )
  })
  const doomed = recent.sort((a, b) => a.salt - b.salt).slice(0, Math.max(2, Math.round(recent.length / 200)))
  const deletedAt = new Map(doomed.map((one, i) => [one, world.start + (i + 1) * 47 * MINUTE]))
  return held.map((holding, i) => ({ holding, id: i + 1, deletedAt: deletedAt.get(holding) ?? null }))
}

/** The instant up to which this dossier's changes are committed at `at`; dirt is never late, so that a read at the start finds all of it. */
function committed(holding: Holding, at: number, start: number): number {
  const late = holding.dossier.dirt === null && holding.salt % 5 === 0
  const lag = late ? (10 + (holding.salt % (LATEST_COMMIT - 9))) * MINUTE : 0
  return Math.max(Math.min(at, start), at - lag)
}

/** Something of it was committed, or it was deleted, in (from, to]. */
function mayChange({ holding, deletedAt }: Kept, from: number, to: number): boolean {
  const within = (at: number): boolean => at > from - LATEST_COMMIT * MINUTE && at <= to
  return (deletedAt !== null && within(deletedAt)) || holding.changes.some(within)
}

function rowOf({ holding, id, deletedAt }: Kept, state: DossierState, at: number): Row {
  const { dossier } = holding
  const date = (instant: number | null): string | null => (instant === null ? null : sqlLocal(instant))
  const written = (text: string): string => (dossier.dirt === 'nfd-text' ? text.normalize('NFD') : text)
  const gone = deletedAt !== null && deletedAt <= at ? deletedAt : null
  const received =
    dossier.dirt === 'impossible-date'
      ? '2024-02-31 09:30:00'
      : dossier.dirt === 'future-date'
        ? '2099-03-15 09:30:00'
        : date(state.receivedAt)
  const asked = state.supplements.at(-1)
  return {
    Id: id,
    MaHoSo: dossier.dirt === 'missing-key' ? '' : holding.code,
    MaHoSoQuocGia: dossier.dirt === 'missing-key' ? null : dossier.nationalCode,
    MaTTHC: procedureCode(holding),
    NhomXuLy: holding.agency ? groupCode(holding.agency) : dossier.unknownReference,
    KenhThucHien: String(dossier.channel),
    TrangThaiHoSoId: state.status,
    NgayNop: sqlLocal(dossier.submittedAt),
    NgayTiepNhan: received,
    NgayHenTra: date(state.dueAt),
    NgayYeuCauBoSung: date(asked?.requestedAt ?? null),
    NgayKetThucXuLy: date(state.finishedAt),
    NgayTra: date(state.returnedAt),
    TenChuHoSo: written(dossier.applicant.name),
    SoGiayTo: identityOf(dossier),
    DienThoai: dossier.applicant.phone,
    LePhi: dossier.feeVnd,
    DuocSoHoa: dossier.digitised ? 1 : 0,
    NgayCapNhat: sqlLocal(gone ?? state.changedAt),
    DeletedOn: date(gone),
  }
}

/** A dossier typed in twice and deleted again the next day, long before the start. */
function ghostOf({ holding, id }: Kept, start: number): Row[] {
  const at = (holding.changes[0] ?? 0) + DAY
  const state = at <= start ? stateAt(holding, at) : null
  if (!state) return []
  const row = rowOf({ holding, id: GHOST + id, deletedAt: at }, state, at)
  return [{ ...row, MaHoSo: `${holding.code}9`, MaHoSoQuocGia: null }]
}

const groupCode = (agency: SampleAgency): string =>
  `${CATALOGS[agency.kind].toUpperCase()}.${agency.code.replace('H53.', '')}`

const COLUMNS = [
  'Id INTEGER PRIMARY KEY',
  'MaHoSo TEXT',
  'MaHoSoQuocGia TEXT',
  'MaTTHC TEXT',
  'NhomXuLy TEXT',
  'KenhThucHien TEXT',
  'TrangThaiHoSoId INTEGER',
  'NgayNop TEXT',
  'NgayTiepNhan TEXT',
  'NgayHenTra TEXT',
  'NgayYeuCauBoSung TEXT',
  'NgayKetThucXuLy TEXT',
  'NgayTra TEXT',
  'TenChuHoSo TEXT',
  'SoGiayTo TEXT',
  'DienThoai TEXT',
  'LePhi INTEGER',
  'DuocSoHoa INTEGER',
  'NgayCapNhat TEXT NOT NULL',
  'DeletedOn TEXT',
]
const names = COLUMNS.map((column) => column.split(' ')[0])
const INSERT = `INSERT OR REPLACE INTO HoSos (${names.join(', ')}) VALUES (${names.map((name) => `@${name}`).join(', ')})`
const TABLES = `
CREATE TABLE HoSos (${COLUMNS.join(', ')});
CREATE INDEX HoSos_NgayCapNhat ON HoSos (NgayCapNhat, Id);
CREATE TABLE Groups (GroupCode TEXT PRIMARY KEY, MaDinhDanh TEXT, TenNhom TEXT, Catalog TEXT);
CREATE TABLE ThuTucs (MaTTHC TEXT PRIMARY KEY, TenTTHC TEXT, MucDo TEXT);`

function fillLists(db: Database.Database, world: World): void {
  const group = db.prepare('INSERT INTO Groups VALUES (?, ?, ?, ?)')
  for (const agency of world.agencies)
    group.run(groupCode(agency), agency.identifier, agency.name, CATALOGS[agency.kind])
  const procedure = db.prepare('INSERT INTO ThuTucs VALUES (?, ?, ?)')
  for (const { code, name, level } of world.procedures as readonly SampleProcedure[])
    procedure.run(code, name, String(level))
}
