/** The procedures that recorded dossiers name, so that they do not wait for a catalogue. Made up but for their codes. */
import { type Converter, defineConnector, procedureCode, setting, settings } from '../../connect/index.ts'

const nothing: Converter = { name: 'nothing', doc: 'an empty list', convert: () => [] }

export default defineConnector({
  name: 'suite-procedures',
  settings: { ...settings({ codes: setting.text() }), properties: { codes: { type: 'array' } } } as never,
  streams: [
    {
      name: 'procedure',
      entity: 'procedure',
      schema: 'suite/procedure.schema.json',
      key: ['code'],
      order: 'arrival',
      sees: 'everything',
      deletes: 'never',
      map: {
        code: { from: 'code', as: procedureCode() },
        name: 'code',
        level: { value: 'full' },
        online: { value: true },
        integrated: { value: false },
        executing: { from: 'code', as: nothing },
        agencies: { from: 'code', as: nothing },
      },
      async *read({ config }) {
        const { codes } = config as { codes: readonly string[] }
        yield { records: codes.map((code) => ({ code })), resume: {} }
        return { enumerated: 'everything', by: 'snapshot', upTo: null }
      },
    },
  ],
})
