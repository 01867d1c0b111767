/** Builds histories by hand, one line per event, for the tests of checkers. */
import { READ_OPERATIONS } from '../../model/operations.js';
import { contentOf } from '../../model/content.js';
import {
  STATS_COUNTERS,
  type AssetResult,
  type ErrorKind,
  type Result,
  type SessionState,
  type StatsCounter,
} from '../../model/result.js';
import type {
  AssetSource,
  ChunkData,
  FileRecipe,
  HashArgument,
  Limits,
  Operation,
} from '../../model/schedule.js';
import type { Promises } from '../../targets/promises.js';
import type { Shape } from '../../targets/shape.js';
import type { RuleName } from '../../targets/target.js';
import { uploadTarget } from '../../targets/upload.js';
import type { History, HistoryEvent } from '../history/history.js';
import type { JudgedTarget } from '../judgement/applicable-rules.js';
import { type JudgeOptions, judge } from '../judgement/judge.js';
import type { Verdict, Violation } from '../evidence/verdict.js';

/** Chunks of 100 B, sessions of 1,000 s. File 0 has three chunks, file 1 has one, and file 2 has none; file 3 has the bytes of file 0. */
export const LIMITS: Limits = { chunkSize: 100, sessionTtlSeconds: 1000, activeSessionsMax: 5 };
export const FILES: readonly FileRecipe[] = [
  { name: 'a.bin', bytes: 250, content: { kind: 'random', seed: 1 } },
  { name: 'b.bin', bytes: 100, content: { kind: 'random', seed: 2 } },
  { name: 'empty.bin', bytes: 0, content: { kind: 'zero' } },
  { name: 'c.bin', bytes: 250, content: { kind: 'random', seed: 1 } },
];

/** The built-in target with a small default chunk size. */
export const TARGET: JudgedTarget = { ...uploadTarget, defaultChunkSize: 100 };

/** The small built-in target with another shape and other promises, and without a specification. */
export function targetOf(shape: Partial<Shape>, promises: Partial<Promises>): JudgedTarget {
  const { specification: _, ...others } = TARGET.promises;
  return { ...TARGET, shape: { ...TARGET.shape, ...shape }, promises: { ...others, ...promises } };
}

export const RULES: readonly RuleName[] = [
  'outcome',
  'stored-hash',
  'completeness',
  'immediate-retrieval',
  'upload-succeeds',
  'one-file-per-upload',
  'strangers-are-refused',
  'wrong-calls-are-refused',
  'status-is-true',
  'upgrades-succeed',
  'memories-read-back',
  'storage-is-reclaimed',
  'well-formed-replies',
  'put-cost',
  'heap-growth',
  'no-trap',
  'survives-upgrade',
  'idempotency',
  'expiry',
  'terminal-states',
  'conservation',
  'instruction-cost',
  'message-size',
  'stable-growth',
  'liveness',
];

// ---- operations ----

export function begin(
  session: string,
  options: Partial<Extract<Operation, { op: 'begin' }>> = {},
): Operation {
  return {
    op: 'begin',
    session,
    file: 0,
    caller: 0,
    key: session,
    ...options,
  };
}
export function put(
  session: string,
  index: number,
  data: ChunkData = { kind: 'right' },
  by?: number,
): Operation {
  return {
    op: 'put',
    session,
    index,
    data,
    ...(by !== undefined && { by }),
  };
}
export function finish(session: string, hash: HashArgument = 'right', lengthOff = 0): Operation {
  return {
    op: 'finish',
    session,
    hash,
    lengthOff,
  };
}
export function on(
  op: 'abort' | 'pause' | 'resume' | 'status' | 'read' | 'readWhole',
  session: string,
  by?: number,
): Operation {
  return {
    op,
    session,
    ...(by !== undefined && { by }),
  };
}
export const list = (caller = 0): Operation => ({ op: 'list', caller });
export function memory(
  label: string,
  assets: readonly AssetSource[],
  options: { readonly caller?: number; readonly capsuleOf?: number } = {},
): Operation {
  return { op: 'memory', memory: label, caller: 0, assets, ...options };
}
export function onMemory(op: 'readMemory' | 'deleteMemory', label: string, by?: number): Operation {
  return {
    op,
    memory: label,
    ...(by !== undefined && { by }),
  };
}
export const stats = (caller = 0): Operation => ({ op: 'stats', caller });
export const cleanup = (caller = 0): Operation => ({ op: 'cleanup', caller });

