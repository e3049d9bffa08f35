/** The status page: plain, quick, rendered on the server, no script. */
import { type DatedFigure, type IndicatorRow, isLate, unreadSources } from '../../indicators/read.ts'
import type { RunRow } from '../../warehouse/runs.ts'
import type { FigureLine, OutboxLine, SourceLine, Status } from '../status.ts'
import { type Html, html, raw } from './html.ts'
import { STYLE } from './style.ts'
import type { Speech } from './words.ts'

export interface PageInput {
  status: Status
  speech: Speech
  /** real time, epoch ms */
  now: number
  /** a run in one sentence */
  sentenceOf: (run: RunRow) => string
}

const REFRESH_SECONDS = 5
/** What a glance should give; the table below has the rest. */
const TILES = ['dossiers-received', 'finished-in-time-share', 'online-share', 'full-process-share-of-used']

export function statusPage(input: PageInput): string {
  const { status, speech } = input
  const { say, time } = speech
  const body = html`${banner(status, speech)}<main>
<header><h1>${say('title')}</h1><span class="soft">${status.tick === null ? '' : `${say('as-of')} ${time(status.tick)} · `}${say('looked')} ${time(input.now)} · <a href="?lang=${speech.language === 'vi' ? 'en' : 'vi'}">${say('other')}</a></span></header>
${status.data === null ? html`<section>${say('empty')}</section>` : ''}
${tiles(input)}
${sources(input)}
${figures(input)}
<div class="two"><div>${delivery(input)}${spotCheck(status, speech)}${runs(input)}</div>${quarantine(status, speech)}</div>
</main>`
  return page(speech, body)
}

/** The frame of every page. */
export const page = (speech: Speech, body: Html): string =>
  html`<!doctype html>
<html lang="${speech.language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="${REFRESH_SECONDS}"><title>${speech.say('title')}</title><style>${raw(STYLE)}</style></head>
<body>${body}</body></html>`.markup

const banner = ({ data, tick }: Status, { say, time }: Speech): Html =>
  data === 'sample'
    ? html`<div class="sample"><strong>${say('sample')}</strong>, ${say('sample-time')} ${tick === null ? '…' : time(tick)} · ${say('sample-note')}</div>`
    : html``

type Tone = 'good' | 'warn' | 'bad' | 'mute'
const pill = (tone: Tone, text: string): Html => html`<span class="pill ${tone}">${text}</span>`
const TONES: Readonly<Record<string, Tone>> = {
  fresh: 'good',
  partial: 'warn',
  incomplete: 'warn',
  held: 'warn',
  failed: 'bad',
  succeeded: 'good',
}

function tiles({ status: { figures: lines, overdue }, speech, now }: PageInput): Html {
  const shown = TILES.flatMap((id) => lines.find((line) => (line.year ?? line.month)?.row.indicator === id)?.year ?? [])
  const all = overdue ? [...shown, overdue] : shown
  if (all.length === 0) return html``
  const tile = (figure: DatedFigure) => {
    const { row } = figure
    const when = figure === overdue ? speech.say('today') : speech.period(row.period)
    const of = parts(row, speech)
    const late = isLate(figure, now)
    return html`<div class="tile${late ? ' late' : ''}"><span class="soft">${row.name}</span><b>${shownValue(row, speech)}</b><span class="soft">${of === '' ? '' : html`${of}<br>`}${when}</span>${valueMark(row, speech)}${late ? html`<br>${pill('mute', speech.say('late'))}` : ''}</div>`
  }
  return html`<div class="tiles">${all.map(tile)}</div>`
}

function shownValue(row: IndicatorRow, speech: Speech): string {
  if (row.value === null) return speech.name('value', row.valueState)
  return row.unit === 'ratio' ? speech.percent(row.value) : speech.number(row.value)
}

/** A number that is not simply so says what it is, or what is missing from it; where there is none the state stands in its place. */
function valueMark(row: IndicatorRow, { name, say }: Speech): Html {
  if (row.value === null) return html``
  if (row.valueState !== 'ok') return html`<br>${pill('warn', name('value', row.valueState))}`
  const unread = unreadSources(row)
  return unread.length === 0 ? html`` : html`<br>${pill('warn', `${say('unread')} ${unread.join(', ')}`)}`
}

/** `n / d`; empty for a plain count. */
const parts = ({ numerator, denominator }: IndicatorRow, { number }: Speech): string =>
  numerator === null || denominator === null ? '' : `${number(numerator)} / ${number(denominator)}`

function figures({ status: { figures: lines }, speech, now }: PageInput): Html {
  if (lines.length === 0) return html``
  const { say } = speech
  const first = lines[0]
  const head = (figure: DatedFigure | null | undefined) =>
    html`<th class="n" colspan="2">${figure ? speech.period(figure.row.period) : ''}${figure?.row.provisional ? ` (${say('provisional')})` : ''}</th>`
  const cells = (figure: DatedFigure | null) => {
    if (figure === null) return html`<td class="n"></td><td class="n">–</td>`
    const { row } = figure
    const late = isLate(figure, now)
    return html`<td class="n soft">${parts(row, speech)}</td><td class="n${late ? ' late' : ''}">${shownValue(row, speech)}${valueMark(row, speech)}${late ? html`<br>${pill('mute', say('late'))}` : ''}</td>`
  }
  const line = ({ month, year }: FigureLine) =>
    html`<tr><td>${(year ?? month)?.row.name}</td>${cells(month)}${cells(year)}</tr>`
  return html`<section><h2>${say('figures')}</h2><div class="scroll"><table class="wide figures"><tr><th>${say('indicator')}</th>${head(first?.month)}${head(first?.year)}</tr>${lines.map(line)}</table></div></section>`
}

