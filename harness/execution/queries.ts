/** Read operations: single queries, and blobs in parts. Over HTTP these are update calls. */
import { createHash } from 'node:crypto';
import type { Call, Outcome, PrincipalText, Replica } from '../../replicas/replica.js';
import type { EncodedRequest, FilePart, ReadResult, Request, Result } from '../../targets/target.js';
import type { OperationInterface } from './interfaces.js';
import { throwIfStopped, type StopSignal } from './stop-signal.js';

/** A result, and the length of the encoded reply in bytes; `undefined` for a reject. */
export interface CallResult<T = Result> {
  readonly result: T;
  readonly replyBytes: number | undefined;
}

export interface QueriesOptions {
  readonly replica: Replica;
  /** The principal of the canister that a request names; absent: the canister under test. */
  readonly canisterOf: (canister: string | undefined) => PrincipalText;
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
    return this.#follow(request, await this.#part(request, encoded, caller, by), caller, by);
  }

  /** Reads the file with this id and combines its parts into length and hash. The first failure is the result. */
  readBlob({ chunkBytes, ...options }: ReadOptions): Promise<CallResult> {
    const reading = { ...options, content: new ReadContent() };
    switch (reading.by.reads) {
      case 'whole':
      case 'parts':
        return this.#readParts(reading);
      case 'range':
        return this.#readRanges(reading, rangeBytes(chunkBytes));
      case 'chunks':
      case 'none':
        return this.#readChunks(reading, chunkBytes);
    }
  }

  async #readChunks(reading: Reading, wholeBytes: number): Promise<CallResult> {
    const { blobId, caller, by, content } = reading;
    const meta = await this.#read({ op: 'readMeta', blobId }, caller, by);
    if (meta.result.kind !== 'meta') return this.#withoutMeta(reading, wholeBytes, meta);
    content.replied(meta.replyBytes);
    const { size, chunkCount } = meta.result;
    const chunkBytes = Math.ceil(size / Math.max(1, chunkCount));
    for (let index = 0; index < chunkCount; index++) {
      const request = {
        op: 'readChunk',
        blobId,
        index,
        offset: index * chunkBytes,
        bytes: chunkBytes,
      } as const;
      const chunk = await this.#read(request, caller, by);
      content.replied(chunk.replyBytes);
      if (chunk.result.kind !== 'chunk') return content.ended(chunk.result);
      content.add(chunk.result.data);
    }
    return content.result(size);
  }

  /** Reads ranges of `step` bytes up to the stated length; without metadata, up to the first range that is cut short. */
  async #readRanges(reading: Reading, step: number): Promise<CallResult> {
    const { blobId, caller, by, content } = reading;
    let size: number | undefined;
    if (by.encode({ op: 'readMeta', blobId }) !== undefined) {
      const meta = await this.#read({ op: 'readMeta', blobId }, caller, by);
      if (meta.result.kind !== 'meta') return this.#withoutMeta(reading, step, meta);
      content.replied(meta.replyBytes);
      ({ size } = meta.result);
    }
    for (let offset = 0, index = 0; size === undefined || offset < size; offset += step, index++) {
      const bytes = Math.min(step, (size ?? Infinity) - offset);
      const chunk = await this.#read({ op: 'readChunk', blobId, index, offset, bytes }, caller, by);
      content.replied(chunk.replyBytes);
      if (chunk.result.kind !== 'chunk') return content.ended(chunk.result);
      content.add(chunk.result.data);
      if (size === undefined && chunk.result.data.length < step) break;
    }
    return content.result(size);
  }

  /** A canister may check the caller of `readMeta` and not that of `readChunk`. Without bytes, the refusal is the result. */
  async #withoutMeta(
    { blobId, caller, by, content, strangerTo = 0 }: Reading,
    step: number,
    meta: CallResult<Result | ReadResult>,
  ): Promise<CallResult> {
    const refusal = { ...meta, result: asResult(meta.result) };
    if (refusal.result.kind !== 'error' && refusal.result.kind !== 'rejected') return refusal;
    for (let index = 0; content.size < strangerTo; index++) {
      const place = { index, offset: content.size, bytes: step };
      const chunk = await this.#read({ op: 'readChunk', blobId, ...place }, caller, by);
      if (chunk.result.kind !== 'chunk' || chunk.result.data.length === 0) break;
      content.replied(chunk.replyBytes);
      content.add(chunk.result.data);
    }
    return content.size === 0 ? refusal : content.withoutMeta();
  }

  async #readParts({ blobId, caller, by }: Reading): Promise<CallResult> {
    const request = { op: 'readWhole', blobId } as const;
    return this.#follow(request, await this.#read(request, caller, by), caller, by);
  }

  /** The answer itself, or the whole file if it is the first part of one. */
  async #follow(
    request: Request,
    first: CallResult<Result | ReadResult>,
    caller: PrincipalText,
    by: OperationInterface,
  ): Promise<CallResult> {
    const content = new ReadContent();
    const problemOf = first.result.kind === 'part' ? first.result.problemOf : undefined;
    let answer = first;
    for (let parts = 1; answer.result.kind === 'part'; parts++) {
      throwIfStopped(this.#options.signal);
      content.replied(answer.replyBytes);
      const { data, next } = answer.result;
      content.add(data);
      if (next === undefined) return content.checked(problemOf);
      if (parts >= PARTS_MAX)
        return content.ended({ kind: 'undecodable', text: `the file has more than ${PARTS_MAX} parts` });
      answer = await this.#part(request, next, caller, by);
    }
    content.replied(answer.replyBytes);
    return content.ended(answer.result);
  }

  async #read(
    request: Request,
    caller: PrincipalText,
    by: OperationInterface,
  ): Promise<CallResult<Result | ReadResult>> {
    throwIfStopped(this.#options.signal);
    const encoded = by.encode(request);
    if (encoded !== undefined) return this.#part(request, encoded, caller, by);
    return {
      result: { kind: 'undecodable', text: `the target has no ${request.op}` },
      replyBytes: undefined,
    };
  }

  async #part(
    request: Request,
    encoded: EncodedRequest,
    caller: PrincipalText,
    by: OperationInterface,
  ): Promise<CallResult<Result | ReadResult>> {
    const { canisterOf, replica, update } = this.#options;
    const { kind, method, arg } = encoded;
    const call = { canister: canisterOf(encoded.canister), method, arg, caller };
    const outcome = kind === 'query' ? await replica.query(call) : await update(call);
    return { result: by.decode(request, outcome, encoded), replyBytes: lengthOf(outcome) };
  }
}

