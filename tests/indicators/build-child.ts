/**
 * Builds what is being built, chunk by chunk, each when it is told to: `build-child.ts <warehouse> <chunk>`. Says so after each; whoever
 * kills it right after telling it kills it while it reads, while it writes, or in between.
 */
import { once } from 'node:events'
import { BUILD_LEASE, buildMeasures } from '../../src/indicators/build.ts'
import { holderId } from '../../src/schedule/holder.ts'
import { withLease } from '../../src/schedule/lease.ts'
import { openWarehouse } from '../../src/warehouse/open.ts'
import { ZONE } from '../support/databases.ts'

const [location = '', chunk = ''] = process.argv.slice(2)
const warehouse = await openWarehouse(location)
await withLease(warehouse, BUILD_LEASE, holderId(), async (lease, signal) => {
  for (let more = true; more; ) {
    process.send?.('ready')
    await once(process, 'message')
    const built = await buildMeasures(warehouse, {
      zone: ZONE,
      lease,
      signal,
      chunk: Number(chunk),
      pause: () => true,
    })
    more = built.more
  }
})
await warehouse.close()
process.disconnect?.()
