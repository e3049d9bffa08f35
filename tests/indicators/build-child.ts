/** Builds what is being built, in chunks as large as said, until it is done or killed: `build-child.ts <warehouse> <chunk>`. */
import { BUILD_LEASE, buildMeasures } from '../../src/indicators/build.ts'
import { holderId } from '../../src/schedule/holder.ts'
import { withLease } from '../../src/schedule/lease.ts'
import { openWarehouse } from '../../src/warehouse/open.ts'
import { ZONE } from '../support/databases.ts'

const [location = '', chunk = ''] = process.argv.slice(2)
const warehouse = await openWarehouse(location)
await withLease(warehouse, BUILD_LEASE, holderId(), (lease, signal) =>
  buildMeasures(warehouse, { zone: ZONE, lease, signal, chunk: Number(chunk) }),
)
await warehouse.close()
