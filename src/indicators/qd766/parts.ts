/** Numerators and denominators that QĐ 766 does not simply count (DOMAIN §1.3): 1.1, 1.2, 1.4, 5.4. Dates are YYYY-MM-DD. */
import type { Calendar } from '../deadlines.ts'
import type { Component } from './rules.ts'
import type { Parts } from './score.ts'

/** 1.1: the decision comes so many working days before the newest legal basis takes effect (`workingDays.province` is negative). */
export const announcedOnTime = (
  decidedOn: string,
  effectiveOn: string,
  component: Component,
  calendar: Calendar,
): boolean => decidedOn <= calendar.addWorkingDays(effectiveOn, component.workingDays?.province ?? 0)

/** 1.2: published so many working days after the decision at the latest. */
export const publishedOnTime = (
  publishedOn: string,
  decidedOn: string,
  component: Component,
  calendar: Calendar,
): boolean => publishedOn <= calendar.addWorkingDays(decidedOn, component.workingDays?.province ?? 0)

/** A procedure in several decisions counts once, and one late instance in the period makes it late. */
export function procedureParts(instances: Iterable<{ procedure: string; onTime: boolean }>): Parts {
  const onTime = new Map<string, boolean>()
  for (const one of instances) onTime.set(one.procedure, (onTime.get(one.procedure) ?? true) && one.onTime)
  return { numerator: [...onTime.values()].filter(Boolean).length, denominator: onTime.size }
}

export interface SyncCounts {
  /** received in the period on the national reporting system */
  reported: number
  /** received in the period on the national portal */
  onPortal: number
  /** last year's annual count, for where both are 0; null: none */
  lastYear: number | null
}

/** 1.4: the greater count; last year's share of the period where there is none (1, 3, 6 or 12 months); 0 where nothing is known. */
export function syncDenominator({ reported, onPortal, lastYear }: SyncCounts, months: number): number {
  const counted = Math.max(reported, onPortal)
  return counted > 0 ? counted : ((lastYear ?? 0) * months) / 12
}

/** 5.4: 100 % − (overdue + complained of or disliked), on the common denominator; below zero where both exceed the whole. */
export const receivingSatisfaction = (overdue: Parts, disliked: Parts): Parts => ({
  numerator:
    overdue.denominator * disliked.denominator -
    overdue.numerator * disliked.denominator -
    disliked.numerator * overdue.denominator,
  denominator: overdue.denominator * disliked.denominator,
})
