/** The national catalogue of procedures (CSDL quốc gia về TTHC) through the province's adapter: always the whole list. */
import * as kit from 'ioc-feed/connect'

/** The adapter says 0, "0" or "00" for kit.success. */
const guard = kit.success('error_code', /^0+$/, 'message')

const settings = kit.settings({
  url: kit.setting.url('address of the adapter'),
  destination: kit.setting.text('the adapter route, sent as header dstcode'),
  username: kit.setting.text(),
  password: kit.setting.secret(),
  unit: kit.setting.text("the province's identifier, e.g. H53, sent as madonvi"),
})
type Config = kit.ConfigOf<typeof settings>

export default kit.defineConnector({
  name: 'catalogue',
  settings,
  streams: [
    {
      name: 'procedure',
      entity: 'procedure',
      schema: 'catalogue/procedure.schema.json',
      key: ['MATTHC'],
      order: 'arrival',
      sees: 'everything',
      deletes: 'by-full-read',
      map: {
        ...kit.nationalProcedure(),
        pilotFrom: { from: 'DICHVUCONG', as: kit.first('THIDIEMTU') },
        pilotTo: { from: 'DICHVUCONG', as: kit.first('THIDIEMDEN') },
      },
      read: kit.rest<Config>({
        base: ({ url }) => url,
        auth: kit.session({
          login: ({ username, password, destination }) => ({
            path: '/login',
            method: 'POST',
            headers: { dstcode: destination },
            body: { username, password },
          }),
          at: 'session',
          as: 'session',
          refused: guard,
          expired: (body) => String(kit.pick(body, 'error_code')) === '-1',
        }),
        request: ({ unit, destination }) => ({
          path: '/share',
          method: 'POST',
          headers: { dstcode: destination },
          body: { madonvi: unit, service: 'LayDanhSachTTHC' },
        }),
        guard,
        unwrap: 'message',
        records: 'result',
        paging: { kind: 'none' },
      }),
    },
  ],
})
