/** Every check, in the order of the hazards. */
import type { Check } from './check.ts'
import { equalCursor, lateRow, nothingNew, seams, unordered } from './checks-cursor.ts'
import { newOnly, oldFile, secrets } from './checks-files.ts'
import { badAnswer, deletions, halfFull, leftOver, movingRows, stuckPaging } from './checks-pages.ts'
import { farFuture, keys, lossless, nullCursor, oneInstant, poison } from './checks-values.ts'

export const CHECKS: readonly Check[] = [
  equalCursor,
  lateRow,
  nothingNew,
  unordered,
  seams,
  farFuture,
  nullCursor,
  oneInstant,
  movingRows,
  stuckPaging,
  badAnswer,
  halfFull,
  deletions,
  leftOver,
  poison,
  keys,
  lossless,
  secrets,
  newOnly,
  oldFile,
]
