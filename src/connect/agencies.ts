/**
 * Converters to agency references: `identifier:H53.14`, `code:25459`, `name:<key>`, `local:<group>`. Which agency a reference
 * means is decided when it lands, by the dossier's received date.
 */
import { asText, type Converter, type Instant, isRejection, type Rejection, reject } from './converters.ts'
import { agencyNameKey, foldName } from './names.ts'

/** QCVN 102:2016, read from the smallest unit up: `V1V2V3.Z1Z2.Y1Y2.MX1X2` */
const QCVN_102 = /^(\d{3})\.(\d{2})\.(\d{2})\.([A-Z]\d{2,3})$/
/** QĐ 20/2020/QĐ-TTg, read from the largest unit down: `H53.14` */
const QD_20 = /^[A-Z]\d{2,3}(?:\.[0-9A-Z]{1,4}){0,6}$/

/** Identifier (mã định danh) in the form of QĐ 20/2020; undefined where it has neither form. `000.17.22.H56` → `H56.22.17` */
export function agencyIdentifierOf(written: string): string | undefined {
  const old = QCVN_102.exec(written)
  if (!old) return QD_20.test(written) ? written : undefined
  const [, v, z, y, top = ''] = old
  return [top, ...[y, z, v].filter((part) => part !== undefined && !/^0+$/.test(part))].join('.')
}

function reference(
  name: string,
  doc: string,
  expected: string,
  convert: (written: string) => string | undefined,
): Converter {
  return {
    name,
    doc,
    convert([value]) {
      const written = asText(value)
      if (written === undefined) return reject('type', expected)
      if (written === '') return null
      return convert(written) ?? reject('agency', expected)
    },
  }
}

/** Mã định danh cơ quan, in either form → `identifier:…` */
export const agencyIdentifier = (): Converter =>
  reference('agencyIdentifier', 'mã định danh, QĐ 20/2020 or QCVN 102 form', 'e.g. H53.14', (written) => {
    const identifier = agencyIdentifierOf(written.toUpperCase())
    return identifier && `identifier:${identifier}`
  })
/** Code of an administrative unit or department → `code:…` */
export const agencyCode = (): Converter =>
  reference('agencyCode', 'code of a unit, e.g. 25459', 'e.g. 25459', (written) =>
    written.length <= 100 ? `code:${written}` : undefined,
  )
/** Mã định danh in either form, else digits as the code of a unit. For columns of mixed forms; what is neither is refused, never a name. */
export const agencyAnyCode = (): Converter =>
  reference('agencyAnyCode', 'mã định danh in either form, or the digits of a unit code', 'e.g. H53.14', (written) => {
    if (/^\d{2,5}$/.test(written)) return `code:${written}`
    const identifier = agencyIdentifierOf(written.toUpperCase())
    return identifier && `identifier:${identifier}`
  })

const DIGITS = { province: 2, district: 3, commune: 5 } as const
/**
 * Code of an administrative unit (mã đơn vị hành chính) → `code:…`, leading zeros that a spreadsheet took restored. It means the unit that
 * had the code on the received date; with `on`, on the day of a second raw field: `{ from: ['MaXa', 'NgayCapNhat'], as: unitCode(
 * 'commune', { on: compactInstant(ZONE) }) }`, for systems that write the code of the day of the transfer. Codes are re-used since 2025-07-01.
 */
export function unitCode(level: keyof typeof DIGITS, { on }: { on?: Converter } = {}): Converter {
  const expected = `${DIGITS[level]} digits, e.g. ${{ province: '80', district: '705', commune: '25459' }[level]}`
  return {
    name: 'unitCode',
    doc: `code of a ${level}, ${expected}; valid ${on ? 'on the day of the second field' : 'on the received date'}`,
    convert([value, ...dated], context) {
      const written = asText(value)
      if (written === undefined) return reject('type', expected)
      if (written === '') return null
      if (!/^\d+$/.test(written) || written.length > DIGITS[level]) return reject('agency', expected)
      const reference = `code:${written.padStart(DIGITS[level], '0')}`
      const instant = (on?.convert(dated, context) ?? null) as Instant | Rejection | null
      if (instant === null || isRejection(instant)) return instant ?? reference
      const day = Temporal.Instant.fromEpochMilliseconds(instant.at).toZonedDateTimeISO(context.zone).toPlainDate()
      return `${reference}@${day}`
    },
  }
}

/** The source's own code of a group → `local:…`; its `agency` stream says which agency that is. */
export const agencyLocal = (): Converter =>
  reference('agencyLocal', "the source's own code of an agency", 'a code', (written) =>
    written.length <= 200 ? `local:${written}` : undefined,
  )

// Folding a name costs some 10 µs and a file names the same few dozen agencies in every row.
const KEPT_NAMES = 5_000

/** Agency by name → `name:…`. With two fields the second is the district, since communes of one name exist in several. */
export function agencyName(): Converter {
  const references = new Map<string, string>()
  return {
    name: 'agencyName',
    doc: 'name of an agency; a second field names the district it lies in',
    convert([name, within]) {
      const [written, place] = [asText(name), asText(within)]
      if (written === undefined || place === undefined) return reject('type', 'a name')
      if (written === '') return null
      const asked = `${written}\n${place}`
      let reference = references.get(asked)
      if (reference === undefined) {
        // a district's own rows name the district twice; it does not lie in itself
        const within = foldName(place) === foldName(written) ? null : place
        reference = `name:${agencyNameKey(written, within)}`
        if (references.size >= KEPT_NAMES) references.clear()
        references.set(asked, reference)
      }
      return reference === 'name:' ? reject('agency', 'a name') : reference
    },
  }
}
