/**
 * `singer({...})`: a stream read from a Singer tap, a program that prints SCHEMA, RECORD and STATE messages. Each of our streams runs the tap
 * for itself, with a state of its own.
 *
 *   tap ─► RECORD … STATE … RECORD ─► page of up to 1,000 records, with the last STATE that came before its end
 *
 * What a STATE speaks of came before it, so it lands with its page or after it: a crash asks the tap again, never too late. At the end the
 * last STATE becomes the watermark. What came after it comes again with the next run, and changes nothing.
 */
import { PipelineError } from '../errors.ts'
import type { Completeness, Key, Page, ReadContext, Resume } from './connector.ts'
import { secretsOf } from './secrets.ts'
import { catalogOf } from './singer-catalog.ts'
import { type Fields, type Message, parseMessage } from './singer-messages.ts'
import { privateFiles, type RunningTap, startTap, TAP_LIMITS, type Tap, type TapLimits } from './singer-tap.ts'

export interface SingerDeclaration<Config> {
  /** the tap's program, its arguments and its environment */
  tap: (config: Config) => Tap
  /** what the tap gets by `--config`; secrets belong here, not into its arguments, which every user of the machine can see */
  config: (config: Config) => object
  /** what the tap gets by `--catalog`: what it discovers itself, with this stream selected; a catalogue of yours; nothing */
  catalog: 'discover' | 'none' | ((config: Config) => object)
  /** the tap's name for the stream; the stream's own unless said */
  stream?: string
  /** the name of the catalogue's option: `--catalog` unless said; older taps want `--properties` */
  catalogOption?: '--catalog' | '--properties'
  /** how long the tap may take, how long a line may be */
  limits?: Partial<TapLimits>
}

const PER_PAGE = 1_000
/** As the engine has it for resume points of taps. */
const STATE_BYTES = 64 * 1024 - 16
const STREAMS_AT_MOST = 1_000
/** By the databases' taps: when a row was deleted. */
const DELETED_AT = '_sdc_deleted_at'

interface SingerResume extends Resume {
  /** JSON text; null before the first STATE */
  state: string | null
}

/** Builds a stream's `read`. Ends as `everything` where the tap was started without a state and says, or the stream does, that this was all. */
export function singer<Config>(declaration: SingerDeclaration<Config>) {
  return async function* read(context: ReadContext<Config>): AsyncGenerator<Page, Completeness> {
    const { source, signal, config } = context
    const limits = { ...TAP_LIMITS, ...declaration.limits }
    const tap = declaration.tap(config)
    const settings = declaration.config(config)
    const secrets = secretsOf([config, settings, tap.env])
    const files = privateFiles()
    let running: RunningTap | undefined
    const stop = () => void running?.stop(true)
    signal.addEventListener('abort', stop, { once: true })
    try {
      const start = (args: readonly string[]) => {
        signal.throwIfAborted()
        running = startTap(tap, args, { source, limits, secrets })
        return running
      }
      const args = ['--config', files.put('config.json', JSON.stringify(settings))]
      const name = declaration.stream ?? context.stream.name
      const catalog = await catalogOf(declaration, config, name, (more) => start([...args, ...more]), source)
      if (catalog)
        args.push(declaration.catalogOption ?? '--catalog', files.put('catalog.json', JSON.stringify(catalog)))
      const state = stateOf(context)
      if (state !== null) args.push('--state', files.put('state.json', state))
      return yield* readTap(start(args), { context, name, state, command: tap.command })
    } finally {
      signal.removeEventListener('abort', stop)
      await running?.stop(signal.aborted)
      files.remove()
    }
  }
}

