/** `ioc connector test`: from its recordings a hostile source for each stream, and every check that applies to it. */
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Config } from '../../config.ts'
import type { Connector } from '../../connect/connector.ts'
import { loadConnector } from '../../connect/load.ts'
import { PipelineError } from '../../errors.ts'
import { checkSchemas } from '../../sync/check-schemas.ts'
import { readSchema, sourceSchema } from '../../sync/source-schema.ts'
import { type Recording, readRecording } from '../record/recording.ts'
import type { Check } from './check.ts'
import { CHECKS } from './checks.ts'
import { clockOf, Material, narrowed } from './material.ts'
import { hostileSource } from './sources.ts'
import { Found, Subject } from './subject.ts'
import type { AnyStream, Outcome } from './types.ts'
import { World } from './world.ts'

export interface SuiteTask {
  config: Config
  /** absolute path of connector.ts */
  connector: string
  /** null: all */
  stream: string | null
  /** of the configured instance, as sources.json has it */
  instance: { settings: Readonly<Record<string, unknown>>; agency: string | null }
  /** where recordings are looked for, in this order */
  recordings: readonly string[]
  signal?: AbortSignal
  checks?: readonly Check[]
  onOutcome?: (outcome: Outcome) => void
}
export interface SuiteResult {
  connector: string
  outcomes: Outcome[]
  /** streams whose own query was replaced by the recorded table */
  replaced: string[]
  ms: number
}

/** @throws PipelineError CONNECTOR_INVALID, CONFIG_UNREADABLE, RECORDING_MISSING */
export async function runSuite(task: SuiteTask): Promise<SuiteResult> {
  const started = performance.now()
  const connector = await loadConnector(task.connector)
  checkSchemas(connector, task.config.homes)
  const recordings = recordingsOf(task, connector)
  const recorded = connector.streams.flatMap((stream) => {
    const recording = recordings.get(stream.name)
    return recording ? [{ stream, recording }] : []
  })
  const plain = recorded.map(({ stream, recording }) => ({
    stream: plainStream(task, connector.name, stream),
    recording,
  }))
  const now = clockOf(plain, task.config.zone)
  const materials = recorded.map(({ stream, recording }) => ({
    recording,
    material: new Material(connector, stream, recording, startOf(task, stream.name, now)),
  }))
  const world = new World({
    config: task.config,
    connector: task.connector,
    agency: task.instance.agency,
    procedures: [...new Set(materials.flatMap(({ material }) => material.procedures()))],
    now,
  })
  const outcomes: Outcome[] = []
  try {
    await world.prepare()
    for (const { material } of materials) {
      if (task.stream !== null && material.stream.name !== task.stream) continue
      const tell = (outcome: Outcome) => {
        outcomes.push(outcome)
        task.onOutcome?.(outcome)
      }
      const checks = task.checks ?? CHECKS
      const made = await hostileSource({
        connector,
        materials,
        tested: material,
        instance: task.instance.settings,
        world,
      })
      if (!('source' in made)) {
        for (const check of checks)
          tell({ ...nameOf(check, material.stream.name), verdict: 'NOT APPLICABLE', what: made, hint: null, ms: 0 })
        continue
      }
      const { source, secrets } = made
      try {
        const subject = new Subject(world, material, source, secrets)
        for (const check of checks) {
          task.signal?.throwIfAborted()
          tell(await judge(check, subject))
        }
      } finally {
        await source.close()
      }
    }
  } finally {
    await world.remove()
  }
  const replaced = connector.streams.flatMap(({ name, read }) => (read.kit?.kind === 'sql' ? [name] : []))
  return { connector: connector.name, outcomes, replaced, ms: Math.round(performance.now() - started) }
}

function recordingsOf(task: SuiteTask, connector: Connector<unknown>): Map<string, Recording> {
  const found = new Map<string, Recording>()
  for (const { name } of connector.streams)
    for (const folder of task.recordings) {
      const recording = found.has(name) ? null : readRecording(join(folder, `${name}.json`))
      if (recording) found.set(name, recording)
    }
  const missing = connector.streams.find(
    ({ name }) => !found.has(name) && (task.stream === null || task.stream === name),
  )
  if (missing)
    throw new PipelineError('RECORDING_MISSING', {
      connector: connector.name,
      stream: missing.name,
      file: join(task.recordings[0] ?? '', `${missing.name}.json`),
    })
  return found
}

function plainStream({ config }: SuiteTask, connector: string, stream: AnyStream): AnyStream {
  const { root } = sourceSchema(readSchema(config.homes, 'sources', stream.schema), stream.schema, connector)
  return narrowed(stream, root)
}

const startOf = (task: SuiteTask, stream: string, now: number) => ({
  connector: task.connector,
  stream,
  source: 'suite',
  agency: task.instance.agency,
  zone: task.config.zone,
  now,
  schemaHomes: task.config.homes,
  hmacKey: '00'.repeat(32),
})

const nameOf = ({ hazard, name }: Check, stream: string) => ({ stream, hazard, check: name })

async function judge(check: Check, subject: Subject): Promise<Outcome> {
  const started = performance.now()
  const of = nameOf(check, subject.stream.name)
  const done = (rest: Pick<Outcome, 'verdict' | 'what' | 'hint'>): Outcome => ({
    ...of,
    ...rest,
    ms: Math.round(performance.now() - started),
  })
  const reason = check.leaves(subject)
  if (reason) return done({ verdict: 'NOT APPLICABLE', what: reason, hint: null })
  subject.reset()
  try {
    return done({ verdict: 'PASS', what: await check.run(subject), hint: null })
  } catch (error) {
    if (error instanceof Found) return done({ verdict: 'FAIL', what: error.said, hint: error.hint })
    const said = error instanceof Error ? error.message : String(error)
    return done({
      verdict: 'FAIL',
      what: [`phép thử dừng: ${said}`, `the check broke off: ${said}`],
      hint: [
        'xem ngăn xếp với NODE_DEBUG',
        error instanceof Error ? (error.stack ?? '').split('\n').slice(1, 3).join(' ') : '',
      ],
    })
  }
}

/** Beside the connector, and in the home. */
export function recordingFolders(home: string, connector: string): string[] {
  const beside = join(dirname(connector), 'recordings')
  const own = join(home, 'connectors', basename(dirname(connector)), 'recordings')
  return [...new Set([own, beside])].filter((folder, i, all) => existsSync(folder) || i === all.length - 1)
}
