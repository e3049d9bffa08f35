/** Versions on the axis of landings. */
import type { ExpressionBuilder } from 'kysely'
import type { Tables } from '../warehouse/tables.ts'

/** Versions that a landing knows; null: that are known now. */
export const knownAt =
  (landing: number | null) =>
  <T extends KnownTable>({ eb, and, or }: ExpressionBuilder<Tables, T>) =>
    landing === null
      ? eb('known_to' as never, 'is', null as never)
      : and([
          eb('known_from' as never, '<=', landing as never),
          or([eb('known_to' as never, 'is', null as never), eb('known_to' as never, '>', landing as never)]),
        ])
type KnownTable = 'agency' | 'procedure' | 'procedure_agency' | 'alias' | 'calendar' | 'rule'
