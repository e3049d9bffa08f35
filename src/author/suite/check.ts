/** One check of the hostile suite: when it applies, and what it does. It returns what was seen, or throws `Found`. */
import type { Subject } from './subject.ts'
import type { Said } from './types.ts'

export interface Check {
  hazard: number
  /** names it in tests, e.g. `equal-cursor` */
  name: string
  title: Said
  /** why it does not apply; null where it does */
  leaves(subject: Subject): Said | null
  run(subject: Subject): Promise<Said>
}