/** Green beside "past its update" would be believed. */
const isExpired = ({ freshUntil }: SourceLine, now: number): boolean => freshUntil !== null && freshUntil < now

function sources({ status, speech, now, sentenceOf }: PageInput): Html {
  const { say, name, time } = speech
  if (status.sources.length === 0) return html``
  const freshness = (line: SourceLine) => {
    if (line.freshUntil === null) return html`–`
    return html`${time(line.freshUntil)}${isExpired(line, now) ? html`<br>${pill('bad', say('expired'))}` : ''}`
  }
  const row = (line: SourceLine) =>
    html`<tr><td><strong>${line.name}</strong><br><code class="soft">${line.id}</code></td><td>${pill(isExpired(line, now) ? 'mute' : (TONES[line.state] ?? 'mute'), name('state', line.state))}</td><td class="t">${line.asOf === null ? say('never') : time(line.asOf)}</td><td class="t">${freshness(line)}</td><td>${line.lastRun ? html`${sentenceOf(line.lastRun)}<br><span class="soft">${time(line.lastRun.started_at)} · <code>${line.lastRun.id}</code></span>` : '–'}</td></tr>`
  return html`<section><h2>${say('sources')}</h2><div class="scroll"><table class="wide"><tr><th>${say('source')}</th><th>${say('state')}</th><th>${say('complete-to')}</th><th>${say('fresh-until')}</th><th>${say('last-run')}</th></tr>${status.sources.map(row)}</table></div></section>`
}

function delivery({ status, speech }: PageInput): Html {
  const { say, number, time } = speech
  const refused = ({ refused, refusal }: OutboxLine) =>
    html`${pill('bad', `${say('refused-by')}: ${number(refused)}`)}<br><span class="soft">${refusal?.figure}: ${refusal?.reason ?? '–'}<br>${say('refused-mend')}</span>`
  const pending = (line: OutboxLine) =>
    line.attempts > 0 && line.oldest !== null
      ? html`${pill('bad', `${say('not-confirmed-since')} ${time(line.oldest)}`)}<br><span class="soft">${line.lastError}</span>`
      : pill('mute', say('sending'))
  const row = (line: OutboxLine) => {
    const states = [...(line.refused > 0 ? [refused(line)] : []), ...(line.pending > 0 ? [pending(line)] : [])]
    const shown =
      states.length === 0 ? pill('good', say('all-confirmed')) : states.map((one) => html`<div>${one}</div>`)
    return html`<tr><td><code>${line.target}</code></td><td class="n">${number(line.pending)}</td><td>${shown}</td><td class="t">${line.confirmedAt === null ? say('never') : time(line.confirmedAt)}</td></tr>`
  }
  return html`<section><h2>${say('delivery')}</h2>${
    status.outbox.length === 0
      ? html`<p class="soft">${say('none')}</p>`
      : html`<div class="scroll"><table><tr><th>${say('target')}</th><th class="n">${say('pending')}</th><th>${say('state')}</th><th>${say('confirmed')}</th></tr>${status.outbox.map(row)}</table></div>`
  }</section>`
}

function quarantine({ quarantine: lines }: Status, { say, name, number }: Speech): Html {
  if (lines.length === 0)
    return html`<section><h2>${say('quarantine')}</h2><p class="soft">${say('none')}</p></section>`
  const row = (line: Status['quarantine'][number]) =>
    html`<tr><td><code>${line.source}</code></td><td>${name('rule', line.rule)}</td><td class="n">${number(line.records)}</td></tr>`
  return html`<section><h2>${say('quarantine')}</h2><div class="scroll"><table><tr><th>${say('source')}</th><th>${say('reason')}</th><th class="n">${say('records')}</th></tr>${lines.slice(0, 20).map(row)}</table></div><p class="soft">${say('review')}</p></section>`
}

function spotCheck({ spotCheck: check }: Status, { say, number, time }: Speech): Html {
  if (check === null) return html``
  const { differences, agencies, cells, figures } = check
  const result =
    differences === 0
      ? pill('good', say('agree'))
      : html`${pill('bad', `${number(differences)} ${say('differ')}`)}<br><span class="soft">${say('differ-mend')}</span>`
  const counts = [
    `${number(agencies.length)} ${say('n-agencies')}`,
    `${number(cells)} ${say('n-cells')}`,
    `${number(figures)} ${say('n-figures')}`,
  ].join(' · ')
  return html`<section><h2>${say('spot-check')}</h2><div class="scroll"><table><tr><td class="t">${time(check.at)}</td><td>${result}</td><td class="soft">${counts}</td></tr></table></div></section>`
}

function runs({ status, speech, sentenceOf }: PageInput): Html {
  const { say, time, duration } = speech
  if (status.runs.length === 0) return html``
  const row = (run: RunRow) =>
    html`<tr><td class="t">${[run.verb, run.job ?? ''].join(' ')}<br><span class="soft">${time(run.started_at)}</span></td><td class="t">${run.ended_at === null ? '…' : duration(run.ended_at - run.started_at)}</td><td>${sentenceOf(run)}<br><code class="soft">${run.id}</code></td></tr>`
  return html`<section><h2>${say('runs')}</h2><div class="scroll"><table><tr><th>${say('run')}</th><th>${say('took')}</th><th>${say('result')}</th></tr>${status.runs.map(row)}</table></div></section>`
}
