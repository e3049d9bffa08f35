/** The electorate of this deployment: authority from sources.json, retirements and the codes of agencies from the warehouse. */
import type { Config } from '../config.ts'
import { localDays } from '../indicators/local-day.ts'
import type { Reader, Warehouse } from '../warehouse/open.ts'
import type { Authority, Electorate } from './election.ts'

/** Who counts where several systems hold a dossier. */
export async function electorateOf(warehouse: Warehouse, config: Config): Promise<Electorate> {
  const { retired, agencies } = await warehouse.read(async (db) => ({
    retired: await retiredSources(db),
    agencies: await db.selectFrom('agency').select(['code', 'identifier']).where('known_to', 'is', null).execute(),
  }))
  const codes = Map.groupBy(agencies, (agency) => agency.identifier ?? '')
  // sources.json may name an agency by its identifier; rows carry codes, and one identifier may have had several.
  const byCode = (line: Authority): Authority[] => {
    const named = line.agency === undefined ? [] : (codes.get(line.agency) ?? [])
    return [line, ...[...new Set(named.map(({ code }) => code))].map((agency) => ({ ...line, agency }))]
  }
  return {
    authorities: new Map(config.sources.map((source) => [source.id, source.authority.flatMap(byCode)])),
    retired,
    dayOf: localDays(config.zone).dayOf,
  }
}

/** Asked in every write: a source may be retired while another is being landed. */
export async function retiredSources(db: Reader): Promise<Set<string>> {
  const rows = await db.selectFrom('source_status').select('source').where('retired_at', 'is not', null).execute()
  return new Set(rows.map((row) => row.source))
}
