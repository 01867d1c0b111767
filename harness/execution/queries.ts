/** Read operations: single queries, and blobs in parts. Over HTTP these are update calls. */
import { createHash } from 'node:crypto';
import type { Call, Outcome, PrincipalText, Replica } from '../../replicas/replica.js';
import type { EncodedRequest, ReadResult, Request, Result } from '../../targets/target.js';
import type { OperationInterface } from './interfaces.js';
import { throwIfStopped, type StopSignal } from './stop-signal.js';

/** A result, and the length of the encoded reply in bytes; `undefined` for a reject. */
export interface CallResult<T = Result> {
  readonly result: T;
  readonly replyBytes: number | undefined;
}

export interface QueriesOptions {
  readonly replica: Replica;
  readonly canister: PrincipalText;
  /** Executes an update call until it returns, and nothing else. */
  readonly update: (call: Call) => Promise<Outcome>;
  readonly signal?: StopSignal | undefined;
}

/** A canister that always returns a next part must not hang the run. */
const PARTS_MAX = 10_000;

/** The first request of a read. */
export function firstRead(blobId: string, { reads }: OperationInterface): Request {
  return { op: reads === 'whole' || reads === 'parts' ? 'readWhole' : 'readMeta', blobId };
}

function missing({ op }: Request): Result {
  return { kind: 'undecodable', text: `the target has no ${op}` };
}

export class Queries {
  readonly #options: QueriesOptions;

  constructor(options: QueriesOptions) {
    this.#options = options;
  }

  async ask(
    request: Request,
    encoded: EncodedRequest,
    caller: PrincipalText,
    by: OperationInterface,
  ): Promise<CallResult> {
    const first = await this.#part(request, encoded, caller, by);
    if (first.result.kind === 'part') return this.#join(request, first, caller, by);
    return { ...first, result: asResult(first.result) };
  }

  /** Reads the whole blob as `shape.read` says, and combines it into length and hash. The first failure is the result. */
  async readBlob(blobId: string, caller: PrincipalText, by: OperationInterface): Promise<CallResult> {
    const request = firstRead(blobId, by);
    if (request.op === 'readMeta') return this.#readChunks(blobId, caller, by);
    const encoded = by.encode(request);
    if (encoded === undefined) return { result: missing(request), replyBytes: undefined };
    return this.ask(request, encoded, caller, by);
  }

  async #readChunks(blobId: string, caller: PrincipalText, by: OperationInterface): Promise<CallResult> {
    const meta = await this.#read({ op: 'readMeta', blobId }, caller, by);
    if (meta.result.kind !== 'meta') return { ...meta, result: asResult(meta.result) };
    const { size, chunkCount } = meta.result;
    const chunkBytes = Math.ceil(size / Math.max(1, chunkCount));
    const hash = createHash('sha256');
    let replyBytes = meta.replyBytes ?? 0;
    for (let index = 0; index < chunkCount; index++) {
      throwIfStopped(this.#options.signal);
      const chunk = await this.#read(
        { op: 'readChunk', blobId, index, offset: index * chunkBytes, bytes: chunkBytes },
        caller,
        by,
      );
      replyBytes = Math.max(replyBytes, chunk.replyBytes ?? 0);
      if (chunk.result.kind !== 'chunk') return { result: asResult(chunk.result), replyBytes };
      hash.update(chunk.result.data);
    }
    // The length of the metadata and the hash of the bytes: a wrong value of either shows.
    return { result: { kind: 'blob', size: String(size), sha256: hash.digest('hex') }, replyBytes };
  }

  /** Follows the parts of a blob to the last one. */
  async #join(
    request: Request,
    first: CallResult<Result | ReadResult>,
    caller: PrincipalText,
    by: OperationInterface,
  ): Promise<CallResult> {
    const hash = createHash('sha256');
    let size = 0;
    let replyBytes = 0;
    let part = first;
    for (let parts = 1; parts <= PARTS_MAX; parts++) {
      throwIfStopped(this.#options.signal);
      replyBytes = Math.max(replyBytes, part.replyBytes ?? 0);
      if (part.result.kind !== 'part') return { result: asResult(part.result), replyBytes };
      const { data, next } = part.result;
      hash.update(data);
      size += data.length;
      if (next === undefined)
        return { result: { kind: 'blob', size: String(size), sha256: hash.digest('hex') }, replyBytes };
      part = await this.#part(request, next, caller, by);
    }
    return { result: { kind: 'undecodable', text: `the file has more than ${PARTS_MAX} parts` }, replyBytes };
  }

  #read(
    request: Request,
    caller: PrincipalText,
    by: OperationInterface,
  ): Promise<CallResult<Result | ReadResult>> {
    const encoded = by.encode(request);
    if (encoded !== undefined) return this.#part(request, encoded, caller, by);
    return Promise.resolve({ result: missing(request), replyBytes: undefined });
  }

  async #part(
    request: Request,
    encoded: EncodedRequest,
    caller: PrincipalText,
    by: OperationInterface,
  ): Promise<CallResult<Result | ReadResult>> {
    const { replica, update } = this.#options;
    const { kind, method, arg, canister = this.#options.canister } = encoded;
    const call = { canister, method, arg, caller };
    const outcome = kind === 'query' ? await replica.query(call) : await update(call);
    return { result: by.decode(request, outcome, encoded), replyBytes: lengthOf(outcome) };
  }
}

/** Length of a reply in bytes; `undefined` for a reject. */
export function lengthOf(outcome: Outcome): number | undefined {
  return outcome.kind === 'reply' ? outcome.bytes.length : undefined;
}

/** A part of a blob where a result is expected is an error of the target. */
export function asResult(answer: Result | ReadResult): Result {
  if (answer.kind !== 'meta' && answer.kind !== 'chunk' && answer.kind !== 'part') return answer;
  return { kind: 'undecodable', text: `the target decoded ${answer.kind} where a result belongs` };
}
