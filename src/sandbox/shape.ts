import type { SystemName } from './world-types.ts'

/**
 * The shape of the sample: how many procedures of each kind have dossiers where, so that the RECORDS give the province's report.
 * All of it is made up; only the totals follow the report.
 */

export const PROCEDURES = { total: 1655, informationOnly: 33, integrated: 1184 } as const

/** Procedures by executing level; `used` have dossiers in the period: 120 + 90 + 59 = 269 full-process and 28 + 15 + 12 = 55 partial, 324 in all. */
export const LEVELS = {
  province: { executingLevel: 1, total: 1200, informationOnly: 24, usedFull: 120, usedPartial: 28 },
  district: { executingLevel: 2, total: 300, informationOnly: 6, usedFull: 90, usedPartial: 15 },
  commune: { executingLevel: 3, total: 155, informationOnly: 3, usedFull: 59, usedPartial: 12 },
} as const

/** partial services of the province that nobody files online in the period */
export const NEVER_ONLINE_PARTIAL = 2
/** information-only procedures with dossiers at the counter: a figure that forgets to leave them out is wrong */
export const COUNTER_ONLY_INFORMATION = { province: 6, district: 2, commune: 1 } as const

export interface OfficeShape {
  key: string
  /** in its name, lower case, without marks */
  name: RegExp
  /** full-process services with any dossier, and with an online one */
  any: number
  online: number
  /** share of its tier's dossiers */
  weight: number
  /** share of the province's procedures; 0 for districts */
  procedures: number
  system: SystemName
}

const office = (
  key: string,
  name: RegExp,
  [any, online]: readonly [number, number],
  weight: number,
  procedures: number,
  system: SystemName = 'one-stop',
): OfficeShape => ({ key, name, any, online, weight, procedures, system })

/** 18 departments and 3 vertical agencies. Above 80 %: the first five, and no other; Xây dựng stands exactly on 80 %. */
export const PROVINCIAL: readonly OfficeShape[] = [
  office('information', /thong tin va truyen thong/, [7, 6], 2, 40),
  office('culture', /van hoa/, [11, 9], 4, 110),
  office('science', /khoa hoc va cong nghe/, [9, 8], 2, 60),
  office('industry', /cong thuong/, [12, 11], 8, 110),
  office('agriculture', /nong nghiep va phat trien/, [10, 9], 6, 110),
  office('construction', /^so xay dung/, [10, 8], 5, 60),
  office('justice', /tu phap/, [5, 3], 12, 90, 'judicial'),
  office('land', /tai nguyen va moi truong/, [9, 7], 22, 90, 'land'),
  office('planning', /ke hoach va dau tu/, [6, 4], 8, 80),
  office('finance', /tai chinh/, [3, 2], 1, 20),
  office('transport', /giao thong/, [5, 3], 9, 80),
  office('education', /giao duc/, [4, 3], 3, 70),
  office('health', /so y te/, [7, 5], 6, 100),
  office('labour', /lao dong/, [4, 3], 4, 70),
  office('interior', /noi vu/, [3, 2], 2, 50),
  office('inspectorate', /thanh tra/, [2, 1], 0.5, 9),
  office('zone', /khu kinh te/, [3, 2], 1, 25),
  office('office', /van phong/, [2, 1], 0.5, 8),
  office('police', /cong an/, [4, 3], 3, 8),
  office('insurance', /bao hiem|bhxh/, [2, 1], 2, 5),
  office('tax', /thue/, [2, 1], 1, 5),
]

/** Above 60 %: the first three, and no other; Trảng Bàng stands exactly on 60 %. */
export const DISTRICTS: readonly OfficeShape[] = [
  office('go-dau', /go dau/, [50, 34], 11, 0),
  office('hoa-thanh', /hoa thanh/, [48, 31], 13, 0),
  office('duong-minh-chau', /duong minh chau/, [52, 33], 10, 0),
  office('trang-bang', /trang bang/, [45, 27], 13, 0),
  office('tay-ninh', /tay ninh/, [60, 35], 18, 0),
  office('tan-bien', /tan bien/, [44, 22], 9, 0),
  office('tan-chau', /tan chau/, [46, 25], 10, 0),
  office('chau-thanh', /chau thanh/, [42, 24], 9, 0),
  office('ben-cau', /ben cau/, [40, 19], 7, 0),
]

/** 94 communes: 87 with every full-process service also filed online, 5 with less, 2 without any case. */
export const COMMUNES = { full: 87, less: 5, none: 2 } as const

/** share of all dossiers by tier */
export const TIER_WEIGHTS = { province: 0.36, district: 0.25, commune: 0.39 } as const
