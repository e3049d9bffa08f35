/** The catalogue that tells a tap which stream to send: given by the connector, or discovered by the tap itself. */
import { PipelineError } from '../errors.ts'
import type { SingerDeclaration } from './singer.ts'
import type { RunningTap } from './singer-tap.ts'

interface Entry {
  stream?: unknown
  tap_stream_id?: unknown
  schema?: Record<string, unknown>
  metadata?: { breadcrumb: readonly string[]; metadata: Record<string, unknown> }[]
}
const CATALOG_LETTERS = 16 * 1024 * 1024

/** @throws PipelineError SOURCE_UNREADABLE where the tap discovers no such stream */
export async function catalogOf<Config>(
  { catalog }: SingerDeclaration<Config>,
  config: Config,
  stream: string,
  start: (args: readonly string[]) => RunningTap,
  source: string,
): Promise<object | null> {
  if (catalog === 'none') return null
  if (typeof catalog === 'function') return catalog(config)
  const fail = (problem: string): never => {
    const params = { source, expected: 'a Singer catalogue', problem, place: 'what the tap answers to --discover' }
    throw new PipelineError('SOURCE_UNREADABLE', params)
  }
  const tap = start(['--discover'])
  let text = ''
  for await (const line of tap.lines()) {
    text += `${line}\n`
    if (text.length > CATALOG_LETTERS) fail(`more than ${CATALOG_LETTERS} letters`)
  }
  const { code } = await tap.ended()
  if (code !== 0) fail(`exit code ${code}; the last it said: ${tap.said().at(-1) ?? 'nothing'}`)
  let found: { streams?: unknown }
  try {
    found = JSON.parse(text) as { streams?: unknown }
  } catch {
    return fail('it is no JSON')
  }
  if (!Array.isArray(found?.streams)) return fail('it has no list of streams')
  const streams = found.streams as Entry[]
  const isOurs = (entry: Entry) => entry.stream === stream || entry.tap_stream_id === stream
  if (!streams.some(isOurs))
    fail(`it has no stream "${stream}"; known: ${streams.map(({ stream }) => stream).join(', ')}`)
  return { ...found, streams: streams.map((entry) => selected(entry, isOurs(entry))) }
}

/** In both places where taps look for it. */
function selected(entry: Entry, is: boolean): Entry {
  const metadata = (entry.metadata ?? []).filter(({ breadcrumb }) => breadcrumb.length > 0)
  const own = entry.metadata?.find(({ breadcrumb }) => breadcrumb.length === 0)?.metadata
  return {
    ...entry,
    schema: { ...entry.schema, selected: is },
    metadata: [{ breadcrumb: [], metadata: { ...own, selected: is } }, ...metadata],
  }
}
