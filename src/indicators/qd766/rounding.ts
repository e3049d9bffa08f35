/** Rounding for display (DOMAIN §6.3): half up at two decimals, of the number as written, with comma decimals for people. */

/**
 * Half away from zero: 1.005 is stored as 1.00499…, but whoever checks it by hand gets 1.01. Nine decimals are exact for points and
 * take away what adding binary fractions leaves behind.
 */
export function roundHalfUp(value: number): number {
  const hundredths = halfUp(BigInt(Math.abs(value).toFixed(9).replace('.', '')), 10_000_000n)
  return (value < 0 ? -1 : 1) * (Number(hundredths) / 100) || 0
}

/** Points with two decimals: 15.676 → `15,68`. */
export const pointsText = (score: number): string => {
  const rounded = roundHalfUp(score)
  return `${rounded < 0 ? '-' : ''}${hundredthsText(BigInt(Math.round(Math.abs(rounded) * 100)))}`
}

/** From the parts, both whole numbers and neither negative, without a binary fraction between: 269 of 324 → `83,02%`. Throws RangeError for a denominator of 0. */
export function percentText(numerator: number, denominator: number): string {
  return `${hundredthsText(halfUp(BigInt(numerator) * 10_000n, BigInt(denominator)))}%`
}

const halfUp = (above: bigint, below: bigint): bigint => (2n * above + below) / (2n * below)
function hundredthsText(hundredths: bigint): string {
  const whole = (hundredths / 100n).toString().replace(/\B(?=(\d{3})+$)/g, '.')
  return `${whole},${(hundredths % 100n).toString().padStart(2, '0')}`
}
