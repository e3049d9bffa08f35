/** What a job file says, applied: its sources, and until when their figures count as fresh. */
import type { Config, JobConfig, SourceConfig } from '../config.ts'
import { nearest, PipelineError } from '../errors.ts'
import { nextSlot } from './slots.ts'

/** Throws UNKNOWN_NAME with what there is. */
export function getJob(config: Config, id: string): JobConfig {
  const job = config.jobs.find((known) => known.id === id)
  if (job) return job
  const known = config.jobs.map((one) => one.id)
  const near = nearest(id, known)
  throw new PipelineError('UNKNOWN_NAME', { kind: 'job', name: id, known: near ?? (known.join(', ') || '-') })
}

export const jobSources = (job: JobConfig, config: Config): readonly SourceConfig[] =>
  job.sources.includes('*') ? config.sources : config.sources.filter((source) => job.sources.includes(source.id))

/** 26 h: a source outside every job is expected once a day, with some air. */
const UNSCHEDULED_MS = 26 * 3_600_000

/** Epoch ms, real time: the next scheduled run of `source` plus its grace; 26 h from `now` where no job has it. */
export function freshUntil(config: Config, source: SourceConfig, now: number): number {
  const next = config.jobs
    .filter((job) => jobSources(job, config).some((one) => one.id === source.id))
    .flatMap((job) => nextSlot(job, config.zone, now)?.at ?? [])
  if (next.length === 0) return now + UNSCHEDULED_MS
  const at = Temporal.Instant.fromEpochMilliseconds(Math.min(...next)).toZonedDateTimeISO(config.zone)
  return at.add(Temporal.Duration.from(source.grace)).epochMilliseconds
}
