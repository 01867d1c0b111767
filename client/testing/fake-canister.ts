/**
 * An upload canister in memory, for tests of the client. It implements what `canister/README.md` specifies: states, order of
 * errors, idempotency, and references. It hashes at once, unless `finishSteps` requests a Finishing phase.
 */
import { createHash } from 'node:crypto';
import type {
  Answer,
  AssetInput,
  AssetMetadata,
  BlobMeta,
  CanisterError,
  Capsule,
  ChunkRange,
  FinishResult,
  Memory,
  MemorySummary,
  SessionState,
  UploadConfig,
  UploadStatus,
  UploadSummary,
} from '../types.js';

export interface FakeSession {
  readonly id: bigint;
  readonly owner: string;
  readonly capsuleId: string;
  readonly metadata: AssetMetadata;
  readonly key: string;
  readonly chunkSize: number;
  readonly expectedChunks: number;
  readonly chunks: Map<number, Uint8Array>;
  state: SessionState;
  updatedAt: bigint;
  result: (FinishResult & { readonly hash: Uint8Array }) | null;
}

interface FakeBlob {
  readonly id: string;
  readonly capsuleId: string;
  readonly name: string;
  readonly mimeType: string;
  bytes: Uint8Array;
  readonly sha256: Uint8Array;
  readonly chunkSize: number;
}

const ok = <T>(value: T): Answer<T> => ({ ok: true, value });
function refuse(kind: CanisterError['kind'], text = ''): { ok: false; error: CanisterError } {
  return {
    ok: false,
    error: (['NotFound', 'Unauthorized', 'ResourceExhausted'].includes(kind)
      ? { kind }
      : { kind, text }) as CanisterError,
  };
}
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** Returns a text that is equal for metadata with equal fields. */
function plain(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) => {
    if (typeof field === 'bigint') return `${field}n`;
    return field instanceof Uint8Array ? [...field] : field;
  });
}

export class FakeCanister {
  config: UploadConfig;
  /** The time in nanoseconds since 1970. Tests change it. */
  time = 1_700_000_000_000_000_000n;
  sessionTtlNs = 24n * 3_600_000_000_000n;
  /** Number of status queries after which a finish completes. 0 means at once. */
  finishSteps = 0;
  /** Number of finishes that answer `Internal` and leave the session Uploading. */
  finishesCutShort = 0;
  readonly logLines: string[] = [];
  readonly capsules: Capsule[] = [];
  readonly sessions: FakeSession[] = [];
  readonly blobs = new Map<string, FakeBlob>();
  readonly memories = new Map<string, Memory>();
  #blobCount = 0;
  #memoryCount = 0;
  readonly #finishing = new Map<bigint, { left: number; hash: Uint8Array }>();

  constructor(config: Partial<UploadConfig> = {}) {
    this.config = {
      chunkSize: 1_800_000n,
      maxChunks: 512,
      maxBytes: 805_306_368n,
      inlineMax: 32_768n,
      maxActiveSessions: 100,
      allowAnonymous: false,
      ...config,
    };
  }

  capsulesCreate(caller: string, name: string | null): Answer<Capsule> {
    const id = `capsule_${this.capsules.length + 1}`;
    const capsule = { id, owner: caller, name, createdAt: this.time };
    this.capsules.push(capsule);
    return ok(capsule);
  }

  capsulesList(caller: string): readonly Capsule[] {
    return this.capsules.filter(({ owner }) => owner === caller);
  }

