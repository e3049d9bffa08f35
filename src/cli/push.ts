/** `ioc push`: deliver what is pending. */
import { resolveTargets } from '../config.ts'
import type { ExitCode } from '../errors.ts'
import { pushExit } from '../schedule/pipeline.ts'
import { type Pushed, push } from '../schedule/push.ts'
import { type Cli, text, type Verb, withWarehouse } from './context.ts'
import { number, progress } from './format.ts'
import { linesOf, plainError, unknown } from './problems.ts'

export const pushVerb: Verb = (cli, _, values) => {
  const targets = resolveTargets(cli.config, cli.env)
  const wanted = text(values.target)
  const chosen = wanted === undefined ? targets : targets.filter((target) => target.name === wanted)
  if (wanted !== undefined && chosen.length === 0)
    throw unknown(
      'target',
      wanted,
      targets.map((target) => target.name),
    )
  return withWarehouse<ExitCode>(
    cli,
    async (warehouse) => {
      const bar = progress(cli.quiet)
      const pushed = await push(warehouse, chosen, {
        now: Date.now,
        signal: cli.signal,
        onProgress: (sent) => bar.show(cli.words('push-delivered', { n: number(sent.delivered, cli.language) })),
      }).finally(() => bar.clear())
      cli.document({ pushed: pushed.map((one) => plainPush(cli, one)), exitCode: pushExit(pushed) })
      if (chosen.length === 0) cli.print(cli.words('no-target'))
      printPushed(cli, pushed)
      for (const { error } of pushed) if (error) cli.warn(linesOf(cli, error))
      return pushExit(pushed)
    },
    { must: true },
  )
}

export const plainPush = (cli: Cli, { error, ...sent }: Pushed) => ({
  ...sent,
  error: error ? plainError(cli, error) : null,
})

/** `To ioc: 101,804 delivered`; what is zero is not said. */
export function printPushed(cli: Cli, pushed: readonly Pushed[]): void {
  for (const one of pushed) {
    const counts = (['delivered', 'duplicate', 'superseded', 'refused', 'pending'] as const)
      .filter((name) => one[name] > 0)
      .map((name) => cli.words(`push-${name}`, { n: number(one[name], cli.language) }))
    // Both `serve` and a job's own push send everything that is pending, whoever put it there.
    if (one.error?.code === 'ALREADY_RUNNING')
      counts.push(cli.words('push-elsewhere', { holder: one.error.params.holder ?? '' }))
    cli.print(
      `  ${cli.words('pushed', { target: one.target, counts: counts.join(', ') || cli.words('push-nothing') })}`,
    )
  }
}
