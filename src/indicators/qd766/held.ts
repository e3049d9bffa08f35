/** The scoring rules that a warehouse holds, as they are or were known. */

import type { ScoringFile } from '../../schemas.generated.ts'
import type { Reader } from '../../warehouse/open.ts'
import { knownAt } from '../known-at.ts'
import { type Rules, rulesOn } from './rules.ts'
import { SHIPPED } from './shipped.ts'

/** The file of rules in the table `rule`. */
export const RULE_KIND = 'qd766'
/** The rules by which a period that begins on the day is scored; null: there were none yet. */
export type RulesOn = (day: string) => Rules | null

/** `known`: a landing; null: now. A warehouse without reference data scores by the rules that come with the program. */
export async function loadRules(db: Reader, known: number | null): Promise<RulesOn> {
  const row = await db
    .selectFrom('rule')
    .select('data')
    .where('kind', '=', RULE_KIND)
    .where(knownAt(known))
    .executeTakeFirst()
  const file = row ? (JSON.parse(row.data) as ScoringFile) : SHIPPED
  const days = new Map<string, Rules | null>()
  return (day) => {
    let found = days.get(day)
    if (found === undefined) {
      found = rulesOn(file, day)
      days.set(day, found)
    }
    return found
  }
}
