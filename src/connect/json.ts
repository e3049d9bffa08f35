/** JSON without loss: `15793596808644609` read as a double is another dossier's number. */

/** A number of 16 digits or more where a value may stand; matches inside text are harmless, they only cost the slower way. */
const LONG_NUMBER = /[:[,]\s*-?[\d.]{16}/

/** Parses JSON; a number of 16 digits and more becomes its exact text. The error thrown names a position and quotes nothing. */
export function parseJson(text: string): unknown {
  const plain = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  try {
    return LONG_NUMBER.test(plain) ? JSON.parse(plain, exact) : JSON.parse(plain)
  } catch (cause) {
    // V8 quotes the text around the fault, which may be a person's name: only the position goes on.
    const position = /position (\d+)/.exec(cause instanceof Error ? cause.message : '')?.[1]
    const where = position === undefined ? 'at its end' : `at character ${position} of ${plain.length}`
    throw new SyntaxError(`it is cut off or malformed ${where}`)
  }
}

function exact(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined) return value
  const digits = context.source.replace(/[eE].*$/, '').replace(/[^\d]/g, '').length
  return digits >= 16 || !Number.isFinite(value) ? context.source : value
}
