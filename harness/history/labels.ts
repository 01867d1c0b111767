/** The bindings of a schedule's labels to the canister's ids. The interpreter and the readers of a history learn them in the same way. */
import type { Result } from '../../model/result.js';
import { isOfUnknown } from '../../model/operations.js';
import type { CallerIndex, MemoryLabel, Operation, SessionLabel } from '../../model/schedule.js';
import { unknownId } from './unknown-id.js';

/** The binding of a label: the session of its latest successful `begin`. */
export interface Binding {
  readonly sessionId: string;
  readonly caller: CallerIndex;
  readonly file: number;
  /** The idempotency key of its `begin`. */
  readonly key: string;
}

/** A chunk whose right bytes the canister has acknowledged. */
export interface Acknowledged {
  readonly index: number;
  readonly receipt: string | undefined;
}

/** The bindings at one point in the history, and the chunk sizes that callers use there. */
export class Labels {
  readonly sessions = new Map<SessionLabel, Binding>();
  /** By session id: the chunk size in force when the id was first returned. */
  readonly chunkSizes = new Map<string, number>();
  /** By session id: the result of its finish. */
  readonly finishes = new Map<string, Extract<Result, { kind: 'finished' }>>();
  /** By session id: the file whose bytes were last put, and the receipts of its right chunks by index. */
  readonly #acknowledged = new Map<
    string,
    { readonly file: number; readonly chunks: Map<number, string | undefined> }
  >();
  /** Ids of the sessions that were aborted. */
  readonly aborted = new Set<string>();
  readonly memories = new Map<MemoryLabel, { readonly memoryId: string; readonly caller: CallerIndex }>();

  chunkSize: number | undefined;

  /** @param chunkSize in bytes: the size by which callers cut files; `undefined` if the reader does not need it */
  constructor(chunkSize: number | undefined) {
    this.chunkSize = chunkSize;
  }

  /** A copy that does not change when this object learns. */
  copy(): Labels {
    const copy = new Labels(this.chunkSize);
    for (const [label, binding] of this.sessions) copy.sessions.set(label, binding);
    for (const [id, size] of this.chunkSizes) copy.chunkSizes.set(id, size);
    for (const [id, finish] of this.finishes) copy.finishes.set(id, finish);
    for (const [id, { file, chunks }] of this.#acknowledged)
      copy.#acknowledged.set(id, { file, chunks: new Map(chunks) });
    for (const id of this.aborted) copy.aborted.add(id);
    for (const [label, memory] of this.memories) copy.memories.set(label, memory);
    return copy;
  }

  /**
   * Records the ids in a successful result.
   * @param sessionId the session that the operation names, if any
   */
  learn(operation: Operation, result: Result, sessionId: string | undefined): void {
    if (operation.op === 'begin' && result.kind === 'begun') this.#learnBegun(operation, result.sessionId);
    if (operation.op === 'put' && operation.data.kind === 'right' && sessionId !== undefined)
      this.#learnChunk(operation, sessionId, result.kind === 'done' ? result.receipt : undefined);
    // In some interfaces the last put finishes the upload.
    if (result.kind === 'finished' && sessionId !== undefined) this.finishes.set(sessionId, result);
    if (operation.op === 'abort' && sessionId !== undefined) {
      this.aborted.add(sessionId);
      this.#acknowledged.delete(sessionId);
    }
    if (operation.op === 'memory' && result.kind === 'memory')
      this.memories.set(operation.memory, { memoryId: result.memoryId, caller: operation.caller });
  }

  #learnBegun(
    { session, caller, file, key, chunkSize: own }: Operation & { op: 'begin' },
    sessionId: string,
  ): void {
    this.sessions.set(session, { sessionId, caller, file, key });
    const chunkSize = own ?? this.chunkSize;
    if (chunkSize !== undefined && (own !== undefined || !this.chunkSizes.has(sessionId)))
      this.chunkSizes.set(sessionId, chunkSize);
  }

  #learnChunk(
    { session, index }: Operation & { op: 'put' },
    sessionId: string,
    receipt: string | undefined,
  ): void {
    const file = this.sessions.get(session)?.file ?? 0;
    const known = this.#acknowledged.get(sessionId);
    const chunks = known?.file === file ? known.chunks : new Map<number, string | undefined>();
    // An upload may begin again under its key or name.
    this.aborted.delete(sessionId);
    this.#acknowledged.set(sessionId, { file, chunks: chunks.set(index, receipt) });
  }

  /** The chunks of the session's file that the canister has acknowledged, by index. */
  acknowledgedOf({ sessionId, file }: Pick<Binding, 'sessionId' | 'file'>): readonly Acknowledged[] {
    const known = this.#acknowledged.get(sessionId);
    if (known?.file !== file) return [];
    return [...known.chunks].sort(([a], [b]) => a - b).map(([index, receipt]) => ({ index, receipt }));
  }

  /** The id of the session that the operation names; `undefined` if its label is not bound, or if no unknown id can be derived. */
  sessionIdOf(operation: Extract<Operation, { session: string }>): string | undefined {
    const known = this.sessions.get(operation.session)?.sessionId;
    return known !== undefined && isOfUnknown(operation) ? unknownId(known) : known;
  }

  /** In bytes: the chunk size of the label's session; `undefined` if it is not known. */
  chunkSizeOf(label: SessionLabel): number | undefined {
    const binding = this.sessions.get(label);
    return binding && this.chunkSizes.get(binding.sessionId);
  }

  finishOf(label: SessionLabel): Extract<Result, { kind: 'finished' }> | undefined {
    const binding = this.sessions.get(label);
    return binding && this.finishes.get(binding.sessionId);
  }

  /** A memory by its own label, or by the label of the session whose finish created it. */
  memoryOf(label: MemoryLabel): { readonly memoryId: string; readonly caller: CallerIndex } | undefined {
    const made = this.memories.get(label);
    if (made !== undefined) return made;
    const memoryId = this.finishOf(label)?.memoryId;
    const binding = this.sessions.get(label);
    return memoryId === undefined || binding === undefined ? undefined : { memoryId, caller: binding.caller };
  }

  /** The caller of the operation: an intruder, or the owner of what it names. */
  callerOf(operation: Operation): CallerIndex {
    if ('caller' in operation) return operation.caller;
    if (operation.by !== undefined) return operation.by;
    const owner =
      'memory' in operation ? this.memoryOf(operation.memory) : this.sessions.get(operation.session);
    return owner?.caller ?? 0;
  }
}
