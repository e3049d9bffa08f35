import { createHash } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import type { ReadContext } from '../../src/connect/connector.ts'
import { type SoapDeclaration, soap, usernameToken, xml } from '../../src/connect/index.ts'
import { envelope } from '../../src/connect/soap-envelope.ts'
import { bodyOf, rowsOf } from '../../src/connect/soap-xml.ts'
import { contextOf as baseContext, drain, type Loopback, STREAM, serve } from '../support/loopback.ts'

interface Config {
  url: string
}
const contextOf = <Config>(config: Config, given: Partial<ReadContext<Config>> = {}) =>
  baseContext(config, { stream: { ...STREAM, key: ['MaHoSo'] }, ...given })
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
  const PLAIN = { many: [], attributes: [] }
  const rowsIn = (text: string) => rowsOf(text, { operation: 'Tim', row: 'HoSo', list: 'DanhSach', ...PLAIN })

  test('values stay text, one row is a list of one, references are resolved', () => {
    expect(rowsIn(result('<code>0006</code><t>0E68</t><n>Nguy&#7877;n &amp; &#x1EA1;</n><e/><x>1e5</x>'))).toEqual({
      rows: [{ code: '0006', t: '0E68', n: 'Nguyễn & ạ', e: '', x: '1e5' }],
    })
    expect(rowsIn(inEnvelope('<TimResponse><DanhSach/></TimResponse>'))).toEqual({ rows: [] })
  })

  test('no rows are believed only in the form of the service', () => {
    const empty = (body: string, list: string | null = 'DanhSach') =>
      rowsOf(inEnvelope(body), { operation: 'Tim', row: 'HoSo', list, ...PLAIN })
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
  ])('%s is unreadable', async (_, text) => {
    const { url } = await server(() => text)
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
      version: '1.1',
      security: null,
      now: 0,
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

describe('questions', () => {
  const asked = async (given: Partial<SoapDeclaration<Config>>) => {
    const one = await server(() => result())
    await drain(soap({ ...declaration, ...given }), contextOf({ url: one.url }, { watermark: '2024-12-02' }))
    const [call] = one.asked
    if (!call) throw new Error('nothing was asked')
    const parsed = bodyOf(call.body, { many: [], attributes: [] })
    return { ...call, parsed: 'body' in parsed ? parsed.body : {} }
  }

  test('of 1.1 and 1.2 differ in envelope and headers', async () => {
    const old = await asked({})
    expect(old.headers).toMatchObject({ soapaction: '"urn:mau/Tim"', 'content-type': 'text/xml; charset=utf-8' })
    expect(old.body).toContain('"http://schemas.xmlsoap.org/soap/envelope/"')
    const next = await asked({ version: '1.2', action: (operation) => `urn:mau:${operation}` })
    expect(next.headers.soapaction).toBeUndefined()
    expect(next.headers['content-type']).toBe('application/soap+xml; charset=utf-8; action="urn:mau:Tim"')
    expect(next.body).toContain('"http://www.w3.org/2003/05/soap-envelope"')
  })

  test('may be a template, nested, of several elements and of none', async () => {
    const byHand = await asked({
      windows: {
        ...declaration.windows,
        body: ({ from }) =>
          xml`<m:Tim xmlns:m="urn:khac"><m:Ngay loai="${'a"b'}">${from.toString()}</m:Ngay>${xml`<m:X>${'<&'}</m:X>`}</m:Tim>`,
      },
      header: () => xml`<m:Khoa xmlns:m="urn:khac">${'k"1'}</m:Khoa>`,
    })
    expect(byHand.parsed).toEqual({ Tim: { Ngay: '2024-11-25', X: '<&' } })
    expect(byHand.body).toContain('<m:Khoa xmlns:m="urn:khac">k&quot;1</m:Khoa>')
    const fields = await asked({
      windows: { ...declaration.windows, body: () => ({ Loc: { Ma: ['a', 'b'], Den: null, So: 7, Moi: true } }) },
    })
    expect(fields.parsed).toEqual({ Tim: { Loc: { Ma: ['a', 'b'], Den: null, So: '7', Moi: 'true' } } })
  })

  const part = (body: string, name: string) =>
    new RegExp(`<(?:wsse|wsu):${name}[ >][^<]*?>?([^<>]*)</`).exec(body)?.[1] ?? ''

  test('with a username token: the password as text', async () => {
    const { body } = await asked({ security: () => usernameToken({ username: 'ioc', password: 'p<&w', as: 'text' }) })
    expect(part(body, 'Username')).toBe('ioc')
    expect(part(body, 'Password')).toBe('p&lt;&amp;w')
    expect(body).toContain('#PasswordText"')
    expect(part(body, 'Created')).toMatch(/^2024-12-02T01:00:0\d\.\d{3}Z$/)
  })

  test('with a username token: a digest over nonce and time, never the same', async () => {
    const security = () => usernameToken({ username: 'ioc', password: 'mật khẩu', as: 'digest' })
    const calls = [await asked({ security }), await asked({ security })]
    for (const { body } of calls) {
      const nonce = Buffer.from(part(body, 'Nonce'), 'base64')
      expect(nonce).toHaveLength(16)
      const digest = createHash('sha1').update(Buffer.concat([nonce, Buffer.from(`${part(body, 'Created')}mật khẩu`)]))
      expect(part(body, 'Password')).toBe(digest.digest('base64'))
      expect(body).not.toContain('mật khẩu')
    }
    expect(new Set(calls.map(({ body }) => part(body, 'Nonce'))).size).toBe(2)
  })

  test('a fault that repeats the password of the token or a value of the template is masked', async () => {
    const { url } = await server(() => fault('khoa-bi-mat va p4ss'))
    const one = soap({
      ...declaration,
      header: () => xml`<Khoa>${'khoa-bi-mat'}</Khoa>`,
      security: () => usernameToken({ username: 'ioc', password: 'p4ss', as: 'digest' }),
    })
    const error = await drain(one, contextOf({ url })).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'SOURCE_ANSWERED_ERROR' })
    expect(String(error)).not.toMatch(/khoa-bi-mat|p4ss/)
  })
})

