/** The shipped connector of the national portal's scores against a server that speaks as the portal does. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { saveCheckpoint } from '../../src/warehouse/checkpoints.ts'
import { officialScoresOf } from '../../src/warehouse/inputs.ts'
import { type Deployment, deploy } from '../faults/deployment.ts'
import { at } from '../support/pages.ts'
import { onDialects } from '../support/warehouse.ts'

type Body = Record<string, unknown>
interface Portal {
  server: Server
  url: string
  asked: { name: string; body: Body }[]
  /** name → its `data`, or another answer altogether */
  answers: Record<string, (body: Body) => unknown>
}
async function portal(): Promise<Portal> {
  const made: Portal = { server: createServer(), url: '', asked: [], answers: {} }
  made.server.on('request', async (request, response) => {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const name = (request.url ?? '').replace('/api/v1/reporting/evaluation/', '')
    const body = JSON.parse(text) as Body
    made.asked.push({ name, body })
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(made.answers[name]?.(body) ?? { code: 'NOT_FOUND', data: null, message: 'chưa có' }))
  })
  await new Promise<void>((resolve) => made.server.listen(0, '127.0.0.1', resolve))
  made.url = `http://127.0.0.1:${(made.server.address() as AddressInfo).port}`
  return made
}

const ok = (data: unknown) => ({ code: 'OK', data, message: 'OK' })
const unit = (code: string, more: object = {}) => ({
  departmentId: `id-${code.replace('.', '-')}`,
  departmentCode: code,
  departmentName: `Đơn vị ${code}`,
  ...more,
})
const progress = (received: number) =>
  ok({
    parent: unit('H53', { totalReceived: received, totalOnTime: 90, ratio: 90, totalScore: 18, totalMaxScore: 20 }),
    children: [unit('H53.01', { totalReceived: 0, totalOnTime: 0, ratio: 0, score: 0, maxScore: 20 })],
  })
const metric = (code: string, more: object = {}) => ({
  code,
  name: code,
  numerator: 0,
  denominator: 0,
  ratio: null,
  score: null,
  maxScore: 6,
  ...more,
})

let made: Portal
let home: Deployment
afterEach(() => {
  home.remove()
  made.server.close()
})

