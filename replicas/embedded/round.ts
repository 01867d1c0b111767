/**
 * Runs a round of a subnet as the network does.
 *
 * 1. Best-effort calls time out. The messages of the streams to the subnet and the ingress messages of the block arrive.
 * 2. HTTP outcalls that have a response, or that waited too long, and requests for signatures are answered.
 * 3. Passes, until one executes nothing or has used the instructions of the round: the management canister executes its waiting calls; the
 *    canisters execute their tasks, in the first pass only, and their waiting messages; then the messages between them arrive.
 * 4. Canisters stop if nothing of them is open. What is still to be sent takes a stream.
 *
 * Source: IC interface spec, "Ordering guarantees", and the public documentation of message routing and execution. The number of rounds and
 * the times of each kind of call are recorded: traces 01, 02, and 05.
 */
import { executeWork, type Work } from './execution/execute-input.js';
import { isTaskDue, type TaskKind } from './execution/execute-task.js';
import { deliverLocally, inductStreams } from './execution/routing.js';
import { completeStops } from './execution/stops.js';
import { expireCalls } from './execution/timeouts.js';
import { expireIngress, inductIngress } from './ingress-pool.js';
import { HEAVY_METHODS } from './management/access.js';
import { answerSignatures } from './management/key-methods.js';
import { executeManagement } from './management/management.js';
import { answerOutcalls, type OutcallAnswer } from './management/outcall-consensus.js';
import { decodeTarget, targetOf } from './management-interface/target.js';
import { INSTRUCTIONS } from './params.js';
import { scheduleRound, threadsOf, updatePriorities, type RoundSchedule } from './round-schedule.js';
import type { Canister, NextMethod } from './state/canister.js';
import { takeNextInput } from './state/input-schedule.js';
import type { CallInput } from './state/messages.js';
import type { PooledIngress, Subnet } from './state/subnet.js';

/** What consensus decided for a round. */
export interface Block {
  readonly ingress: readonly PooledIngress[];
  readonly outcalls: readonly OutcallAnswer[];
}

export function runRound(subnet: Subnet, { ingress, outcalls }: Block): void {
  expireCalls(subnet);
  inductStreams(subnet);
  for (const pooled of ingress) inductIngress(subnet, pooled);
  expireIngress(subnet);
  answerOutcalls(subnet, outcalls);
  answerSignatures(subnet);
  new Round(subnet).run();
  completeStops(subnet);
  for (const { record } of subnet.canisters.values()) {
    record.installDebit = Math.max(0, record.installDebit - subnet.profile.limits.installRateMax);
  }
}

const FOLLOWING_METHOD: Readonly<Record<NextMethod, NextMethod>> = {
  'global-timer': 'heartbeat',
  heartbeat: 'message',
  message: 'global-timer',
};

class Round {
  readonly #subnet: Subnet;
  readonly #schedule: RoundSchedule;
  /** Tasks that are still to be executed. */
  readonly #tasks = new Map<Canister, TaskKind[]>();
  /** Canisters that executed all that they had, or came first. */
  readonly #executed = new Set<Canister>();
  #managementInstructions: number;
  #instructions: number;

  constructor(subnet: Subnet) {
    this.#subnet = subnet;
    this.#schedule = scheduleRound(subnet);
    const { limits } = subnet.profile;
    this.#instructions = limits.roundMessagesMax;
    this.#managementInstructions = limits.roundManagementMax;
  }

