/**
 * The national procedure catalogue behind its session adapter, made up: UPPERCASE keys, the list as JSON text inside `message`,
 * always the full list, so that a retirement is an absence. The block DICHVUCONG is made up: the real list does not carry it.
 */
import { randomUUID } from 'node:crypto'
import { type Call, json, type Reply } from './http.ts'
import { localProcedureCode, PROVINCE } from './view.ts'
import type { SampleProcedure, World } from './world-types.ts'

/** Two procedures that nobody has used leave the list at this sample time: 2024-12-05T00:00+07:00. */
export const RETIREMENT = Date.UTC(2024, 11, 4, 17)

const LEVELS = ['Bộ', 'Ủy ban nhân dân cấp tỉnh', 'Ủy ban nhân dân cấp huyện', 'Ủy ban nhân dân cấp xã'] as const

export interface Catalogue {
  login(call: Call): Reply
  answer(call: Call): Reply
}

/** `ttlMs`: how long a session holds, by the real clock. */
export function catalogue(world: World, ttlMs: number): Catalogue {
  const sessions = new Map<string, number>()
  const used = new Set(world.dossiers.map((dossier) => dossier.procedure))
  const retired = new Set(
    world.procedures
      .filter((_, i) => !used.has(i))
      .slice(-2)
      .map((procedure) => procedure.code),
  )

  function list(call: Call): Reply {
    const current = world.procedures.filter((one) => call.now < RETIREMENT || !retired.has(one.code))
    const result = call.empty ? [] : current.map((procedure) => entry(procedure, world))
    return json({ error_code: '00', message: JSON.stringify({ result }) })
  }

  return {
    login(call) {
      const body = parse(call.body)
      if (call.header('dstcode') === '') return json({ session: '', error_code: -2, message: 'thiếu dstcode' })
      if (body.username !== 'ioc' || body.password !== 'sandbox-secret') {
        return json({ session: '', error_code: -3, message: 'sai tài khoản hoặc mật khẩu' })
      }
      const session = randomUUID()
      sessions.set(session, Date.now() + ttlMs)
      return json({ session, error_code: 0 })
    },
    answer(call) {
      const body = parse(call.body)
      if ((sessions.get(String(body.session)) ?? 0) <= Date.now()) {
        return json({ error_code: '-1', message: 'phiên làm việc không tồn tại hoặc đã hết hạn' })
      }
      if (body.madonvi !== PROVINCE) return json({ error_code: '-4', message: 'madonvi không đúng' })
      if (body.service !== 'LayDanhSachTTHC') return json({ error_code: '-5', message: 'không có dịch vụ này' })
      return list(call)
    },
  }
}

function entry(procedure: SampleProcedure, world: World) {
  const { code, level } = procedure
  const held = procedure.agencies.flatMap((key) => world.agencies.filter((agency) => agency.key === key))
  const office = procedure.executingLevel === 1 ? held : []
  const limit = {
    THOIGIANGIAIQUYET: procedure.limitDays ?? '',
    DONVITINH: 'Ngày làm việc',
    MOTA: '',
    PHILEPHI:
      procedure.feeVnd === 0 ? [] : [{ MAPHILEPHI: 'LP01', SOTIEN: String(procedure.feeVnd), DONVI: 'Đồng', MOTA: '' }],
  }
  return {
    ID: code.replace('.', ''),
    MATTHC: code,
    TENTTHC: procedure.name,
    LOAITTHC: 'TTHC được luật giao quy định chi tiết',
    TRANGTHAI: '1',
    MACOQUANCONGBO: PROVINCE,
    LINHVUCTHUCHIEN: [{ MALINHVUC: procedure.fieldCode, TENLINHVUC: procedure.fieldName }],
    COQUANTHUCHIEN: office.map((agency) => ({ MADONVI: agency.identifier ?? agency.code, TENDONVI: agency.name })),
    CAPTHUCHIEN: [
      {
        CAPTHUCHIEN: String(procedure.executingLevel),
        MOTACOQUANTHUCHIEN: LEVELS[procedure.executingLevel],
        DIACHITIEPNHAN: '',
      },
    ],
    DOITUONGTHUCHIEN: [{ TENDOITUONG: 'Công dân Việt Nam' }],
    CACHTHUCTHUCHIEN: (level === 2 ? ['1'] : ['1', '2', '3']).map((KENH) => ({ KENH, THOIGIAN: [limit] })),
    KETQUATHUCHIEN: procedure.requiresResult ? [{ MAKETQUA: 'KQ01', TENKETQUA: 'Văn bản kết quả' }] : [],
    DICHVUCONG: [
      {
        MADVC: `${localProcedureCode(code)}.01`,
        MUCDO: level,
        TICHHOP: procedure.integrated ? 1 : 0,
        TRANGTHAI: '1',
        ...(procedure.pilot ? { THIDIEMTU: procedure.pilot.from, THIDIEMDEN: procedure.pilot.to } : {}),
      },
    ],
  }
}

function parse(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {} // what is no JSON has no session and no password, and is answered as such
  }
}
