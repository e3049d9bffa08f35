/** Made-up indicator messages in an outbox. */
import type { Warehouse } from '../../src/warehouse/open.ts'
import { enqueueMessage } from '../../src/warehouse/outbox.ts'

export const idOf = (figure: string, revision: number) => `${figure}#${revision}`

/** `revisions`: one message each, in this order, of the indicator `figure`. */
export async function enqueue(warehouse: Warehouse, figure: string, revisions: readonly number[], targets = ['ioc']) {
  await warehouse.write(async (trx) => {
    for (const revision of revisions) {
      const id = idOf(figure, revision)
      const agency = { key: '72@2020-01-01' }
      const body = JSON.stringify({
        id,
        kind: 'indicator',
        indicator: figure,
        agency,
        period: '2024-11',
        value: revision,
        revision,
      })
      const message = { id, kind: 'indicator', figure: `${figure}|72@2020-01-01|2024-11`, revision, body }
      await enqueueMessage(trx, message, targets, revision)
    }
  })
}

export const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1)
