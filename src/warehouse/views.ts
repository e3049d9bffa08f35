/**
 * Read-only reporting views with plain column names and local dates, for people with BI tools. They are part of what we promise:
 * columns are added, never renamed. Local dates use the zone's offset at the time the view is made; zones with daylight saving
 * are therefore not supported in the views on SQLite (it knows no zones).
 */
import { sql } from 'kysely'
import type { Trx } from './open.ts'

/** 'Asia/Ho_Chi_Minh' → minutes east of UTC now. */
function offsetMinutes(zone: string): number {
  return Temporal.Now.zonedDateTimeISO(zone).offsetNanoseconds / 60e9
}

function definitions(trx: Trx, zone: string): Record<string, string> {
  const seconds = offsetMinutes(zone) * 60
  const day = (column: string) =>
    trx.dialect === 'postgres'
      ? `to_char(to_timestamp(${column} / 1000.0 + ${seconds}) AT TIME ZONE 'UTC', 'YYYY-MM-DD')`
      : `date(${column} / 1000 + ${seconds}, 'unixepoch')`
  const time = (column: string) =>
    trx.dialect === 'postgres'
      ? `to_char(to_timestamp(${column} / 1000.0 + ${seconds}) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')`
      : `datetime(${column} / 1000 + ${seconds}, 'unixepoch')`
  // Open at the newest tick, not at that of the revision. Text compares as the days and months that it names.
  const tickDay = day('(SELECT max(at) FROM tick)')
  const month = 'cast(substr(t.day, 6, 2) AS integer)'
  const open = `CASE WHEN v.period LIKE '____-YTD-__' THEN substr(t.day, 1, 7) <= substr(v.period, 1, 5) || substr(v.period, 10, 2)
      WHEN v.period LIKE '____-Q_' THEN substr(t.day, 1, 4) || '-Q' || cast((${month} + 2) / 3 AS text) <= v.period
      ELSE substr(t.day, 1, length(v.period)) <= v.period END`
  const sample = `(SELECT value FROM meta WHERE key = 'data') AS data_kind`
  return {
    report_dossiers: `SELECT d.source, d.code AS dossier_code, d.national_code, d.procedure AS procedure_code, p.name AS procedure_name, p.level AS service_level, d.resolving AS agency_key, a.name AS agency_name, a.kind AS agency_kind, d.channel, d.status, ${day('d.submitted_at')} AS submitted_date, ${day('d.received_at')} AS received_date, ${day('d.due_printed_at')} AS due_date, ${day('d.finished_at')} AS finished_date, ${day('d.returned_at')} AS returned_date, ${day('d.ended_at')} AS ended_date, d.ended_basis, d.fee, d.paid_online, d.digitised, ${sample}
      FROM dossier d LEFT JOIN agency a ON a.key = d.resolving AND a.known_to IS NULL LEFT JOIN procedure p ON p.code = d.procedure AND p.known_to IS NULL AND p.valid_to IS NULL WHERE d.counted = 1 AND d.deleted = 0`,
    report_indicators: `SELECT v.indicator, v.agency AS agency_key, a.name AS agency_name, a.kind AS agency_kind, v.period, v.value, v.value_state, v.numerator, v.denominator, v.unit, ${time('v.as_of')} AS as_of, v.revision, cast(CASE WHEN ${open} THEN 1 ELSE 0 END AS bigint) AS provisional, ${sample} FROM indicator_value v CROSS JOIN (SELECT ${tickDay} AS day) t LEFT JOIN agency a ON a.key = v.agency AND a.known_to IS NULL WHERE v.current = 1`,
    report_procedures: `SELECT p.code AS procedure_code, p.name AS procedure_name, p.field_name, p.level AS service_level, p.online, p.integrated, p.valid_from, p.valid_to, p.source, ${sample} FROM procedure p WHERE p.known_to IS NULL`,
    report_agencies: `SELECT key AS agency_key, code AS agency_code, identifier, kind, name, parent AS parent_key, valid_from, valid_to, ${sample} FROM agency WHERE known_to IS NULL`,
    report_quarantine: `SELECT id, source, stream, key AS record_key, outcome, reasons, waiting_for, count AS times_seen, ${time('first_seen')} AS first_seen, ${time('last_seen')} AS last_seen, ${time('closed_at')} AS closed, closed_by, ${sample} FROM quarantine`,
    report_runs: `SELECT id AS run, parent, kind, verb, job, source, state, ${time('started_at')} AS started, ${time('ended_at')} AS ended, ${time('as_of')} AS as_of, counts, exit_code, ${sample} FROM run`,
  }
}

/** Makes the views anew; called by `migrate` inside its write. */
export async function createViews(trx: Trx, zone: string): Promise<void> {
  for (const [name, select] of Object.entries(definitions(trx, zone))) {
    // PostgreSQL: replaced, not dropped, so that rights given on a view and views built on it stay; new columns go to the end.
    if (trx.dialect === 'sqlite') await sql.raw(`DROP VIEW IF EXISTS ${name}`).execute(trx.db)
    await sql.raw(`CREATE ${trx.dialect === 'postgres' ? 'OR REPLACE ' : ''}VIEW ${name} AS ${select}`).execute(trx.db)
  }
}
