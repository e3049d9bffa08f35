/** `ioc connector accept-drift`: the proposals that runs have kept become the schema. */
import { basename, dirname } from 'node:path'
import {
  type Accepted,
  type LeftWhy,
  lineDiff,
  type Plan,
  planDrift,
  readSchemaFile,
  writeSchema,
} from '../author/accept-drift.ts'
import type { SourceConfig } from '../config.ts'
import { loadConnector } from '../connect/load.ts'
import { type ExitCode, PipelineError } from '../errors.ts'
import { closeDrift, listDrift, type StoredDrift } from '../warehouse/drift.ts'
import type { Warehouse } from '../warehouse/open.ts'
import { type Cli, text, type Values, type Verb, withWarehouse } from './context.ts'
import { driftText, fieldText, plainDrift } from './drift-text.ts'
import { by } from './look.ts'
import { unknown } from './problems.ts'
import type { CONNECTOR_WORDS } from './words-connector.ts'

export const acceptDrift: Verb = (cli, [name, ...more], values) => {
  if (name === undefined || more.length > 0)
    throw new PipelineError('USAGE', {
      what: cli.words('accept-needs'),
      mend: 'ioc connector accept-drift SOURCE [--stream S] [--field F]',
    })
  const asked = sourcesNamed(cli, name)
  return withWarehouse<ExitCode>(cli, (warehouse) => accept(cli, warehouse, asked, values), { must: true })
}

const connectorOf = ({ connector }: SourceConfig) => basename(dirname(connector))

/** A source, or all sources of a connector. */
function sourcesNamed({ config }: Cli, name: string): SourceConfig[] {
  const one = config.sources.filter(({ id }) => id === name)
  const found = one.length > 0 ? one : config.sources.filter((source) => connectorOf(source) === name)
  if (found.length === 0)
    throw unknown('source', name, [...new Set(config.sources.flatMap((source) => [source.id, connectorOf(source)]))])
  return found
}

async function accept(
  cli: Cli,
  warehouse: Warehouse,
  asked: readonly SourceConfig[],
  values: Values,
): Promise<ExitCode> {
  const [first] = asked
  if (!first) return 0
  const connector = await loadConnector(first.connector)
  const siblings = cli.config.sources.filter((source) => source.connector === first.connector)
  const open = (
    await Promise.all(siblings.map(({ id }) => warehouse.read((db) => listDrift(db, { source: id, open: true }))))
  ).flat()
  const ids = new Set(asked.map(({ id }) => id))
  const chosen = chooseFrom(
    open.filter((drift) => ids.has(drift.source)),
    connector.streams.map((stream) => stream.name),
    values,
  )
  const files = connector.streams.flatMap(({ name, schema }) => {
    const drifts = chosen.filter((drift) => drift.stream === name)
    if (drifts.length === 0) return []
    const file = readSchemaFile(cli.config.homes, schema)
    const plan = planDrift(file.schema, drifts)
    const text = file.write(plan.schema)
    return [{ path: file.path, plan, text, diff: lineDiff(file.write(file.schema), text) }]
  })
  const isDry = values['dry-run'] === true
  if (!isDry) {
    for (const { path, plan, text } of files) if (plan.accepted.some(({ writes }) => writes)) writeSchema(path, text)
    const accepted = files.flatMap(({ plan }) => plan.accepted)
    const closed = [...accepted.map(({ drift }) => drift.id), ...alsoSaid(open, accepted)]
    await warehouse.write((trx) => closeDrift(trx, closed, by(), Date.now()))
  }
  cli.document({
    dryRun: isDry,
    files: files.map(({ path, plan, diff }) => ({
      path,
      diff,
      accepted: plan.accepted.map(({ drift, personal, writes }) => ({ ...plainDrift(drift), personal, writes })),
      left: plan.left.map(({ drift, why }) => ({ ...plainDrift(drift), why })),
    })),
  })
  if (files.length === 0) cli.print(cli.words('drift-none'))
  for (const file of files) print(cli, file, isDry)
  return 0
}

/** The same of other sources of this connector: they share its schemas. */
function alsoSaid(open: readonly StoredDrift[], accepted: readonly Accepted[]): number[] {
  const isSame = (a: StoredDrift, b: StoredDrift) => a.stream === b.stream && a.field === b.field && a.kind === b.kind
  return open.flatMap((drift) =>
    accepted.some(
      (one) => one.writes && isSame(one.drift, drift) && drift.found.every((f) => one.drift.found.includes(f)),
    )
      ? [drift.id]
      : [],
  )
}

/** Throws UNKNOWN_NAME with the nearest word. */
function chooseFrom(open: readonly StoredDrift[], streams: readonly string[], values: Values): StoredDrift[] {
  const stream = text(values.stream)
  if (stream !== undefined && !streams.includes(stream)) throw unknown('stream', stream, streams)
  const among = open.filter((drift) => stream === undefined || drift.stream === stream)
  const fields = [values.field ?? []].flat().map(String)
  if (fields.length === 0) return among
  const known = [...new Set(among.map((drift) => fieldText(drift.field)))]
  const wanted = fields.map((field) => field.replace(/^\//, ''))
  const wrong = wanted.find((field) => !known.includes(field))
  if (wrong !== undefined) throw unknown('field', wrong, known)
  return among.filter((drift) => wanted.includes(fieldText(drift.field)))
}

const WHY = {
  'not-told': 'drift-left-not-told',
  'other-shape': 'drift-left-other-shape',
  'no-enumeration': 'drift-left-no-enumeration',
  'no-such-field': 'drift-left-no-such-field',
} as const satisfies Record<LeftWhy, keyof typeof CONNECTOR_WORDS>

function print(
  cli: Cli,
  { path, plan, diff }: { path: string; plan: Plan; diff: readonly string[] },
  isDry: boolean,
): void {
  for (const { drift, personal } of plan.accepted) {
    cli.print(driftText(cli, { ...drift, personal: null }))
    if (personal !== null) cli.print(`  → ${cli.words('drift-as-personal', { kind: personal })}`)
  }
  for (const { drift, why } of plan.left) {
    cli.print(driftText(cli, drift))
    cli.print(`  → ${cli.words(WHY[why])}`)
  }
  if (plan.accepted.some(({ writes }) => writes)) {
    cli.print(cli.words(isDry ? 'drift-would-write' : 'drift-has-written', { path }))
    for (const line of diff) cli.print(`  ${line}`)
  } else if (plan.accepted.length > 0) cli.print(cli.words('drift-nothing-to-write'))
}
