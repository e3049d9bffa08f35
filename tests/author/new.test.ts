/** `connector new`: whatever it is given, what it writes type-checks, loads, asks precise questions, and names nobody. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Drafted, type NewOptions, newConnector } from '../../src/author/new/new.ts'
import { CHECKOUT } from '../../src/config.ts'
import type { Kit, Stream } from '../../src/connect/connector.ts'
import { loadConnector } from '../../src/connect/load.ts'
import { PipelineError } from '../../src/errors.ts'
import { readSchema, sourceSchema } from '../../src/sync/source-schema.ts'
import { serve } from '../support/loopback.ts'
import { dossiers, samplePage } from './department.ts'
import { CSV, OPENAPI, POSTMAN, SWAGGER, WSDL } from './new-samples.ts'

let home = ''
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'ioc-feed-new-'))
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

const draft = (name: string, options: Partial<NewOptions>): Promise<Drafted> =>
  newConnector({
    name,
    home,
    checkout: CHECKOUT,
    force: false,
    path: (typed) => resolve(home, typed),
    signal: new AbortController().signal,
    ...options,
  })
const put = (file: string, content: string | Uint8Array) => {
  writeFileSync(join(home, file), content)
  return file
}
const code = (name: string) => readFileSync(join(home, 'connectors', name, 'connector.ts'), 'utf8')
const json = (...parts: string[]) => JSON.parse(readFileSync(join(home, ...parts), 'utf8'))
const questions = ({ todos }: Drafted) => todos.map(({ at, en }) => `${at}: ${en}`)
const refused = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => null,
    (cause: unknown) => cause,
  )
  expect(error).toBeInstanceOf(PipelineError)
  return error as PipelineError
}

async function loaded(name: string) {
  const connector = await loadConnector(join(home, 'connectors', name, 'connector.ts'))
  const stream = connector.streams[0] as Stream<unknown>
  const schema = sourceSchema(readSchema([home], 'sources', stream.schema), stream.schema, name)
  for (const field of stream.key) expect(schema.root.properties?.has(field)).toBe(true)
  return { connector, stream, kit: stream.read.kit as Kit & { declaration: Record<string, unknown> } }
}

describe('from a description', () => {
  it('OpenAPI 3: the operation by its name, its paging, its key; a nested field is asked for', async () => {
    const drafted = await draft('open', { from: put('openapi.json', OPENAPI), operation: 'danhSachHoSo' })
    const { kit } = await loaded('open')
    expect(kit.declaration).toMatchObject({
      request: { path: '/gw/ho-so' },
      records: 'content',
      paging: {
        kind: 'page-number',
        parameter: 'page',
        from: 0,
        size: { parameter: 'size', rows: 200 },
        total: 'totalElements',
      },
    })
    expect(drafted.personal).toEqual([
      { field: 'hoTenNguoiNop', kind: 'name' },
      { field: 'soCCCD', kind: 'id' },
    ])
    expect(questions(drafted)).toContain(
      'map resolving: "donViXuLy" is an object with "ma", "ten"; which of them is meant? E.g. { from: \'donViXuLy\', as: kit.first(\'ma\', …) }',
    )
    expect(questions(drafted)).toContain('map status: "trangThai" has "Chờ liên thông"; which of 1–10 is it?')
    expect(drafted.environment).toEqual(['IOC_OPEN_X_KHOA'])
    expect(json('connectors', 'open', 'sources.json').sources[0].settings).toEqual({
      url: 'https://motcua.example.vn',
      xKhoa: `\${env:IOC_OPEN_X_KHOA}`,
    })
  })

  it('persons inside objects and lists are told, and are in the page', async () => {
    const nested = [{ id: 'A1', nguoiNop: { hoTen: 'Nguyễn Thị Mẫu', ma: 'x' }, kem: [{ soCCCD: '072199001234' }] }]
    const drafted = await draft('inside', { from: put('inside.json', JSON.stringify(nested)) })
    expect(drafted.personal).toEqual([
      { field: 'nguoiNop/hoTen', kind: 'name' },
      { field: 'kem/soCCCD', kind: 'id' },
    ])
    expect(readFileSync(join(home, 'connectors', 'inside', 'README.md'), 'utf8')).toContain(
      '**Persons**: `nguoiNop/hoTen`, `kem/soCCCD` become a verdict.',
    )
  })

  it('several operations are listed, a misspelt one gets the nearest', async () => {
    const open = await refused(draft('listed', { from: 'openapi.json' }))
    expect(open.message).toBe('openapi.json describes 2 operations')
    const near = await refused(draft('listed', { from: 'openapi.json', operation: 'danhSachHoS' }))
    expect([near.code, near.params.known]).toEqual(['UNKNOWN_NAME', 'danhSachHoSo?  (danhSachHoSo, motHoSo)'])
    expect(existsSync(join(home, 'connectors', 'listed'))).toBe(false)
  })

  it('Swagger 2: ratings, OAuth, an offset; a reference to elsewhere is not followed, one to itself ends', async () => {
    const drafted = await draft('rated', { from: put('swagger.json', SWAGGER) })
    const { stream, kit } = await loaded('rated')
    expect([drafted.entity, stream.key]).toEqual(['feedback', ['maDanhGia']])
    expect(Object.keys(stream.map).sort()).toEqual(['code', 'dossier', 'rated', 'score'])
    expect(kit.declaration).toMatchObject({
      paging: { kind: 'offset', parameter: 'offset', size: { parameter: 'limit', rows: 50 } },
    })
    expect(code('rated')).toContain('oauth2ClientCredentials({')
    expect(drafted.personal).toContainEqual({ field: 'noiDung', kind: 'text' })
  })

  it('Postman: the saved answer, JSON text inside it, and none of the secrets', async () => {
    const drafted = await draft('lgsp', { from: put('postman.json', POSTMAN) })
    const { kit, stream } = await loaded('lgsp')
    expect(kit.declaration).toMatchObject({
      unwrap: 'message',
      records: 'result',
      paging: { kind: 'page-number', parameter: 'trang', in: 'body', from: 1 },
    })
    const { guard } = kit.declaration as { guard(body: unknown): string | undefined }
    expect([guard({ error_code: 0 }), guard({ error_code: '-1', message: 'sai' })]).toEqual([
      undefined,
      'error_code -1: sai',
    ])
    expect(Object.keys(stream.map)).toEqual(
      expect.arrayContaining(['code', 'procedure', 'resolving', 'channel', 'status', 'received', 'due', 'finished']),
    )
    expect(drafted.environment).toEqual(['IOC_LGSP_TOKEN', 'IOC_LGSP_MATKHAU'])
    expect(code('lgsp')).not.toMatch(/bi-mat|mk-postman|Phạm|0987654321/)
  })

  it('WSDL: address, rows, the operation for one dossier', async () => {
    const drafted = await draft('soap', { from: put('service.wsdl', WSDL), operation: 'TraCuu' })
    const { kit, stream } = await loaded('soap')
    expect(kit.declaration).toMatchObject({
      namespace: 'urn:mau',
      row: 'HoSo',
      list: 'KetQua',
      windows: { operation: 'TraCuu' },
      byKey: { operation: 'LayMot' },
    })
    expect([stream.key, stream.sees]).toEqual([['SoHoSo'], 'new-only'])
    expect(json('connectors', 'soap', 'sources.json').sources[0].settings.url).toBe(
      'https://tuphap.example.vn/HoSo.asmx',
    )
    expect(drafted.personal).toEqual([{ field: 'HoTen', kind: 'name' }])
  })

  it.each([
    ['yaml.json', 'openapi: 3.0.0\ninfo: {}\n', /YAML|malformed/],
    ['deep.json', `{"openapi":"3.0.0","x":${'{"y":'.repeat(50)}1${'}'.repeat(50)}}`, /nests deeper than 40/],
    ['evil.wsdl', `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>${WSDL}`, /document type/],
    ['cut.wsdl', WSDL.slice(0, 900), /cut off or malformed/],
    ['page.json', '<html><body>login</body></html>', /XML or a web page/],
    ['empty.json', '', /it is empty/],
    ['nul.csv', 'a;b\0\n1;2\n', /NUL bytes/],
    ['one.csv', 'chỉ một cột\n1\n2\n', /no header row/],
    ['data.csv', '1;2;3\n4;5;6\n', /no header row/],
    ['notes.docx', 'PK', /ends in none of/],
  ])('%s is refused in two lines', async (file, content, why) => {
    const error = await refused(draft('never', { from: put(file, content) }))
    expect([error.code, error.exit]).toEqual(['SAMPLE_UNREADABLE', 2])
    expect(error.message).toMatch(why)
    expect(existsSync(join(home, 'connectors', 'never'))).toBe(false)
  })
})

describe('from a request', () => {
  it('a curl line is asked once, by the client that reads later; what is secret in it is in no file', async () => {
    const rows = dossiers(3)
    const server = await serve((asked) => ({
      code: 200,
      data: { items: rows },
      seen: asked.headers.authorization === undefined,
    }))
    const line = `curl -X POST "${server.url}/tra-cuu?nam=2024&apikey=QK-1" \\\n -H 'Authorization: Bearer T0K3N' -H 'X-App: vi-du' --data-raw '{"user":"nva","password":"p@ss:w/d%","loai":"mc"}' --compressed`
    const drafted = await draft('curl', { from: line })
    await server.close()
    expect(server.asked).toHaveLength(1)
    expect(server.asked[0]).toMatchObject({
      method: 'POST',
      path: '/tra-cuu',
      body: '{"user":"nva","password":"p@ss:w/d%","loai":"mc"}',
    })
    expect(server.asked[0]?.headers.authorization).toBe('Bearer T0K3N')
    expect(drafted.environment.sort()).toEqual([
      'IOC_CURL_APIKEY',
      'IOC_CURL_PASSWORD',
      'IOC_CURL_TOKEN',
      'IOC_CURL_USER',
      'IOC_CURL_X_APP',
    ])
    const written = drafted.files.map((file) => readFileSync(join(home, file), 'utf8')).join('\n')
    expect(written).not.toMatch(/T0K3N|QK-1|p@ss|nva|vi-du/)
    const { kit } = await loaded('curl')
    const { request } = kit.declaration as { request(config: unknown): unknown }
    expect(request({ user: 'u', password: 'p', xApp: 'a', apikey: 'k' })).toEqual({
      path: '/tra-cuu',
      query: { nam: '2024', apikey: 'k' },
      headers: { 'X-App': 'a' },
      body: { user: 'u', password: 'p', loai: 'mc' },
    })
  })

  it('--url: links, tokens, user and password', async () => {
    const row = { ma_ho_so: 'A-1', matthc: '1.000019', don_vi: 'H53.01', kenh: '2', trang_thai: 2 }
    const server = await serve((asked, response) => {
      if (asked.path === '/link') response.setHeader('link', '<http://x/?p=2>; rel="next"')
      return asked.path === '/token'
        ? { ds: [row], next_cursor: 'abc' }
        : asked.path === '/next'
          ? { ds: [row], next: '/next?after=1' }
          : { ds: [row] }
    })
    for (const [name, paging] of [
      ['link', { kind: 'link' }],
      ['token', { kind: 'token', next: 'next_cursor', parameter: 'cursor' }],
      ['next', { kind: 'link', next: 'next' }],
    ] as const) {
      const url = `${server.url.replace('//', '//ten:mk@')}/${name}?${name === 'token' ? 'cursor=' : ''}`
      await draft(`by-${name}`, { url })
      const { kit } = await loaded(`by-${name}`)
      expect(kit.declaration.paging).toMatchObject(paging)
      expect(code(`by-${name}`)).toContain('basic({')
    }
    await server.close()
    expect(server.asked[0]?.headers.authorization).toBe(`Basic ${btoa('ten:mk')}`)
  })

  it.each([
    ['curl -F a=@b http://127.0.0.1:1/', /option -F/],
    ['curl -d @secret.json http://127.0.0.1:1/', /stands in a file/],
    ['curl -X DELETE http://127.0.0.1:1/', /only reads/],
    ["curl 'http://127.0.0.1:1/", /never closed/],
    ['curl -s', /no address/],
    ['curl ftp://127.0.0.1/x', /no http or https/],
  ])('%s is refused', async (from, why) => {
    expect((await refused(draft('never', { from }))).message).toMatch(why)
  })

  it('what asking fails with is said as a read says it', async () => {
    const server = await serve((_, response) => {
      response.statusCode = 401
      return {}
    })
    expect((await refused(draft('never', { url: server.url }))).code).toBe('SOURCE_UNAUTHORIZED')
    await server.close()
  })
})

describe('from a table', () => {
  it('reads columns and key from the database itself', async () => {
    const database = new Sqlite(join(home, 'dept.sqlite'))
    database.exec(`CREATE TABLE HoSo (Id INTEGER PRIMARY KEY, SoHoSo TEXT NOT NULL, MaTTHC TEXT, DonVi TEXT, KenhThucHien TEXT, TrangThaiId INTEGER,
      NgayTiepNhan TEXT, NgayCapNhat TEXT, DeletedOn TEXT, NguoiNop TEXT)`)
    const insert = database.prepare('INSERT INTO HoSo VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    for (let i = 1; i <= 5; i++)
      insert.run(
        i,
        `T-${i}`,
        '1.000019',
        'Sở Tư pháp',
        '2',
        4,
        '2024-11-05 08:00:00',
        '2024-11-06 09:00:00',
        null,
        'Lê Thị Mẫu',
      )
    database.close()
    const drafted = await draft('table', { from: 'table', url: 'dept.sqlite', table: 'HoSo' })
    const { kit, stream } = await loaded('table')
    expect(kit.declaration).toMatchObject({ unique: ['Id'], deleted: { column: 'DeletedOn' } })
    expect(stream).toMatchObject({
      key: ['SoHoSo'],
      sees: 'changes',
      deletes: 'tombstones',
      order: { field: 'NgayCapNhat' },
    })
    expect(drafted.personal).toEqual([{ field: 'NguoiNop', kind: 'name' }])
    const near = await refused(draft('never', { from: 'table', url: 'dept.sqlite', table: 'HoSoo' }))
    expect([near.code, near.params.known]).toEqual(['UNKNOWN_NAME', 'HoSo?  (HoSo)'])
  })
})

describe('from a file', () => {
  it('CSV below a title, of communes that lie in districts', async () => {
    const drafted = await draft('drops', { from: put('hoso_705_202411.csv', CSV) })
    const { kit, stream } = await loaded('drops')
    expect(kit.declaration.patterns).toMatchObject([{ format: 'csv', encoding: 'utf-8', delimiter: ';', drop: 'full' }])
    const [{ match }] = kit.declaration.patterns as [{ match: RegExp }]
    expect(match.exec('HOSO_711_202502.csv')?.groups).toMatchObject({ period: '202502' })
    expect(stream.map.resolving).toMatchObject({ from: ['Đơn vị', 'Huyện'] })
    expect(stream.order).toMatchObject({ field: '$period' })
    expect(drafted.personal).toEqual([{ field: 'Người nộp', kind: 'name' }])
  })

  it('a name with a person in it is not repeated', async () => {
    const drafted = await draft('unnamed', { from: put('HoSo_TranThiMau.csv', CSV) })
    expect(drafted.files.map((file) => readFileSync(join(home, file), 'utf8')).join()).not.toMatch(/TranThiMau/)
    const { kit } = await loaded('unnamed')
    expect(kit.declaration.patterns).toMatchObject([{ match: /^.*\.csv$/i, period: 'changed' }])
  })
})

describe('a blank one', () => {
  it.each(['rest', 'soap', 'sql', 'files'] as const)('%s loads', async (kind) => {
    const drafted = await draft(`blank-${kind}`, { kind })
    const { kit } = await loaded(`blank-${kind}`)
    expect([kit.kind, drafted.entity]).toEqual([kind, 'dossier'])
  })
})

describe('what is there', () => {
  it('is not overwritten without --force', async () => {
    put('again.json', samplePage(dossiers(5)))
    await draft('again', { from: 'again.json' })
    const before = code('again')
    expect((await refused(draft('again', { from: 'openapi.json', operation: 'danhSachHoSo' }))).code).toBe(
      'CONNECTOR_EXISTS',
    )
    expect(code('again')).toBe(before)
    await draft('again', { from: 'openapi.json', operation: 'danhSachHoSo', force: true })
    expect(code('again')).not.toBe(before)
  })

  it('all of it type-checks in a home outside the checkout', () => {
    const tsc = join(CHECKOUT, 'node_modules', '.bin', 'tsc')
    let said = ''
    try {
      said = execFileSync(tsc, ['--noEmit', '-p', join(home, 'tsconfig.json')], { encoding: 'utf8' })
    } catch (error) {
      said = (error as { stdout: string }).stdout
    }
    expect(said).toBe('')
  })
})
