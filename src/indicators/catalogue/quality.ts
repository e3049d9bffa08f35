/**
 * Data quality by source (đúng, đủ, sạch, sống): how far a source's records can be relied on in a period. Of sources, not of agencies, so
 * they stand beside the other figures (src/indicators/quality.ts) and are never mixed with them.
 */
import type { ErrorCode } from '../../errors.ts'
import type { Text } from './indicator.ts'

export interface QualityIndicator {
  id: 'valid' | 'complete' | 'unique' | 'fresh'
  names: Text
  /** what counts above and below the line */
  rule: Text
}

export const quality: readonly QualityIndicator[] = [
  {
    id: 'valid',
    names: { vi: 'Đúng', en: 'Valid' },
    rule: {
      vi: 'bản ghi đọc được mà không bị đưa vào diện cần rà soát, trên số đã đọc',
      en: 'records read that were not set aside, of those read',
    },
  },
  {
    id: 'complete',
    names: { vi: 'Đủ', en: 'Complete' },
    rule: {
      vi: 'lần đọc đến hết, khớp tổng số do nguồn nêu, trên số lần đọc',
      en: 'reads that came to their end, and to the total that the source states, of all reads',
    },
  },
  {
    id: 'unique',
    names: { vi: 'Sạch', en: 'Unique' },
    rule: {
      vi: 'bản ghi không lặp lại trong cùng một lần đọc, trên số đã đọc',
      en: 'records that did not come twice in one read, of those read',
    },
  },
  {
    id: 'fresh',
    names: { vi: 'Sống', en: 'Fresh' },
    rule: {
      vi: 'ngày có ít nhất một lần đọc đủ, trên số ngày của kỳ kể từ lần đọc đầu tiên',
      en: 'days with at least one complete read, of the days of the period since the first read',
    },
  },
]

/** Why a read was not complete, in the order in which people are called. */
export const CAUSES = ['source', 'network', 'ours', 'rule-change', 'undecided'] as const
export type Cause = (typeof CAUSES)[number]

const NETWORK: readonly ErrorCode[] = ['SOURCE_UNREACHABLE', 'SOURCE_PROXY', 'SOURCE_UNTRUSTED', 'SOURCE_STALLED']
const SOURCE: readonly ErrorCode[] = [
  'SOURCE_UNAUTHORIZED',
  'SOURCE_ANSWERED_ERROR',
  'SOURCE_UNREADABLE',
  'SOURCE_TOO_LARGE',
  'SOURCE_MISSING',
  'SOURCE_INCOMPLETE',
  'PAGINATION_LOOP',
]

/** `guard`: of a held run, what held it; a changed form of the records is a change of rules, all else a person decides. */
export function causeOf(code: string | null, guard: string | null): Cause {
  if (code === 'SOURCE_HELD') return guard === 'drift' ? 'rule-change' : 'undecided'
  if ((NETWORK as readonly string[]).includes(code ?? '')) return 'network'
  return (SOURCE as readonly string[]).includes(code ?? '') ? 'source' : 'ours'
}
