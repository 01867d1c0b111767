/**
 * A service that speaks the upload canister's HTTP interface and need not be a canister (docs/http.md): what it can be asked, and which
 * rules it is held to. What only a canister has (memories, statistics, upgrades, instructions) is not asked for.
 */
import { HTTP_OPERATIONS, READ_OPERATIONS, requestsOf, type RequestName } from '../model/operations.js';
import type { EncodedRequest, ReadResult, Request, Result, RuleName, Target } from './target.js';
import { uploadHttp } from './upload-http.js';

const OPERATIONS: readonly RequestName[] = [...HTTP_OPERATIONS].flatMap(requestsOf);
const RULES: readonly RuleName[] = [
  ...(['outcome', 'stored-hash', 'completeness', 'immediate-retrieval', 'isolation', 'no-trap'] as const),
  ...(['terminal-states', 'idempotency', 'liveness'] as const),
];
/** Reads are queries: no round needs to pass for them. */
const READS: ReadonlySet<RequestName> = new Set([...READ_OPERATIONS].flatMap(requestsOf));

const NOTHING = new Uint8Array(0);

/** @param chunkSize of the service, in bytes */
export function httpServiceTarget(chunkSize: number): Target {
  return {
    name: 'http-service',
    operations: new Set(OPERATIONS),
    rules: new Set(RULES),
    defaultChunkSize: chunkSize,
    hasFixedLimits: true,
    countsChunks: false,
    readsBy: 'memory',
    encodeInitArg: () => NOTHING,
    // Capsules are there before: they come with the tokens.
    prepareCaller: () => ({ kind: 'update', method: 'capsules_create', arg: NOTHING }),
    decodeCapsule: () => '',
    encode: (request) => kindOf(request, uploadHttp.encode(request, undefined)),
    decode: (request, outcome) => withoutEmptyText(uploadHttp.decode(request, outcome)),
  };
}

/** A service may leave its messages empty: they are for people. */
function withoutEmptyText(result: Result | ReadResult): Result | ReadResult {
  return result.kind === 'error' && result.text === '' ? { kind: 'error', error: result.error } : result;
}

function kindOf({ op }: Request, encoded: EncodedRequest | undefined): EncodedRequest | undefined {
  return encoded && { ...encoded, kind: READS.has(op) ? 'query' : 'update' };
}

/** Names and keys with `prefix` before them, so that a run meets no session of an earlier one. */
export function withPrefix(target: Target, prefix: string): Target {
  return {
    ...target,
    encode: (request) =>
      target.encode(
        request.op === 'begin'
          ? { ...request, name: marked(prefix, request.name), key: marked(prefix, request.key) }
          : request,
      ),
  };
}

/** What is empty on purpose stays empty. */
const marked = (prefix: string, text: string): string => (text === '' ? '' : `${prefix}${text}`);
