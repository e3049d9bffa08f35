/** What a run has to say, in a sentence that names what to do. */
import { explainError, type Language } from '../errors.ts'
import type { RunRow } from '../warehouse/runs.ts'
import type { RunState } from '../warehouse/tables.ts'

const STATES: Record<RunState, Record<Language, string>> = {
  running: { vi: 'Đang chạy', en: 'Running' },
  succeeded: { vi: 'Hoàn thành', en: 'Done' },
  partial: { vi: 'Hoàn thành, có bản ghi cần rà soát', en: 'Done, with records set aside' },
  incomplete: { vi: 'Chưa đọc hết', en: 'Incomplete' },
  held: { vi: 'Bị giữ lại', en: 'Held' },
  failed: { vi: 'Thất bại', en: 'Failed' },
}
const COUNTED: readonly [name: string, words: Record<Language, string>][] = [
  ['read', { vi: 'đọc', en: 'read' }],
  ['new', { vi: 'mới', en: 'new' }],
  ['changed', { vi: 'thay đổi', en: 'changed' }],
  ['unchanged', { vi: 'không đổi', en: 'unchanged' }],
  ['stale', { vi: 'cũ hơn bản đã có', en: 'older than held' }],
  ['late', { vi: 'đến muộn', en: 'late' }],
  ['quarantined', { vi: 'cần rà soát', en: 'set aside' }],
  ['waiting', { vi: 'chờ', en: 'waiting' }],
  ['delivered', { vi: 'đã gửi', en: 'delivered' }],
  ['refused', { vi: 'bị từ chối', en: 'refused' }],
]

export const stateWord = (state: RunState, language: Language): string => STATES[state][language]

/** `Hoàn thành: đọc 1.203, mới 12.` or `Failed: one-stop cannot be reached: … → Check the network …` */
export function runSentence(run: Pick<RunRow, 'state' | 'why' | 'counts'>, language: Language): string {
  const state = stateWord(run.state, language)
  if (run.why) {
    const { what, mend } = explainError(run.why.code, run.why.params, language)
    return `${state}: ${what} → ${mend}`
  }
  const number = new Intl.NumberFormat(language === 'vi' ? 'vi-VN' : 'en-US')
  const counted = COUNTED.flatMap(([name, words]) => {
    const n = run.counts[name]
    return typeof n === 'number' && n > 0 ? [`${words[language]} ${number.format(n)}`] : []
  })
  return counted.length > 0 ? `${state}: ${counted.join(', ')}.` : `${state}.`
}
