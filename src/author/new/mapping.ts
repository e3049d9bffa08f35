/** Raw fields → what the pipeline knows: which field is which, by which converter, and what remains to be asked. */
import { agencyIdentifierOf } from '../../connect/agencies.ts'
import type { Entity } from '../../connect/connector.ts'
import { isRejection, procedureCode } from '../../connect/converters.ts'
import { parseIso } from '../../connect/instants.ts'
import type { Field, MapLine, Todo } from './draft.ts'
import { amountBy, datedBy, isFlagLike, isWhole } from './forms.ts'
import { proposePersonal } from './personal.ts'
import { plain, quote } from './plain.ts'
import * as question from './questions.ts'
import { CHANGED, type Role, WANTED, WITHIN } from './vocabulary.ts'
import { wordsLine } from './words.ts'

const ZONE = 'Asia/Ho_Chi_Minh'

export interface Mapped {
  key: string[]
  order: string | null
  map: MapLine[]
  /** with what is personal marked, and its values gone */
  fields: Field[]
  todos: Todo[]
}

/** Entities by what their fields are named: the one of which most required fields are found, dossiers before others. */
export function guessEntity(fields: readonly Field[]): Entity {
  const names = new Set(fields.map(({ name }) => plain(name)))
  const share = (entity: Entity): number => {
    const required = Object.values(WANTED[entity]).filter((wanted) => wanted.required)
    return (
      required.filter((wanted) => wanted.names.some((name) => name.length > 2 && names.has(name))).length /
      required.length
    )
  }
  const dated = [...(WANTED.dossier.received?.names ?? []), ...(WANTED.dossier.due?.names ?? [])].some((name) =>
    names.has(name),
  )
  if (dated) return 'dossier'
  const order: readonly Entity[] = ['dossier', 'procedure', 'feedback', 'agency']
  return order.reduce((best, entity) => (share(entity) > share(best) ? entity : best))
}

export function proposeMap(
  entity: Entity,
  found: readonly Field[],
  records: number,
  known: { key?: readonly string[] | undefined },
): Mapped {
  const todos: Todo[] = []
  const chosen = choose(entity, found, todos)
  const orderField = found.find((field) => isChanged(field) && ![...chosen.values()].includes(field)) ?? null
  const mapped = new Set([...chosen].filter(([canonical]) => canonical !== 'identity').map(([, field]) => field))
  const fields = found.map((field) => marked(field, mapped.has(field) || field === orderField, todos))
  const now = (field: Field): Field => fields[found.indexOf(field)] ?? field

  const codeName = entity === 'agency' ? 'local' : 'code'
  const keyField = chosen.get(codeName) ?? keyOf(found, known.key, todos)
  if (keyField && !chosen.has(codeName)) chosen.set(codeName, keyField)
  if (keyField) questionKey(now(keyField), records, todos)

  const map: MapLine[] = []
  for (const [canonical, wanted] of Object.entries(WANTED[entity])) {
    const raw = chosen.get(canonical)
    const field = raw && now(raw)
    if (field && usable(field, wanted.role)) map.push(...linesOf(entity, canonical, wanted.role, field, fields, todos))
    else if (wanted.required) map.push(placeholder(canonical, wanted.role, field, fields, todos))
  }
  questionDates(entity, fields, map, orderField?.name ?? null, todos)
  if (!orderField) todos.push(question.noOrder())
  return { key: keyField ? [keyField.name] : [], order: orderField?.name ?? null, map, fields, todos }
}

/** What is personal can only be mapped as a verdict. */
const usable = (field: Field, role: Role): boolean =>
  field.fields === null && !field.types.has('array') && (field.personal === null) === (role !== 'identity')

