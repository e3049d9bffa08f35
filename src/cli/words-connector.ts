/** What `ioc connector …` says, in both languages; see words.ts. */
type Pair = readonly [vi: string, en: string]

export const CONNECTOR_WORDS = {
  'connector-part': ['ioc connector cần một việc', 'ioc connector needs a part'],
} as const satisfies Record<string, Pair>