onDialects(['sqlite'], 'national-766', (open) => {
  it('asks for the last months, their quarters and years, keeps null, passes others over, and says which answer was refused', async () => {
    made = await portal()
    home = deploy({ 'national-766': [{ id: 'portal', settings: { url: made.url, root: 'r-1', unit: 'H53' } }] })
    const { warehouse } = await open()
    await home.prepare(warehouse)
    made.answers['dvc-progress-tree'] = () => progress(100)
    // without the code of its units: the list of agencies has said whose id it is
    made.answers.transparency = () =>
      ok({
        overview: null,
        evaluation: [
          {
            departmentId: 'id-H53-01',
            totalScore: 0,
            totalMaxScore: 18,
            metrics: [metric('PUBLISH_ON_TIME'), metric('NEW_METRIC', { numerator: 3 })],
          },
        ],
      })
    made.answers['service-results'] = () =>
      ok({
        evaluation: [
          unit('H53', { totalScore: 81.5, groupScores: { CKMB: 17 } }),
          unit('H99', { totalScore: 1, groupScores: {} }),
        ],
      })
    const first = await home.syncOne(warehouse, 'portal')
    expect(first).toMatchObject({ state: 'incomplete', counts: { quarantined: 0, waiting: 0 } })
    expect(first.error?.message).toContain('handling-satisfaction 2024-11')
    expect(
      made.asked
        .filter(({ name }) => name === 'transparency')
        .map(({ body }) => [body.timeType, body.year, body.quarter ?? body.month, body.rootDepartmentId]),
    ).toEqual([
      ['month', 2024, 11, 'r-1'],
      ['quarter', 2024, 4, 'r-1'],
      ['year', 2024, undefined, 'r-1'],
      ['month', 2024, 12, 'r-1'],
    ])
    expect(
      made.asked.filter(({ name }) => name === 'handling-satisfaction').map(({ body }) => [body.fromDate, body.toDate]),
    ).toEqual([
      ['2024-11-01', '2024-11-30'],
      ['2024-10-01', '2024-12-31'],
      ['2024-01-01', '2024-12-31'],
      ['2024-12-01', '2024-12-31'],
    ])
    expect(made.asked.filter(({ name }) => name === 'service-results').map(({ body }) => body.year)).toEqual([2024])
    const scores = await warehouse.read((db) => officialScoresOf(db))
    const of = (agency: string, component: string, period = '2024-11') =>
      scores.find((one) => one.agency === agency && one.component === component && one.period === period)
    expect(of('72@2020-01-01', '2.1')).toMatchObject({
      numerator: 90,
      denominator: 100,
      ratio: 0.9,
      score: 18,
      max_score: 20,
    })
    expect(of('H53.01@2020-01-01', '2.1')).toMatchObject({ denominator: 0, ratio: 0, score: 0 })
    expect(of('H53.01@2020-01-01', '1.1')).toMatchObject({ denominator: 0, ratio: null, score: null })
    expect(of('H53.01@2020-01-01', 'NEW_METRIC')).toMatchObject({ numerator: 3 })
    expect(of('72@2020-01-01', 'total', '2024')).toMatchObject({ score: 81.5 })
    // its groups have their own answers, with their maxima
    expect(of('72@2020-01-01', 'CKMB', '2024')).toBeUndefined()
    expect(of('72@2020-01-01', 'TDGQ', '2024')).toMatchObject({ score: 18, max_score: 20 })
    expect(of('72@2020-01-01', '2.1', '2024-Q4')).toMatchObject({ numerator: 90, denominator: 100, score: 18 })
    expect(scores.some(({ agency }) => agency.startsWith('H99'))).toBe(false)

    // the next night: what has not changed is as it was seen first
    home.setTime('2024-12-03T08:00')
    made.answers['dvc-progress-tree'] = (body) => progress(body.month === 12 ? 110 : 100)
    const second = await home.syncOne(warehouse, 'portal')
    expect(second.counts).toMatchObject({ landed: 1, changed: 1 })
    const now = await warehouse.read((db) => officialScoresOf(db, { components: ['2.1'], agencies: ['72@2020-01-01'] }))
    expect(now.map(({ period, denominator, stated_at }) => [period, denominator, stated_at])).toEqual([
      ['2024-12', 110, at('2024-12-03T08:00')],
      ...['2024-11', '2024-Q4', '2024'].map((period) => [period, 100, at('2024-12-02T08:00')]),
    ])
    const versions = await warehouse.read((db) => db.selectFrom('input_version').selectAll().execute())
    expect(versions.map(({ data }) => JSON.parse(data).denominator)).toEqual([100])
  })

  it('in January the quarter and the year before are asked for once more', async () => {
    made = await portal()
    home = deploy({ 'national-766': [{ id: 'portal', settings: { url: made.url, root: 'r-1', unit: 'H53' } }] })
    home.setTime('2025-01-05T08:00')
    const { warehouse } = await open()
    await home.prepare(warehouse)
    made.answers['dvc-progress-tree'] = () => progress(100)
    await home.syncOne(warehouse, 'portal')
    const asked = made.asked.filter(({ name }) => name === 'transparency' || name === 'service-results')
    expect(asked.map(({ body: { timeType, year, quarter, month } }) => [timeType, year, quarter ?? month])).toEqual([
      ['month', 2024, 12],
      ['quarter', 2024, 4],
      ['year', 2024, undefined],
      ['month', 2025, 1],
      ['quarter', 2025, 1],
      ['year', 2025, undefined],
      ['year', 2024, undefined],
      ['year', 2025, undefined],
    ])
  }, 60_000)

  it('a read that broke off begins anew: what was refused before is not forgotten', async () => {
    made = await portal()
    home = deploy({ 'national-766': [{ id: 'portal', settings: { url: made.url, root: 'r-1', unit: 'H53' } }] })
    const { warehouse } = await open()
    await home.prepare(warehouse)
    made.answers['dvc-progress-tree'] = () => progress(100)
    const broken = { resume: JSON.stringify({ answered: 20 }), run: 'r-killed', updated_at: 1 }
    await warehouse.write((trx) => saveCheckpoint(trx, 'portal', 'score', broken))
    const read = await home.syncOne(warehouse, 'portal')
    expect(read.state).toBe('incomplete')
    expect(read.error?.message).toContain('transparency 2024-11')
  }, 60_000)

  it('a list that goes on, an answer of another shape or a server that is away lands nothing of itself', async () => {
    made = await portal()
    home = deploy({
      'national-766': [{ id: 'portal', settings: { url: made.url, root: 'r-1', unit: 'H53', months: 1 } }],
    })
    const { warehouse } = await open()
    await home.prepare(warehouse)
    made.answers['dvc-progress-tree'] = () => progress(100)
    made.answers.transparency = () =>
      ok({
        evaluation: [{ departmentId: 'id-H53-01', metrics: [metric('PUBLISH_ON_TIME')] }],
        pagination: { total: 40 },
      })
    made.answers['provide-online-tree'] = () => ({ code: 'OK', data: 'bảo trì' })
    const first = await home.syncOne(warehouse, 'portal')
    expect(first.state).toBe('incomplete')
    expect(first.error?.message).toMatch(/transparency 2024-12: .*1 units came of 40.*provide-online-tree 2024-12/s)
    // quarters and years need not be served yet
    expect(first.error?.message).not.toMatch(/2024-Q4|transparency 2024:/)
    expect(first.remarks.join()).toMatch(/transparency 2024-Q4: .*1 units came of 40.*transparency 2024: /s)
    const scores = await warehouse.read((db) => officialScoresOf(db))
    expect(new Set(scores.map(({ component }) => component))).toEqual(new Set(['2.1', 'TDGQ']))
    made.server.closeAllConnections()
    await new Promise((resolve) => made.server.close(resolve))
    expect(await home.syncOne(warehouse, 'portal')).toMatchObject({
      state: 'failed',
      error: { code: 'SOURCE_UNREACHABLE' },
    })
    expect(await warehouse.read((db) => officialScoresOf(db))).toHaveLength(scores.length)
  }, 60_000)
})