  begin(
    caller: string,
    capsuleId: string,
    asset: AssetMetadata,
    chunks: number,
    key: string,
  ): Answer<bigint> {
    const barred = this.#capsule(caller, capsuleId);
    if (barred !== null) return barred;
    const used = this.sessions.find(
      (session) =>
        session.owner === caller &&
        session.capsuleId === capsuleId &&
        session.key === key &&
        !['Failed', 'Cancelled'].includes(this.#stateOf(session)),
    );
    if (used !== undefined && plain(used.metadata) === plain(asset) && used.expectedChunks === chunks) {
      return ok(used.id);
    }
    const { base } = asset;
    const { chunkSize, maxBytes, maxChunks, maxActiveSessions } = this.config;
    if (base.name === '' || key === '') return refuse('InvalidArgument', 'name or key is empty');
    if (base.sha256 !== null && base.sha256.length !== 32) return refuse('InvalidArgument', 'sha256');
    if (BigInt(chunks) !== (base.bytes + chunkSize - 1n) / chunkSize) {
      return refuse('InvalidArgument', `expected_chunks is ${chunks}`);
    }
    const active = this.sessions.filter(
      (session) =>
        session.owner === caller &&
        ['Initiated', 'Uploading', 'Paused', 'Finishing'].includes(this.#stateOf(session)),
    );
    if (base.bytes > maxBytes || chunks > maxChunks || active.length >= maxActiveSessions) {
      return refuse('ResourceExhausted');
    }
    if (used !== undefined) return refuse('Conflict', 'the key is in use with other parameters');
    const session: FakeSession = {
      id: BigInt(this.sessions.length + 1),
      owner: caller,
      capsuleId,
      metadata: structuredClone(asset),
      key,
      chunkSize: Number(chunkSize),
      expectedChunks: chunks,
      chunks: new Map(),
      state: 'Initiated',
      updatedAt: this.time,
      result: null,
    };
    this.sessions.push(session);
    this.#log(`BEGIN sid=${session.id} len=${base.bytes}`);
    return ok(session.id);
  }

  putChunk(caller: string, id: bigint, index: number, bytes: Uint8Array): Answer<null> {
    const session = this.#session(caller, id);
    if ('ok' in session) return session;
    const state = this.#stateOf(session);
    if (state !== 'Initiated' && state !== 'Uploading') return refuse('InvalidState', state);
    if (index >= session.expectedChunks) return refuse('InvalidArgument', `index ${index}`);
    const total = Number(session.metadata.base.bytes);
    const wanted = Math.min(session.chunkSize, total - index * session.chunkSize);
    if (bytes.length !== wanted) return refuse('InvalidArgument', `length ${bytes.length}, wanted ${wanted}`);
    const stored = session.chunks.get(index);
    if (stored !== undefined)
      return same(stored, bytes) ? ok(null) : refuse('Conflict', `other bytes at ${index}`);
    session.chunks.set(index, Uint8Array.from(bytes));
    session.state = 'Uploading';
    session.updatedAt = this.time;
    this.#log(`PUT sid=${id} index=${index}`);
    return ok(null);
  }

  finish(caller: string, id: bigint, hash: Uint8Array, total: bigint): Answer<FinishResult> {
    const session = this.#session(caller, id);
    if ('ok' in session) return session;
    const state = this.#stateOf(session);
    if (session.result !== null) {
      const alike = same(session.result.hash, hash) && total === session.metadata.base.bytes;
      return alike ? ok(session.result) : refuse('Conflict', 'completed with another hash or length');
    }
    if (state !== 'Initiated' && state !== 'Uploading') return refuse('InvalidState', state);
    if (hash.length !== 32) return refuse('InvalidArgument', 'the hash has not 32 bytes');
    if (total !== session.metadata.base.bytes) return refuse('InvalidArgument', 'total_len');
    const [gap] = this.#missing(session);
    if (gap !== undefined) return refuse('InvalidArgument', `chunk ${gap.start} is missing`);
    if (this.finishesCutShort > 0) {
      this.finishesCutShort -= 1;
      return refuse('Internal', 'the finish was cut short by an upgrade');
    }
    if (this.finishSteps > 0 && !this.#finishing.has(id)) {
      session.state = 'Finishing';
      this.#finishing.set(id, { left: this.finishSteps, hash });
      // The reply of a long finish comes with its last step. This caller gives up before it.
      throw new Error('no answer');
    }
    return this.#complete(session, hash);
  }

  #complete(session: FakeSession, hash: Uint8Array): Answer<FinishResult> {
    const { base } = session.metadata;
    const parts = [...session.chunks].sort(([a], [b]) => a - b).map(([, bytes]) => bytes);
    const bytes = Uint8Array.from(Buffer.concat(parts));
    const computed = Uint8Array.from(createHash('sha256').update(bytes).digest());
    if (!same(hash, computed)) {
      return { ok: false, error: { kind: 'ChecksumMismatch', expected: hash, computed } };
    }
    const blobId = `blob_${(this.#blobCount += 1)}`;
    this.blobs.set(blobId, {
      id: blobId,
      capsuleId: session.capsuleId,
      name: base.name,
      mimeType: base.mimeType,
      bytes,
      sha256: computed,
      chunkSize: session.chunkSize,
    });
    const asset = {
      kind: base.assetType,
      blobId,
      inlineBytes: null,
      mimeType: base.mimeType,
      size: base.bytes,
    };
    const memoryId = this.#remember(session.capsuleId, session.metadata, [asset]);
    session.state = 'Completed';
    session.chunks.clear();
    session.result = { blobId, memoryId, size: base.bytes, sha256: computed, uploadedAt: this.time, hash };
    this.#log(`FINISH_HASH_OK sid=${session.id} len=${base.bytes}`);
    return ok(session.result);
  }

  abort(caller: string, id: bigint): Answer<null> {
    const session = this.#session(caller, id);
    if ('ok' in session) return session;
    const state = this.#stateOf(session);
    if (state === 'Completed' || state === 'Finishing') return refuse('InvalidState', state);
    session.state = 'Cancelled';
    session.chunks.clear();
    return ok(null);
  }

  pause(caller: string, id: bigint): Answer<null> {
    return this.#move(caller, id, 'Uploading', 'Paused');
  }

  resume(caller: string, id: bigint): Answer<null> {
    return this.#move(caller, id, 'Paused', 'Uploading');
  }

  #move(caller: string, id: bigint, from: SessionState, to: SessionState): Answer<null> {
    const session = this.#session(caller, id);
    if ('ok' in session) return session;
    if (this.#stateOf(session) !== from) return refuse('InvalidState', this.#stateOf(session));
    session.state = to;
    session.updatedAt = this.time;
    return ok(null);
  }

  status(caller: string, id: bigint): Answer<UploadStatus> {
    const session = this.#session(caller, id);
    if ('ok' in session) return session;
    const finishing = this.#finishing.get(id);
    if (finishing !== undefined && (finishing.left -= 1) < 0) {
      this.#finishing.delete(id);
      if (!this.#complete(session, finishing.hash).ok) session.state = 'Uploading';
    }
    const received = [...session.chunks.values()].reduce((sum, bytes) => sum + bytes.length, 0);
    return ok({
      sessionId: id,
      capsuleId: session.capsuleId,
      name: session.metadata.base.name,
      idempotencyKey: session.key,
      state: this.#stateOf(session),
      chunkSize: BigInt(session.chunkSize),
      expectedChunks: session.expectedChunks,
      bytesExpected: session.metadata.base.bytes,
      chunksReceived: session.result === null ? session.chunks.size : session.expectedChunks,
      bytesReceived: session.result === null ? BigInt(received) : session.metadata.base.bytes,
      missing: session.result === null ? this.#missing(session) : [],
      updatedAt: session.updatedAt,
      expiresAt: session.updatedAt + this.sessionTtlNs,
      blobId: session.result?.blobId ?? null,
      memoryId: session.result?.memoryId ?? null,
    });
  }

  uploadsList(caller: string): readonly UploadSummary[] {
    return this.sessions
      .filter(({ owner }) => owner === caller)
      .map((session) => ({
        sessionId: session.id,
        capsuleId: session.capsuleId,
        name: session.metadata.base.name,
        state: this.#stateOf(session),
        bytesExpected: session.metadata.base.bytes,
      }));
  }

  blobMeta(caller: string, id: string): Answer<BlobMeta> {
    const blob = this.blobs.get(id);
    if (blob === undefined) return refuse('NotFound');
    if (this.#ownerOf(blob.capsuleId) !== caller) return refuse('Unauthorized');
    const references = [...this.memories.values()].flatMap(({ assets }) =>
      assets.filter((a) => a.blobId === id),
    );
    return ok({
      blobId: id,
      capsuleId: blob.capsuleId,
      name: blob.name,
      mimeType: blob.mimeType,
      size: BigInt(blob.bytes.length),
      sha256: blob.sha256,
      chunkSize: BigInt(blob.chunkSize),
      chunkCount: Math.ceil(blob.bytes.length / blob.chunkSize),
      references: references.length,
    });
  }

  blobReadChunk(caller: string, id: string, index: number): Answer<Uint8Array> {
    const meta = this.blobMeta(caller, id);
    if (!meta.ok) return meta;
    if (index >= meta.value.chunkCount) return refuse('InvalidArgument', `index ${index}`);
    const { bytes, chunkSize } = this.blobs.get(id)!;
    return ok(bytes.slice(index * chunkSize, (index + 1) * chunkSize));
  }

  memoriesCreate(caller: string, capsuleId: string, inputs: readonly AssetInput[]): Answer<MemorySummary> {
    const barred = this.#capsule(caller, capsuleId);
    if (barred !== null) return barred;
    for (const input of inputs) {
      if (!('blobId' in input)) continue;
      const meta = this.blobMeta(caller, input.blobId);
      if (!meta.ok) return meta;
    }
    const kinds = new Set(inputs.map(({ kind }) => kind));
    if (inputs.length === 0 || inputs.length > 4 || kinds.size !== inputs.length) {
      return refuse('InvalidArgument', 'one to four assets, each kind once');
    }
    if (inputs.some((i) => 'inlineBytes' in i && BigInt(i.inlineBytes.length) > this.config.inlineMax)) {
      return refuse('ResourceExhausted');
    }
    const assets = inputs.map((input) => {
      if (!('blobId' in input)) {
        const { kind, inlineBytes, mimeType } = input;
        return { kind, blobId: null, inlineBytes, mimeType, size: BigInt(inlineBytes.length) };
      }
      const blob = this.blobs.get(input.blobId)!;
      const mimeType = input.mimeType ?? blob.mimeType;
      return {
        kind: input.kind,
        blobId: blob.id,
        inlineBytes: null,
        mimeType,
        size: BigInt(blob.bytes.length),
      };
    });
    const memoryId = this.#remember(capsuleId, null, assets);
    return ok({ memoryId, capsuleId, assets });
  }

  memoriesRead(caller: string, id: string): Answer<Memory> {
    const memory = this.memories.get(id);
    if (memory === undefined) return refuse('NotFound');
    return this.#ownerOf(memory.capsuleId) === caller ? ok(memory) : refuse('Unauthorized');
  }

  memoriesList(caller: string, capsuleId: string): Answer<readonly MemorySummary[]> {
    return (
      this.#capsule(caller, capsuleId) ??
      ok([...this.memories.values()].filter((m) => m.capsuleId === capsuleId))
    );
  }

  memoriesDelete(caller: string, id: string): Answer<null> {
    const memory = this.memoriesRead(caller, id);
    if (!memory.ok) return memory;
    this.memories.delete(id);
    for (const { blobId } of memory.value.assets) {
      const meta = blobId === null ? null : this.blobMeta(caller, blobId);
      if (meta?.ok && meta.value.references === 0) this.blobs.delete(blobId!);
    }
    return ok(null);
  }

  #remember(capsuleId: string, metadata: AssetMetadata | null, assets: Memory['assets']): string {
    const memoryId = `memory_${(this.#memoryCount += 1)}`;
    this.memories.set(memoryId, { memoryId, capsuleId, createdAt: this.time, metadata, assets });
    return memoryId;
  }

  #ownerOf(capsuleId: string): string | null {
    return this.capsules.find(({ id }) => id === capsuleId)?.owner ?? null;
  }

  #capsule(caller: string, id: string): { ok: false; error: CanisterError } | null {
    const owner = this.#ownerOf(id);
    if (owner === null) return refuse('NotFound');
    return owner === caller ? null : refuse('Unauthorized');
  }

  #session(caller: string, id: bigint): FakeSession | { ok: false; error: CanisterError } {
    const session = this.sessions[Number(id) - 1];
    if (session === undefined) return refuse('NotFound');
    return session.owner === caller ? session : refuse('Unauthorized');
  }

  #stateOf(session: FakeSession): SessionState {
    const open = ['Initiated', 'Uploading', 'Paused'].includes(session.state);
    return open && this.time >= session.updatedAt + this.sessionTtlNs ? 'Failed' : session.state;
  }

  #missing(session: FakeSession): ChunkRange[] {
    const ranges: { start: number; end: number }[] = [];
    for (let index = 0; index < session.expectedChunks; index += 1) {
      if (session.chunks.has(index)) continue;
      const last = ranges.at(-1);
      if (last?.end === index) last.end += 1;
      else ranges.push({ start: index, end: index + 1 });
    }
    return ranges;
  }

  #log(line: string): void {
    this.logLines.push(line);
  }
}