/** Canonical name → raw field, each raw field once: by usual names in their order, then, for what is required, by a name that holds one. */
function choose(entity: Entity, fields: readonly Field[], todos: Todo[]): Map<string, Field> {
  const chosen = new Map<string, Field>()
  const free = () => fields.filter((field) => ![...chosen.values()].includes(field))
  for (const [canonical, { names }] of Object.entries(WANTED[entity])) {
    const field = names.map((name) => free().find((one) => plain(one.name) === name)).find((one) => one !== undefined)
    if (field) chosen.set(canonical, field)
  }
  for (const [canonical, { names, required, role }] of Object.entries(WANTED[entity])) {
    if (chosen.has(canonical) || !(required || role === 'date')) continue
    const telling = names.filter((name) => name.length >= 6)
    const field = free().find((one) => one.fields === null && telling.some((name) => plain(one.name).includes(name)))
    if (!field || (role === 'date' && datedBy(field) === undefined)) continue
    chosen.set(canonical, field)
    todos.push(question.unsure(canonical, field.name))
  }
  return chosen
}

function marked(field: Field, mapped: boolean, todos: Todo[]): Field {
  const proposed = proposePersonal(field, mapped)
  if (proposed === null)
    return field.fields ? { ...field, fields: field.fields.map((inner) => marked(inner, false, todos)) } : field
  if (proposed.by === 'values') todos.push(question.personalByValues(field.name, proposed.kind))
  if (proposed.by === 'long') todos.push(question.personalLong(field.name))
  return { ...field, personal: proposed.kind, values: [] }
}

/** Landing orders versions by an instant in ISO or as databases print it. */
const isChanged = (field: Field): boolean =>
  CHANGED.includes(plain(field.name)) &&
  field.fields === null &&
  (field.values.length === 0 ? field.says !== undefined : field.values.every((value) => parseIso(value, ZONE, false)))

function keyOf(fields: readonly Field[], known: readonly string[] | undefined, todos: Todo[]): Field | undefined {
  const scalar = fields.filter(
    (field) => field.fields === null && field.personal === null && proposePersonal(field, false) === null,
  )
  const primary = known?.length === 1 ? scalar.find(({ name }) => name === known[0]) : undefined
  const unique = scalar.find(
    ({ values, optional }) => !optional && values.length > 0 && new Set(values).size === values.length,
  )
  const field = primary ?? unique ?? scalar[0]
  if (field && !primary) todos.push(question.noKey(field.name))
  return field
}

function questionKey(field: Field, records: number, todos: Todo[]): void {
  const again = field.values.length - new Set(field.values).size
  if (records > 1 && again > 0) todos.push(question.repeatedKey(field.name, again))
  if (field.values.some((value) => /^\d{9,12}$/.test(value))) todos.push(question.longKey(field.name))
}

/** A date of an end that is not mapped costs every dossier that has ended. */
function questionDates(
  entity: Entity,
  fields: readonly Field[],
  map: readonly MapLine[],
  order: string | null,
  todos: Todo[],
): void {
  const used = new Set([...map.flatMap(({ from }) => from), order])
  const open = fields.filter(
    (field) =>
      !used.has(field.name) &&
      field.personal === null &&
      field.fields === null &&
      field.values.length > 0 &&
      datedBy(field) !== undefined,
  )
  const wanted = Object.entries(WANTED[entity]).filter(([, { role }]) => role === 'date')
  const free = wanted.map(([canonical]) => canonical).filter((name) => !map.some((one) => one.canonical === name))
  if (open.length > 0 && free.length > 0)
    todos.push(
      question.openDates(
        open.map(({ name }) => name),
        free,
      ),
    )
}

const line = (canonical: string, from: string | readonly string[], as: string): MapLine => {
  const names = [from].flat()
  const [first = ''] = names
  const written = names.length === 1 ? quote(first) : `[${names.map(quote).join(', ')}]`
  return { canonical, from: names, code: `{ from: ${written}, as: ${as} }` }
}

