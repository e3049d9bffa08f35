/** One record of an answer or file that is several of the stream: a unit with all its figures, a document with all its units. */
import { isObject } from './body.ts'
import type { Read } from './connector.ts'

type Item = Readonly<Record<string, unknown>>

/**
 * The same pages, each record taken apart by `explode`; one that is no object is handed on, for the schema to refuse. Totals that the source
 * states are of its own records and are not compared. The read counts as written by hand: only its author knows what a source must answer.
 */
export const exploded = <Config>(read: Read<Config>, explode: (record: Item) => readonly Item[]): Read<Config> =>
  async function* explodedRead(context) {
    const pages = read(context)
    try {
      for (;;) {
        const next = await pages.next()
        if (!next.done) {
          const records = next.value.records.flatMap((record): readonly unknown[] =>
            isObject(record) ? explode(record) : [record],
          )
          yield { ...next.value, records }
          continue
        }
        if (next.value.enumerated === 'incomplete') return next.value
        const { total: _, ...complete } = next.value
        return complete
      }
    } finally {
      await pages.return({ enumerated: 'incomplete', why: 'left' })
    }
  }
