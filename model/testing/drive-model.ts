/** Drives the model by hand: one operation after another, with results that the model allows. */
import type { TimeSpan } from '../spans.js';
import { accept } from '../accept.js';
import type { Alternative } from '../expected.js';
import { apply } from '../apply.js';
import { inlineSha256 } from '../memories.js';
import { createContentOracle } from '../oracle.js';
import type { ModelRequest } from '../request.js';
import { STATS_COUNTERS, type Result, type StatsCounter } from '../result.js';
import type { FileRecipe, Limits } from '../schedule.js';
import { type ModelState, type SessionRecord, initialState } from '../state.js';

/** File 0 has 3 chunks of 100 B, file 1 one, file 2 none; file 3 has the bytes of file 0 under another name. */
export const FILES: readonly FileRecipe[] = [
  { name: 'a.bin', bytes: 250, content: { kind: 'random', seed: 1 } },
  { name: 'b.bin', bytes: 100, content: { kind: 'random', seed: 2 } },
  { name: 'empty.bin', bytes: 0, content: { kind: 'zero' } },
  { name: 'c.bin', bytes: 250, content: { kind: 'random', seed: 1 } },
];
export const ORACLE = createContentOracle(FILES);
export const LIMITS: Limits = { chunkSize: 100, sessionTtlSeconds: 1000, activeSessionsMax: 2 };

type Of<Op extends ModelRequest['op']> = Extract<ModelRequest, { op: Op }>;

export function begin(options: Partial<Of<'begin'>> = {}): ModelRequest {
  return {
    op: 'begin',
    by: 0,
    capsuleOf: options.by ?? 0,
    file: 0,
    key: 'k',
    chunksOff: 0,
    ...options,
  };
}
export function put(index: number, options: Partial<Of<'put'>> = {}): ModelRequest {
  return {
    op: 'put',
    sessionId: '1',
    by: 0,
    file: 0,
    index,
    data: { kind: 'right' },
    ...options,
  };
}
export function finish(options: Partial<Of<'finish'>> = {}): ModelRequest {
  return {
    op: 'finish',
    sessionId: '1',
    by: 0,
    file: 0,
    hash: 'right',
    lengthOff: 0,
    ...options,
  };
}
export function on(op: 'abort' | 'pause' | 'resume' | 'status' | 'read', by = 0): ModelRequest {
  return {
    op,
    sessionId: '1',
    by,
  };
}

export class ModelBench {
  state: ModelState;
  #now = 10n ** 18n;
  #ids = 0;

  constructor(limits: Limits = LIMITS) {
    this.state = initialState(limits);
  }

  /** The alternatives for a request; changes nothing. */
  allowed(
    request: ModelRequest,
    time: TimeSpan = { from: this.#now, to: this.#now },
  ): readonly Alternative[] {
    return apply(this.state, request, time, ORACLE);
  }

  /** The only allowed result: its kind, or its errors and the code of the reason. */
  answer(request: ModelRequest): string {
    const [only, ...others] = this.allowed(request);
    if (only === undefined || others.length > 0) throw new Error(`${others.length + 1} results are allowed`);
    const { expected, reason } = only;
    return expected.kind === 'error' ? `${expected.errors.join('|')}: ${reason.code}` : expected.kind;
  }

  /** Executes the requests, each with the first result that the model allows. */
  do(...requests: readonly ModelRequest[]): this {
    for (const request of requests) {
      const [alternative] = this.allowed(request);
      if (alternative === undefined) throw new Error('no result is allowed');
      const next = accept(alternative, this.#resultOf(alternative), ORACLE);
      if (next === undefined) throw new Error(`the model rejects its own result of ${request.op}`);
      this.state = next;
    }
    return this;
  }

  pass(seconds: number): this {
    this.#now += BigInt(Math.round(seconds * 1e9));
    return this;
  }

  session(position = 0): SessionRecord {
    const session = this.state.sessions[position];
    if (session === undefined) throw new Error(`there is no session ${position}`);
    return session;
  }

  #resultOf({ expected, next }: Alternative): Result {
    switch (expected.kind) {
      case 'begun':
        return { kind: 'begun', sessionId: next.sessions[expected.session]?.id ?? String(++this.#ids) };
      case 'finished': {
        const finish = next.sessions[expected.session]?.finish;
        const number = `${next.sessions.filter((session) => session.finish?.blobId !== undefined).length + 1}`;
        return {
          kind: 'finished',
          blobId: finish?.blobId ?? `blob_${number}`,
          memoryId: finish?.memoryId ?? `memory_${number}`,
          size: String(expected.bytes),
          sha256: undefined,
        };
      }
      case 'blob':
        return { kind: 'blob', size: String(expected.bytes), sha256: ORACLE.sha256(expected.file) };
      case 'status': {
        const { state, bytesReceived, chunksReceived, missing = [], chunkSize } = expected.status;
        const numbers = { bytesReceived: String(bytesReceived), chunkSize: String(chunkSize) };
        return { kind: 'status', state, chunksReceived, missing, ...numbers };
      }
      case 'sessions':
        return { kind: 'sessions', sessionIds: expected.must };
      case 'memory': {
        const memoryId = next.memories[expected.memory]?.id ?? `made_${expected.memory}`;
        const assets = expected.assets.map((asset, place) => {
          const { kind } = asset;
          if ('inlineBytes' in asset) {
            const sha256 = expected.isNew ? undefined : inlineSha256(asset.inlineBytes, place);
            return { kind, blobId: undefined, size: String(asset.inlineBytes), inlineSha256: sha256 };
          }
          const session = next.sessions[asset.blobOf];
          const blobId = session?.finish?.blobId;
          return { kind, blobId, size: String(session?.bytes), inlineSha256: undefined };
        });
        return { kind: 'memory', memoryId, assets };
      }
      case 'memories':
        return { kind: 'memories', memoryIds: expected.ids };
      case 'stats': {
        const entries = STATS_COUNTERS.map((name) => [name, expected.counters[name].atLeast] as const);
        const counters = Object.fromEntries(entries) as Record<StatsCounter, number>;
        return { kind: 'stats', counters, blocks: { used: 0, free: 0, bytes: 16_384 } };
      }
      case 'config':
        return { kind: 'config', limits: expected.limits, sessionTtlNs: String(expected.sessionTtlNs) };
      case 'error':
        return {
          kind: 'error',
          error: expected.errors[0] ?? 'other',
          text: (expected.names ?? []).map(({ start }) => start).join(' '),
        };
      case 'done':
        return { kind: 'done' };
    }
  }
}
