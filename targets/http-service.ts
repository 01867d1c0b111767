/**
 * The target for a service that implements the upload canister's HTTP interface (docs/http.md) and need not be a canister. It has no
 * operations for what only a canister has: memories, statistics, upgrades, and instructions.
 */
import { HTTP_OPERATIONS, READ_OPERATIONS, requestsOf, type RequestName } from '../model/operations.js';
import type { Promises } from './promises.js';
import { shapeSchema } from './shape.js';
import type { EncodedRequest, ReadResult, Request, Result, Target } from './target.js';
import { uploadTarget } from './upload.js';
import { uploadHttp } from './upload-http.js';

const OPERATIONS: readonly RequestName[] = [...HTTP_OPERATIONS].flatMap(requestsOf);
/** The promises of the interface without those about limits, time, and upgrades. */
function promisesOf(chunkSize: number): Promises {
  const { upgrade: _, expiry: __, storage: ___, ...promises } = uploadTarget.promises;
  return { ...promises, limits: { chunkSize } };
}
/** Reads are queries: no round needs to pass for them. */
const READS: ReadonlySet<RequestName> = new Set([...READ_OPERATIONS].flatMap(requestsOf));

const NOTHING = new Uint8Array(0);

/** @param chunkSize the service's chunk size in bytes */
export function httpServiceTarget(chunkSize: number): Target {
  return {
    name: 'http-service',
    shape: shapeSchema.parse({ finishTakesLength: true, readBy: 'memory' }),
    promises: promisesOf(chunkSize),
    operations: new Set(OPERATIONS),
    defaultChunkSize: chunkSize,
    encodeInitArg: () => NOTHING,
    // The capsules exist already. They are given together with the tokens.
    prepareCaller: () => ({ kind: 'update', method: 'capsules_create', arg: NOTHING }),
    decodeCapsule: () => '',
    encode: (request) => kindOf(request, uploadHttp.encode(request, undefined)),
    decode: (request, outcome, call) => withoutEmptyText(uploadHttp.decode(request, outcome, call)),
  };
}

/** A service may leave its error messages empty. */
function withoutEmptyText(result: Result | ReadResult): Result | ReadResult {
  return result.kind === 'error' && result.text === '' ? { kind: 'error', error: result.error } : result;
}

function kindOf({ op }: Request, encoded: EncodedRequest | undefined): EncodedRequest | undefined {
  return encoded && { ...encoded, kind: READS.has(op) ? 'query' : 'update' };
}

/** Adds `prefix` to names and keys, so that a run does not meet sessions of an earlier run. */
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

/** Text that is empty on purpose stays empty. */
function marked(prefix: string, text: string): string {
  return text === '' ? '' : `${prefix}${text}`;
}
