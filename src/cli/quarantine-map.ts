/** `ioc quarantine map`: what a source calls an agency that nobody knows, and in one step all records that waited for it. */
import { type ExitCode, PipelineError } from '../errors.ts'
import { warehouseTime } from '../indicators/tick.ts'
import {
  agenciesNamed,
  findClashes,
  isReplaceable,
  type Mapping,
  nearestAgencies,
  refOf,
  saveMapping,
  waitingUnder,
} from '../sync/map-agency.ts'
import { listIdsWaitingFor, listUnknownAgencies, type WaitingAgency } from '../warehouse/aliases.ts'
import type { Warehouse } from '../warehouse/open.ts'
import { listOpen } from '../warehouse/quarantines.ts'
import type { AgencyTable, AliasTable } from '../warehouse/tables.ts'
import { type Cli, text, type Values, withWarehouse } from './context.ts'
import { number, safe, table } from './format.ts'
import { by } from './look.ts'
import { sourceNamed, unknown } from './problems.ts'
import { replayAll } from './quarantine-mend.ts'

export const USAGE = 'ioc quarantine map "NAME" --to CODE'

export const mapAgency = (cli: Cli, words: readonly string[], values: Values, limit: number): Promise<ExitCode> => {
  const [name, extra] = words
  const source = text(values.source)
  const to = text(values.to)
  if (extra !== undefined)
    throw new PipelineError('USAGE', { what: cli.words('map-one-name', { typed: extra }), mend: USAGE })
  if (to !== undefined && name === undefined)
    throw new PipelineError('USAGE', { what: cli.words('map-needs-name'), mend: 'ioc quarantine map' })
  for (const flag of ['from', 'until'] as const) checkDate(cli, flag, text(values[flag]))
  return withWarehouse<ExitCode>(
    cli,
    async (warehouse) => {
      const { waiting, agencies } = await warehouse.read(async (db) => ({
        waiting: await listUnknownAgencies(db, source),
        agencies: await db.selectFrom('agency').selectAll().where('known_to', 'is', null).execute(),
      }))
      const chosen = name === undefined ? waiting : waitingUnder(name, waiting)
      if (name !== undefined && chosen.length === 0 && (to === undefined || source === undefined))
        throw unknown('name', name, [...new Set(waiting.map(({ written }) => written))].slice(0, 20))
      if (to === undefined) return list(cli, chosen, agencies, limit)
      const ref = chosen[0]?.ref ?? refOf(name ?? '')
      const other = chosen.find((one) => one.ref !== ref)
      if (other)
        throw new PipelineError('USAGE', {
          what: cli.words('map-several', { name: safe(name ?? '') }),
          mend: `ioc quarantine map "${other.ref}" --to ${to}`,
        })
      const sources = chosen.length > 0 ? [...new Set(chosen.map((one) => one.source))].sort() : [source ?? '']
      const mapping = {
        sources,
        ref,
        ...targetOf(cli, to, agencies, values),
        written: chosen[0]?.written ?? name ?? ref,
        replace: values.replace === true,
      }
      for (const id of sources) sourceNamed(cli, id)
      const replaced = await clashesOf(cli, warehouse, mapping)
      return values['dry-run'] === true ? tell(cli, mapping, chosen, replaced) : map(cli, warehouse, mapping, replaced)
    },
    { must: true },
  )
}

function checkDate(cli: Cli, flag: string, date: string | undefined): void {
  if (date === undefined) return
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(date) && !Number.isNaN(Date.parse(date))
  if (!isDate || new Date(date).toISOString().slice(0, 10) !== date)
    throw new PipelineError('USAGE', {
      what: cli.words('map-date', { flag, date: safe(date) }),
      mend: `--${flag} 2025-07-01`,
    })
}

type Target = Pick<Mapping, 'agency' | 'validFrom' | 'validTo'> & { key: string; name: string }
type Planned = Target & { sources: readonly string[]; ref: string; written: string; replace: boolean }

/** The agency and the days; a code that two agencies have had does not say which is meant. Throws UNKNOWN_NAME, USAGE. */
function targetOf(cli: Cli, to: string, agencies: readonly AgencyTable[], values: Values): Target {
  const found = agenciesNamed(to, agencies)
  if (found.length === 0) throw unknown('agency', to, nearWords(to, agencies))
  const [from, until] = [text(values.from), text(values.until)]
  const isOn = (one: AgencyTable) =>
    (from === undefined || (one.valid_to ?? '9999') > from) && (until === undefined || one.valid_from < until)
  const among = found.filter(isOn)
  const [one] = among
  if (!one || among.length > 1)
    throw new PipelineError('USAGE', {
      what: cli.words(one ? 'map-which' : 'map-not-valid', { to: safe(to), those: found.map(versionText).join(' · ') }),
      mend: `--to ${(one ?? found[0])?.key}`,
    })
  const [validFrom, validTo] = [from ?? one.valid_from, until ?? one.valid_to]
  if (validTo !== null && validTo <= validFrom)
    throw new PipelineError('USAGE', {
      what: cli.words('map-no-days', { from: validFrom, until: validTo }),
      mend: USAGE,
    })
  return { agency: one.code, validFrom, validTo, key: one.key, name: one.name }
}
const versionText = ({ key, name, valid_to }: AgencyTable) =>
  `${key} ${name}${valid_to === null ? '' : ` (< ${valid_to})`}`

