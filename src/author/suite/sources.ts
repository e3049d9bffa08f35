/** The hostile source of one stream; the connector's other streams stand beside it with their recorded records. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Connector } from '../../connect/connector.ts'
import type { Recording } from '../record/recording.ts'
import { recordedAnswers, recordedPage } from './answers.ts'
import { fileForms, filesFacts, writeFiles } from './files-source.ts'
import { type Answerer, startServer } from './http-server.ts'
import type { Material } from './material.ts'
import { restAnswerer, restFacts, restPage } from './rest-source.ts'
import { settingsFor } from './settings.ts'
import { scriptedTap, singerFacts } from './singer-source.ts'
import { soapAnswerer, soapFacts } from './soap-source.ts'
import { sqlDatabase, sqlFacts } from './sql-source.ts'
import type { Facts, HostileSource, Said, SourceState } from './types.ts'
import type { World } from './world.ts'

export interface Part {
  recording: Recording
  material: Material
}
export interface SourceParts {
  connector: Connector<unknown>
  materials: readonly Part[]
  tested: Material
  instance: Readonly<Record<string, unknown>>
  world: World
}

const DAY = 86_400_000

/** null: the suite cannot make one, and says why. */
export async function hostileSource(parts: SourceParts): Promise<{ source: HostileSource; secrets: string[] } | Said> {
  const { connector, materials, tested, instance, world } = parts
  const { zone } = world.config
  const folder = join(world.folder, `source-${tested.stream.name}`)
  mkdirSync(folder, { recursive: true })
  const state: SourceState = { rows: [], now: tested.now, perPage: null, inclusive: true, spoil: null, before: null }
  const all = materials.map((part) => ({
    ...part,
    state: part.material === tested ? state : restOf(part.material, state),
  }))
  const kindOf = ({ material }: Part) => material.stream.read.kit?.kind
  const day = localDay(tested.now - 90 * DAY, zone)
  let settings: Record<string, unknown> = {}
  const answerers = all.flatMap((part): Answerer[] => {
    if (kindOf(part) === 'soap')
      return [soapAnswerer({ ...part, path: recordedPage(part.recording)?.request.path ?? '/' })]
    if (kindOf(part) !== 'rest') return []
    return [restAnswerer({ ...part, settings: () => settings, facts: factsOf(part.material, zone) })]
  })
  const recorded = recordedAnswers(materials.map(({ recording }) => recording))
  const server = await startServer(state, [...answerers, recorded])
  const made = settingsFor(connector.settings, instance, { url: server.url + pathOf(materials), folder, day })
  settings = made.settings
  const database = all.some((part) => kindOf(part) === 'sql')
    ? sqlDatabase(
        folder,
        all.filter((part) => kindOf(part) === 'sql'),
      )
    : null
  const files = all
    .filter((part) => kindOf(part) === 'files')
    .map((part) => ({ ...part, forms: fileForms(part.material, part.recording, settings) }))
  const part = materials.find(({ material }) => material === tested)
  const close = async () => {
    database?.close()
    await server.close()
  }
  const tap = kindOf({ material: tested } as Part) === 'singer' ? scriptedTap(folder, tested, state) : null
  const unwritten = files.find(({ material, forms }) => material === tested && !forms.full && !forms.corrections)
  if (unwritten || kindOf({ material: tested } as Part) === undefined) {
    await close()
    return unwritten ? NO_FORM : NO_KIT
  }
  return {
    secrets: made.secrets,
    source: {
      state,
      settings,
      control: {
        stream: tested.stream.name,
        folder,
        ...(tap ? { tap: tap.control } : {}),
        ...(database ? { database: database.control } : {}),
      },
      facts: factsOf(tested, zone),
      corrections: files.some(({ material, forms }) => material === tested && forms.corrections !== undefined),
      ...(part && kindOf(part) === 'rest' ? { page: (rows, total) => restPage(part, rows, total) } : {}),
      async show() {
        database?.show()
        tap?.show()
        // a folder for each stream: one must not find, or take away, the files of another
        for (const { material, state: own, forms } of files) {
          const place = join(folder, material.stream.name)
          mkdirSync(place, { recursive: true })
          writeFiles(place, material, own, forms, zone)
        }
      },
      close,
    },
  }
}
const NO_FORM: Said = [
  'bộ thử chỉ viết được tệp CSV, TSV (UTF-8, windows-1258), XLSX, JSON và NDJSON, và cần tên tệp trong bản ghi mẫu',
  'the suite writes CSV and TSV (UTF-8, windows-1258), XLSX, JSON and NDJSON only, and needs a recorded file name',
]
const NO_KIT: Said = [
  'hàm đọc viết tay: bộ thử không biết nguồn nói thế nào',
  'a read written by hand: how its source speaks is known to its author alone',
]

const localDay = (at: number, zone: string) =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate().toString()

/** The recorded records, as they are; the clock is that of the tested stream. */
function restOf(material: Material, tested: SourceState): SourceState {
  const rows = material.usable.map((record) => ({ record, at: material.now - 3 * DAY }))
  return {
    rows,
    get now() {
      return tested.now
    },
    perPage: null,
    inclusive: true,
    spoil: null,
    before: null,
  }
}

/** Recorded paths are whole; the part before what the declarations ask for belongs to the address in the settings. */
function pathOf(materials: readonly Part[]): string {
  for (const { material, recording } of materials) {
    if (material.stream.read.kit?.kind === 'soap') return recordedPage(recording)?.request.path ?? ''
    const declared = material.stream.read.kit?.declaration as { request?: unknown } | undefined
    const request = declared?.request
    for (const { request: asked } of recording.exchanges ?? []) {
      const path =
        typeof request === 'function'
          ? safely(() => String((request({}) as { path: string }).path))
          : (request as { path?: string })?.path
      const tail = `/${(path ?? '').replace(/^\/+/, '')}`
      if (path !== undefined && asked.path.endsWith(tail)) return asked.path.slice(0, -tail.length)
    }
  }
  return ''
}
const safely = <T>(get: () => T): T | undefined => {
  try {
    return get()
  } catch {
    return undefined
  }
}

export function factsOf(material: Material, zone: string): Facts {
  const kind = material.stream.read.kit?.kind
  if (kind === 'rest') return restFacts(material, zone)
  if (kind === 'soap') return soapFacts(material)
  if (kind === 'sql') return sqlFacts(material, zone)
  if (kind === 'files') return filesFacts(zone)
  if (kind === 'singer') return singerFacts(material, zone)
  return {
    kind: 'hand-written',
    paging: 'none',
    since: null,
    lookback: null,
    timeField: null,
    zone,
    http: false,
    perPage: 25,
  }
}
