/** What an answer may look like: formats, paths, and what is no answer at all. */
import { afterEach, describe, expect, test } from 'vitest'
import { type AnswerFormat, type RestDeclaration, rest } from '../../src/connect/index.ts'
import { contextOf, drain, quickHttp, STREAM } from '../support/loopback.ts'
import { type Config, closeServers, declared, server } from './rest-server.ts'

afterEach(closeServers)

const answering = (body: string | Buffer, type = 'text/plain') =>
  server((_, response) => {
    response.setHeader('content-type', type).end(body)
  })
const readWith = async (body: string | Buffer, change: Partial<RestDeclaration<Config>>, type?: string) => {
  const { url } = await answering(body, type)
  const read = rest(declared({ paging: { kind: 'none' }, records: '', guard: () => undefined, ...change }))
  return drain(read, contextOf({ url }))
}
const XML: AnswerFormat = { format: 'xml' }
const CSV: AnswerFormat = { format: 'csv', delimiter: ';' }
const NDJSON: AnswerFormat = { format: 'ndjson' }

describe('NDJSON', () => {
  test('one record a line; exact numbers; a bad line is set aside, the others come', async () => {
    const text = '{"id":15793596808644609}\r\n\n{"id":"b"\n{"id":"c"}\n'
    const { records, undecodable } = await readWith(text, { answer: NDJSON })
    expect(records).toEqual([{ id: '15793596808644609' }, { id: 'c' }])
    expect(undecodable).toMatchObject([{ rule: 'syntax', place: expect.stringContaining('line 3') }])
  })
  test('nothing is an empty list', async () => {
    expect(await readWith('', { answer: NDJSON })).toMatchObject({ records: [], completeness: { total: 0 } })
  })
  test.each([
    ['cut off', '{"id":"a"}\n{"id":"Nguyễn'],
    ['a web page', '<html>Đăng nhập</html>'],
  ])('%s is unreadable', async (_, text) => {
    const reading = readWith(text, { answer: NDJSON })
    await expect(reading).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE', params: { expected: 'NDJSON' } })
    await expect(reading).rejects.not.toThrow(/Nguyễn/)
  })
})

describe('XML', () => {
  const list = (inner: string) =>
    `<?xml version="1.0"?><kq:KetQua xmlns:kq="urn:x"><DanhSach>${inner}</DanhSach></kq:KetQua>`
  const records = 'KetQua.DanhSach.HoSo'

  test('values stay text, entities of XML are read, namespaces left out', async () => {
    const text = list(
      '<HoSo><id>0006</id><n>0E68</n><t>A &amp; B &#7841;<![CDATA[<x>]]></t></HoSo><HoSo><id>2</id></HoSo>',
    )
    expect((await readWith(text, { answer: XML, records })).records).toEqual([
      { id: '0006', n: '0E68', t: 'A & B ạ<x>' },
      { id: '2' },
    ])
  })
  test('one record is a list of one; lists inside it where declared; attributes where asked for', async () => {
    const text = list('<HoSo ma="7"><id>1</id><Tep>a</Tep></HoSo>')
    expect((await readWith(text, { answer: { ...XML, lists: ['Tep'], attributes: true }, records })).records).toEqual([
      { '@ma': '7', id: '1', Tep: ['a'] },
    ])
    expect((await readWith(text, { answer: XML, records })).records).toEqual([{ id: '1', Tep: 'a' }])
  })
  test.each([list(''), list(' '), '<KetQua><DanhSach/></KetQua>', '<KetQua><DanhSach tong="0"></DanhSach></KetQua>'])(
    'an empty list is empty: %#',
    async (text) => {
      expect(await readWith(text, { answer: XML, records })).toMatchObject({ completeness: { total: 0 } })
    },
  )
  test.each([
    ['another document', '<KetQua><ThongBao>Hết phiên</ThongBao></KetQua>'],
    ['a message in place of the rows', list('<Loi>Hệ thống bận</Loi>')],
    ['text in place of the rows', list('bận')],
    ['half a document', '<KetQua><DanhSach><HoSo>'],
    ['a document type', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><KetQua>&x;</KetQua>'],
    ['a web page', '<!doctype html><html></html>'],
    ['nothing', ''],
  ])('%s is unreadable', async (_, text) => {
    await expect(readWith(text, { answer: XML, records })).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      params: { source: 'made-up' },
    })
  })
})

