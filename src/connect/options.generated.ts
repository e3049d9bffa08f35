// generated from src/connect by: npm run types — do not edit
export const OPTIONS = {
  'rest': ['base', 'auth', 'request', 'answer', 'guard', 'unwrap', 'records', 'paging', 'since', 'windows', 'unfinished', 'parents'],
  'rest.paging': ['kind', 'parameter', 'from', 'total', 'maxPages', 'size', 'in', 'seams', 'next', 'more', 'field', 'starts'],
  'rest.since': ['parameter', 'in', 'zone', 'write', 'first'],
  'rest.windows': ['from', 'until', 'in', 'unit', 'days', 'zone', 'write', 'start', 'lookback'],
  'rest.parents': ['request', 'records', 'id', 'paging', 'as'],
  'rest.request': ['path', 'method', 'query', 'headers', 'body', 'form'],
  'files': ['from', 'patterns', 'columns', 'aliases', 'split', 'stableFor', 'longestRecord', 'largest'],
  'soap': ['url', 'version', 'namespace', 'action', 'header', 'security', 'row', 'list', 'many', 'attributes', 'unauthorized', 'windows', 'byKey'],
  'soap.windows': ['operation', 'body', 'days', 'zone', 'start', 'lookback'],
  'soap.byKey': ['operation', 'body', 'together'],
  'sql': ['connect', 'rows', 'unique', 'deleted', 'mostNulls', 'limits'],
  'singer': ['tap', 'config', 'catalog', 'stream', 'catalogOption', 'limits'],
} as const
