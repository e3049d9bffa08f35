/** What a stream's declaration says of how it is read. Nothing is guessed: what a generator written by hand does is null. */
import type { Kit, Stream } from '../connect/connector.ts'

/** How the end of a read is reached; `window`: only what was received in some days. */
type Enumeration = 'number' | 'token' | 'keyset' | 'snapshot' | 'window'
export interface Facts {
  kind: Kit['kind'] | null
  by: Enumeration | null
  /** an ordinary run reads everything, not only what is new */
  everyRun: boolean | null
  resume: 'start' | 'page' | 'token' | 'row' | 'file' | 'window' | 'state' | null
  /** pages after which a read is incomplete */
  maxPages: number | null
  /** rows are compared with the number that the source states */
  counted: boolean
  /** days before the last run that are asked for again */
  lookbackDays: number | null
  /** how what has not ended is asked for again; null where it is not, or only the generator knows */
  unfinished: 'id' | 'window' | null
  /** a server of the same dialect may offer no snapshot: two reads in a row then prove what one does else */
  mayBeUnfrozen: boolean
  /** column that marks a deleted row */
  mark: string | null
}

type Fields = Readonly<Record<string, unknown>>
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const fields = (value: unknown): Fields => (isFields(value) ? value : {})

export function factsOf<Config>(stream: Stream<Config>): Facts {
  const { kit } = stream.read
  if (!kit) return UNKNOWN
  const declared = fields(kit.declaration)
  const windows = isFields(declared.windows) ? declared.windows : null
  const lookback = windows?.lookback
  const facts: Facts = {
    ...UNKNOWN,
    kind: kit.kind,
    lookbackDays: typeof lookback === 'number' ? lookback : null,
    unfinished: unfinishedOf(declared),
  }
  if (kit.kind === 'singer') return { ...facts, by: 'token', everyRun: stream.sees === 'everything', resume: 'state' }
  if (kit.kind === 'files') return { ...facts, by: 'snapshot', everyRun: false, resume: 'file' }
  if (kit.kind === 'sql') {
    const mark = fields(declared.deleted).column
    const everyRun = stream.cursor === undefined
    const known = typeof mark === 'string' ? mark : null
    return { ...facts, by: 'keyset', everyRun, resume: 'row', mark: known, mayBeUnfrozen: true }
  }
  if (windows) return { ...facts, by: 'window', everyRun: false, resume: 'window' }
  const paging = fields(declared.paging)
  // list after list: what is read of one may be in the next by then
  if (isFields(declared.parents)) return { ...facts, by: 'token', everyRun: !isFields(declared.since), resume: 'page' }
  const { by, resume } = PAGINGS[String(paging.kind)] ?? { by: 'snapshot', resume: 'start' }
  return {
    ...facts,
    by,
    everyRun: !isFields(declared.since),
    resume: paging.seams === 'trust' ? 'start' : resume,
    maxPages: typeof paging.maxPages === 'number' ? paging.maxPages : null,
    counted: paging.total !== undefined,
  }
}

function unfinishedOf({ byKey, unfinished }: Fields): Facts['unfinished'] {
  if (isFields(byKey)) return 'id'
  const { by } = fields(unfinished)
  return by === 'id' || by === 'window' ? by : null
}

const PAGINGS: Readonly<Record<string, Pick<Facts, 'by' | 'resume'>>> = {
  'page-number': { by: 'number', resume: 'page' },
  offset: { by: 'number', resume: 'page' },
  token: { by: 'token', resume: 'token' },
  link: { by: 'token', resume: 'token' },
  keyset: { by: 'keyset', resume: 'row' },
}
const UNKNOWN: Facts = {
  kind: null,
  by: null,
  everyRun: null,
  resume: null,
  maxPages: null,
  counted: false,
  lookbackDays: null,
  unfinished: null,
  mayBeUnfrozen: false,
  mark: null,
}
