import { afterEach, describe, expect, test } from 'vitest'
import { type SoapDeclaration, soap } from '../../src/connect/index.ts'
import { envelope, rowsOf } from '../../src/connect/soap-xml.ts'
import { contextOf, drain, type Loopback, serve } from '../support/loopback.ts'

interface Config {
  url: string
}
const open: Loopback[] = []
const server = async (answer: Parameters<typeof serve>[0]) => {
  const one = await serve(answer)
  open.push(one)
  return one
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()))
})

const inEnvelope = (body: string) =>
  `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${body}</s:Body></s:Envelope>`
const listed = (operation: string, rows: readonly string[]) =>
  inEnvelope(
    `<${operation}Response xmlns="urn:mau"><KetQua><DanhSach>${rows.map((row) => `<HoSo>${row}</HoSo>`).join('')}</DanhSach></KetQua></${operation}Response>`,
  )
const result = (...rows: string[]) => listed('Tim', rows)
/** the answer to a question by key */
const found = (...rows: string[]) => listed('Lay', rows)
const fault = (message: string) =>
  inEnvelope(`<s:Fault><faultcode>s:Client</faultcode><faultstring>${message}</faultstring></s:Fault>`)

const declaration: SoapDeclaration<Config> = {
  url: ({ url }) => `${url}/service`,
  namespace: 'urn:mau',
  header: () => ({ TaiKhoan: 'ioc', MatKhau: 'p<&>"w' }),
  row: 'HoSo',
  list: 'DanhSach',
  key: ['MaHoSo'],
  unauthorized: ({ message }) => message.includes('mật khẩu'),
  windows: {
    operation: 'Tim',
    body: ({ from, last }) => ({ TuNgay: from.toString(), DenNgay: last.toString() }),
    days: 31,
    zone: 'Asia/Ho_Chi_Minh',
    start: () => '2024-09-15',
    lookback: 7,
  },
  byKey: { operation: 'Lay', body: ([key = '']) => ({ MaHoSo: key }), together: 2 },
}
const read = soap(declaration)
const windowsOf = ({ asked }: Loopback) =>
  asked.flatMap(({ body }) => {
    const found = /<TuNgay>(.*?)<\/TuNgay><DenNgay>(.*?)<\/DenNgay>/.exec(body)
    return found ? [`${found[1]} ${found[2]}`] : []
  })

describe('windows by date received', () => {
  test('follow each other without seam or overlap, at most 31 days, up to today in the zone of the service', async () => {
    const one = await server(() => result())
    // 2 December 2024, 00:30 in Hanoi: in UTC it is still the first
    const now = Date.UTC(2024, 11, 1, 17, 30)
    const { completeness } = await drain(read, contextOf({ url: one.url }, { now }))
    expect(windowsOf(one)).toEqual(['2024-09-15 2024-10-15', '2024-10-16 2024-11-15', '2024-11-16 2024-12-02'])
    expect(completeness).toEqual({ enumerated: 'window', by: 'snapshot', upTo: '2024-12-02' })
  })

  test('begin at the watermark less the lookback, or at the start on a full read', async () => {
    const one = await server(() => result())
    await drain(read, contextOf({ url: one.url }, { watermark: '2024-11-30' }))
    expect(windowsOf(one)).toEqual(['2024-11-23 2024-12-02'])
    one.asked.length = 0
    await drain(read, contextOf({ url: one.url }, { watermark: '2024-11-30', full: true }))
    expect(windowsOf(one)[0]).toBe('2024-09-15 2024-10-15')
  })

  test('go on after a crash with the window that was not finished, and keep the day of the first read', async () => {
    const one = await server(({ body }) => result(`<MaHoSo>${/<TuNgay>(.*?)</.exec(body)?.[1]}</MaHoSo>`))
    const { resume } = await drain(read, contextOf({ url: one.url }), 1)
    one.asked.length = 0
    const now = Date.UTC(2024, 11, 3)
    const { records, completeness } = await drain(read, contextOf({ url: one.url }, { resume, now }))
    expect(windowsOf(one)).toEqual(['2024-10-16 2024-11-15', '2024-11-16 2024-12-03'])
    expect(records).toHaveLength(2)
    expect(completeness).toMatchObject({ upTo: '2024-12-02' })
  })

  test('a large window comes in pages, and is read again if one of them was not landed', async () => {
    const rows = Array.from({ length: 1_200 }, (_, i) => `<MaHoSo>${i}</MaHoSo>`)
    const one = await server(({ body }) => (body.includes('<TuNgay>2024-11-25') ? result(...rows) : result()))
    const context = contextOf({ url: one.url }, { watermark: '2024-12-02' })
    const first = await drain(read, context, 1)
    expect(first.records).toHaveLength(1_000)
    const { records } = await drain(read, { ...context, resume: first.resume })
    expect(records).toHaveLength(1_200)
  })
})