function stateOf<Config>({ resume, watermark, full, stream, source }: ReadContext<Config>): string | null {
  const reached = (resume as SingerResume | null)?.state ?? null
  if (reached !== null) return reached
  if (full || stream.sees === 'everything' || watermark === null) return null
  if (/^[{[]/.test(watermark)) return watermark
  const problem = `"${watermark.slice(0, 40)}" is no state of its tap, which knows only where it was: leave --since out`
  throw new PipelineError('CONNECTOR_INVALID', { connector: source, problem, file: 'its connector.ts' })
}

interface Reading<Config> {
  context: ReadContext<Config>
  /** the tap's name for our stream */
  name: string
  /** with which the tap was started */
  state: string | null
  command: string
}

async function* readTap<Config>(
  tap: RunningTap,
  { context, name, state: begun, command }: Reading<Config>,
): AsyncGenerator<Page, Completeness> {
  const { source, stream, signal } = context
  const unreadable = (problem: string, cause?: unknown) =>
    new PipelineError(
      'SOURCE_UNREADABLE',
      { source, expected: 'a Singer message', problem, place: `the tap ${command}` },
      { cause },
    )
  const known = new Map<string, number>()
  const ours = { records: [] as Fields[], deleted: [] as Key[], keys: new Set<string>() }
  let state = begun
  /** our stream's last message said that all of it has been sent */
  let activated = false
  const remarks = new Set<string>()
  const page = (): Page => {
    const made: Page = {
      records: ours.records,
      deleted: ours.deleted,
      resume: { state } satisfies SingerResume,
      remarks: [...remarks],
    }
    Object.assign(ours, { records: [], deleted: [], keys: new Set() })
    remarks.clear()
    return made
  }
  let lines = 0
  let failure: unknown = null
  try {
    for await (const line of tap.lines()) {
      signal.throwIfAborted()
      lines++
      if (line.trim() === '') continue
      const message = messageOf(line, lines, unreadable)
      if (message.type === 'STATE') {
        state = checkState(message.state, source)
        continue
      }
      if (message.type === 'SCHEMA') {
        if (known.size >= STREAMS_AT_MOST) throw unreadable(`more than ${STREAMS_AT_MOST} streams`)
        if (message.stream === name) checkKeys(message, context, remarks)
        known.set(message.stream, known.get(message.stream) ?? 0)
        continue
      }
      const before = known.get(message.stream)
      if (before === undefined) {
        throw unreadable(
          `line ${lines} is a ${message.type} of the stream "${message.stream.slice(0, 100)}" before its SCHEMA`,
        )
      }
      if (message.type === 'ACTIVATE_VERSION') {
        if (message.stream === name) activated = true
        continue
      }
      known.set(message.stream, before + 1)
      if (message.stream !== name) continue
      activated = false
      const { record } = message
      const { [DELETED_AT]: goneAt, ...fields } = record
      const key = stream.key.map((field) => String(record[field] ?? ''))
      const id = JSON.stringify(key)
      // the same key alive and deleted on one page would have no order
      if (ours.keys.has(id) || ours.records.length + ours.deleted.length >= PER_PAGE) yield page()
      ours.keys.add(id)
      if (goneAt !== undefined && goneAt !== null) ours.deleted.push(key)
      else ours.records.push(goneAt === undefined ? record : fields)
    }
  } catch (error) {
    failure = error
  }
  const why = await endOf(tap, failure)
  signal.throwIfAborted()
  for (const [other, count] of known) {
    if (other !== name)
      remarks.add(`the tap also sent ${count > 0 ? 'records of ' : ''}the stream "${other}", which is not read here`)
  }
  for (const line of tap.said())
    if (why !== null || /\b(?:warn(?:ing)?|error|critical|fatal)\b/i.test(line)) remarks.add(`tap: ${line}`)
  // what came is proven good by itself: it lands, and the next run asks for the rest
  yield page()
  if (why !== null) throw why instanceof PipelineError ? why : incomplete(source, why, tap.said().at(-1))
  if (!known.has(name)) {
    const sent = [...known.keys()].slice(0, 20).join(', ') || 'none'
    throw unreadable(`it sent no SCHEMA of the stream "${name}"; streams that it sent: ${sent}`)
  }
  // begun without a state it was asked for all that it has; that it sent all of it only ACTIVATE_VERSION or the stream says
  const asked = activated || stream.sees === 'everything' ? 'everything' : 'window'
  return {
    enumerated: begun === null ? asked : 'changes',
    by: 'token',
    upTo: state,
  }
}

function messageOf(
  line: string,
  number: number,
  unreadable: (problem: string, cause?: unknown) => PipelineError,
): Message {
  try {
    return parseMessage(line, number)
  } catch (error) {
    throw error instanceof SyntaxError ? unreadable(error.message, error) : error
  }
}

/** Null where the tap ended well. That it died goes before the line that it broke off. */
async function endOf(tap: RunningTap, failure: unknown): Promise<unknown> {
  if (failure !== null && !tap.brokeOff()) return failure
  try {
    const { code, signal } = await tap.ended()
    if (code === 0) return failure
    return code === null ? `its tap was ended by ${signal}` : `its tap ended with exit code ${code}`
  } catch (stalled) {
    return failure ?? stalled
  }
}

function incomplete(source: string, why: unknown, said: string | undefined): unknown {
  if (typeof why !== 'string') return why
  const problem = said === undefined ? why : `${why}; the last it said: ${said}`
  return new PipelineError('SOURCE_INCOMPLETE', { source, problem })
}

function checkState(state: string, source: string): string {
  // as it stands in the resume point, quoted
  if (Buffer.byteLength(JSON.stringify(state)) <= STATE_BYTES) return state
  throw new PipelineError('SOURCE_TOO_LARGE', { source, limit: '64 KiB', place: 'a STATE message of its tap' })
}

type Schema = Extract<Message, { type: 'SCHEMA' }>
/** A tap that keys its records otherwise than the stream would make one of two, or two of one. */
function checkKeys<Config>(
  { keys, properties }: Schema,
  { stream, source }: ReadContext<Config>,
  remarks: Set<string>,
) {
  const fail = (problem: string): never => {
    throw new PipelineError('CONNECTOR_INVALID', { connector: source, problem, file: 'its connector.ts' })
  }
  const missing = stream.key.filter((field) => properties.length > 0 && !properties.includes(field))
  if (missing.length > 0)
    fail(`stream "${stream.name}" has the key ${stream.key.join(', ')}; its tap sends no ${missing.join(', ')}`)
  if (keys.length === 0)
    remarks.add('the tap names no key_properties: that the key is unique is what the connector says')
  else if (keys.toSorted().join('\n') !== stream.key.toSorted().join('\n')) {
    fail(`stream "${stream.name}" has the key ${stream.key.join(', ')}; its tap has ${keys.join(', ')}`)
  }
}
