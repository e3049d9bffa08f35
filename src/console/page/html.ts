/** HTML by template, escaped unless it was made by `html` itself. */

/** Safe markup; only `html` and `raw` make it. */
export interface Html {
  readonly markup: string
}
type Part = Html | string | number | null | undefined | false | readonly Part[]

export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  markup: strings.reduce((text, string, i) => text + string + (i < parts.length ? show(parts[i]) : ''), ''),
})

/** Only for our own constants, such as the style sheet. */
export const raw = (markup: string): Html => ({ markup })

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function show(part: Part): string {
  if (part === null || part === undefined || part === false) return ''
  if (typeof part === 'string' || typeof part === 'number') {
    return String(part).replaceAll(/[&<>"']/g, (char) => ESCAPES[char] ?? '')
  }
  return 'markup' in part ? part.markup : part.map(show).join('')
}