// ---- results ----

export const begun = (sessionId: string): Result => ({ kind: 'begun', sessionId });
export const done: Result = { kind: 'done' };
export const failed = (error: ErrorKind, text = ''): Result => ({ kind: 'error', error, text });
export const trapped: Result = {
  kind: 'rejected',
  code: 5,
  errorCode: 'IC0503',
  text: 'Canister called `ic0.trap`',
};
function sha256Of(file: number): string {
  const recipe = FILES[file];
  if (recipe === undefined) throw new Error(`there is no file ${file}`);
  return Buffer.from(contentOf(recipe).sha256()).toString('hex');
}
export function finished(number: number, file = 0): Result {
  return {
    kind: 'finished',
    blobId: `blob_${number}`,
    memoryId: `memory_${number}`,
    size: String(FILES[file]?.bytes),
    sha256: sha256Of(file),
  };
}
export function blob(file = 0, sha256 = sha256Of(file)): Result {
  return {
    kind: 'blob',
    size: String(FILES[file]?.bytes),
    sha256,
  };
}
/** The answer to the creation of a memory with these assets. */
export function remembered(id: string, ...assets: readonly AssetResult[]): Result {
  return {
    kind: 'memory',
    memoryId: id,
    assets,
  };
}
export function original(blobId: string, size = '250'): AssetResult {
  return {
    kind: 'Original',
    blobId,
    size,
    inlineSha256: undefined,
  };
}
/** Statistics with `used` blocks of 16 KiB in use. Counters that are not given are 0. */
export function counted(used: number, counters: Partial<Record<StatsCounter, number>> = {}): Result {
  const zeros = Object.fromEntries(STATS_COUNTERS.map((name) => [name, 0])) as Record<StatsCounter, number>;
  return { kind: 'stats', counters: { ...zeros, ...counters }, blocks: { used, free: 0, bytes: 16_384 } };
}

/** Status of a session of file 0 with these indices stored. */
export function status(state: SessionState, ...stored: readonly number[]): Result {
  const missing = [0, 1, 2]
    .filter((index) => !stored.includes(index))
    .map((index) => ({ start: index, end: index + 1 }));
  const joined = missing.reduce<{ start: number; end: number }[]>((ranges, range) => {
    const last = ranges.at(-1);
    if (last?.end === range.start) last.end = range.end;
    else ranges.push({ ...range });
    return ranges;
  }, []);
  const bytes = stored.reduce((sum, index) => sum + (index === 2 ? 50 : 100), 0);
  return {
    kind: 'status',
    state,
    bytesReceived: String(bytes),
    chunksReceived: stored.length,
    missing: joined,
    chunkSize: '100',
  };
}

// ---- events ----

type Body<T> = T extends HistoryEvent ? Omit<T, 'index' | 'step' | 'timeNs'> : never;

export class HistoryBuilder {
  readonly #events: HistoryEvent[] = [];
  readonly #operations: Operation[] = [];
  #now = 1_000_000_000_000n;

  /**
   * One call from its `invoke` to its end. Queries have no `delivered`.
   * @param instructions of the message that executes the call
   */
  call(operation: Operation, result: Result, instructions = 1): this {
    const call = this.start(operation);
    if (!READ_OPERATIONS.has(operation.op)) this.deliver(call, instructions);
    return this.end(call, result);
  }

  /**
   * One call with these lengths of argument and reply, in bytes. A refused call is never delivered.
   * @param within adds the events during the call
   */
  sized(
    operation: Operation,
    argBytes: number,
    result: Result,
    replyBytes?: number,
    within?: (built: this) => void,
  ): this {
    const call = this.#operations.push(operation) - 1;
    this.#record({ type: 'invoke', call, lane: 0, operation, argBytes });
    if (!READ_OPERATIONS.has(operation.op) && result.kind !== 'rejected') this.deliver(call);
    within?.(this);
    return this.end(call, result, replyBytes);
  }

