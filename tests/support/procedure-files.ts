/** Connectors of a test's home that read lists of procedures from files, as somebody would write them for the export of a portal. */
const HEAD = (names: string) => `import { ${names} } from 'ioc-feed/connect'\n`
const ZONE = 'Asia/Ho_Chi_Minh'

/** The workbook that the national portal exports: a merged title, the header below it, several agencies in one cell. */
export const workbookConnector = (name: string): string => `${HEAD(
  'agencyName, asText, defineConnector, each, files, PERIOD_FIELD, procedureCode, setting, settings',
)}
const LEVELS = [['ministry', /^bộ|cục/i], ['province', /tỉnh|sở/i], ['district', /huyện/i], ['commune', /xã/i]]
const level = { name: 'level', doc: 'level of an agency', convert: ([name]) => LEVELS.find(([, words]) => words.test(asText(name)))?.[0] ?? null }

export default defineConnector({
  name: '${name}',
  settings: settings({ folder: setting.path('where the portal’s exports are put') }),
  streams: [{
    name: 'procedure', entity: 'procedure', schema: 'tthc/procedure.schema.json',
    key: ['Mã số'], order: { field: PERIOD_FIELD, zone: '${ZONE}' }, sees: 'changes', deletes: 'never',
    map: {
      code: { from: 'Mã số', as: procedureCode() }, name: 'Tên', fieldName: 'Lĩnh vực',
      level: { value: 'information' }, online: { value: false }, integrated: { value: false },
      executing: { from: 'Cơ quan thực hiện', as: each({ as: level, set: true }) },
      agencies: { from: 'Cơ quan thực hiện', as: each({ as: agencyName(), set: true }) },
    },
    read: files({
      from: ({ folder }) => folder,
      patterns: [{ match: /\\.xlsx$/, drop: 'full', format: 'xlsx', period: 'changed' }],
      columns: ['Mã số', 'Tên', 'Cơ quan thực hiện', 'Lĩnh vực'],
      split: { 'Cơ quan thực hiện': '\\n' },
      stableFor: () => 0,
    }),
  }],
})
`

/** Rows of code, name and further columns; from a folder, or from an SFTP server where its settings are given. */
export const tableConnector = (name: string, pattern: string): string => `${HEAD(
  'defineConnector, each, enumeration, files, PERIOD_FIELD, procedureCode, setting, settings, sftp',
)}
const level = enumeration({ 'Cấp bộ': 'ministry', 'Cấp tỉnh': 'province', 'Cấp huyện': 'district', 'Cấp xã': 'commune', 'Cơ quan khác': null })
const nothing = { name: 'nothing', doc: 'an empty list', convert: () => [] }
const online = { name: 'online', doc: 'offered online', convert: ([channels]) => channels.includes('Trực tuyến') }

export default defineConnector({
  name: '${name}',
  settings: settings({
    folder: setting.path('where the files are'), port: setting.optional(setting.number()), hostKey: setting.optional(setting.text()),
    password: setting.optional(setting.secret()),
  }),
  streams: [{
    name: 'procedure', entity: 'procedure', schema: 'table/procedure.schema.json',
    key: ['code'], order: { field: PERIOD_FIELD, zone: '${ZONE}' }, sees: 'changes', deletes: 'never',
    map: {
      code: { from: 'code', as: procedureCode() }, name: 'name', fieldName: 'field',
      level: { value: 'information' }, online: { from: 'channels', as: online }, integrated: { value: false },
      executing: { from: 'level', as: each({ as: level, separator: ',' }) }, agencies: { from: 'channels', as: nothing },
    },
    read: files({
      from: ({ folder, port, hostKey, password }) => port ? sftp({ host: '127.0.0.1', port, user: 'ioc', password, hostKey, folder }) : folder,
      patterns: [${pattern}],
      columns: ['code', 'name', 'field', 'level', 'channels'], split: { channels: '|' }, stableFor: () => 0,
    }),
  }],
})
`

const text = (max: number) => ({ type: ['string', 'null'], maxLength: max, 'x-public': true })
const list = { type: ['array', 'null'], items: { type: 'string', maxLength: 1000, 'x-public': true } }
const schema = (path: string, required: readonly string[], properties: Record<string, unknown>) =>
  JSON.stringify({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `sources/${path}.schema.json`,
    title: 'Procedures of a file',
    type: 'object',
    required,
    properties,
  })

export const procedureSchemas = (): Record<string, string> => ({
  'schemas/sources/tthc/procedure.schema.json': schema('tthc/procedure', ['Mã số', 'Tên', '$period'], {
    'Mã số': { type: 'string', maxLength: 60 },
    Tên: { type: 'string', minLength: 1, maxLength: 4000, 'x-public': true },
    'Cơ quan ban hành': text(1000),
    'Cơ quan thực hiện': list,
    'Lĩnh vực': text(1000),
    $period: { type: 'string', maxLength: 40 },
  }),
  'schemas/sources/table/procedure.schema.json': schema('table/procedure', ['code', 'name', '$period'], {
    code: { type: 'string', maxLength: 60 },
    name: { type: 'string', minLength: 1, maxLength: 4000, 'x-public': true },
    field: text(1000),
    level: text(100),
    channels: list,
    limit_online: text(200),
    limit_counter: text(200),
    $period: { type: 'string', maxLength: 40 },
  }),
})
