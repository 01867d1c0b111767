/**
 * How a run is asked to stop: looked at between operations. An `AbortSignal` is one; so is an object over shared memory, for an
 * engine that keeps its thread busy receives no events.
 */
export interface StopSignal {
  readonly aborted: boolean;
}

/** Thrown by what was asked to stop before its end; what it had found so far is with whoever ran it. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor() {
    super('the run was stopped');
  }
}

export function throwIfStopped(signal: StopSignal | undefined): void {
  if (signal?.aborted === true) throw new Interrupted();
}