describe('what has not ended', () => {
  const dossier = (code: string, day: string) => ({ key: [code], received: Date.parse(`${day}T02:00:00Z`) })

  test('and lies before the windows is asked for by its code; what is gone is said', async () => {
    const one = await server(({ body }) => {
      const code = /<Lay [^>]*><MaHoSo>(.*?)</.exec(body)?.[1]
      if (code === undefined) return result()
      return code === 'gone' ? found() : found(`<MaHoSo>${code}</MaHoSo><TrangThai>9</TrangThai>`)
    })
    async function* unfinished() {
      yield dossier('old', '2024-01-05')
      yield dossier('gone', '2024-01-06')
      yield dossier('seam', '2024-11-22')
      yield dossier('inside', '2024-11-23')
    }
    const { records, remarks } = await drain(read, contextOf({ url: one.url }, { watermark: '2024-11-30', unfinished }))
    expect(records.map(({ MaHoSo }) => MaHoSo)).toEqual(['old', 'seam'])
    expect(remarks).toEqual(['1 dossiers that had not ended are not found at the source any more'])
  })

  test('comes in pages of 100', async () => {
    const one = await server(({ body }) => {
      const code = /<Lay [^>]*><MaHoSo>(.*?)</.exec(body)?.[1]
      return code === undefined ? result() : found(`<MaHoSo>${code}</MaHoSo>`)
    })
    async function* unfinished() {
      for (let i = 0; i < 250; i++) yield dossier(`d${i}`, '2024-01-05')
    }
    const { pages } = await drain(read, contextOf({ url: one.url }, { watermark: '2024-12-02', unfinished }))
    expect(pages.map((page) => page.records.length)).toEqual([0, 100, 100, 50])
  })
})

