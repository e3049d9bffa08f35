/** iconv-lite, loaded at the first text in a legacy encoding: most reading threads never see one, and decoding cannot wait for an import. */
import { createRequire } from 'node:module'

type Iconv = typeof import('iconv-lite')
let loaded: Iconv | undefined

export function iconv(): Iconv {
  loaded ??= createRequire(import.meta.url)('iconv-lite') as Iconv
  return loaded
}
