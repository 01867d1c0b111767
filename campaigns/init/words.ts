/** What the names of an interface mean. */

/** `chunkIndex`, `chunk_index`, and `ChunkIndex` are the words `chunk` and `index`. */
export function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

function isNamed(words: readonly string[]): (name: string | undefined) => boolean {
  const known = new Set(words);
  return (name) =>
    name !== undefined && wordsOf(name).some((word) => known.has(word) || known.has(word.replace(/s$/, '')));
}

export const isHashName = isNamed(['sha256', 'sha', 'hash', 'checksum', 'digest']);
export const isIndexName = isNamed([
  'index',
  'idx',
  'chunk',
  'part',
  'block',
  'number',
  'no',
  'seq',
  'order',
  'position',
]);
export const isOffsetName = isNamed(['offset', 'start', 'from', 'pos']);
export const isSizeName = isNamed(['size', 'bytes', 'length', 'len', 'total']);
export const isCountName = isNamed(['count', 'chunks', 'parts', 'blocks', 'num', 'total']);
export function isMimeName(name: string): boolean {
  return /mime|content_?type/i.test(name);
}
export const isKeyName = isNamed(['key', 'idempotency', 'request', 'nonce']);
export const isFileName = isNamed(['name', 'filename', 'path', 'file', 'title', 'key', 'url']);
export const isPathName = isNamed(['path', 'key', 'url']);
export const isSessionName = isNamed([
  'session',
  'upload',
  'batch',
  'id',
  'handle',
  'token',
  'ticket',
  'transfer',
]);
export const isIdName = isNamed([
  'id',
  'file',
  'blob',
  'asset',
  'key',
  'url',
  'handle',
  'locator',
  'document',
]);
export const isContentName = isNamed(['content', 'data', 'body', 'bytes', 'chunk', 'blob']);
export const isUploadNoun = isNamed([
  'upload',
  'session',
  'batch',
  'file',
  'asset',
  'transfer',
  'multipart',
  'blob',
  'chunk',
  'document',
]);
export const isOtherNoun = isNamed([
  'capsule',
  'user',
  'account',
  'controller',
  'permission',
  'token',
  'domain',
  'config',
  'configuration',
  'rule',
  'memory',
  'memories',
  'http',
  'proposal',
  'evidence',
  'dapp',
  'collection',
  'doc',
  'switch',
  'segment',
  'cycle',
]);

/** Verbs by operation, the most typical first. */
export const VERBS = {
  begin: ['begin', 'start', 'initiate', 'init', 'open', 'create', 'new', 'prepare', 'register', 'request'],
  put: [
    'put',
    'append',
    'write',
    'upload',
    'chunk',
    'part',
    'patch',
    'add',
    'send',
    'push',
    'store',
    'set',
    'create',
    'update',
  ],
  finish: ['finish', 'complete', 'commit', 'finalize', 'close', 'end', 'seal', 'publish', 'done', 'submit'],
  abort: ['abort', 'cancel', 'drop', 'discard', 'terminate', 'delete', 'remove'],
  status: ['status', 'progress', 'head', 'state', 'pending'],
  readMeta: ['stat', 'meta', 'metadata', 'info', 'describe', 'blocks', 'size', 'properties', 'get', 'lookup'],
  readChunk: ['read', 'fetch', 'get', 'download', 'chunk', 'part', 'retrieve', 'load'],
  readWhole: ['read', 'download', 'get', 'fetch', 'retrieve', 'load'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** How well a method's name fits an operation: 0 if it has none of its verbs. The first verbs weigh most. */
export function verbScore(name: string, verbs: readonly string[]): number {
  const words = wordsOf(name);
  const places = words.map((word) => verbs.indexOf(word)).filter((place) => place >= 0);
  return places.length === 0 ? 0 : verbs.length - Math.min(...places);
}

const ERROR_WORDS: readonly (readonly [kind: string, words: RegExp])[] = [
  ['ChecksumMismatch', /hash|checksum|sha|digest/],
  ['NotFound', /not_?found|unknown|no_?such|missing_?(session|upload|file)|gone/],
  [
    'Unauthorized',
    /unauthori[sz]ed|forbidden|not_?(yours|owner|allowed|permitted)|denied|permission|anonymous/,
  ],
  ['Conflict', /conflict|exists|duplicate|taken|differs|in_?use|mismatch/],
  ['ResourceExhausted', /too_?(many|big|large)|quota|full|limit|exhausted|capacity/],
  ['InvalidState', /closed|ended|state|expired|finished|cancelled|aborted|locked|busy|done/],
  [
    'InvalidArgument',
    /bad|invalid|wrong|too_?(short|long|much)|incomplete|length|size|offset|index|range|gap/,
  ],
  ['Internal', /internal|unexpected/],
];

/** The kind of error that a tag of an error variant means; `undefined` if its name does not tell. */
export function errorKindOf(tag: string): string | undefined {
  const name = wordsOf(tag).join('_');
  return ERROR_WORDS.find(([, words]) => words.test(name))?.[0];
}

const STATE_WORDS: readonly (readonly [state: string, words: RegExp])[] = [
  ['Cancelled', /cancel|abort|dropped|discarded/],
  ['Failed', /fail|expired|error/],
  ['Finishing', /finishing|committing|hashing|verifying|finalizing/],
  ['Completed', /finished|complete|completed|done|committed|stored|closed|published|ready/],
  ['Paused', /pause/],
  ['Initiated', /initiated|created|new|begun/],
  ['Uploading', /open|upload|progress|active|pending|receiving|started/],
];

/** The state of a session that a tag means. */
export function stateOf(tag: string): string | undefined {
  const name = wordsOf(tag).join('_');
  return STATE_WORDS.find(([, words]) => words.test(name))?.[0];
}
