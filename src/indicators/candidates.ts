/** Which dossiers may count in a window at some agencies: narrowed by columns, before their contributions judge them. */
import type { ExpressionBuilder } from 'kysely'
import type { Tables } from '../warehouse/tables.ts'

type Dossiers = ExpressionBuilder<Tables, 'dossier'>

/** Something of it is counted on a day of [start, end), epoch ms. */
export const movedIn =
  (start: number, end: number) =>
  ({ and, or, eb }: Dossiers) =>
    or((['received_at', 'ended_at', 'rated_at'] as const).map((at) => and([eb(at, '>=', start), eb(at, '<', end)])))

/** It stands open at `end`. */
export const openAt =
  (end: number) =>
  ({ and, or, eb }: Dossiers) =>
    and([eb('received_at', '<', end), or([eb('ended_at', 'is', null), eb('ended_at', '>=', end)])])

/** `byOthers`: counted by who receives or assists, too, which no index knows. */
export const countedAt =
  (agencies: readonly string[], byOthers: boolean) =>
  ({ or, eb }: Dossiers) =>
    byOthers
      ? or((['resolving', 'receiving', 'assisting'] as const).map((by) => eb(by, 'in', agencies)))
      : eb('resolving', 'in', agencies)
