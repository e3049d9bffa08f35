/** A Singer tap as a source: read, killed with kill -9 half-way, gone on with from its state, and equal to a read that nobody disturbed. */
import { readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { contentOf, differences } from '../support/content.ts'
import { onDialects } from '../support/warehouse.ts'
import { checkpointOf, codesOf, type Deployment, deploy, killWhen, versionsOf } from './deployment.ts'

const TAP = join(import.meta.dirname, '..', 'support', 'tap.mjs')
const CONNECTOR = `import { agencyIdentifier, code, compactInstant, defineConnector, enumeration, procedureCode, setting, settings, singer } from 'ioc-feed/connect'
export default defineConnector({
  name: 'tapped',
  settings: settings({ rows: setting.number(), gate: setting.path() }),
  streams: [
    {
      name: 'dossier', entity: 'dossier', schema: 'tapped/dossier.schema.json', key: ['id'], order: 'arrival', sees: 'changes', deletes: 'never',
      map: {
        code: { from: 'id', as: code() }, procedure: { from: 'procedure', as: procedureCode() }, resolving: { from: 'agency', as: agencyIdentifier() },
        channel: { value: 'online' }, status: { from: 'status', as: enumeration({ 4: 4, 5: 5 }) },
        received: { from: 'received', as: compactInstant('Asia/Ho_Chi_Minh') },
      },
      read: singer({
        tap: () => ({ command: process.execPath, args: ['${TAP}'] }),
        config: ({ rows, gate }) => ({ rows, gate, gateAt: 2_100, every: 300 }),
        catalog: 'discover',
      }),
    },
  ],
})
`
const text = { type: 'string', maxLength: 60, pattern: '^[^<>]*$' }
const SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'sources/tapped/dossier.schema.json',
  title: 'TappedDossier',
  type: 'object',
  required: ['id', 'procedure', 'agency', 'status'],
  properties: { id: text, changed: text, status: text, procedure: text, agency: text, received: text },
}
const ROWS = 2_350

let deployment: Deployment
beforeEach(() => {
  deployment = deploy(
    { tapped: [{ id: 'tapped', settings: { rows: ROWS, gate: 'gate' } }] },
    {
      'connectors/tapped/connector.ts': CONNECTOR,
      'schemas/sources/tapped/dossier.schema.json': JSON.stringify(SCHEMA),
    },
  )
})
afterEach(() => deployment.remove())

onDialects(['sqlite'], 'a Singer tap', (open) => {
  it('is read, killed half-way, gone on with, and equal to an undisturbed read; the next one brings nothing', async () => {
    const calm = await open()
    await deployment.prepare(calm.warehouse)
    expect(await deployment.syncOne(calm.warehouse, 'tapped')).toMatchObject({
      state: 'succeeded',
      counts: { new: ROWS },
    })
    const wanted = await contentOf(calm.location)

    const { warehouse, location } = await open()
    await deployment.prepare(warehouse)
    const gate = deployment.put('gate', '')
    const child = deployment.start(['sync', 'tapped', '--warehouse', location])
    const resume = async () => (await checkpointOf(warehouse, 'tapped'))?.resume
    await killWhen(child, async () => (await resume())?.includes('1800'))
    // the state is of a record before the last one that has landed: never of one behind it
    expect(await codesOf(warehouse)).toHaveLength(2_000)
    const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`ioc-feed-tap-${child.process.pid}-`))
    expect(left()).toHaveLength(1)
    rmSync(gate)
    const rest = await deployment.syncOne(warehouse, 'tapped')
    expect(rest).toMatchObject({
      state: 'succeeded',
      counts: { read: ROWS - 1_800, new: ROWS - 2_000, unchanged: 200 },
    })
    // the settings of the tap, which the killed process could not remove
    expect(left()).toEqual([])
    expect(differences(wanted, await contentOf(location))).toEqual([])
    expect(await versionsOf(warehouse)).toBe(0)
    expect(await checkpointOf(warehouse, 'tapped')).toMatchObject({
      resume: null,
      watermark: expect.stringContaining('2350'),
    })
    expect(await deployment.syncOne(warehouse, 'tapped')).toMatchObject({ state: 'succeeded', counts: { read: 0 } })
  })
})