describe('answers', () => {
  const rowsIn = (xml: string) => rowsOf(xml, { operation: 'Tim', row: 'HoSo', list: 'DanhSach' })

  test('values stay text, one row is a list of one, references are resolved', () => {
    expect(rowsIn(result('<code>0006</code><t>0E68</t><n>Nguy&#7877;n &amp; &#x1EA1;</n><e/><x>1e5</x>'))).toEqual({
      rows: [{ code: '0006', t: '0E68', n: 'Nguyễn & ạ', e: '', x: '1e5' }],
    })
    expect(rowsIn(inEnvelope('<TimResponse><DanhSach/></TimResponse>'))).toEqual({ rows: [] })
  })

  test('no rows are believed only in the form of the service', () => {
    const empty = (body: string, list: string | null = 'DanhSach') =>
      rowsOf(inEnvelope(body), { operation: 'Tim', row: 'HoSo', list })
    expect(empty('<TimResponse><KetQua><TongSo>0</TongSo><DanhSach> </DanhSach></KetQua></TimResponse>')).toEqual({
      rows: [],
    })
    expect(empty('<TimResponse><KetQua/></TimResponse>')).toEqual({ problem: 'it has neither HoSo nor DanhSach' })
    expect(empty('<TimResponse><DanhSach><hoSo/></DanhSach></TimResponse>')).toEqual({
      problem: 'its DanhSach holds something else than HoSo',
    })
    expect(empty('<TimResponse/>', null)).toEqual({ rows: [] })
    expect(empty('<TimResponse><KetQua/></TimResponse>', null)).toEqual({ rows: [] })
    expect(empty('<TimResponse><KetQua>&lt;HoSo/&gt;</KetQua></TimResponse>', null)).toEqual({
      problem: 'it has no HoSo, but text',
    })
  })

  test.each([
    ['a message in place of the answer', inEnvelope('<ThongBao>Phiên làm việc đã hết hạn</ThongBao>')],
    [
      'a message inside the answer',
      inEnvelope('<TimResponse><KetQua>Phiên làm việc đã hết hạn</KetQua></TimResponse>'),
    ],
    ['an answer written as text', result('<a>1</a>').replace(/<DanhSach>.*<\/DanhSach>/, '&lt;HoSo&gt;&lt;/HoSo&gt;')],
    ['an empty body', inEnvelope('')],
    ['the answer of another operation', found('<a>1</a>')],
    ['a document type', `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>${result('<a>&x;</a>')}`],
    ['entities that grow', `<!DOCTYPE a [<!ENTITY x "xxxxxxxx"><!ENTITY y "&x;&x;&x;">]>${result('<a>&y;</a>')}`],
    ['a web page', '<!DOCTYPE html><html><body>Đăng nhập</body></html>'],
    ['half an answer', result('<a>1</a>').slice(0, -30)],
    ['nothing', ''],
    ['another document', '<HoSo><a>1</a></HoSo>'],
    ['a forbidden name', result('<__proto__>1</__proto__>')],
  ])('%s is unreadable', async (_, xml) => {
    const { url } = await server(() => xml)
    await expect(drain(read, contextOf({ url }))).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
  })

  test('a document type inside CDATA is text', () => {
    expect(rowsIn(result('<a><![CDATA[<!DOCTYPE x>]]></a>'))).toEqual({ rows: [{ a: '<!DOCTYPE x>' }] })
  })

  test.each([200, 500])('a fault with %i is an error of the source, asked once', async (status) => {
    const one = await server((_, response) => {
      response.writeHead(status, { 'content-type': 'text/xml' }).end(fault('Khoảng tra cứu quá dài'))
    })
    await expect(drain(read, contextOf({ url: one.url }))).rejects.toThrow(/Khoảng tra cứu quá dài/)
    expect(one.asked).toHaveLength(1)
  })

  test('a fault about the login is unauthorized, and never repeats the password', async () => {
    const { url } = await server(() => fault('Sai mật khẩu: p&lt;&amp;&gt;"w'))
    const error = await drain(read, contextOf({ url })).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'SOURCE_UNAUTHORIZED' })
    expect(String(error)).not.toContain('p<&>"w')
  })

  test('500 without a fault is tried again', async () => {
    let calls = 0
    const { url } = await server((_, response) => {
      if (calls++ > 0) return result()
      response.writeHead(500).end('Internal Server Error')
      return undefined
    })
    const { completeness } = await drain(read, contextOf({ url }))
    expect(completeness).toMatchObject({ enumerated: 'window' })
  })

  test('values in an envelope cannot break out of it', () => {
    const written = envelope({
      namespace: 'urn:mau',
      operation: 'Lay',
      header: {},
      body: { MaHoSo: '</MaHoSo><x a="\'">&\u0001' },
    })
    expect(written).toContain('<MaHoSo>&lt;/MaHoSo&gt;&lt;x a=&quot;&apos;&quot;&gt;&amp;</MaHoSo>')
  })

  test('one record with bytes that are no UTF-8 is set aside', async () => {
    const [head, tail] = result('<MaHoSo>a</MaHoSo>', '<MaHoSo>b</MaHoSo><T>@</T>').split('@')
    const { url } = await server((_, response) => {
      response.end(Buffer.concat([Buffer.from(head ?? ''), Buffer.from([0xb5]), Buffer.from(tail ?? '')]))
    })
    const { records, undecodable } = await drain(read, contextOf({ url }, { watermark: '2024-12-02' }))
    expect(records).toEqual([{ MaHoSo: 'a' }])
    expect(undecodable).toMatchObject([{ place: 'record b', rule: 'encoding' }])
  })
})
