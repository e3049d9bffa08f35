/** `ioc reference import`: a new state of agencies, calendar or names, previewed before it is written. */

import { isAbsolute, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { type ExitCode, PipelineError } from '../errors.ts'
import { syncDeps } from '../schedule/pipeline.ts'
import { IMPORT_KINDS, type ImportKind } from '../sync/import-file.ts'
import type { Ended, Preview } from '../sync/import-preview.ts'
import { previewAsked, readAsked, saveImport, warehouseTime } from '../sync/import-reference.ts'
import { reassign } from '../sync/reassign.ts'
import type { Import } from '../sync/reference-state.ts'
import { type Cli, printBanner, text, type Verb, withWarehouse } from './context.ts'
import { number, safe } from './format.ts'
import { by } from './look.ts'
import { unknown } from './problems.ts'

const SHOWN = 20
const USE = 'ioc reference import FILE --from 2025-07-01 --basis "Số QĐ" [--dry-run | --yes]'

export const reference: Verb = async (cli, [what, file], values) => {
  if (what !== undefined && what !== 'import') throw unknown('action', what, ['import'])
  const from = text(values.from)
  const basis = text(values.basis)?.trim()
  if (what === undefined || file === undefined || from === undefined || !basis)
    throw new PipelineError('USAGE', { what: cli.words('import-needs'), mend: USE })
  if (!isDay(from)) throw new PipelineError('USAGE', { what: cli.words('import-day', { typed: from }), mend: USE })
  const kind = text(values.kind)
  if (kind !== undefined && !isKind(kind)) throw unknown('action', kind, IMPORT_KINDS)
  const path = isAbsolute(file) ? file : resolve(cli.env.INIT_CWD ?? process.cwd(), file)
  const asked = await readAsked({ path, from, basis, by: by(), ...(kind === undefined ? {} : { kind }) })
  return withWarehouse<ExitCode>(cli, async (warehouse) => {
    const preview = await previewAsked(warehouse, cli.config, asked)
    await printBanner(cli, warehouse)
    printPreview(cli, asked, preview)
    const head = { file: asked.file, kind: asked.kind, from, basis }
    if (values['dry-run'] === true) {
      cli.document({ ...head, written: false, landing: null, moved: 0, preview })
      return 0
    }
    if (values.yes !== true && !(await isAgreed(cli))) {
      cli.document({ ...head, written: false, landing: null, moved: 0, preview })
      return 0
    }
    const landing = await saveImport(warehouse, cli.config, asked)
    const deps = syncDeps({ warehouse, config: cli.config, env: cli.env }, cli.signal)
    const asOf = await warehouseTime(warehouse)
    const moved = await reassign(deps, asOf, cli.signal)
    await deps.settle([], asOf)
    cli.document({ ...head, written: true, landing, moved, preview })
    cli.print(cli.words('import-done', { landing, moved: number(moved, cli.language) }))
    return 0
  })
}

const isDay = (typed: string) => /^\d{4}-\d{2}-\d{2}$/.test(typed) && !Number.isNaN(Date.parse(typed))
const isKind = (typed: string): typed is ImportKind => IMPORT_KINDS.some((kind) => kind === typed)

/** Asked on a terminal; without one nothing is written unless it was said beforehand. Throws USAGE. */
async function isAgreed(cli: Cli): Promise<boolean> {
  if (cli.json || !process.stdin.isTTY || !process.stdout.isTTY)
    throw new PipelineError('USAGE', { what: cli.words('import-yes'), mend: USE })
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  try {
    const answer = await lines.question(cli.words('import-ask'), { signal: cli.signal })
    if (/^\s*[cy]/i.test(answer)) return true
    cli.print(cli.words('import-not'))
    return false
  } finally {
    lines.close()
  }
}

function printPreview(cli: Cli, asked: Import, preview: Preview): void {
  cli.print(cli.words('import-title', { file: asked.file, from: asked.from, basis: asked.basis }))
  const count = (n: number) => number(n, cli.language)
  const counts = ({ open, received, figures }: Pick<Ended, 'open' | 'received' | 'figures'>) =>
    cli.words('import-counts', { open: count(open), received: count(received), figures: count(figures) })
  const named = ({ key, name }: { key: string; name: string }) => `${safe(name)} (${key})`
  let blocks = 0
  const block = (title: (n: { n: string }) => string, lines: readonly string[]) => {
    if (lines.length === 0) return
    blocks++
    cli.print(`\n${title({ n: count(lines.length) })}`)
    for (const line of lines.slice(0, SHOWN)) cli.print(`  ${line}`)
    if (lines.length > SHOWN) cli.print(`  ${cli.words('import-more', { n: count(lines.length - SHOWN) })}`)
  }
  const sum = <Name extends string>(list: readonly { [Key in Name]: number }[], name: Name) =>
    count(list.reduce((total, one) => total + one[name], 0))
  const moved = (list: Preview['moves']) =>
    cli.words('import-moved', { dossiers: sum(list, 'dossiers'), inputs: sum(list, 'inputs') })
  const ended = (one: Ended) => `${named(one)} → ${one.successors.map(named).join(', ') || '-'}: ${counts(one)}`
  const { words } = cli
  block((n) => words('import-founded', n), preview.founded.map(named))
  block((n) => words('import-merged', n), preview.merged.map(ended))
  block(
    (n) => words('import-renamed', n),
    preview.renamed.map((one) => `${named(one.from)} → ${named(one.to)}: ${counts(one)}`),
  )
  block(
    (n) => words('import-reused', n),
    preview.reused.map(({ before, after }) => `${named(before)} ≠ ${named(after)}`),
  )
  block(
    (n) => words('import-undetermined', { ...n, dossiers: sum(preview.undetermined, 'dossiers') }),
    preview.undetermined.map(ended),
  )
  block((n) => words('import-corrected', n), preview.corrected.map(named))
  block(
    () => words('import-moves', { what: moved(preview.moves) }),
    preview.moves.map((one) => `${named(one.from)} → ${named(one.to)}: ${moved([one])}`),
  )
  block((n) => words('import-unresolved', n), preview.unresolved.map(safe))
  block(
    (n) => words('import-authorities', n),
    preview.authorities.map(({ source, agency }) => `${source}: ${agency}`),
  )
  block(
    (n) => words('import-days', n),
    preview.days.map(({ date, before, after }) => `${date}: ${before ?? '-'} → ${after}`),
  )
  block(
    (n) => words('import-aliases', n),
    preview.aliases.map(({ name, agency }) => `${safe(name)} → ${agency}`),
  )
  if (blocks === 0) cli.print(`\n${cli.words('import-nothing')}`)
  cli.print('')
}
