/**
 * Another process that lands: `land-child.ts <warehouse> <file> <now> [batch]`. Without a batch ten rows at a time, over and over until it
 * is killed: whoever kills it decides where it ends. With one, all rows once.
 */
import { readFileSync } from 'node:fs'
import { openWarehouse } from '../../src/warehouse/open.ts'
import { contextFor, landAll } from '../support/changes.ts'
import type { DossierPart } from '../support/pages.ts'

const [location = '', file = '', now = '', batch] = process.argv.slice(2)
const warehouse = await openWarehouse(location)
const rows = JSON.parse(readFileSync(file, 'utf8')) as DossierPart[]
do await landAll(contextFor(warehouse, Number(now)), rows, Number(batch ?? 10))
while (batch === undefined)
await warehouse.close()
