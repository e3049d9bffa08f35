/**
 * Faults that the sandbox shows on request, as `target:fault[=value][@probability][xcount]`, comma separated:
 * `one-stop:500@0.3x5,ioc:lost`. Deterministic: the draws of a rule follow from the seed and its place in the list.
 */
import { PipelineError } from '../errors.ts'

export const TARGETS = ['one-stop', 'catalogue', 'communes', 'soap', 'land', 'ioc'] as const
export type Target = (typeof TARGETS)[number]
export const FAULTS = ['down', 'slow', '500', '503', 'truncated', 'login', 'lost', 'moving', 'empty'] as const
export type Fault = (typeof FAULTS)[number]

/** What each target can show. Files and the database have no answers to spoil: down renames them away. */
const SHOWS: Record<Target, readonly Fault[]> = {
  'one-stop': FAULTS,
  catalogue: ['down', 'slow', '500', '503', 'truncated', 'login', 'lost', 'empty'],
  communes: ['down', 'truncated', 'empty'],
  soap: ['down', 'slow', '500', '503', 'truncated', 'login', 'lost', 'empty'],
  land: ['down'],
  ioc: ['down', 'slow', '500', '503', 'truncated', 'login', 'lost'],
}
/** Faults of the connection or the server, which meet log-ins as well; the others spoil only answers with data. */
const ANYWHERE: readonly Fault[] = ['down', 'slow', '500', '503']

interface Rule {
  target: Target | '*'
  fault: Fault
  value: number | null
  probability: number
  left: number
  draw: () => number
}

export interface Faults {
  spec: string
  rules: readonly Rule[]
}

/** Checks and compiles a list; an empty text clears all. */
export function parseFaults(spec: string, seed: number): Faults {
  const parts = spec
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  return { spec: parts.join(','), rules: parts.map((part, i) => parseRule(part, seed * 1_000 + i)) }
}

function parseRule(text: string, seed: number): Rule {
  const found = /^([a-z*-]+):([a-z0-9]+?)(?:=(\d+))?(?:@(\d*\.?\d+))?(?:x(\d+))?$/.exec(text)
  if (!found) throw wrong(text, 'is not target:fault[=value][@probability][xcount]')
  const [, target, fault, value, probability, count] = found
  if (target !== '*' && !isOneOf(TARGETS, target)) throw wrong(text, `names no target; known: ${TARGETS.join(', ')}, *`)
  if (!isOneOf(FAULTS, fault)) throw wrong(text, `names no fault; known: ${FAULTS.join(', ')}`)
  if (target !== '*' && !SHOWS[target].includes(fault)) {
    throw wrong(text, `cannot be shown; ${target} knows ${SHOWS[target].join(', ')}`)
  }
  if ((target === 'communes' || target === 'land') && (probability !== undefined || count !== undefined)) {
    throw wrong(text, 'has a probability or a count, which files do not have')
  }
  const share = probability === undefined ? 1 : Number(probability)
  if (share > 1) throw wrong(text, 'has a probability above 1')
  if (fault === 'slow' && value === undefined) throw wrong(text, 'needs milliseconds, as in slow=500')
  return {
    target,
    fault,
    value: value === undefined ? null : Number(value),
    probability: share,
    left: count === undefined ? Number.POSITIVE_INFINITY : Number(count),
    draw: draws(seed),
  }
}

/** The faults that meet this one request, with their values; uses up counts. */
export function strike(faults: Faults, target: Target, kind: 'login' | 'data'): Map<Fault, number | null> {
  const met = new Map<Fault, number | null>()
  for (const rule of faults.rules) {
    if (!concerns(rule, target) || rule.left <= 0) continue
    if (kind === 'login' && !ANYWHERE.includes(rule.fault)) continue
    if (rule.probability < 1 && rule.draw() >= rule.probability) continue
    rule.left -= 1
    met.set(rule.fault, rule.value)
  }
  return met
}

/** The faults that stand on files or the database. */
export function standing(faults: Faults, target: 'communes' | 'land'): ReadonlySet<Fault> {
  return new Set(faults.rules.filter((rule) => concerns(rule, target)).map((rule) => rule.fault))
}

const concerns = (rule: Rule, target: Target): boolean =>
  (rule.target === target || rule.target === '*') && SHOWS[target].includes(rule.fault)

const isOneOf = <T extends string>(list: readonly T[], text: string | undefined): text is T =>
  (list as readonly (string | undefined)[]).includes(text)

function wrong(part: string, problem: string): PipelineError {
  return new PipelineError('FAULT_UNKNOWN', { part, problem, targets: TARGETS.join(', '), faults: FAULTS.join(', ') })
}

/** mulberry32: small, and good enough to decide which request fails. */
function draws(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