function linesOf(
  entity: Entity,
  canonical: string,
  role: Role,
  field: Field,
  fields: readonly Field[],
  todos: Todo[],
): MapLine[] {
  const { name } = field
  switch (role) {
    case 'code':
      return [line(canonical, name, 'code()')]
    case 'text':
      return [line(canonical, name, 'text()')]
    case 'identity':
      return [line(canonical, name, 'verdict()')]
    case 'flag':
      if (field.values.length > 0 && !isFlagLike(field)) todos.push(question.unsure(canonical, name))
      return [line(canonical, name, 'flag()')]
    case 'integer':
      if (!isWhole(field)) todos.push(question.unsure(canonical, name))
      return [line(canonical, name, 'integer()')]
    case 'amount': {
      const amount = amountBy(field)
      if (amount === undefined) todos.push(question.unsure(canonical, name))
      const dotted = field.values.find((value) => /^\d{1,3}\.\d{3}$/.test(value))
      if (amount === 'amount()' && dotted !== undefined) todos.push(question.grouped(canonical, name, dotted))
      return [line(canonical, name, amount ?? 'amount()')]
    }
    case 'date':
      return [line(canonical, name, date(canonical, field, todos))]
    case 'words':
      return [wordsLine(canonical, field, todos)]
    case 'agency':
      return [agency(canonical, field, fields, todos)]
    case 'procedure': {
      const wrong = field.values.filter((value) => isRejection(procedureCode().convert([value], CONTEXT)))
      if (wrong.length > 0) todos.push(question.noProcedure(canonical, name, wrong.length, field.values.length))
      const local = entity === 'dossier' ? 'procedureLocal' : 'localCode'
      return [line(canonical, name, 'procedureCode()'), line(local, name, 'text()')]
    }
    default:
      return [placeholder(canonical, role, field, fields, todos)]
  }
}
const CONTEXT = { zone: ZONE, source: '', agency: null }

function date(canonical: string, field: Field, todos: Todo[]): string {
  const dated = datedBy(field)
  if (!dated) {
    todos.push(question.noDate(canonical, field.name))
    return 'isoInstant({ zone: ZONE })'
  }
  if (dated.doubt === 'none') todos.push(question.dateUnseen(canonical, field.name))
  if (dated.doubt === 'serial') todos.push(question.serial(canonical, field.name))
  if (dated.doubt === 'false-z') todos.push(question.falseZ(canonical, field.name, dated.code.includes('true')))
  return dated.code
}

function agency(canonical: string, field: Field, fields: readonly Field[], todos: Todo[]): MapLine {
  const { name, values } = field
  const isIdentifier = (value: string) =>
    /[A-Z]\d{2}/.test(value) && agencyIdentifierOf(value.toUpperCase()) !== undefined
  if (values.length > 0 && values.every(isIdentifier)) return line(canonical, name, 'agencyIdentifier()')
  if (values.length > 0 && values.every((value) => /^\d+$/.test(value))) {
    todos.push(question.numericAgency(canonical, name))
    return line(canonical, name, 'agencyCode()')
  }
  if (values.some((value) => /\s/.test(value)) || /^(?:ten|name)|name$/.test(plain(name))) {
    const within = fields.find(
      (one) => WITHIN.includes(plain(one.name)) && one.personal === null && one.fields === null,
    )
    return line(canonical, within ? [name, within.name] : name, 'agencyName()')
  }
  todos.push(question.localAgency(canonical, name))
  return line(canonical, name, 'agencyLocal()')
}

/** What is required and not found does not start: an empty value is refused before anything is read. */
function placeholder(
  canonical: string,
  role: Role,
  field: Field | undefined,
  fields: readonly Field[],
  todos: Todo[],
): MapLine {
  if (field?.fields) {
    const inside = field.fields.filter(({ personal }) => personal === null).map(({ name }) => name)
    todos.push(question.nested(canonical, field.name, inside))
  } else if (role === 'agency') todos.push(question.missingAgency(canonical))
  else todos.push(question.missing(canonical, candidates(role, fields)))
  return { canonical, from: [], code: role === 'agency' ? "{ setting: 'agency' }" : "{ value: '' }" }
}

/** Fields that might be it, by the look of their values. */
function candidates(role: Role, fields: readonly Field[]): string[] {
  const open = fields.filter((field) => field.personal === null && field.fields === null && field.values.length > 0)
  const few = (field: Field) =>
    field.values.length >= 4 && new Set(field.values).size <= Math.min(12, field.values.length / 2)
  const isProcedure = ({ values }: Field) =>
    !values.some((value) => isRejection(procedureCode().convert([value], CONTEXT)))
  const fits =
    role === 'procedure'
      ? isProcedure
      : role === 'words' || role === 'flag'
        ? few
        : role === 'date'
          ? (field: Field) => datedBy(field) !== undefined
          : () => false
  return open
    .filter(fits)
    .map(({ name }) => name)
    .slice(0, 4)
}
