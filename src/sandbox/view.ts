/** What a system knows of a dossier at a sample time: the fold of everything that had happened by then. */
import { dueAsOf, statusAt } from './lives.ts'
import { item } from './random.ts'
import type {
  SampleAgency,
  SampleDossier,
  SampleProcedure,
  SampleSupplement,
  SystemName,
  World,
} from './world-types.ts'

/** A dossier as one system holds it, under that system's own code. */
export interface Holding {
  dossier: SampleDossier
  code: string
  procedure: SampleProcedure | null
  agency: SampleAgency | null
  /** in whose file or rows it stands */
  holder: SampleAgency
  /** every instant at which the record changed, ascending; the first is its arrival */
  changes: readonly number[]
  /** stable pseudo-random number of this dossier, for details that the world leaves open */
  salt: number
}

export interface DossierState {
  status: number
  receivedAt: number | null
  dueAt: number | null
  finishedAt: number | null
  returnedAt: number | null
  refusedAt: number | null
  supplements: readonly SampleSupplement[]
  /** when this state came to be */
  changedAt: number
}

export function holdingsOf(world: World, system: SystemName): Holding[] {
  const held: Holding[] = []
  for (const dossier of world.dossiers) {
    const code =
      dossier.system === system ? dossier.code : dossier.alsoIn?.system === system ? dossier.alsoIn.code : null
    if (code === null) continue
    held.push({
      dossier,
      code,
      procedure: world.procedures[dossier.procedure] ?? null,
      agency: world.agencies[dossier.agency] ?? null,
      holder: item(world.agencies, dossier.holder),
      changes: changesOf(dossier),
      salt: hash(dossier.nationalCode),
    })
  }
  return held
}

function changesOf(dossier: SampleDossier): number[] {
  const first = dossier.events[0]?.at ?? dossier.submittedAt
  const instants = new Set<number>([first])
  for (const event of dossier.events) instants.add(event.at)
  for (const at of [dossier.receivedAt, dossier.finishedAt, dossier.returnedAt, dossier.refusedAt]) {
    if (at !== null) instants.add(at)
  }
  for (const supplement of dossier.supplements) {
    instants.add(supplement.requestedAt)
    if (supplement.completedAt !== null) instants.add(supplement.completedAt)
  }
  return [...instants].filter((at) => at >= first).sort((a, b) => a - b)
}

/** Null before the dossier has arrived. */
export function stateAt(holding: Holding, at: number): DossierState | null {
  const changedAt = holding.changes.findLast((change) => change <= at)
  if (changedAt === undefined) return null
  const { dossier } = holding
  const known = (instant: number | null): number | null => (instant !== null && instant <= at ? instant : null)
  const supplements = dossier.supplements
    .filter((supplement) => supplement.requestedAt <= at)
    .map((supplement) => ({ ...supplement, completedAt: known(supplement.completedAt) }))
  return {
    status: statusAt(dossier, at),
    receivedAt: known(dossier.receivedAt),
    dueAt: dueAsOf(dossier, at),
    finishedAt: known(dossier.finishedAt),
    returnedAt: known(dossier.returnedAt),
    refusedAt: known(dossier.refusedAt),
    supplements,
    changedAt,
  }
}

/** The province's identifier in codes and calls. */
export const PROVINCE = 'H53'

/** The local form of a procedure code, `1.004194.000.00.00.H53`. */
export const localProcedureCode = (code: string): string => `${code}.000.00.00.${PROVINCE}`

export const procedureCode = ({ procedure, dossier }: Holding): string =>
  procedure?.code ?? dossier.unknownReference ?? ''
export const procedureName = ({ procedure }: Holding): string => procedure?.name ?? 'Thủ tục chưa có trong danh mục'

/** The name a clerk writes: for districts and communes often with UBND before it. */
export function agencyName(holding: Holding): string {
  const { agency, salt, dossier } = holding
  if (!agency) return dossier.unknownReference ?? ''
  if (agency.kind !== 'district' && agency.kind !== 'commune') return agency.name
  return salt % 3 === 0 ? agency.name : `UBND ${agency.name.charAt(0).toLowerCase()}${agency.name.slice(1)}`
}

/** The instant under which a register files a dossier: its reception; for one never received, its refusal. */
export const registeredAt = ({ receivedAt, refusedAt, submittedAt }: SampleDossier): number =>
  receivedAt ?? refusedAt ?? submittedAt

export const identityOf = (dossier: SampleDossier): string =>
  dossier.dirt === 'dummy-identity' ? '000000001' : dossier.applicant.identity

/** A quarantined, waiting or repaired row is shown once: a correction under the same key would mend it unasked, or count it twice. */
export const staysAsItCame = (dossier: SampleDossier): boolean =>
  dossier.dirt !== null && !['status-backwards', 'two-systems', 'dummy-identity'].includes(dossier.dirt)

/** FNV-1a, 32 bits. */
export function hash(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return h >>> 0
}

/** The labels of TrangThaiHoSo 1 to 10. */
export const STATUS_LABELS: readonly string[] = [
  '',
  'Mới đăng ký',
  'Được tiếp nhận',
  'Không được tiếp nhận',
  'Đang xử lý',
  'Yêu cầu bổ sung giấy tờ',
  'Yêu cầu thực hiện nghĩa vụ tài chính',
  'Công dân yêu cầu rút hồ sơ',
  'Dừng xử lý',
  'Đã xử lý xong',
  'Đã trả kết quả',
]
