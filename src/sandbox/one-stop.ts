/**
 * The provincial one-stop system, made up: REST with OAuth2 client credentials, pages by number, and a changed-since filter
 * on a change time that its records do not carry. Field names are those of DongBoHoSoMC; every value is text.
 */
import { randomUUID } from 'node:crypto'
import { compact, parseCompact } from './dates.ts'
import { type Call, json, type Reply } from './http.ts'
import { oneStopRecord } from './one-stop-record.ts'
import { type DossierState, type Holding, hash, holdingsOf, stateAt } from './view.ts'
import type { World } from './world-types.ts'

export const CLIENT = { id: 'ioc', secret: 'sandbox-secret' } as const

interface Row {
  holding: Holding
  state: DossierState
  changedAt: number
}

export interface OneStop {
  token(call: Call): Reply
  answer(call: Call): Reply
}

/** `ttlMs`: how long a token holds, by the real clock. */
export function oneStop(world: World, ttlMs: number): OneStop {
  const held = holdingsOf(world, 'one-stop')
  const tokens = new Map<string, number>()
  /** change times that the fault `moving` has made newer */
  const touched = new Map<string, number>()
  let moves = 0
  let cache: { now: number; moves: number; rows: Row[] } | null = null

  /** Everything there is at `now`, by change time, then code. */
  function rowsAt(now: number): Row[] {
    if (cache?.now === now && cache.moves === moves) return cache.rows
    const rows: Row[] = []
    for (const holding of held) {
      const state = stateAt(holding, now)
      if (state) rows.push({ holding, state, changedAt: Math.max(state.changedAt, touched.get(holding.code) ?? 0) })
    }
    rows.sort((a, b) => a.changedAt - b.changedAt || (a.holding.code < b.holding.code ? -1 : 1))
    cache = { now, moves, rows }
    return rows
  }

  /** Between two pages a few records of the first pages are worked on, so all that follow them move forward. */
  function move(now: number, rows: readonly Row[]): void {
    moves += 1
    for (let i = 0; i < 3; i++) {
      const row = rows[hash(`${moves}:${i}`) % Math.max(1, rows.length >> 2)]
      if (row) touched.set(row.holding.code, now)
    }
  }

  function dossiers(call: Call): Reply {
    const since = call.query.get('thayDoiTu') ?? ''
    const from = since === '' ? Number.NEGATIVE_INFINITY : parseCompact(since)
    if (from === null) return json({ error_code: '2', message: 'thayDoiTu phải có dạng yyyyMMddHHmmss' }, 400)
    const page = whole(call.query.get('trang'), 1)
    const size = Math.min(1_000, whole(call.query.get('kichThuoc'), 500))
    if (call.moving && page > 1) move(call.now, rowsAt(call.now))
    const rows = call.empty ? [] : rowsAt(call.now)
    const start = firstAtOrAfter(rows, from)
    const matching = rows.slice(start)
    const doubled = matching.filter((row) => row.holding.dossier.dirt === 'doubled-row').length
    const shown = matching.slice((page - 1) * size, page * size)
    const data = shown.flatMap((row) => {
      const record = oneStopRecord(row.holding, row.state)
      return row.holding.dossier.dirt === 'doubled-row' ? [record, record] : [record]
    })
    const head = { error_code: '0', message: 'thành công', tongSo: String(matching.length + doubled) }
    return withRecords({ ...head, trang: String(page), kichThuoc: String(size) }, data)
  }

  function detail(call: Call): Reply {
    const row = rowsAt(call.now).find((one) => one.holding.code === call.query.get('maHoSo'))
    if (!row || call.empty) return json({ error_code: '1', message: 'Không tìm thấy hồ sơ', data: [] })
    return withRecords({ error_code: '0', message: 'thành công' }, [oneStopRecord(row.holding, row.state)])
  }

  function ratings(call: Call): Reply {
    const since = call.query.get('tuNgay') ?? ''
    const from = since === '' ? Number.NEGATIVE_INFINITY : parseCompact(since)
    if (from === null) return json({ error_code: '2', message: 'tuNgay phải có dạng yyyyMMddHHmmss' }, 400)
    const page = whole(call.query.get('trang'), 1)
    const size = Math.min(1_000, whole(call.query.get('kichThuoc'), 500))
    const given = call.empty ? [] : held.flatMap((holding) => ratingOf(holding, from, call.now))
    given.sort((a, b) => a.at - b.at || (a.record.MaDanhGia < b.record.MaDanhGia ? -1 : 1))
    const data = given.slice((page - 1) * size, page * size).map((one) => one.record)
    const head = { error_code: '0', message: 'thành công', tongSo: String(given.length) }
    return json({ ...head, trang: String(page), kichThuoc: String(size), data })
  }

  return {
    token(call) {
      const form = new URLSearchParams(call.body.toString('utf8'))
      const basic = /^Basic (.+)$/i.exec(call.header('authorization'))
      const [id, secret] = basic
        ? Buffer.from(basic[1] ?? '', 'base64')
            .toString('utf8')
            .split(':')
        : [form.get('client_id'), form.get('client_secret')]
      if (form.get('grant_type') !== 'client_credentials') return json({ error: 'unsupported_grant_type' }, 400)
      if (id !== CLIENT.id || secret !== CLIENT.secret) return json({ error: 'invalid_client' }, 401)
      const token = randomUUID()
      tokens.set(token, Date.now() + ttlMs)
      return json({ access_token: token, token_type: 'Bearer', expires_in: Math.floor(ttlMs / 1_000) })
    },
    answer(call) {
      const bearer = /^Bearer (.+)$/i.exec(call.header('authorization'))?.[1] ?? ''
      if ((tokens.get(bearer) ?? 0) <= Date.now()) {
        return {
          ...json({ error: 'invalid_token' }, 401),
          headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
        }
      }
      if (call.path === '/api/ho-so') return dossiers(call)
      if (call.path === '/api/ho-so/chi-tiet') return detail(call)
      if (call.path === '/api/danh-gia') return ratings(call)
      return json({ error_code: '404', message: 'không có dịch vụ này' }, 404)
    },
  }
}

