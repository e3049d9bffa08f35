/** A made-up stream for the tests of the reading thread. */

import type { Completeness, Connector, Page, Stream } from '../../src/connect/connector.ts'
import { enumeration, integer, procedureCode, verdict, vietnameseDate } from '../../src/connect/converters.ts'

export const ZONE = 'Asia/Ho_Chi_Minh'
export const NOW = Date.UTC(2024, 11, 31)
const DATE = 'dd/MM/yyyy[ HH:mm]'
const text = { type: ['string', 'null'] }

export const dossierSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  required: ['MaHoSo', 'MaTTHC', 'TrangThai'],
  properties: {
    MaHoSo: { type: 'string', maxLength: 100 },
    MaTTHC: { type: 'string', pattern: '^[1-9]\\.\\d{6}' },
    DonVi: text,
    TrangThai: { type: 'string', enum: ['1', '4', '9'] },
    NgayTiepNhan: { type: ['string', 'null'], format: DATE },
    NgayKetThuc: { type: ['string', 'null'], format: DATE },
    LePhi: text,
    GhiChu: text,
    ChuHoSo: { 'x-personal': 'name' },
    SoGiayTo: { 'x-personal': 'id' },
    GiayTo: {
      type: 'array',
      items: { type: 'object', properties: { Loai: { type: 'string' }, So: { 'x-personal': 'id' } } },
    },
  },
}

const date = (from: string) => ({ from, as: vietnameseDate(ZONE) })
export const stream: Omit<Stream<unknown>, 'read'> = {
  name: 'dossier',
  entity: 'dossier',
  schema: 'drop/dossier.schema.json',
  key: ['MaHoSo'],
  order: 'arrival',
  sees: 'everything',
  deletes: 'never',
  map: {
    code: 'MaHoSo',
    procedure: { from: 'MaTTHC', as: procedureCode() },
    resolving: { setting: 'agency' },
    channel: { value: 'counter' },
    status: { from: 'TrangThai', as: integer() },
    identity: { from: 'SoGiayTo', as: verdict() },
    received: date('NgayTiepNhan'),
    finished: date('NgayKetThuc'),
    paidOnline: { from: 'LePhi', as: enumeration({ x: 'gateway' }) },
  },
}
export const connector = (parts: Partial<Stream<unknown>> = {}): Connector<unknown> => ({
  name: 'drop',
  settings: {},
  streams: [{ ...stream, read: nothing, ...parts }],
})
async function* nothing(): AsyncGenerator<Page, Completeness> {
  yield { records: [], resume: {} }
  return { enumerated: 'incomplete', why: 'a test' }
}

export const header = ['MaHoSo', 'MaTTHC', 'DonVi', 'TrangThai', 'NgayTiepNhan', 'NgayKetThuc', 'ChuHoSo', 'SoGiayTo']
export const row = (n: number, parts: Readonly<Record<string, unknown>> = {}): unknown[] => {
  const record: Record<string, unknown> = { ...record0, MaHoSo: `HS-${String(n).padStart(6, '0')}`, ...parts }
  return header.map((name) => record[name] ?? '')
}
const record0 = {
  MaTTHC: '1.004194.000.00.00.H53',
  DonVi: 'Xã Mẫu',
  TrangThai: '9',
  NgayTiepNhan: '01/02/2024 07:30',
  NgayKetThuc: '05/02/2024',
  ChuHoSo: 'Trần Thị Mẫu',
  SoGiayTo: '072190123456',
}
export const record = (parts: Readonly<Record<string, unknown>> = {}) => ({ MaHoSo: 'HS-1', ...record0, ...parts })
