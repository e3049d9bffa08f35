/** Options that the kit does not have; tests/author/bad-config.test.ts says how a command tells them. */
import { expect, it } from 'vitest'
import type { Kit } from '../../src/connect/connector.ts'
import { unknownOption } from '../../src/connect/kit-options.ts'

it.each<[Kit['kind'], object, string | null]>([
  ['files', { stablFor: 1 }, 'files: "stablFor" is not known here; did you mean "stableFor"?'],
  ['soap', { windows: { lokback: 1 } }, 'soap.windows: "lokback" is not known here; did you mean "lookback"?'],
  ['sql', { uniqe: ['id'] }, 'sql: "uniqe" is not known here; did you mean "unique"?'],
  ['singer', { streem: 'x' }, 'singer: "streem" is not known here; did you mean "stream"?'],
  ['rest', { since: { fist: () => '' } }, 'rest.since: "fist" is not known here; did you mean "first"?'],
  ['files', { patterns: [{ macth: /x/ }] }, 'files.patterns[0]: "macth" is not known here; did you mean "match"?'],
  ['rest', { request: () => ({ paht: '/' }), paging: { kind: 'none' } }, null],
])('an option that %s does not have: %j', (kind, declaration, says) => {
  expect(unknownOption({ kind, declaration })).toBe(says)
})