function ratingOf(holding: Holding, from: number, now: number) {
  const { rating, dirt, applicant } = holding.dossier
  if (!rating || rating.at > now || rating.at < from || dirt === 'missing-key') return []
  const remark = rating.score <= 2 && holding.salt % 2 === 0
  const record = {
    MaDanhGia: `DG-${holding.code}`,
    MaHoSo: holding.code,
    NgayDanhGia: compact(rating.at),
    MucDo: String(rating.score),
    NoiDung: remark ? `Tôi là ${applicant.name}, đề nghị gọi lại số ${applicant.phone}.` : '',
  }
  return [{ at: rating.at, record }]
}

/** Records are ready JSON bytes, because one of them may hold bytes that are no UTF-8. */
function withRecords(head: Record<string, string>, records: readonly Buffer[]): Reply {
  const pieces: Buffer[] = [Buffer.from(`${JSON.stringify(head).slice(0, -1)},"data":[`)]
  const comma = Buffer.from(',')
  records.forEach((record, i) => {
    if (i > 0) pieces.push(comma)
    pieces.push(record)
  })
  pieces.push(Buffer.from(']}'))
  return { status: 200, type: 'application/json; charset=utf-8', body: Buffer.concat(pieces) }
}

/** Change times count to the second, as the filter does. */
function firstAtOrAfter(rows: readonly Row[], from: number): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (Math.floor((rows[middle]?.changedAt ?? 0) / 1_000) * 1_000 < from) low = middle + 1
    else high = middle
  }
  return low
}

const whole = (text: string | null, fallback: number): number => {
  const value = Number(text ?? fallback)
  return Number.isInteger(value) && value > 0 ? value : fallback
}