/** The first call of a read; `undefined` if the interface cannot read files. */
export function firstOfRead(
  blobId: string,
  chunkBytes: number,
  by: OperationInterface,
): EncodedRequest | undefined {
  switch (by.reads) {
    case 'none':
      return undefined;
    case 'whole':
    case 'parts':
      return by.encode({ op: 'readWhole', blobId });
    case 'chunks':
      return by.encode({ op: 'readMeta', blobId });
    case 'range': {
      const first = { op: 'readChunk', blobId, index: 0, offset: 0, bytes: rangeBytes(chunkBytes) } as const;
      return by.encode({ op: 'readMeta', blobId }) ?? by.encode(first);
    }
  }
}

export interface ReadOptions {
  readonly blobId: string;
  /** Length of the chunks that were uploaded. */
  readonly chunkBytes: number;
  readonly caller: PrincipalText;
  readonly by: OperationInterface;
  /** Length of the file in bytes, if the caller is not its owner and its chunks are to be tried after a refusal. */
  readonly strangerTo?: number | undefined;
}

/** One file while it is read. */
interface Reading extends Omit<ReadOptions, 'chunkBytes'> {
  readonly content: ReadContent;
}

/** A canister that always returns a next part must not hang the run. */
const PARTS_MAX = 10_000;

/** Length of the ranges to read. It is not that of the chunks, so that ranges begin and end inside chunks. */
function rangeBytes(chunkBytes: number): number {
  return Math.max(1, Math.ceil((chunkBytes * 2) / 3));
}

/** What has been read of a file. */
class ReadContent {
  readonly #hash = createHash('sha256');
  #size = 0;
  /** Length of the longest reply in bytes. */
  #replyBytes: number | undefined;

  replied(bytes: number | undefined): void {
    if (bytes !== undefined) this.#replyBytes = Math.max(this.#replyBytes ?? 0, bytes);
  }

  get size(): number {
    return this.#size;
  }

  add(data: Uint8Array): void {
    this.#hash.update(data);
    this.#size += data.length;
  }

  /** @param stated the length that the metadata states, if there is any */
  result(stated = this.#size): CallResult {
    return this.#blob(stated === this.#size ? {} : { statedSize: String(stated) });
  }

  withoutMeta(): CallResult {
    return this.#blob({ metaRefused: true });
  }

  #blob(more: Pick<Extract<Result, { kind: 'blob' }>, 'statedSize' | 'metaRefused'>): CallResult {
    const sha256 = this.#hash.digest('hex');
    return {
      result: { kind: 'blob', size: String(this.#size), sha256, ...more },
      replyBytes: this.#replyBytes,
    };
  }

  /** @param problemOf of the first part */
  checked(problemOf: FilePart['problemOf']): CallResult {
    const problem = problemOf?.(this.#hash.copy().digest());
    return problem === undefined
      ? this.result()
      : this.ended({ kind: 'error', error: 'other', text: problem });
  }

  /** A reply that ends the reading: a failure, or the whole file at once. */
  ended(answer: Result | ReadResult): CallResult {
    return { result: asResult(answer), replyBytes: this.#replyBytes };
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
