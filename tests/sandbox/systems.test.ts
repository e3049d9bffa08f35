import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { everything, HOUR, held, login, oneStop, search, share, soap, token } from './clients.ts'

const dir = mkdtempSync(join(tmpdir(), 'sandbox-'))
let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, seed: 7, dossiers: 2_000, dir })
})
afterAll(async () => {
  await sandbox.close()
  rmSync(dir, { recursive: true, force: true })
})

describe('one-stop', () => {
  it('gives a token for the right secret, in the header or the form, and 401 otherwise', async () => {
    expect(await token(sandbox)).toMatch(/^[0-9a-f-]{36}$/)
    const ask = (secret: string) =>
      fetch(`${sandbox.url}/one-stop/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'ioc', client_secret: secret }),
      })
    expect((await ask('sandbox-secret')).status).toBe(200)
    expect((await ask('wrong')).status).toBe(401)
    expect((await fetch(`${sandbox.url}/one-stop/api/ho-so`)).status).toBe(401)
  })

  it('lets tokens expire', async () => {
    const brief = await startSandbox({ port: 0, seed: 7, dossiers: 500, dir: join(dir, 'brief'), sessionSeconds: 0 })
    const answer = await fetch(`${brief.url}/one-stop/api/ho-so`, {
      headers: { authorization: `Bearer ${await token(brief)}` },
    })
    expect(answer.status).toBe(401)
    const session = await login(brief)
    expect((await share(brief, session)).error_code).toBe('-1')
    await brief.close()
  })

  it('pages through exactly what it says it holds, every value text, labelled and with its sample time', async () => {
    const bearer = await token(sandbox)
    const { rows, total } = await everything(sandbox, bearer)
    const dossiers = held(sandbox, 'one-stop')
    const doubled = dossiers.filter((one) => one.system === 'one-stop' && one.dirt === 'doubled-row').length
    expect(rows.length).toBe(total)
    expect(rows.length).toBe(dossiers.length + doubled)
    expect(doubled).toBeGreaterThan(0)
    for (const row of rows) {
      for (const value of Object.values(row)) expect(Array.isArray(value) || typeof value === 'string').toBe(true)
      expect(row.NgayNopHoSo).toMatch(/^\d{14}$/)
    }
    const two = dossiers.find((one) => one.alsoIn?.system === 'one-stop')
    expect(rows.find((row) => row.MaHoSo === two?.alsoIn?.code)?.MaHoSoKhac).toBe(two?.nationalCode)
    expect(rows.filter((row) => row.NgayTiepNhan === '20240231093000').length).toBeGreaterThan(0)
    expect(rows.some((row) => row.MaHoSo === '')).toBe(true)
    const clock = await fetch(`${sandbox.url}/clock`)
    expect(clock.headers.get('x-sample-data')).toBe('made-up')
    expect(clock.headers.get('x-sample-time')).toBe(String(sandbox.now()))
  })

  it('carries the personal data that a pipeline has to drop', async () => {
    const dossier = held(sandbox, 'one-stop').find((one) => one.dirt === null && one.system === 'one-stop')
    const { data } = await oneStop(sandbox, await token(sandbox), `ho-so/chi-tiet?maHoSo=${dossier?.code}`)
    expect(data[0]).toMatchObject({
      ChuHoSo: dossier?.applicant.name,
      SoGiayToChuHoSo: dossier?.applicant.identity,
      SoDienThoai: dossier?.applicant.phone,
      TrichYeuHoSo: dossier?.summary,
    })
  })

  it('answers changed-since inclusively, by a change time that the record does not carry', async () => {
    const bearer = await token(sandbox)
    const all = (await everything(sandbox, bearer)).rows
    const { rows } = await everything(sandbox, bearer, '&thayDoiTu=20241115000000')
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.length).toBeLessThan(all.length)
    expect(all.slice(-rows.length)).toEqual(rows)
    expect((await oneStop(sandbox, bearer, 'ho-so?thayDoiTu=20241301000000')).error_code).toBe('2')
  })

  it('gives ratings, some with a personal remark', async () => {
    const { data, tongSo } = await oneStop(sandbox, await token(sandbox), 'danh-gia?trang=1')
    expect(data.length).toBe(Number(tongSo))
    expect(data.length).toBeGreaterThan(0)
    for (const row of data) expect(row.MucDo).toMatch(/^[1-5]$/)
  })
})

describe('catalogue', () => {
  it('gives the full list as JSON inside message to a session, and -1 to anybody else', async () => {
    const { error_code, message } = await share(sandbox, await login(sandbox))
    const { result } = JSON.parse(message) as {
      result: { MATTHC: string; DICHVUCONG: { MUCDO: number; TICHHOP: number }[] }[]
    }
    expect(error_code).toBe('00')
    expect(result.length).toBe(1_655)
    expect(result.filter((one) => (one.DICHVUCONG[0]?.MUCDO ?? 2) > 2).length).toBe(1_622)
    expect(result.filter((one) => one.DICHVUCONG[0]?.TICHHOP === 1).length).toBe(1_184)
    expect((await share(sandbox, 'nobody')).error_code).toBe('-1')
  })
})

describe('soap', () => {
  it('answers by date received, keeps leading zeros, and marks local time with Z', async () => {
    const xml = await search(sandbox, '01/11/2024', '30/11/2024')
    const rows = xml.match(/<HoSo>/g) ?? []
    const from = Date.parse('2024-11-01T00:00+07:00')
    const to = Date.parse('2024-12-01T00:00+07:00')
    const expected = held(sandbox, 'judicial').filter((one) => {
      const at = one.receivedAt ?? one.submittedAt
      return at >= from && at < to
    })
    expect(rows.length).toBe(expected.length + expected.filter((one) => one.dirt === 'doubled-row').length)
    expect(xml).toMatch(/<MaLinhVuc>00\d\d<\/MaLinhVuc>/)
    const clean = expected.find((one) => one.dirt === null && one.receivedAt !== null)
    expect(xml).toContain(`<MaHoSo>${clean?.code}</MaHoSo>`)
    const local = new Date((clean?.receivedAt ?? 0) + 7 * HOUR).toISOString().slice(0, 19)
    expect(xml).toContain(`<NgayTiepNhan>${local}Z</NgayTiepNhan>`)
  })

  it('gives one row by code, an empty list for none, and faults inside 200', async () => {
    const one = held(sandbox, 'judicial').find((dossier) => dossier.dirt === null)
    const xml = await soap(sandbox, `<LayHoSo><MaHoSo>${one?.code}</MaHoSo></LayHoSo>`)
    expect(xml.match(/<HoSo>/g)?.length).toBe(1)
    expect(xml).toContain(`<SoGiayTo>${one?.applicant.identity}</SoGiayTo>`)
    expect(await search(sandbox, '01/01/2019', '31/01/2019')).toContain('<DanhSach/>')
    expect(await search(sandbox, '01/10/2024', '01/11/2024')).toContain('<faultstring>Khoảng tra cứu vượt quá 31 ngày')
    expect(await search(sandbox, '2024-11-01', '2024-11-02')).toContain('soap:Fault')
    expect(await soap(sandbox, '<LayHoSo/>', 'wrong')).toContain('<faultstring>Sai tài khoản hoặc mật khẩu')
  })
})
