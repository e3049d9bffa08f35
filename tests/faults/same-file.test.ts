/** Last month's file, saved again by a spreadsheet, and a correction of five rows: read by the shipped connector from a real folder. */
import { afterEach, expect, it } from 'vitest'
import { explainError } from '../../src/errors.ts'
import { eachDialect } from '../support/warehouse.ts'
import { type Deployment, deploy, dossiersOf, expectRebuilt } from './deployment.ts'
import { AGENCY, code } from './sources.ts'

let deployment: Deployment
afterEach(() => deployment.remove())

const HEAD = [
  'Mã hồ sơ;Mã TTHC;Tên TTHC;Đơn vị;Huyện;Kênh;Người nộp;Số CCCD;Điện thoại;Ngày nộp;Ngày tiếp nhận;Ngày hẹn trả;Ngày kết thúc',
  'Ngày trả;Trạng thái;Lệ phí;Tỷ lệ số hóa;Thanh toán trực tuyến;Đã số hóa',
].join(';')
/** `done`: finished, else still worked on */
const line = (n: number, done: boolean) =>
  `${code(n)};1.000001;Thủ tục mẫu;${AGENCY};;Trực tuyến;;;;01/11/2024;04/11/2024;29/11/2024;${done ? '20/11/2024;20/11/2024;Đã trả kết quả' : ';;Đang xử lý'};;;Không;`
const file = (rows: readonly string[]) => `${[HEAD, ...rows].join('\n')}\n`
const numbers = Array.from({ length: 200 }, (_, n) => n)

eachDialect('files', (open) => {
  it('HAZARD 27: last month saved again is held, and says what it looks like; five corrections replace five rows', async () => {
    deployment = deploy({ communes: [{ id: 'communes', settings: { folder: 'drop', stableSeconds: 0 } }] })
    const { warehouse } = await open()
    await deployment.prepare(warehouse)
    const statuses = async () => (await dossiersOf(warehouse)).map(({ status }) => status)

    deployment.setTime('2024-12-02T08:00')
    deployment.put('drop/hoso_705_202411.csv', file(numbers.map((n) => line(n, true))))
    expect(await deployment.syncOne(warehouse, 'communes')).toMatchObject({ state: 'succeeded', counts: { new: 200 } })

    // as it had been in the middle of the month: another content, no time of change in it, the same period
    deployment.setTime('2024-12-03T08:00')
    deployment.put('drop/hoso_705_202411.csv', file(numbers.map((n) => line(n, n < 100))))
    const held = await deployment.syncOne(warehouse, 'communes')
    expect(held).toMatchObject({
      state: 'held',
      error: { code: 'SOURCE_HELD', params: { guard: 'regressed', observed: 100 } },
    })
    const said = held.error && explainError(held.error.code, held.error.params, 'en')
    expect(`${said?.what} ${said?.mend}`).toMatch(/last month’s file/)
    expect(await statuses()).toEqual(numbers.map(() => 10))

    deployment.setTime('2024-12-04T08:00')
    deployment.put('drop/hoso_705_202411.csv', file(numbers.map((n) => line(n, true))))
    deployment.put('drop/capnhat_705_202411.csv', file(numbers.slice(0, 5).map((n) => line(n, false))))
    const corrected = await deployment.syncOne(warehouse, 'communes')
    expect(corrected).toMatchObject({ state: 'succeeded', counts: { deleted: 0, regressed: 5 } })
    expect(await statuses()).toEqual(numbers.map((n) => (n < 5 ? 4 : 10)))
    await expectRebuilt(warehouse)
  })
})
