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
    const { result, replyBytes } = await this.#part(request, encoded, caller, by);
    return { result: asResult(result), replyBytes };
  }

  /** Reads the metadata and every chunk, and combines them into length and hash. The first failure is the result. */
  async readBlob(blobId: string, caller: PrincipalText, by: OperationInterface): Promise<CallResult> {
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

  #read(
    request: Request,
    caller: PrincipalText,
    by: OperationInterface,
  ): Promise<CallResult<Result | ReadResult>> {
    const encoded = by.encode(request);
    if (encoded !== undefined) return this.#part(request, encoded, caller, by);
    const result: Result = { kind: 'undecodable', text: `the target has no ${request.op}` };
    return Promise.resolve({ result, replyBytes: undefined });
  }

  async #part(
    request: Request,
    { kind, method, arg }: EncodedRequest,
    caller: PrincipalText,
    by: OperationInterface,
  ): Promise<CallResult<Result | ReadResult>> {
    const { canister, replica, update } = this.#options;
    const call = { canister, method, arg, caller };
    const outcome = kind === 'query' ? await replica.query(call) : await update(call);
    return { result: by.decode(request, outcome), replyBytes: lengthOf(outcome) };
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
