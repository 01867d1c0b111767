/** What the labels of a schedule stand for while it runs: the interpreter and whoever reads its History learn it alike. */
import type { Result } from '../../model/result.js';
import type { CallerIndex, MemoryLabel, Operation, SessionLabel } from '../../model/schedule.js';

/** What a label is bound to: the session of its latest `begin` that answered Ok. */
export interface Binding {
  readonly sessionId: string;
  readonly caller: CallerIndex;
  readonly file: number;
}

/** What labels stand for at a point of the History, and the chunk sizes that callers cut by there. */
export class Labels {
  readonly sessions = new Map<SessionLabel, Binding>();
  /** By session id: the chunk size in force when its id was first answered. */
  readonly chunkSizes = new Map<string, number>();
  /** By session id: what its finish answered. */
  readonly finishes = new Map<string, Extract<Result, { kind: 'finished' }>>();
  readonly memories = new Map<MemoryLabel, { readonly memoryId: string; readonly caller: CallerIndex }>();

  chunkSize: number | undefined;

  /** `chunkSize`: in bytes, by which callers cut now; undefined where nobody asks. */
  constructor(chunkSize: number | undefined) {
    this.chunkSize = chunkSize;
  }

  /** Learns from an answer. `sessionId`: of the session that it is about, if it is about one. */
  learn(operation: Operation, result: Result, sessionId: string | undefined): void {
    if (operation.op === 'begin' && result.kind === 'begun') {
      const { session, caller, file } = operation;
      this.sessions.set(session, { sessionId: result.sessionId, caller, file });
      const { chunkSize } = this;
      if (chunkSize !== undefined && !this.chunkSizes.has(result.sessionId))
        this.chunkSizes.set(result.sessionId, chunkSize);
    } else if (operation.op === 'finish' && result.kind === 'finished' && sessionId !== undefined) {
      this.finishes.set(sessionId, result);
    } else if (operation.op === 'memory' && result.kind === 'memory') {
      this.memories.set(operation.memory, { memoryId: result.memoryId, caller: operation.caller });
    }
  }

  finishOf(label: SessionLabel): Extract<Result, { kind: 'finished' }> | undefined {
    const binding = this.sessions.get(label);
    return binding && this.finishes.get(binding.sessionId);
  }

  /** A memory by its own label, or by that of the session whose finish made it. */
  memoryOf(label: MemoryLabel): { readonly memoryId: string; readonly caller: CallerIndex } | undefined {
    const made = this.memories.get(label);
    if (made !== undefined) return made;
    const memoryId = this.finishOf(label)?.memoryId;
    const binding = this.sessions.get(label);
    return memoryId === undefined || binding === undefined ? undefined : { memoryId, caller: binding.caller };
  }

  /** Who issues the operation: an intruder, or the owner of what it is about. */
  callerOf(operation: Operation): CallerIndex {
    if ('caller' in operation) return operation.caller;
    if (operation.by !== undefined) return operation.by;
    const owner =
      'memory' in operation ? this.memoryOf(operation.memory) : this.sessions.get(operation.session);
    return owner?.caller ?? 0;
  }
}
