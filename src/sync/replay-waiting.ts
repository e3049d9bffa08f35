/** After every sync: records of any source that waited for a procedure or agency which is now known are replayed. */
import type { SourceConfig } from '../config.ts'
import type { Stream } from '../connect/connector.ts'
import { loadConnector } from '../connect/load.ts'
import { PipelineError } from '../errors.ts'
import type { Warehouse } from '../warehouse/open.ts'
import { listOpen, listOpenKeys } from '../warehouse/quarantines.ts'
import { addCounts, type Counts, noCounts } from './counts.ts'
import { fingerprintKey } from './fingerprint-key.ts'
import { renormalise } from './open-stream.ts'
import { listReplayable, replay } from './quarantine.ts'
import { type Reference, readReferenceData, referenceLanding } from './reference.ts'
import { landContext, type SyncDeps } from './sync.ts'

export async function replayWaiting(
  deps: SyncDeps,
  sources: readonly SourceConfig[],
  run: string,
  asOf: number,
  signal: AbortSignal,
  remarks: string[],
): Promise<Counts> {
  const counts = noCounts()
  const waiting = await deps.warehouse.read((db) =>
    db
      .selectFrom('quarantine')
      .select(['source', 'stream'])
      .distinct()
      .where('closed_at', 'is', null)
      .where('waiting_for', 'is not', null)
      .execute(),
  )
  if (waiting.length === 0) return counts
  let reference: Reference | undefined
  // a replayed list of agencies says who others have waited for
  while (reference?.landing !== (await deps.warehouse.read(referenceLanding))) {
    reference = await deps.warehouse.read((db) => readReferenceData(db, deps.config.zone))
    addCounts(counts, await replayAll(deps, sources, waiting, reference, { run, asOf, signal, remarks }))
  }
  return counts
}

async function replayAll(
  deps: SyncDeps,
  sources: readonly SourceConfig[],
  waiting: readonly { source: string; stream: string }[],
  reference: Reference,
  { run, asOf, signal, remarks }: { run: string; asOf: number; signal: AbortSignal; remarks: string[] },
): Promise<Counts> {
  const counts = noCounts()
  for (const { source, stream } of waiting) {
    const config = sources.find((candidate) => candidate.id === source)
    if (!config) continue
    try {
      for await (const ids of replayable(deps.warehouse, source, stream, reference))
        addCounts(counts, await replayRows(deps, config, stream, ids, run, asOf, signal))
    } catch (error) {
      const known = error instanceof PipelineError && !signal.aborted ? error.code : null
      // Somebody is reading that source at this moment; its own run replays when it ends.
      if (known === 'ALREADY_RUNNING' || known === 'LEASE_LOST') continue
      // A connector that cannot be loaded must not keep the states and figures of all others from being told.
      if (known !== 'CONNECTOR_INVALID' && known !== 'CONFIG_UNREADABLE') throw error
      const remark = `what waits in ${source}/${stream} could not be replayed: ${known}`
      if (!remarks.includes(remark)) remarks.push(remark)
    }
  }
  return counts
}

/** Everything waits on the night when the catalogue is down: read in parts, memory does not follow. */
async function* replayable(warehouse: Warehouse, source: string, stream: string, reference: Reference) {
  for (let after: number | null = 0; after !== null; ) {
    const from: number = after
    const part = await warehouse.read((db) => listReplayable(db, source, stream, reference, from))
    if (part.rows.length > 0) yield part.rows.map(({ id }) => id)
    after = part.next
  }
}

/**
 * Replays the rows with these ids (all of one stream) under the source's lease. They are read under it too: what a sync has closed since
 * they were chosen would come back, a deleted dossier as a living one.
 */
export async function replayRows(
  deps: SyncDeps,
  source: SourceConfig,
  streamName: string,
  ids: readonly number[],
  run: string,
  asOf: number,
  signal: AbortSignal,
): Promise<Counts> {
  const connector = await loadConnector(source.connector)
  const stream = connector.streams.find((candidate: Stream<unknown>) => candidate.name === streamName)
  if (!stream)
    throw new PipelineError('CONNECTOR_INVALID', {
      connector: connector.name,
      problem: `the stream "${streamName}" of quarantined records is gone`,
      file: source.connector,
    })
  return deps.withLease(`source:${source.id}`, signal, async (lease) => {
    const context = await landContext(deps, source, stream, run, asOf, lease)
    const rows = await deps.warehouse.read((db) => listOpen(db, ids))
    context.openKeys = await deps.warehouse.read((db) => listOpenKeys(db, source.id, stream.name))
    const start = {
      connector: source.connector,
      stream: stream.name,
      source: source.id,
      agency: source.agency,
      zone: deps.config.zone,
      now: asOf,
      schemaHomes: deps.config.homes,
      hmacKey: fingerprintKey(deps.config.home),
    }
    return replay({ context, renormalise: (record) => renormalise(start, record) }, rows)
  })
}