/** Codes and names near to what was typed, for the error. */
function nearWords(to: string, agencies: readonly AgencyTable[]): string[] {
  const named = nearestAgencies(refOf(to), agencies).map(({ agency }) => `${agency.key} ${agency.name}`)
  return named.length > 0 ? named : agencies.map(({ code }) => code)
}

/** What the mapping replaces. Throws USAGE where that was not asked for, or is the source's own word. */
async function clashesOf(cli: Cli, warehouse: Warehouse, planned: Planned): Promise<AliasTable[]> {
  const clashes = await warehouse.read((db) => findClashes(db, planned))
  const clash = clashes.find((one) => !planned.replace || !isReplaceable(one))
  if (!clash) return clashes
  throw new PipelineError('USAGE', {
    what: cli.words('map-clash', {
      ...{ name: safe(planned.written), source: clash.scope },
      ...{ agency: clash.agency, from: clash.valid_from },
    }),
    mend: cli.words(isReplaceable(clash) ? 'map-clash-mend' : 'map-clash-source'),
  })
}

async function map(
  cli: Cli,
  warehouse: Warehouse,
  planned: Planned,
  replaced: readonly AliasTable[],
): Promise<ExitCode> {
  const { sources, ref, agency, validFrom, validTo, replace } = planned
  const rows = await warehouse.read(async (db) => {
    const ids = await Promise.all(sources.map((source) => listIdsWaitingFor(db, source, ref)))
    return listOpen(db, ids.flat())
  })
  const asOf = await warehouse.read((db) => warehouseTime(db, Date.now()))
  const { run, open } = await replayAll(cli, warehouse, rows, {
    verb: 'quarantine map',
    first: (run) =>
      warehouse.write((trx) =>
        saveMapping(trx, { sources, ref, agency, validFrom, validTo, replace, by: by(), at: asOf, run }),
      ),
  })
  const landed = rows.length - open.length
  cli.document({ ...plainTarget(planned, replaced), run, dryRun: false, waited: rows.length, landed })
  said(cli, planned)
  cli.print(cli.words('map-landed', { n: number(landed, cli.language), waited: number(rows.length, cli.language) }))
  for (const source of new Set(replaced.map(({ scope }) => scope))) cli.print(cli.words('map-replaced', { source }))
  if (open.length > 0) cli.print(cli.words('still-aside', { ids: open.slice(0, 10).join(' ') }))
  return 0
}

function tell(
  cli: Cli,
  planned: Planned,
  waiting: readonly WaitingAgency[],
  replaced: readonly AliasTable[],
): ExitCode {
  const waited = waiting.reduce((sum, { n }) => sum + n, 0)
  cli.document({ ...plainTarget(planned, replaced), run: null, dryRun: true, waited, landed: 0 })
  said(cli, planned)
  cli.print(cli.words('map-would', { waited: number(waited, cli.language) }))
  return 0
}

const plainTarget = (
  { sources, ref, key, name, validFrom, validTo, written }: Planned,
  replaced: readonly AliasTable[],
) => ({
  ref,
  written,
  sources,
  agency: { key, name },
  validFrom,
  validTo,
  replaced: replaced.map((one) => ({
    ...{ source: one.scope, agency: one.agency, validFrom: one.valid_from, validTo: one.valid_to },
  })),
})

function said(cli: Cli, { sources, key, name, validFrom, validTo, written }: Planned): void {
  const until = validTo === null ? '' : cli.words('map-until', { until: validTo })
  const means = { written: safe(written), key, name: safe(name), sources: sources.join(', '), from: validFrom, until }
  cli.print(cli.words('map-means', means))
}

function list(cli: Cli, waiting: readonly WaitingAgency[], agencies: readonly AgencyTable[], limit: number): ExitCode {
  const names = [...Map.groupBy(waiting, ({ ref }) => ref)].slice(0, limit).map(([ref, rows]) => ({
    ref,
    written: rows[0]?.written ?? ref,
    waiting: rows.reduce((sum, { n }) => sum + n, 0),
    sources: [...new Set(rows.map(({ source }) => source))].sort(),
    nearest: nearestAgencies(ref, agencies).map(({ agency, likeness }) => ({
      key: agency.key,
      name: agency.name,
      validFrom: agency.valid_from,
      validTo: agency.valid_to,
      likeness: Math.round(likeness * 100) / 100,
    })),
  }))
  cli.document({ unknown: names })
  if (names.length === 0) cli.print(cli.words('map-nothing'))
  for (const { written, waiting, sources, nearest } of names) {
    cli.print(`${number(waiting, cli.language)} × ${safe(written)}  (${sources.join(', ')})`)
    const lines = nearest.map(({ key, name, validTo }) => [key, safe(name), validTo === null ? '' : `< ${validTo}`])
    for (const line of table(lines, { indent: '    ', width: cli.width })) cli.print(line)
    if (nearest.length === 0) cli.print(`    ${cli.words('map-none-near')}`)
  }
  if (names.length > 0) cli.print(`→ ${USAGE}`)
  return 0
}
