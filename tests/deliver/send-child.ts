/** A sender in a process of its own, to be killed: warehouse location, target as JSON. */
import { push } from '../../src/schedule/push.ts'
import { openWarehouse } from '../../src/warehouse/open.ts'

const [location = '', target = ''] = process.argv.slice(2)
const warehouse = await openWarehouse(location)
const { signal } = new AbortController()
await push(warehouse, [JSON.parse(target)], { now: () => Date.now(), signal })
await warehouse.close()
