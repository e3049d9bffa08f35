/** `ioc connector record <source>`: see src/author/record/record.ts. */
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type Recorded, recordSource } from '../author/record/record.ts'
import { writeRecording } from '../author/record/recording.ts'
import { openSource, streamsNamed } from '../author/source.ts'
import { sourceWord } from './connector-check.ts'
import { type Cli, text, type Verb, whole } from './context.ts'
import { table } from './format.ts'
import { sourceNamed } from './problems.ts'

const PAGES = 2
const PAGES_AT_MOST = 50

export const record: Verb = async (cli, words, values) => {
  const source = sourceNamed(cli, sourceWord(cli, 'record', words))
  const { config, env, signal } = cli
  const pages = whole(cli, values, 'pages', PAGES, [1, PAGES_AT_MOST])
  const opened = await openSource({ config, env, signal }, source)
  const streams = streamsNamed(opened, text(values.stream))
  const recorded = await recordSource(opened, streams, { version: versionOf(), pages })
  // in the home, as sources.json is: an upgrade of the checkout never touches them
  const folder = join(cli.config.home, 'connectors', opened.connector.name, 'recordings')
  const files = recorded.map((one) => {
    const file = join(folder, `${one.stream}.json`)
    writeRecording(file, one.recording)
    return { ...one, file }
  })
  print(cli, files)
  cli.document({
    source: source.id,
    recordings: files.map(({ stream: name, file, bytes, replaced, recording }) => ({
      stream: name,
      file,
      records: recording.kept,
      of: recording.came,
      replaced,
      bytes,
    })),
  })
  return 0
}

function print(cli: Cli, files: readonly (Recorded & { file: string })[]): void {
  const rows = files.map(({ stream, recording, replaced, bytes, file }) => [
    stream,
    cli.words('connector-recorded', { kept: recording.kept, came: recording.came, replaced, bytes }),
    relative(cli.config.home, file),
  ])
  for (const line of table(rows, { wrap: 1, width: cli.width })) cli.print(line)
  cli.print(cli.words('connector-record-next', { connector: files[0]?.recording.connector ?? '' }))
}

export function versionOf(): string {
  const file = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