describe('elements', () => {
  const rowOf = (row: string, shape: Partial<{ many: string[]; attributes: string[] }> = {}) =>
    rowsOf(result(row), { operation: 'Tim', row: 'HoSo', list: 'DanhSach', many: [], attributes: [], ...shape })

  test('declared as several are arrays, of one and at any depth', () => {
    const many = ['GiayTo', 'Phi.Khoan']
    expect(rowOf('<GiayTo>a</GiayTo><Phi><Khoan><So>07</So></Khoan></Phi><Khoan>1</Khoan>', { many })).toEqual({
      rows: [{ GiayTo: ['a'], Phi: { Khoan: [{ So: '07' }] }, Khoan: '1' }],
    })
  })

  test('marked xsi:nil are null, empty ones empty, CDATA is text', () => {
    const xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    expect(
      rowOf(
        `<a ${xsi} xsi:nil="true"/><b ${xsi} xsi:nil="false">x</b><c/><d><![CDATA[<Tên> & 0006]]></d><e ${xsi} xsi:nil="1"></e>`,
      ),
    ).toEqual({ rows: [{ a: null, b: 'x', c: '', d: '<Tên> & 0006', e: null }] })
  })

  test('keep the attributes that are declared to be data', () => {
    expect(rowOf('<Don ma="0006" x="1"><Ten>A</Ten></Don><Le ma="7">0E68</Le>', { attributes: ['ma'] })).toEqual({
      rows: [{ Don: { '@ma': '0006', Ten: 'A' }, Le: { '@ma': '7', '#text': '0E68' } }],
    })
    const typed = '<Le ma="7" a:ma="8" xmlns:a="urn:a">x</Le>'
    expect(rowOf(typed, { attributes: ['ma'] })).toEqual({ rows: [{ Le: { '@ma': '7', '#text': 'x' } }] })
    expect(rowOf('<Le ma="7">0E68</Le>')).toEqual({ rows: [{ Le: '0E68' }] })
  })

  test('nested without end are refused', () => {
    expect(rowOf('<a>'.repeat(100) + '</a>'.repeat(100))).toEqual({
      problem: 'it nests too deep or uses a forbidden element name',
    })
  })

  test('of a fault of 1.2 are its code and reason, also with 400', async () => {
    const text = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text xml:lang="vi">Sai mật khẩu</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>`
    const { url } = await server(
      (_, response) => void response.writeHead(400, { 'content-type': 'application/soap+xml' }).end(text),
    )
    await expect(drain(soap({ ...declaration, version: '1.2' }), contextOf({ url }))).rejects.toMatchObject({
      code: 'SOURCE_UNAUTHORIZED',
    })
  })
})
