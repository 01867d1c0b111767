/** The bindings of a schedule's labels to the canister's ids. The interpreter and the readers of a history learn them in the same way. */
import type { Result } from '../../model/result.js';
import type { CallerIndex, MemoryLabel, Operation, SessionLabel } from '../../model/schedule.js';

/** The binding of a label: the session of its latest successful `begin`. */
export interface Binding {
  readonly sessionId: string;
  readonly caller: CallerIndex;
  readonly file: number;
  /** The idempotency key of its `begin`. */
  readonly key: string;
}

/** The bindings at one point in the history, and the chunk sizes that callers use there. */
export class Labels {
  readonly sessions = new Map<SessionLabel, Binding>();
  /** By session id: the chunk size in force when the id was first returned. */
  readonly chunkSizes = new Map<string, number>();
  /** By session id: the result of its finish. */
  readonly finishes = new Map<string, Extract<Result, { kind: 'finished' }>>();
  /** By session id and index: the receipts of the right chunks that the canister has acknowledged. */
  readonly stored = new Map<string, Map<number, string | undefined>>();
  readonly memories = new Map<MemoryLabel, { readonly memoryId: string; readonly caller: CallerIndex }>();

  chunkSize: number | undefined;

  /** @param chunkSize in bytes: the size by which callers cut files; `undefined` if the reader does not need it */
  constructor(chunkSize: number | undefined) {
    this.chunkSize = chunkSize;
  }

  /**
   * Records the ids in a successful result.
   * @param sessionId the session that the operation names, if any
   */
  learn(operation: Operation, result: Result, sessionId: string | undefined): void {
    if (operation.op === 'begin' && result.kind === 'begun') {
      const { session, caller, file, key } = operation;
      this.sessions.set(session, { sessionId: result.sessionId, caller, file, key });
      const { chunkSize } = this;
      if (chunkSize !== undefined && !this.chunkSizes.has(result.sessionId))
        this.chunkSizes.set(result.sessionId, chunkSize);
    } else if (result.kind === 'finished' && sessionId !== undefined) {
      // In some interfaces the last put finishes the upload.
      this.finishes.set(sessionId, result);
    } else if (operation.op === 'put' && operation.data.kind === 'right' && sessionId !== undefined) {
      const stored = this.stored.get(sessionId) ?? new Map<number, string | undefined>();
      this.stored.set(
        sessionId,
        stored.set(operation.index, result.kind === 'done' ? result.receipt : undefined),
      );
    } else if (operation.op === 'memory' && result.kind === 'memory') {
      this.memories.set(operation.memory, { memoryId: result.memoryId, caller: operation.caller });
    }
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
