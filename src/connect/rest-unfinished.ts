/** What has not ended, asked for by its id: a source that shows only what is new never says what became of it. */
import pLimit from 'p-limit'
import { keyText, splitDamaged } from './body.ts'
import type { Key, Page, ReadContext, Resume } from './connector.ts'
import type { AskFor } from './rest-ask.ts'
import type { Unfinished } from './rest-declaration.ts'

const KEYS_PER_PAGE = 100

/** `before`: epoch ms; what was received later has been read already. `resume`: of the pages before, which are not read again. */
export async function* readUnfinished<Config>(
  { request, records, together }: Extract<Unfinished<Config>, { by: 'id' }>,
  { config, stream, unfinished }: ReadContext<Config>,
  { askFor, listAt, before, resume }: { askFor: AskFor; listAt: string; before: number; resume: Resume },
): AsyncGenerator<Page, void> {
  const limit = pLimit(together)
  const page = async (keys: readonly Key[]): Promise<Page> => {
    const answers = await limit.map(keys, (key) =>
      askFor(request(config, key), records ?? listAt, stream.key)({}, { gone: true }),
    )
    const gone = keys.filter(
      (key, i) => !answers[i]?.records.some((record) => keyText(record, stream.key) === key.join('|')),
    ).length
    const found = answers.map((answer) =>
      answer.damaged ? splitDamaged(answer.records, stream.key, 'by id') : { records: answer.records, undecodable: [] },
    )
    return {
      records: found.flatMap((one) => one.records),
      undecodable: found.flatMap((one) => one.undecodable),
      resume,
      ...(gone > 0 ? { remarks: [`${gone} dossiers that had not ended are not found at the source any more`] } : {}),
    }
  }
  let keys: Key[] = []
  for await (const dossier of unfinished()) {
    if (dossier.received >= before) continue
    keys.push(dossier.key)
    if (keys.length < KEYS_PER_PAGE) continue
    yield await page(keys)
    keys = []
  }
  if (keys.length > 0) yield await page(keys)
}
