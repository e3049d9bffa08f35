// generated from src/connect by: npm run types — do not edit
export const OPTIONS = {
  rest: ['base', 'auth', 'request', 'answer', 'guard', 'unwrap', 'records', 'paging', 'since', 'windows', 'unfinished', 'parents'],
  files: ['from', 'patterns', 'columns', 'aliases', 'split', 'stableFor', 'longestRecord', 'largest'],
  soap: ['url', 'version', 'namespace', 'action', 'header', 'security', 'row', 'list', 'many', 'attributes', 'unauthorized', 'windows', 'byKey'],
  sql: ['connect', 'rows', 'unique', 'deleted', 'mostNulls', 'limits'],
  singer: ['tap', 'config', 'catalog', 'stream', 'catalogOption', 'limits'],
} as const
