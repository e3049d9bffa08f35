/**
 * Two codes of one source that differ in nothing but case: systems exist that mean two dossiers by them, others write one dossier twice.
 * Both are kept and counted, and a note says so, so that none is doubled silently.
 */
import { selectByKeys } from '../warehouse/bulk.ts'
import type { Trx } from '../warehouse/open.ts'
import type { NoteRow } from './protocol.ts'

/** `codes`: those of one batch that the warehouse did not have, each once. Held codes are looked for in all capitals and all small letters. */
export async function nearDoubles(trx: Trx, source: string, codes: readonly string[]): Promise<NoteRow[]> {
  const folded = new Map<string, string>()
  const notes: NoteRow[] = []
  const note = (key: string, other: string) =>
    notes.push({ key, kind: 'differs-in-case-only', detail: `${other} stands beside it` })
  const wanted = new Map<string, string>()
  for (const code of codes) {
    const [small, capital] = [code.toLowerCase(), code.toUpperCase()]
    const other = folded.get(small)
    if (other !== undefined) note(code, other)
    folded.set(small, code)
    for (const variant of [small, capital]) if (variant !== code) wanted.set(variant, code)
  }
  for (const code of codes) wanted.delete(code)
  const held = await selectByKeys<{ code: string }>(
    trx,
    'dossier',
    ['source', 'code'],
    [...wanted.keys()].map((variant) => [source, variant]),
  )
  for (const { code } of held) note(wanted.get(code) ?? code, code)
  return notes
}
