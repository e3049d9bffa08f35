/** Small clients of the sandbox's systems, and what its world says they must show. */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'vitest'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'

export const HOUR = 3_600_000

export type Row = Record<string, string>
export interface Answer {
  error_code: string
  tongSo: string
  data: Row[]
}

export async function token(from: Sandbox): Promise<string> {
  const body = new URLSearchParams({ grant_type: 'client_credentials' })
  const headers = { authorization: `Basic ${btoa('ioc:sandbox-secret')}` }
  const answer = await fetch(`${from.url}/one-stop/oauth/token`, { method: 'POST', headers, body })
  return ((await answer.json()) as { access_token: string }).access_token
}

export async function oneStop(from: Sandbox, bearer: string, path: string): Promise<Answer> {
  const answer = await fetch(`${from.url}/one-stop/api/${path}`, { headers: { authorization: `Bearer ${bearer}` } })
  return JSON.parse(await answer.text()) as Answer
}

export async function everything(from: Sandbox, bearer: string, query = ''): Promise<{ rows: Row[]; total: number }> {
  const rows: Row[] = []
  for (let page = 1; ; page++) {
    const { data, tongSo } = await oneStop(from, bearer, `ho-so?trang=${page}&kichThuoc=200${query}`)
    rows.push(...data)
    if (data.length < 200) return { rows, total: Number(tongSo) }
  }
}

export const held = (from: Sandbox, system: string, at = from.now()) =>
  from.world.dossiers.filter(
    (one) => (one.system === system || one.alsoIn?.system === system) && (one.events[0]?.at ?? 0) <= at,
  )
export const login = async (from: Sandbox): Promise<string> => {
  const body = JSON.stringify({ username: 'ioc', password: 'sandbox-secret' })
  const answer = await fetch(`${from.url}/catalogue/login`, {
    method: 'POST',
    headers: { dstcode: 'VN:GOV:000.00.00.G22' },
    body,
  })
  return ((await answer.json()) as { session: string }).session
}
export const share = async (from: Sandbox, session: string): Promise<{ error_code: string; message: string }> => {
  const body = JSON.stringify({ session, madonvi: 'H53', service: 'LayDanhSachTTHC' })
  const answer = await fetch(`${from.url}/catalogue/share`, { method: 'POST', body })
  expect(answer.status).toBe(200)
  return (await answer.json()) as { error_code: string; message: string }
}

const CALL = (operation: string, password = 'sandbox-secret') => `<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header><TaiKhoan>ioc</TaiKhoan><MatKhau>${password}</MatKhau></s:Header>
<s:Body>${operation}</s:Body></s:Envelope>`
export const soap = async (from: Sandbox, operation: string, password?: string): Promise<string> => {
  const answer = await fetch(`${from.url}/soap/HoSoService`, { method: 'POST', body: CALL(operation, password) })
  expect(answer.status).toBe(200)
  return answer.text()
}
export const search = (sandbox: Sandbox, from: string, to: string) =>
  soap(sandbox, `<TraCuuHoSo><TuNgay>${from}</TuNgay><DenNgay>${to}</DenNgay></TraCuuHoSo>`)
export const query = <T>(dir: string, sql: string): T[] => {
  const db = new Database(join(dir, 'land.sqlite'), { readonly: true })
  try {
    return db.prepare(sql).all() as T[]
  } finally {
    db.close()
  }
}
