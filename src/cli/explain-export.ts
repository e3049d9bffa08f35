/** `ioc explain --format csv|json [--out FILE]`: every record behind a figure, as they come; memory does not grow with them. */
import { createWriteStream } from 'node:fs'
import { resolve } from 'node:path'
import { finished } from 'node:stream/promises'
import { type ExitCode, PipelineError } from '../errors.ts'
import type { Indicator } from '../indicators/catalogue/indicator.ts'
import { explainedBy } from '../indicators/explain.ts'
import type { RecordBehind } from '../indicators/explain-records.ts'
import { makeTotal, recordsOf } from '../indicators/explain-total.ts'
import type { Knowledge } from '../indicators/knowledge.ts'
import type { Warehouse } from '../warehouse/open.ts'
import type { Cli } from './context.ts'
import { csvLine, EXCEL_BOM } from './csv-out.ts'
import { number } from './format.ts'

export interface Exported {
  indicator: Indicator
  agency: string | undefined
  period: string
  known: Knowledge | undefined
  format: 'csv' | 'json'
  /** null: stdout */
  out: string | null
}

/** Throws FILE_UNWRITABLE. */
export async function exportRecords(cli: Cli, warehouse: Warehouse, asked: Exported): Promise<ExitCode> {
  const { indicator, format, out } = asked
  const { zone } = cli.config
  const sink = open(cli, out)
  const n = await warehouse.read(async (db) => {
    const explained = await explainedBy(db, indicator, asked, asked.known ?? null, zone)
    let written = 0
    let columns: readonly (keyof Cells)[] | null = null
    await sink.write(format === 'csv' ? EXCEL_BOM : '[')
    for await (const batch of recordsOf(db, explained, indicator, cli.language, makeTotal(indicator))) {
      let text = ''
      for (const record of batch) {
        if (format === 'json') text += `${written === 0 ? '\n' : ',\n'}${JSON.stringify(record)}`
        else {
          const cells = cellsOf(record, zone)
          columns ??= Object.keys(cells)
          if (written === 0) text += csvLine(columns)
          text += csvLine(columns.map((column) => cells[column] ?? ''))
        }
        written++
      }
      await sink.write(text)
    }
    if (format === 'json') await sink.write(written === 0 ? ']\n' : '\n]\n')
    return written
  })
  await sink.end()
  if (out !== null) {
    cli.document({ file: out, records: n })
    cli.print(cli.words('has-exported', { n: number(n, cli.language), file: out }))
  }
  return 0
}

interface Sink {
  write(text: string): Promise<void>
  end(): Promise<void>
}

function open(cli: Cli, out: string | null): Sink {
  if (out === null) {
    return {
      write: (text) =>
        new Promise((done, fail) => {
          process.stdout.write(text, (error) => (error ? fail(error) : done()))
        }),
      end: async () => {},
    }
  }
  const path = resolve(cli.env.INIT_CWD ?? process.cwd(), out)
  const stream = createWriteStream(path)
  const failed = new Promise<never>((_, fail) => {
    stream.on('error', (cause) =>
      fail(new PipelineError('FILE_UNWRITABLE', { file: path, problem: cause.message }, { cause })),
    )
  })
  failed.catch(() => {})
  return {
    write: (text) => Promise.race([failed, new Promise<void>((done) => void stream.write(text, () => done()))]),
    end: async () => {
      stream.end()
      await Promise.race([failed, finished(stream)])
    },
  }
}

type Cells = Readonly<Record<string, string | number | null>>

/** Instants as local time that a spreadsheet takes for one; a day has no hour. */
export function cellsOf(record: RecordBehind, zone: string): Cells {
  const time = (at: number | null, precision: string | null = null) => {
    if (at === null) return null
    const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDateTime()
    return precision === 'day'
      ? local.toPlainDate().toString()
      : local.toString({ smallestUnit: 'second' }).replace('T', ' ')
  }
  const { kind: _, ...cells } = record
  const plain = Object.fromEntries(
    Object.entries(cells).map(([name, value]) => [name, typeof value === 'boolean' ? Number(value) : value]),
  ) as Cells
  // A deadline is stored as the first moment that is too late; people go by the day before.
  const last = (tooLate: number | null) => time(tooLate === null ? null : tooLate - 1, 'day')
  switch (record.kind) {
    case 'dossier':
      return {
        ...plain,
        received: time(record.received, record.receivedPrecision),
        due: time(record.due, record.duePrecision),
        duePrinted: time(record.duePrinted, record.duePrecision),
        dueOurs: time(record.dueOurs, 'day'),
        ended: time(record.ended, record.endedPrecision),
      }
    case 'publication':
      return {
        ...plain,
        decided: time(record.decided, record.decidedPrecision),
        effective: time(record.effective, record.effectivePrecision),
        announceBy: last(record.announceBy),
        published: time(record.published, record.publishedPrecision),
        publishBy: last(record.publishBy),
        replaced: time(record.replaced, 'day'),
      }
    case 'petition':
      return {
        ...plain,
        received: time(record.received, record.receivedPrecision),
        outcomeAt: time(record.outcomeAt, record.outcomePrecision),
        dueBy: last(record.dueBy),
        published: time(record.published, record.publishedPrecision),
        publishBy: last(record.publishBy),
      }
    default:
      return plain
  }
}
