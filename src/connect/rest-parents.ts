/** One list per parent, in the order of the parents' ids, so that an id is enough to say how far we are. */
import { PipelineError } from '../errors.ts'
import { isObject } from './body.ts'
import type { Completeness, Page, Resume } from './connector.ts'
import { valueAt } from './paths.ts'
import { eachPage } from './rest-cursor.ts'
import type { Parents } from './rest-declaration.ts'
import { weaker } from './rest-windows.ts'

/** Ids are kept in memory while their lists are read. */
const MOST_PARENTS = 100_000

export interface ParentsRead {
  source: string
  resume: Resume | null
  /** tells this read from one of other changes or another window */
  name: string | null
  incremental: boolean
  /** the list of parents, paged */
  list: () => AsyncGenerator<Page, Completeness>
  /** the records of one parent */
  children: (parent: string, resume: Resume | null) => AsyncGenerator<Page, Completeness>
}

/**
 * Several lists are several moments of the source: a record that changes its parent meanwhile may be missed, so one read alone proves no
 * deletion; where one of the lists is paged by number, none does.
 */
export async function* readByParent<Config>(
  parents: Parents<Config>,
  read: ParentsRead,
): AsyncGenerator<Page, Completeness> {
  const { ids, end: list } = await idsOf(parents, read)
  if (list.enumerated === 'incomplete') return { enumerated: 'incomplete', why: `the list of parents: ${list.why}` }
  const at = read.resume?.name === read.name ? read.resume : null
  const reached = typeof at?.parent === 'string' ? at.parent : null
  // a resumed read keeps its time: what has changed since then is the next read's
  const upTo = typeof at?.upTo === 'string' ? at.upTo : list.upTo
  let by = weaker('token', list.by)
  for (const parent of ids) {
    if (reached !== null && parent < reached) continue
    const inner = parent === reached && typeof at?.inner === 'object' ? (at.inner as Resume | null) : null
    const end = yield* eachPage(read.children(parent, inner), (page) => ({
      ...page,
      records:
        parents.as === undefined
          ? page.records
          : page.records.map((record) => carrying(record, parents.as ?? '', parent)),
      resume: { name: read.name, upTo, parent, inner: page.resume },
    }))
    if (end.enumerated === 'incomplete') return { ...end, why: `one of the lists below "${parents.id}": ${end.why}` }
    by = weaker(by, end.by)
  }
  return { enumerated: read.incremental ? 'changes' : 'everything', by, upTo }
}

const carrying = (record: unknown, field: string, parent: string): unknown =>
  isObject(record) ? { ...record, [field]: parent } : record

async function idsOf<Config>(
  { id }: Parents<Config>,
  { source, list }: ParentsRead,
): Promise<{ ids: string[]; end: Completeness }> {
  const ids = new Set<string>()
  const pages = list()
  for (;;) {
    const next = await pages.next()
    if (next.done) {
      return { ids: [...ids].sort(), end: next.value }
    }
    for (const record of next.value.records) {
      const value = valueAt(record, id)
      if ((typeof value !== 'string' || value === '') && typeof value !== 'number') {
        const problem = `a parent has no "${id}"`
        throw new PipelineError('SOURCE_UNREADABLE', {
          source,
          expected: 'a list of parents',
          problem,
          place: 'the list of parents',
        })
      }
      ids.add(String(value))
    }
    if (ids.size > MOST_PARENTS) {
      return { ids: [], end: { enumerated: 'incomplete', why: `there are more than ${MOST_PARENTS}` } }
    }
  }
}
