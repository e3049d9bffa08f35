/** The rules of QĐ 766 as they come with the program: names for the catalogue, and what a warehouse without reference data scores by. */
import { join } from 'node:path'
import { CHECKOUT } from '../../config.ts'
import { readJsonFile } from '../../config-check.ts'
import type { ScoringFile } from '../../schemas.generated.ts'

export const SHIPPED = readJsonFile(join(CHECKOUT, 'data', 'reference', 'qd766.json'), 'qd766.json') as ScoringFile