describe('CSV', () => {
  test('BOM, quotes, newlines in cells; values stay text; a short row is set aside', async () => {
    const text = '\uFEFFid;tên\r\n0006;"a;""b""\r\nc"\r\nx\r\n7;d\r\n'
    const { records, undecodable } = await readWith(text, { answer: CSV })
    expect(records).toEqual([
      { id: '0006', tên: 'a;"b"\r\nc' },
      { id: '7', tên: 'd' },
    ])
    expect(undecodable).toMatchObject([{ rule: 'column-count', place: expect.stringContaining('record 2') }])
  })
  test.each([
    ['without the key', 'ma;tên\n1;a\n'],
    ['with two columns of one name', 'id;id\n1;2\n'],
    ['with a quote that never closes', 'id;tên\n1;"a\n2;b\n'],
    ['that is an error in JSON', '{"success":false,"message":"Nguyễn Văn Mẫu"}'],
  ])('%s is unreadable', async (_, text) => {
    const reading = readWith(text, { answer: CSV })
    await expect(reading).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
    await expect(reading).rejects.not.toThrow(/Nguyễn/)
  })
  test('a header alone is an empty list', async () => {
    expect(await readWith('id;tên\n', { answer: CSV })).toMatchObject({ completeness: { total: 0 } })
  })
})

describe('where the records are', () => {
  const body = JSON.stringify({
    groups: [{ items: [{ id: 'a', ok: true }] }, { items: [{ id: 'b', ok: false }] }],
    one: { id: 'c' },
    'a.b': [{ id: 'd' }],
    none: [],
  })
  test.each([
    ['$.groups[*].items[*]', ['a', 'b']],
    ['$.groups[*].items', ['a', 'b']],
    ['$.groups[*].items[?@.ok == true]', ['a']],
    ['$..items[?@.id == "z"]', []],
    ["$['a.b']", ['d']],
    ['$.one', ['c']],
    ['$.none[*]', []],
    ['$.none', []],
    ['one', ['c']],
  ])('%s', async (records, ids) => {
    expect((await readWith(body, { records })).records.map(({ id }) => id)).toEqual(ids)
  })
  test.each(['$.items[*]', '$.error', 'groups.items', '$.groups[*].rows'])(
    '%s is not there: unreadable',
    async (records) => {
      await expect(readWith(body, { records })).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
    },
  )
  test('a path that is none stops the read at once', async () => {
    await expect(readWith(body, { records: '$.a[' })).rejects.toThrow(/\$\.a\[/)
  })
})

test('the guard sees the answer in its form, before anything is believed', async () => {
  const guard = (given: unknown) => ((given as { KetQua?: { Ma?: string } }).KetQua?.Ma === '0' ? undefined : 'mã lỗi')
  const xml = (code: string) => `<KetQua><Ma>${code}</Ma><HoSo><id>1</id></HoSo></KetQua>`
  expect((await readWith(xml('0'), { answer: XML, guard, records: 'KetQua.HoSo' })).records).toHaveLength(1)
  await expect(readWith(xml('9'), { answer: XML, guard, records: 'KetQua.HoSo' })).rejects.toMatchObject({
    code: 'SOURCE_ANSWERED_ERROR',
  })
})

test('an answer that is too large in any form is refused before it is parsed', async () => {
  const { url } = await answering('id;tên\n'.padEnd(5_000, 'x'))
  const { http } = quickHttp({ limits: { maxBytes: 1_000 } })
  const read = rest(declared({ paging: { kind: 'none' }, records: '', answer: CSV, guard: () => undefined }))
  await expect(drain(read, contextOf({ url }, { http, stream: STREAM }))).rejects.toMatchObject({
    code: 'SOURCE_TOO_LARGE',
  })
})

describe('a JSONPath', () => {
  test('that is none is named as a fault of the connector', async () => {
    await expect(readWith('{"a":[]}', { records: '$.a[*' }, 'application/json')).rejects.toMatchObject({
      code: 'CONNECTOR_INVALID',
      params: { problem: expect.stringContaining('"$.a[*" is no JSONPath') },
    })
  })
  test('that an answer is nested too deep for is unreadable', async () => {
    const deep = `${'{"a":'.repeat(200)}{"id":"x"}${'}'.repeat(200)}`
    await expect(readWith(deep, { records: '$..id' }, 'application/json')).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
    })
  })
})
