/** Lands rows ten at a time until done or killed: `land-child.ts <warehouse> <file> <now>`. */
import { readFileSync } from 'node:fs'
import { openWarehouse } from '../../src/warehouse/open.ts'
import { contextFor, landAll } from '../support/changes.ts'
import type { DossierPart } from '../support/pages.ts'

const [location = '', file = '', now = ''] = process.argv.slice(2)
const warehouse = await openWarehouse(location)
const rows = JSON.parse(readFileSync(file, 'utf8')) as DossierPart[]
// Over and over: whoever kills it decides where it ends.
for (;;) await landAll(contextFor(warehouse, Number(now)), rows, 10)
