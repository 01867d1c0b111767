/**
 * Asks a run to stop. The run checks it between operations. An `AbortSignal` is a stop signal. So is an object over shared memory, which
 * works where the engine keeps its thread busy and no events arrive.
 */
export interface StopSignal {
  readonly aborted: boolean;
}

/** The run was stopped before its end. Its caller already has everything that was found. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  /** How far the run was, in words. */
  progress: string | undefined;
  constructor() {
    super('the run was stopped');
  }
}

export function throwIfStopped(signal: StopSignal | undefined): void {
  if (signal?.aborted === true) throw new Interrupted();
}
