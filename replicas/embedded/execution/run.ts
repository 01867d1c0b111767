/** The common part of every execution: prepares the message, runs it, and commits or rolls back its changes. */
import type { PrincipalText } from '../../replica.js';
import type { Fault } from '../errors.js';
import { principalToBytes } from '../principals.js';
import type { Canister } from '../state/canister.js';
import { appendAllToLog } from '../state/canister-log.js';
import type { StableCheckpoint } from '../memory/stable-memory.js';
import type { Subnet } from '../state/subnet.js';
import { CONTEXT } from '../system-api/contexts.js';
import {
  MessageContext,
  type Closure,
  type Environment,
  type MessageInput,
} from '../system-api/message-context.js';
import { addLogRecord } from '../system-api/system-functions.js';
import { executionCost, freezeLimit, responseReserve, spend } from './cycles.js';
import { chargedInstructions, type Machine } from '../machine/machine.js';
import { freeSlots } from './routing.js';

const STATUS = { running: 1, stopping: 2, stopped: 3 } as const;
const utf8 = new TextEncoder();
/** Contexts in which dirty heap pages are free of charge, because the replica does not track them. */
const UNTRACKED = CONTEXT.RQ | CONTEXT.NQ | CONTEXT.F;

function environmentOf(subnet: Subnet, canister: Canister, hasHeapLimit: boolean): Environment {
  const { record } = canister;
  return {
    self: canister.id,
    subnet: subnet.identity.id,
    rootKey: subnet.identity.rootKey,
    controllers: record.settings.controllers,
    variables: record.settings.environmentVariables,
    status: STATUS[record.status],
    version: record.version,
    timeNs: subnet.timeNs,
    globalTimerNs: record.globalTimerNs,
    freezeLimit: freezeLimit(canister),
    responseReserve: reserveTotal(canister),
    heapLimit: hasHeapLimit ? Number(record.settings.wasmMemoryLimit) : 0,
    freeSlots: (receiver) => freeSlots(canister, receiver),
    profile: canister.profile,
  };
}

function reserveTotal(canister: Canister): bigint {
  const { execution, transmission } = responseReserve(canister);
  return execution + transmission;
}

/** The input of an execution besides the state of the subnet and the canister. */
export type RunInput = Omit<
  MessageInput,
  'stable' | 'environment' | 'balance' | 'caller' | 'sliceMax' | 'watch'
> & {
  readonly caller: PrincipalText;
  /** Instructions of a slice. Default: the subnet's limit for messages. */
  readonly sliceMax?: number;
  /**
   * Cycles set aside for the whole instruction limit of the message. They are not part of the balance that the message sees, and they
   * return to the canister before the message is charged. Default: 0.
   */
  readonly prepaid?: bigint;
  /** Whether this is a further part of a message that has begun. Default: false. */
  readonly continuesMessage?: boolean;
};

/** An execution that is neither committed nor rolled back yet. */
export interface Run {
  readonly machine: Machine;
  readonly message: MessageContext;
  readonly prepaid: bigint;
  /** Stable memory before the message. */
  readonly before: StableCheckpoint;
  readonly fault: Fault | undefined;
  /** Instructions to charge, including those for dirty pages. */
  readonly instructions: number;
}

/** Contexts in which the canister's wasm memory limit applies to memory growth. */
const LIMITED_HEAP = CONTEXT.I | CONTEXT.s | CONTEXT.U;

/** Executes an export or a callback. The caller must then commit, roll back, or discard the run. */
export function run(
  subnet: Subnet,
  canister: Canister,
  machine: Machine,
  entry: string | Closure,
  input: RunInput,
): Run {
  const { watch } = subnet.network;
  if (input.continuesMessage !== true) watch?.begin();
  const before = canister.stable.checkpoint();
  const prepaid = input.prepaid ?? 0n;
  const message = new MessageContext({
    sliceMax: canister.profile.limits.sliceMax,
    ...input,
    caller: principalToBytes(input.caller),
    stable: canister.stable,
    environment: environmentOf(subnet, canister, (input.context & LIMITED_HEAP) !== 0),
    balance: canister.record.cycles - prepaid,
    watch,
  });
  const fault = machine.run(entry, message);
  const instructions = chargedInstructions(machine, (input.context & UNTRACKED) === 0);
  return { machine, message, prepaid, before, fault, instructions };
}

/** Commits the changes to memories, globals, and system state, and charges for them. The caller sends the messages. */
export function commit(canister: Canister, done: Run): void {
  commitPart(canister, done);
  charge(canister, done.instructions);
}

/** Like `commit`, for a part of a message: the message is charged as a whole. */
export function commitPart(canister: Canister, done: Run): void {
  canister.commitHeap(done.machine);
  commitSystemEffects(canister, done);
}

/** Commits everything but the memories, for replicated queries. */
export function commitWithoutMemory(canister: Canister, done: Run): void {
  canister.revert(done.machine, done.before);
  commitSystemEffects(canister, done);
  charge(canister, done.instructions);
}

function commitSystemEffects(canister: Canister, { message, prepaid }: Run): void {
  const { record } = canister;
  record.version++;
  // A call that was never performed returns its cycles.
  record.cycles = message.balance + prepaid + (message.underConstruction?.cycles ?? 0n);
  if (message.globalTimerNs !== undefined) record.globalTimerNs = message.globalTimerNs;
  if (message.certifiedData) record.certifiedData = message.certifiedData;
  appendLog(canister, message);
}

/** Undoes everything except the log records and the charge. */
export function rollBack(canister: Canister, done: Run): void {
  rollBackPart(canister, done);
  charge(canister, done.instructions);
}

/** Like `rollBack`, for a part of a message: the message is charged as a whole. */
export function rollBackPart(canister: Canister, { machine, message, before, fault }: Run): void {
  canister.revert(machine, before);
  logFault(message, fault);
  appendLog(canister, message);
}

/** Undoes everything, without log records or a charge, for queries and inspect_message. */
export function discard(canister: Canister, { machine, before }: Run): void {
  canister.revert(machine, before);
}

function logFault(message: MessageContext, fault: Fault | undefined): void {
  if (fault?.log !== undefined) addLogRecord({ message }, utf8.encode(fault.log));
}

function appendLog(canister: Canister, message: MessageContext): void {
  if (message.log.records.length > 0) canister.record.log = appendAllToLog(canister.record.log, message.log);
}

export function charge(canister: Canister, instructions: number): void {
  canister.record.instructions += instructions;
  spend(canister, executionCost(canister, instructions));
}