  /** Begins a session and puts every chunk of file 0. */
  uploaded(session: string, id: string): this {
    this.call(begin(session), begun(id));
    for (const index of [0, 1, 2]) this.call(put(session, index), done);
    return this;
  }

  /** Issues a call and returns its number, for `deliver` and `end`. */
  start(operation: Operation): number {
    const call = this.#operations.push(operation) - 1;
    this.#record({ type: 'invoke', call, lane: 0, operation });
    return call;
  }

  deliver(call: number, instructions = 1): this {
    return this.#record({
      type: 'delivered',
      call,
      lane: 0,
      operation: this.#operation(call),
      instructions,
    });
  }

  /** Executes a further message of a call. */
  message(call: number, failure?: string): this {
    return this.#record({
      type: 'message',
      kind: 'response',
      method: 'step',
      call,
      instructions: 1,
      failure,
    });
  }

  /** Ends the schedule and begins the epilogue. */
  epilogue(): this {
    return this.#record({ type: 'epilogue' });
  }

  timer(instructions: number, failure?: string): this {
    const base = { type: 'message', kind: 'timer', method: '', call: undefined } as const;
    return this.#record({ ...base, instructions, failure });
  }

  end(call: number, result: Result, replyBytes?: number): this {
    const type = ['error', 'rejected', 'undecodable'].includes(result.kind) ? 'fail' : 'ok';
    const length = replyBytes === undefined ? {} : { replyBytes };
    return this.#record({ type, call, lane: 0, operation: this.#operation(call), result, ...length });
  }

  lose(call: number, reason = 'the connection was lost'): this {
    return this.#record({ type: 'info', call, lane: 0, operation: this.#operation(call), reason });
  }

  advance(seconds: number): this {
    this.#now += BigInt(Math.round(seconds * 1e9));
    return this.#record({ type: 'advanced', seconds });
  }

  upgrade(failure?: string, limits?: Limits): this {
    return this.#record({ type: 'upgraded', failure, ...(limits && { limits }) });
  }

  log(text: string): this {
    return this.#record({ type: 'log', text });
  }

  stopping(): this {
    return this.#record({ type: 'stopping' });
  }
  /** A canister cannot pay for messages from now on. */
  freeze(canister?: string): this {
    return this.#record({ type: 'outage', condition: 'frozen', ...(canister !== undefined && { canister }) });
  }
  recover(canister?: string): this {
    return this.#record({
      type: 'recovered',
      failure: undefined,
      ...(canister !== undefined && { canister }),
    });
  }

  restarted(failure?: string): this {
    return this.#record({ type: 'restarted', failure });
  }

  heap(heapBytes: number, stableBytes = 0, at = 'a point'): this {
    return this.#record({ type: 'metrics', at, heapBytes, stableBytes });
  }

  get history(): History {
    return { target: 'test', replica: 'test', events: this.#events, traceHash: '' };
  }

  /** Judges the history by these rules. */
  judged(
    rules: readonly RuleName[] = RULES,
    options: JudgeOptions & { readonly limits?: Limits; readonly target?: JudgedTarget } = {},
  ): Verdict {
    const { limits = LIMITS, target = TARGET, ...others } = options;
    return judge(this.history, { limits, files: FILES }, target, { only: new Set(rules), ...others });
  }

  /** The violation of one rule; `undefined` if there is none. */
  violation(rule: RuleName, limits: Limits = LIMITS, target: JudgedTarget = TARGET): Violation | undefined {
    const verdict = this.judged([rule], { limits, target });
    return verdict.kind === 'invalid' ? verdict.violations[0] : undefined;
  }

  #operation(call: number): Operation {
    const operation = this.#operations[call];
    if (operation === undefined) throw new Error(`there is no call ${call}`);
    return operation;
  }

  #record(body: Body<HistoryEvent>): this {
    const base = { index: this.#events.length, step: 0, timeNs: this.#now.toString() };
    this.#events.push({ ...base, ...body });
    return this;
  }
}

/** A session `A` with id `1` that has begun, and nothing else. */
export function begunA(): HistoryBuilder {
  return new HistoryBuilder().call(begin('A'), begun('1'));
}

/** A complete upload of file 0 in session `A`, with id `1`. */
export function completed(): HistoryBuilder {
  return new HistoryBuilder().uploaded('A', '1').call(finish('A'), finished(1));
}
