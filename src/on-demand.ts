/**
 * What takes long to load and is not needed by everybody, loaded at its first use: most verbs of the command line and the reading
 * threads of files and databases make no request.
 */
import { createRequire } from 'node:module'
import type { AxiosStatic } from 'axios'

const require = createRequire(import.meta.url)

/** By `require` it is one file; by `import` 66, and with them all of what stands behind `node:http`: twice the time. */
export const loadAxios = (): AxiosStatic => require('axios') as AxiosStatic
/** `import` of `node:http` reads each of its exports, and so loads Node's WebSocket and fetch: 50 ms. This does not. */
export const http: typeof import('node:http') = process.getBuiltinModule('node:http')
export const https: typeof import('node:https') = process.getBuiltinModule('node:https')
