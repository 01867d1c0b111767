/**
 * A second implementation of the upload canister, in memory and as simple as possible: concrete bytes, one object per session. It shares
 * no code with the model, so that each can be tested against the other, and it can have bugs. It uses the requests and
 * results of targets, so that the fake replica can run it.
 */
import type { Result, SessionState } from '../../model/result.js';
import type { Limits } from '../../model/schedule.js';
import type { ReadResult } from '../../targets/target.js';
import type { UploadRequest } from '../../targets/upload.js';
import type { ReferenceBug } from './reference-bugs.js';
import {
  type Session,
  type StoredBlob,
  DONE,
  fail,
  hexOf,
  hexSha256,
  isActive,
  statusOf,
} from './reference-session.js';

/** The result of a message: an answer, or further messages under this ticket (`step`). */
export type Reply = Result | ReadResult | { readonly kind: 'pending'; readonly ticket: number };

export interface ReferenceCanisterOptions {
  readonly limits?: Limits;
  readonly defaultChunkSize?: number;
  readonly bug?: ReferenceBug | readonly ReferenceBug[] | undefined;
}

const RECORD_TTL_NS = 86_400n * 1_000_000_000n;
const WASM_PAGE_BYTES = 65_536;
const READ_WHOLE_BYTES_MAX = 2_000_000;
const STABLE_BUCKET_BYTES = 524_288;
/** Heap bytes per session in the bug that never frees them: one page for 20 sessions. */
const LEAK_BYTES = Math.ceil(WASM_PAGE_BYTES / 20);
const HEAP_BYTES_FRESH = 20 * WASM_PAGE_BYTES;

export class ReferenceCanister {
  #sessions = new Map<number, Session>();
  #blobs = new Map<string, StoredBlob>();
  #capsules = new Map<string, string>();
  #sharedChunks = new Map<string, Uint8Array>();
  #limits: Limits;
  #chunkSize: number;
  #bugs: ReadonlySet<ReferenceBug>;
  #sessionsBegun = 0;
  #tickets = 0;
  #messages = 0;
  #heapBytesGathered = 0;
  #stableBytesPeak = 0;
  #now = 0n;

  constructor({ limits = {}, defaultChunkSize = 1_800_000, bug }: ReferenceCanisterOptions = {}) {
    this.#limits = limits;
    this.#chunkSize = limits.chunkSize ?? defaultChunkSize;
    this.#bugs = new Set(bug === undefined ? [] : [bug].flat());
  }