  run(): void {
    for (let isFirst = true; ; isFirst = false) {
      this.#executeManagement();
      if (isFirst) for (const canister of this.#subnet.canisters.values()) this.#addTasks(canister);
      const used = this.#executeCanisters(isFirst);
      if (used === 0) break;
      this.#instructions -= used + INSTRUCTIONS.perCanisterInPass * this.#subnet.canisters.size;
      if (this.#instructions <= 0) break;
      deliverLocally(this.#subnet);
    }
    updatePriorities(this.#subnet, this.#executed);
  }

  /** Executes the waiting calls to the management canister that no paused message blocks. */
  #executeManagement(): void {
    const subnet = this.#subnet;
    const isPaused = [...subnet.canisters.values()].some(({ paused }) => paused);
    const isBlocked = (input: CallInput): boolean =>
      (this.#managementInstructions <= 0 && HEAVY_METHODS.has(input.method)) ||
      (isPaused && this.#isForPausedCanister(input));
    for (;;) {
      const taken = takeNextInput(
        subnet.managementInputs,
        subnet.record.inputSchedule,
        (sender) => subnet.isLocal(sender),
        isBlocked,
      );
      if (!taken) return;
      subnet.record.inputSchedule = taken.schedule;
      this.#managementInstructions -= executeManagement(subnet, taken.input).instructions;
      if (this.#managementInstructions <= 0) return;
    }
  }

  #isForPausedCanister({ argument, method, arg }: CallInput): boolean {
    const target = argument === undefined ? decodeTarget(method, arg) : targetOf(argument);
    return target !== undefined && this.#subnet.canisters.get(target)?.paused !== undefined;
  }

  /**
   * Finds the tasks that a canister executes in this round. Timer, heartbeat, and messages take turns to come first. If a task comes first,
   * the other task is executed too if it is due.
   */
  #addTasks(canister: Canister): void {
    if (canister.paused) return;
    const hasTimer = isTaskDue(this.#subnet, canister, 'timer');
    const hasHeartbeat = isTaskDue(this.#subnet, canister, 'heartbeat');
    if (!hasTimer && !hasHeartbeat) return;
    for (let turn = 0; turn < 3; turn++) {
      const method = canister.record.nextMethod;
      canister.record.nextMethod = FOLLOWING_METHOD[method];
      // The low-memory hook comes before any other task and takes the turn.
      if (isTaskDue(this.#subnet, canister, 'low-memory')) return;
      if (method === 'message' && canister.inputs.length > 0) return;
      if (method === 'global-timer' && hasTimer) {
        this.#tasks.set(canister, hasHeartbeat ? ['timer', 'heartbeat'] : ['timer']);
        return;
      }
      if (method === 'heartbeat' && hasHeartbeat) {
        this.#tasks.set(canister, hasTimer ? ['heartbeat', 'timer'] : ['heartbeat']);
        return;
      }
    }
  }

  /** Executes what the canisters have, thread by thread. Returns the instructions of the thread that used most. */
  #executeCanisters(isFirst: boolean): number {
    if (this.#instructions <= 0) return 0;
    this.#chargeIdle();
    let most = 0;
    for (const thread of threadsOf(this.#schedule, (canister) => this.#hasWork(canister))) {
      let left = this.#instructions;
      for (const [rank, canister] of thread.entries()) {
        if (left <= 0) break;
        left -= this.#executeCanister(canister, left);
        if (!this.#hasWork(canister) || canister.paused || (isFirst && rank === 0))
          this.#executed.add(canister);
      }
      most = Math.max(most, this.#instructions - left);
    }
    return most;
  }

  /** The canisters without work before the first one with work count as executed. */
  #chargeIdle(): void {
    for (const canister of this.#schedule.fresh) {
      if (this.#hasWork(canister)) return;
      this.#executed.add(canister);
    }
  }

  /** Executes what the canister has while instructions are left. Returns the instructions used, with the overheads. */
  #executeCanister(canister: Canister, left: number): number {
    const wasPaused = canister.paused !== undefined;
    let used = 0;
    let executed = 0;
    while (used < left) {
      const work = this.#takeWork(canister);
      if (!work) break;
      const { instructions } = executeWork(this.#subnet, canister, work, true);
      executed += instructions;
      used += instructions + INSTRUCTIONS.perExecution;
      if (wasPaused && !canister.paused) break;
    }
    return executed > 0 ? used + INSTRUCTIONS.perCanister : used;
  }

  #hasWork(canister: Canister): boolean {
    return (
      canister.paused !== undefined ||
      isTaskDue(this.#subnet, canister, 'low-memory') ||
      (this.#tasks.get(canister)?.length ?? 0) > 0 ||
      canister.inputs.length > 0
    );
  }

  #takeWork(canister: Canister): Work | undefined {
    if (canister.paused) return { kind: 'slice' };
    if (isTaskDue(this.#subnet, canister, 'low-memory')) return { kind: 'task', task: 'low-memory' };
    const task = this.#tasks.get(canister)?.shift();
    if (task !== undefined) return { kind: 'task', task };
    const { inputs, record } = canister;
    const taken = takeNextInput(inputs, record.inputSchedule, (sender) => this.#subnet.isLocal(sender));
    if (!taken) return undefined;
    record.inputSchedule = taken.schedule;
    return { kind: 'input', input: taken.input };
  }
}
