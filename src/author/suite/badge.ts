/** The badge in a connector's README: what the last run of the suite said, in one line that `ioc connector test --badge` writes. */
import type { Outcome } from './types.ts'

const MARK = '<!-- ioc connector test --badge -->'

export interface Badge {
  /** `yyyy-MM-dd` */
  date: string
  version: string
  outcomes: readonly Outcome[]
}

/** e.g. `dossier 15 passed, 5 not applicable` */
export function countsOf(outcomes: readonly Outcome[]): string {
  const streams = [...new Set(outcomes.map(({ stream }) => stream))]
  return streams
    .map((stream) => {
      const of = (verdict: Outcome['verdict']) =>
        outcomes.filter((one) => one.stream === stream && one.verdict === verdict).length
      const failed = of('FAIL') > 0 ? `, ${of('FAIL')} FAILED` : ''
      return `${stream} ${of('PASS')} passed${failed}, ${of('NOT APPLICABLE')} not applicable`
    })
    .join('; ')
}

const lineOf = ({ date, version, outcomes }: Badge): string =>
  `**Hostile suite** (\`ioc connector test\`), ${date}, version ${version}: ${countsOf(outcomes)}.`

/** The page with the badge in it: in the place of the old one, else below the title. */
export function withBadge(page: string, badge: Badge): string {
  const lines = page.split('\n')
  const at = lines.indexOf(MARK)
  if (at >= 0) return lines.with(at + 1, lineOf(badge)).join('\n')
  return lines.toSpliced(1, 0, '', MARK, lineOf(badge)).join('\n')
}

/** Version and counts of a page's badge, without its date; null where it has none. */
export function badgeOf(page: string): string | null {
  const lines = page.split('\n')
  const at = lines.indexOf(MARK)
  return at < 0 ? null : (/version .*$/.exec(lines[at + 1] ?? '')?.[0] ?? null)
}
export const saidBy = (badge: Badge): string | null => /version .*$/.exec(lineOf(badge))?.[0] ?? null