  #has(bug: ReferenceBug): boolean {
    return this.#bugs.has(bug);
  }

  /** In bytes. */
  get chunkSize(): number {
    return this.#chunkSize;
  }

  /** A deep copy. Objects that two fields share are also shared in the copy. */
  clone(): ReferenceCanister {
    const copy = new ReferenceCanister();
    const fields = structuredClone({
      sessions: this.#sessions,
      blobs: this.#blobs,
      capsules: this.#capsules,
      sharedChunks: this.#sharedChunks,
    });
    copy.#sessions = fields.sessions;
    copy.#blobs = fields.blobs;
    copy.#capsules = fields.capsules;
    copy.#sharedChunks = fields.sharedChunks;
    copy.#limits = this.#limits;
    copy.#chunkSize = this.#chunkSize;
    copy.#bugs = this.#bugs;
    copy.#sessionsBegun = this.#sessionsBegun;
    copy.#tickets = this.#tickets;
    copy.#messages = this.#messages;
    copy.#heapBytesGathered = this.#heapBytesGathered;
    copy.#stableBytesPeak = this.#stableBytesPeak;
    copy.#now = this.#now;
    return copy;
  }

  /** The capsule of `caller`, created on first use. */
  capsuleOf(caller: string): string {
    const known = [...this.#capsules].find(([, owner]) => owner === caller)?.[0];
    const id = known ?? `capsule_${this.#capsules.size + 1}`;
    this.#capsules.set(id, caller);
    return id;
  }

  /** Executes one request as one message at `timeNs`. */
  receive(caller: string, request: UploadRequest, timeNs: bigint): Reply {
    this.#tick(timeNs);
    const isQuery = request.op === 'status' || request.op === 'list' || request.op.startsWith('read');
    if (!isQuery) this.#messages++;
    switch (request.op) {
      case 'begin':
        return this.#begin(caller, request);
      case 'cleanup':
        return this.#cleanup(caller);
      case 'list':
        return this.#list(caller);
      case 'readMeta':
      case 'readWhole':
      case 'readChunk':
        return this.#read(caller, request);
      default:
        if (!('sessionId' in request)) throw new Error(`the reference has no ${request.op}`);
        return this.#onSession(caller, request);
    }
  }

  /** Executes the next message of a finish that returned `pending`. */
  step(ticket: number, timeNs: bigint): Reply {
    this.#tick(timeNs);
    this.#messages++;
    const session = [...this.#sessions.values()].find(({ pending }) => pending?.ticket === ticket);
    if (session?.pending === undefined) {
      return { kind: 'rejected', code: 5, errorCode: 'IC0503', text: 'a callback of before the upgrade' };
    }
    session.hashed += this.#has('finish-hashes-a-block-a-message') ? 64 : this.#hashBytesPerCall();
    return this.#finishIfHashed(session, session.pending.sha256, session.pending.before);
  }

  /** Upgrades the canister to the same module, which interrupts every finish in flight. */
  upgrade(): void {
    for (const session of this.#sessions.values()) {
      if (session.pending !== undefined && !this.#has('upgrade-leaves-finishing')) {
        session.state = 'Uploading';
        session.pending = undefined;
      }
      if (this.#has('upgrade-loses-last-chunk')) {
        const last = [...session.chunks.keys()].at(-1);
        if (last !== undefined && session.state === 'Uploading') session.chunks.delete(last);
      }
      if (this.#has('upgrade-loses-keys')) session.keyFree = true;
    }
  }

  /** Interrupts a finish because the canister stops, and returns the answer of the finish. */
  interrupt(ticket: number): Result {
    const session = [...this.#sessions.values()].find(({ pending }) => pending?.ticket === ticket);
    if (session?.pending !== undefined && !this.#has('interruption-leaves-finishing')) {
      session.state = session.pending.before;
      session.pending = undefined;
    }
    return fail('Internal', 'finish was interrupted');
  }

  metrics(): { readonly heapBytes: number; readonly stableBytes: number } {
    const pages = Math.ceil(this.#heapBytesGathered / WASM_PAGE_BYTES);
    const buckets = Math.ceil(this.#stableBytesPeak / STABLE_BUCKET_BYTES);
    return {
      heapBytes: HEAP_BYTES_FRESH + pages * WASM_PAGE_BYTES,
      stableBytes: buckets * STABLE_BUCKET_BYTES,
    };
  }

  #begin(caller: string, request: Extract<UploadRequest, { op: 'begin' }>): Result {
    const { capsuleId, name, bytes, key, expectedChunks } = request;
    if (!this.#capsules.has(capsuleId)) return fail('NotFound');
    if (this.#capsules.get(capsuleId) !== caller && !this.#has('owner-not-checked'))
      return fail('Unauthorized');
    const parameters = JSON.stringify([name, request.mimeType, bytes, hexOf(request.sha256), expectedChunks]);
    const holder = this.#keyHolder(caller, capsuleId, key);
    const isSame = holder?.parameters === parameters || this.#has('key-ignores-parameters');
    if (holder !== undefined && isSame) return { kind: 'begun', sessionId: String(holder.id) };
    const chunksRight = Math.ceil(bytes / this.#chunkSize);
    if (name === '' || key === '') return fail('InvalidArgument', 'a text is empty');
    if (expectedChunks !== chunksRight && !this.#has('expected-chunks-not-checked')) {
      return fail('InvalidArgument', `expected_chunks must be ${chunksRight}`);
    }
    const tooLong = Buffer.byteLength(name) > 1024 || Buffer.byteLength(key) > 256;
    const tooBig =
      bytes > (this.#limits.bytesMax ?? 805_306_368) || expectedChunks > (this.#limits.chunksMax ?? 512);
    if (tooLong || tooBig) return fail('ResourceExhausted');
    const active = [...this.#sessions.values()].filter((s) => s.owner === caller && isActive(s)).length;
    const activeMax =
      (this.#limits.activeSessionsMax ?? 100) + (this.#has('active-limit-off-by-one') ? 1 : 0);
    if (active >= activeMax) return fail('ResourceExhausted');
    if (holder !== undefined) return fail('Conflict', 'the key is in use with other parameters');
    const last = [...this.#sessions.values()].at(-1);
    const isReused = this.#has('session-id-reused') && last?.state === 'Cancelled';
    if (this.#has('heap-leaks-with-sessions')) this.#heapBytesGathered += LEAK_BYTES;
    const id = isReused ? last.id : ++this.#sessionsBegun;
    this.#sessions.set(id, {
      id,
      owner: caller,
      capsule: capsuleId,
      key,
      parameters,
      name,
      bytes,
      expected: expectedChunks,
      chunkSize: this.#chunkSize,
      chunks: this.#has('chunk-key-shared-by-name') ? this.#sharedChunks : new Map<string, Uint8Array>(),
      state: 'Initiated',
      puts: 0,
      bytesReceived: 0,
      hashed: 0,
      began: this.#now,
      updated: this.#now,
      ended: undefined,
      keyFree: false,
      pending: undefined,
      finished: undefined,
    });
    return { kind: 'begun', sessionId: String(id) };
  }

  #onSession(caller: string, request: Extract<UploadRequest, { sessionId: string }>): Reply {
    const session = this.#sessions.get(Number(request.sessionId));
    if (session === undefined) return fail('NotFound');
    if (session.owner !== caller && !this.#has('owner-not-checked')) return fail('Unauthorized');
    switch (request.op) {
      case 'put':
        return this.#put(session, request.index, request.data);
      case 'finish':
        return this.#finish(session, hexOf(request.sha256), request.totalLength);
      case 'abort':
        return this.#abort(session);
      case 'pause': {
        const isAllowed =
          session.state === 'Uploading' || (session.state === 'Initiated' && this.#has('pause-of-initiated'));
        return isAllowed ? this.#enter(session, 'Paused') : fail('InvalidState', session.state);
      }
      case 'resume':
        return session.state === 'Paused' && !this.#has('resume-refused')
          ? this.#enter(session, 'Uploading')
          : fail('InvalidState', session.state);
      case 'status':
        return statusOf(session, (index) => session.chunks.has(this.#chunkKey(session, index)));
    }
  }

  #put(session: Session, index: number, data: Uint8Array): Result {
    const { expected, bytes, chunkSize } = session;
    const isOpen =
      session.state === 'Initiated' ||
      session.state === 'Uploading' ||
      (session.state === 'Paused' && this.#has('put-while-paused')) ||
      (session.state === 'Finishing' && this.#has('put-while-finishing'));
    const isIndexWrong = index >= expected;
    if (isIndexWrong && this.#has('index-past-end-traps')) {
      return { kind: 'rejected', code: 5, errorCode: 'IC0503', text: 'Canister called `ic0.trap`' };
    }
    const lengthRight = index === expected - 1 ? bytes - (expected - 1) * chunkSize : chunkSize;
    const isArgumentWrong = isIndexWrong || data.length !== lengthRight;
    if (isArgumentWrong && this.#has('argument-checked-before-state')) return fail('InvalidArgument');
    if (!isOpen) return fail('InvalidState', session.state);
    if (isArgumentWrong) return fail('InvalidArgument', `chunk ${index} has ${lengthRight} B`);
    const key = this.#chunkKey(session, index);
    const stored = session.chunks.get(key);
    if (stored !== undefined) {
      if (this.#has('duplicate-counts-twice')) session.bytesReceived += data.length;
      session.puts++;
      if (Buffer.compare(stored, data) === 0 || this.#has('conflict-ignored')) return DONE;
      if (!this.#has('conflict-overwrites')) return fail('Conflict', `chunk ${index} holds other bytes`);
    } else {
      session.puts++;
      session.bytesReceived += data.length;
    }
    session.chunks.set(key, new Uint8Array(data));
    this.#stableBytesPeak = Math.max(this.#stableBytesPeak, this.#stableBytesHeld());
    if (this.#has('chunks-stay-in-heap')) this.#heapBytesGathered += data.length;
    session.hashed = Math.min(session.hashed + this.#hashBytesPerCall(), this.#prefixBytes(session));
    session.updated = this.#now;
    if (session.state === 'Initiated') session.state = 'Uploading';
    return DONE;
  }

  #finish(session: Session, sha256: string, totalLength: number): Reply {
    const { state, finished, expected } = session;
    const passedArguments = `${sha256} ${totalLength}`;
    if (state === 'Completed' && finished !== undefined) {
      if (this.#has('second-finish-ignores-arguments')) return finished.result;
      if (sha256.length !== 64 || totalLength !== session.bytes) return fail('InvalidArgument');
      if (finished.arguments !== passedArguments) return fail('Conflict', 'finished with other arguments');
      if (this.#has('second-finish-makes-another-blob')) return this.#complete(session, sha256);
      return finished.result;
    }
    const isOpen =
      state === 'Initiated' ||
      state === 'Uploading' ||
      (state === 'Cancelled' && this.#has('cancelled-session-finishes'));
    if (!isOpen) return fail('InvalidState', state);
    if (sha256.length !== 64) return fail('InvalidArgument', 'the hash must have 32 bytes');
    if (totalLength !== session.bytes && !this.#has('length-not-checked')) {
      return fail('InvalidArgument', `total_len is ${totalLength}, the upload has ${session.bytes} B`);
    }
    const gap = this.#firstMissing(session);
    const isGapSeen = this.#has('gap-judged-by-count')
      ? session.puts < expected
      : !this.#has('gap-not-checked') && gap !== undefined;
    if (isGapSeen) return fail('InvalidArgument', `chunk ${gap ?? 0} is missing`);
    session.hashed += this.#hashBytesPerCall();
    return this.#finishIfHashed(session, sha256, state);
  }

  #finishIfHashed(session: Session, sha256: string, before: SessionState): Reply {
    if (session.hashed < session.bytes) {
      const ticket = session.pending?.ticket ?? ++this.#tickets;
      session.pending = { ticket, sha256, before };
      session.state = 'Finishing';
      return { kind: 'pending', ticket };
    }
    session.pending = undefined;
    const inOrder = [...Array(session.expected).keys()].map((index) => this.#chunkAt(session, index));
    const parts = this.#has('hash-in-arrival-order') ? session.chunks.values() : inOrder;
    if (hexSha256(parts) !== sha256 && !this.#has('hash-not-checked')) {
      session.state = before;
      if (this.#has('failed-finish-drops-chunks')) session.chunks.clear();
      return fail('ChecksumMismatch');
    }
    return this.#complete(session, sha256);
  }

  #complete(session: Session, sha256: string): Result {
    const blobId = `blob_${this.#blobs.size + 1}`;
    const parts = [...Array(session.expected).keys()].map((index) => this.#chunkAt(session, index));
    const data = new Uint8Array(Buffer.concat(parts));
    const { owner, chunkSize } = session;
    this.#blobs.set(blobId, { owner, data, chunkSize, finishedAtMessage: this.#messages });
    const size = String(data.length);
    const result: Result = { kind: 'finished', blobId, memoryId: `memory_${this.#blobs.size}`, size, sha256 };
    session.state = 'Completed';
    session.ended = this.#now;
    session.finished = { arguments: `${sha256} ${session.bytes}`, result };
    return result;
  }

  #abort(session: Session): Result {
    if (session.state === 'Cancelled') return DONE;
    const isCompleted = session.state === 'Completed' && !this.#has('abort-of-completed');
    if (isCompleted || session.state === 'Finishing') return fail('InvalidState', session.state);
    session.state = 'Cancelled';
    session.ended = this.#now;
    return DONE;
  }

  #cleanup(caller: string): Result {
    for (const session of [...this.#sessions.values()]) {
      const isEvicted =
        (this.#has('cleanup-evicts-all') && session.owner !== caller && isActive(session)) ||
        (this.#has('cleanup-evicts-paused') && session.owner === caller && session.state === 'Paused');
      if (isEvicted) this.#sessions.delete(session.id);
      else if (session.owner === caller && this.#has('expires-at-cleanup-only')) this.#expire(session);
      if (session.owner === caller && session.state === 'Failed') session.chunks.clear();
    }
    return DONE;
  }

  #list(caller: string): Result {
    const shown = [...this.#sessions.values()].filter(
      (s) => s.owner === caller || this.#has('list-shows-all'),
    );
    return { kind: 'sessions', sessionIds: shown.map(({ id }) => String(id)).slice(-1000) };
  }

  #read(caller: string, request: Extract<UploadRequest, { blobId: string }>): Result | ReadResult {
    const blob = this.#blobs.get(request.blobId);
    const isLagging = this.#has('retrieval-lags-a-message') && blob?.finishedAtMessage === this.#messages;
    if (blob === undefined || isLagging) return fail('NotFound');
    if (blob.owner !== caller && !this.#has('owner-not-checked')) return fail('Unauthorized');
    const data = this.#has('read-drops-last-byte') ? blob.data.subarray(0, -1) : blob.data;
    const chunkCount = Math.ceil(data.length / blob.chunkSize);
    if (request.op === 'readWhole') {
      if (data.length > READ_WHOLE_BYTES_MAX && !this.#has('reads-whole-without-limit'))
        return fail('ResourceExhausted');
      return { kind: 'blob', size: String(data.length), sha256: hexSha256([data]) };
    }
    if (request.op === 'readMeta') return { kind: 'meta', size: data.length, chunkCount };
    if (request.index >= chunkCount) return fail('InvalidArgument');
    const start = request.index * blob.chunkSize;
    return { kind: 'chunk', data: data.slice(start, start + blob.chunkSize) };
  }

  #enter(session: Session, state: SessionState): Result {
    session.state = state;
    session.updated = this.#now;
    return DONE;
  }

  /** Updates sessions that have expired. */
  #tick(timeNs: bigint): void {
    this.#now = timeNs;
    for (const session of this.#sessions.values()) {
      if (!this.#has('expires-at-cleanup-only')) this.#expire(session);
      if (session.ended !== undefined && timeNs >= session.ended + RECORD_TTL_NS)
        this.#sessions.delete(session.id);
    }
  }

  #expire(session: Session): void {
    const from = this.#has('expires-from-begin') ? session.began : session.updated;
    const at = from + BigInt(this.#limits.sessionTtlSeconds ?? 86_400) * 1_000_000_000n;
    const isDue = this.#has('expires-an-instant-late') ? this.#now > at : this.#now >= at;
    if (!isDue || !isActive(session) || session.state === 'Finishing') return;
    session.state = 'Failed';
    session.ended = at;
  }

  #keyHolder(caller: string, capsule: string, key: string): Session | undefined {
    return [...this.#sessions.values()].find((session) => {
      const isKept = this.#has('key-kept-after-abort') && session.state === 'Cancelled';
      const isHeld = isActive(session) || session.state === 'Completed' || isKept;
      const isScoped =
        this.#has('key-shared-by-callers') || (session.owner === caller && session.capsule === capsule);
      return isHeld && isScoped && session.key === key && !session.keyFree;
    });
  }

  #stableBytesHeld(): number {
    let held = 0;
    for (const session of this.#sessions.values()) {
      const isKept = session.state === 'Cancelled' && this.#has('stable-kept-on-abort');
      if (isActive(session) || isKept) held += session.bytesReceived;
    }
    for (const { data } of this.#blobs.values()) held += data.length;
    return held;
  }

  #chunkKey(session: Session, index: number): string {
    return this.#has('chunk-key-shared-by-name') ? `${session.name}/${index}` : String(index);
  }

  /** Bytes of a chunk; zeros for a missing chunk, which only a bug reads. */
  #chunkAt(session: Session, index: number): Uint8Array {
    return session.chunks.get(this.#chunkKey(session, index)) ?? new Uint8Array(session.chunkSize);
  }

  #firstMissing(session: Session): number | undefined {
    for (let index = 0; index < session.expected; index++) {
      if (!session.chunks.has(this.#chunkKey(session, index))) return index;
    }
    return undefined;
  }

  #prefixBytes(session: Session): number {
    const gap = this.#firstMissing(session);
    return gap === undefined ? session.bytes : gap * session.chunkSize;
  }

  #hashBytesPerCall(): number {
    return Math.max(64, Math.ceil((this.#limits.hashBytesPerCall ?? 16_777_216) / 64) * 64);
  }
}
