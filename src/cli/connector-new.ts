/** `ioc connector new`: what was written, what is still to be answered, what to do next. */
import { join, resolve } from 'node:path'
import { NAME, newConnector } from '../author/new/new.ts'
import { CHECKOUT } from '../config.ts'
import { PipelineError } from '../errors.ts'
import { CONNECTOR_PARTS } from './connector-parts.ts'
import { text, type Verb } from './context.ts'
import { number, safe } from './format.ts'

export const connectorNew: Verb = async (cli, [name = '', extra], values) => {
  const usage = `ioc connector ${CONNECTOR_PARTS.new?.usage}`
  if (extra !== undefined)
    throw new PipelineError('USAGE', {
      what: cli.words('too-many', { verb: 'connector new', word: extra }),
      mend: usage,
    })
  if (!NAME.test(name)) throw new PipelineError('USAGE', { what: cli.words('new-name', { typed: name }), mend: usage })
  const from = cli.env.INIT_CWD || process.cwd()
  const drafted = await newConnector({
    name,
    home: cli.config.home,
    checkout: CHECKOUT,
    from: text(values.from),
    url: text(values.url),
    kind: text(values.kind),
    table: text(values.table),
    operation: text(values.operation),
    entity: text(values.entity),
    force: values.force === true,
    path: (typed) => resolve(from, typed),
    signal: cli.signal,
  })
  const { kind, entity, records, files, personal, todos, environment } = drafted
  const next = `ioc connector check ${name}`
  cli.document({
    name,
    kind,
    entity,
    stream: drafted.stream,
    records,
    files,
    personal,
    todos: todos.map((todo) => ({ at: todo.at, question: todo[cli.language] })),
    environment,
    next,
  })
  cli.print(cli.words('new-written', { name, kind, entity, records: number(records, cli.language) }))
  for (const file of files) cli.print(`  ${join(cli.config.home, file)}`)
  const fields = personal.map(({ field, kind }) => `${field} (${kind})`).join(', ')
  cli.print(personal.length === 0 ? cli.words('new-no-personal') : cli.words('new-personal', { fields: safe(fields) }))
  cli.print(todos.length === 0 ? cli.words('new-none-open') : cli.words('new-open', { count: todos.length }))
  for (const todo of todos) cli.print(`  - ${safe(`${todo.at}: ${todo[cli.language]}`)}`)
  if (environment.length > 0) cli.print(cli.words('new-set', { variables: environment.join(', ') }))
  cli.print(cli.words('new-next', { command: next }))
  return 0
}
