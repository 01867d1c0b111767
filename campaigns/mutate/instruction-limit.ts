/**
 * Ends messages that execute too many instructions, such as a loop that a mutant made endless. Unlike a wall-clock limit, it ends the same
 * messages on every machine.
 */
import type { ExecutionProgress } from '../../replicas/embedded/execution-watch.js';
import type { ReplicaWatch } from '../../replicas/embedded/embedded-replica.js';

export class InstructionLimit implements ReplicaWatch {
  readonly #instructionsMax: number;
  #overdue: string | undefined;

  constructor(instructionsMax: number) {
    this.#instructionsMax = instructionsMax;
  }

  begin(): void {
    // Nothing is carried over from one message to the next.
  }

  check({ what, instructions }: ExecutionProgress): string | undefined {
    if (instructions < this.#instructionsMax) return undefined;
    this.#overdue = `${what} did not end within ${this.#instructionsMax} instructions`;
    return this.#overdue;
  }

  takeOverdue(): string | undefined {
    const overdue = this.#overdue;
    this.#overdue = undefined;
    return overdue;
  }
}
