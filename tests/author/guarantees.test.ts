import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { GUARANTEES, type Guarantee, guaranteesOf, inShort } from '../../src/author/guarantees.ts'
import { type Completeness, type Kit, type Page, type Stream, withKit } from '../../src/connect/connector.ts'
import { loadConnector } from '../../src/connect/load.ts'

/** a new one each time: a builder leaves its mark on it */
const never = () =>
  async function* (): AsyncGenerator<Page, Completeness> {
    yield* []
    return { enumerated: 'incomplete', why: 'never run' }
  }
const base: Omit<Stream<unknown>, 'read'> = {
  name: 'dossier',
  entity: 'dossier',
  schema: 'x/dossier.schema.json',
  key: ['MaHoSo'],
  order: 'arrival',
  sees: 'everything',
  deletes: 'never',
  map: {},
}
const stream = (change: Partial<Stream<unknown>>, kind?: Kit['kind'], declaration: object = {}): Stream<unknown> => ({
  ...base,
  ...change,
  read: kind === undefined ? never() : withKit(kind, declaration, never()),
})
const of = (one: Stream<unknown>) => guaranteesOf({ name: 'x' }, one)
const one = (given: readonly Guarantee[], name: Guarantee['name']) => given.find((each) => each.name === name)

const PAGES = { kind: 'page-number', maxPages: 5_000, total: 'total', seams: 'probe' }
const CURSOR = { from: 'field', field: 'u', zone: 'Asia/Ho_Chi_Minh', granularity: 'second', lookback: 'PT2H' } as const

describe('in one line', () => {
  it.each<[string, Stream<unknown>, string]>([
    [
      'the whole list in one answer',
      stream({ deletes: 'by-full-read' }, 'rest', { paging: { kind: 'none' } }),
      'late rows by the next run; sees deletions on every run; duplicates impossible; begins again when cut off',
    ],
    [
      'pages by number prove no deletion, whatever is declared',
      stream({ deletes: 'by-full-read' }, 'rest', { paging: PAGES }),
      'late rows by the next run; deletions not seen; duplicates impossible; resumes at the page',
    ],
    [
      'tokens need two reads',
      stream({ deletes: 'by-full-read' }, 'rest', { paging: { kind: 'token', maxPages: 10 } }),
      'late rows by the next run; sees deletions after two runs; duplicates impossible; resumes at the page',
    ],
    [
      'rows to skip prove none either',
      stream({ deletes: 'by-full-read' }, 'rest', { paging: { ...PAGES, kind: 'offset', seams: 'trust' } }),
      'late rows by the next run; deletions not seen; duplicates impossible; begins again when cut off',
    ],
    [
      'a list for each parent',
      stream({ deletes: 'by-full-read' }, 'rest', { paging: { kind: 'none' }, parents: {} }),
      'late rows by the next run; sees deletions after two runs; duplicates impossible; resumes at the page',
    ],
    [
      'changes only: deletions by a full read, which no job does',
      stream({ sees: 'changes', cursor: CURSOR, deletes: 'by-full-read' }, 'sql', {}),
      'late rows up to 2 h; sees deletions only by ioc sync x --full; duplicates impossible; resumes at the row',
    ],
    [
      'marked as deleted',
      stream({ sees: 'changes', cursor: CURSOR, deletes: 'tombstones' }, 'sql', { deleted: { column: 'Gone' } }),
      'late rows up to 2 h; sees deletions on every run; duplicates impossible; resumes at the row',
    ],
    [
      'no lookback',
      stream({ sees: 'changes', cursor: { ...CURSOR, lookback: 'PT0S' } }, 'sql', {}),
      'late rows not seen; deletions not seen; duplicates impossible; resumes at the row',
    ],
    [
      'windows of days',
      stream({ sees: 'new-only', deletes: 'by-full-read' }, 'soap', { windows: { lookback: 1 }, byKey: {} }),
      'late rows up to 1 day; deletions not seen; duplicates impossible; resumes at the window',
    ],
    [
      'files',
      stream({ sees: 'changes' }, 'files', {}),
      'late files taken when they come; deletions not seen; duplicates impossible; resumes within the file',
    ],
    [
      'a tap',
      stream({ sees: 'changes', cursor: { from: 'server-clock', lookback: 'P1DT6H' } }, 'singer', {}),
      'late rows up to 1 day 6 h; deletions not seen; duplicates impossible; resumes at the last STATE',
    ],
    [
      'a generator written by hand',
      stream({ sees: 'changes', deletes: 'by-full-read' }),
      'late rows unknown; deletions up to the connector; duplicates impossible; resumes where the connector says',
    ],
  ])('%s', (_, given, says) => {
    expect(inShort(of(given), 'en')).toBe(says)
  })
})

it('says the same in Vietnamese', () => {
  const given = of(stream({ sees: 'changes', cursor: CURSOR, deletes: 'tombstones' }, 'sql', {}))
  expect(inShort(given, 'vi')).toBe(
    'bản ghi muộn đến 2 giờ; thấy bản ghi bị xóa ở mỗi lần chạy; không thể trùng; đọc tiếp sau bản ghi cuối',
  )
  for (const { vi, en } of given) expect(vi).not.toBe(en)
})

it('claims nothing of what a hand-written generator decides', () => {
  const given = of(stream({ sees: 'new-only', deletes: 'by-full-read' }))
  expect(given.filter(({ state }) => state === 'unknown').map(({ name }) => name)).toEqual([
    'sees',
    'late',
    'deletions',
    'resume',
    'complete',
  ])
})

it('says what a page cap and a total mean, and that without a total nothing is counted', () => {
  const with5000 = one(of(stream({}, 'rest', { paging: PAGES })), 'complete')
  expect(with5000).toMatchObject({ state: 'sure' })
  expect(with5000?.en).toBe(
    'A read that is cut off, with fewer rows than the source counts, needs more than 5,000 pages, repeats its pages or stalls is never a success.',
  )
  const blind = one(of(stream({}, 'rest', { paging: { kind: 'token', maxPages: 9 } })), 'complete')
  expect(blind).toMatchObject({ state: 'limited', en: expect.stringContaining('states no total') })
})

it.each(['catalogue', 'communes', 'judicial', 'land', 'one-stop'])('knows all of %s', async (name) => {
  const connector = await loadConnector(join(import.meta.dirname, '../../connectors', name, 'connector.ts'))
  for (const each of connector.streams) {
    const given = guaranteesOf(connector, each)
    expect(given.map((one) => one.name)).toEqual([...GUARANTEES])
    expect(given.filter(({ state }) => state === 'unknown')).toEqual([])
  }
})
