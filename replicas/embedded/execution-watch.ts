/** Watches executions from outside of the engine, which has no clock. */
import type { PrincipalText } from '../replica.js';

/** How far the running message has come. */
export interface ExecutionProgress {
  readonly canister: PrincipalText;
  /** What runs, for people: `canister_update put`, or `reply callback`. */
  readonly what: string;
  /** Instructions of the part of the message that runs. */
  readonly instructions: number;
  readonly instructionLimit: number;
}

export interface ExecutionWatch {
  /** A message begins: a call, a callback with its cleanup, a task, an installation with its hooks, or a query with all that it calls. */
  begin(): void;
  /** Called about every `INSTRUCTIONS_PER_CHECK` instructions and every `GROWTHS_PER_CHECK` growths of the memory. A text ends the message with an error and says why. */
  check(progress: ExecutionProgress): string | undefined;
}

/** Runs for about 50 ms. */
export const INSTRUCTIONS_PER_CHECK = 50e6;
/** A growth of the memory costs few instructions, but about 0.2 ms. */
export const GROWTHS_PER_CHECK = 256;
