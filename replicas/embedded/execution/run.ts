/** The common part of every execution: prepare the view of the system, run, and keep or drop what happened. */
import type { PrincipalText } from '../../replica.js';
import type { Fault } from '../errors.js';
import { principalToBytes } from '../principals.js';
import type { Canister } from '../state/canister.js';
import { appendAllToLog } from '../state/canister-log.js';
import type { StableCheckpoint } from '../state/stable-memory.js';
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
import { chargedInstructions, type Machine } from './machine.js';
import { freeSlots } from './routing.js';

const STATUS = { running: 1, stopping: 2, stopped: 3 } as const;
const utf8 = new TextEncoder();
/** Executions whose dirty heap pages cost nothing, because nothing tracks them. */
const UNTRACKED = CONTEXT.RQ | CONTEXT.NQ | CONTEXT.F;

export function environmentOf(subnet: Subnet, canister: Canister, hasHeapLimit: boolean): Environment {
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

/** What an execution needs besides the subnet's and the canister's state. */
export type RunInput = Omit<MessageInput, 'stable' | 'environment' | 'balance' | 'caller' | 'sliceMax'> & {
  readonly caller: PrincipalText;
  /** Default: the subnet's for messages. */
  readonly sliceMax?: number;
  /** Cycles set aside for the message's whole limit: the message does not see them, and has them back when it is charged. Default: none. */
  readonly prepaid?: bigint;
};

export interface Run {
  readonly machine: Machine;
  readonly message: MessageContext;
  readonly prepaid: bigint;
  /** Stable memory before the message. */
  readonly before: StableCheckpoint;
  readonly fault: Fault | undefined;
  /** Instructions to charge, for dirtied pages included. */
  readonly instructions: number;
}

/** Contexts in which growth is checked against the canister's wasm memory limit. */
const LIMITED_HEAP = CONTEXT.I | CONTEXT.s | CONTEXT.U;

/** Execute; the caller decides with `keep` or `drop` what remains. */
export function run(
  subnet: Subnet,
  canister: Canister,
  machine: Machine,
  entry: string | Closure,
  input: RunInput,
): Run {
  const before = canister.stable.checkpoint();
  const prepaid = input.prepaid ?? 0n;
  const message = new MessageContext({
    sliceMax: canister.profile.limits.sliceMax,
    ...input,
    caller: principalToBytes(input.caller),
    stable: canister.stable,
    environment: environmentOf(subnet, canister, (input.context & LIMITED_HEAP) !== 0),
    balance: canister.record.cycles - prepaid,
  });
  const fault = machine.run(entry, message);
  const instructions = chargedInstructions(machine, (input.context & UNTRACKED) === 0);
  return { machine, message, prepaid, before, fault, instructions };
}

/** Keep what the run did to the canister's memories and its own settings; messages are the caller's business. */
export function keep(canister: Canister, done: Run): void {
  keepPart(canister, done);
  charge(canister, done.instructions);
}

/** `keep` for a part of a larger message, which is charged as a whole. */
export function keepPart(canister: Canister, done: Run): void {
  canister.commitHeap(done.machine);
  keepSystemEffects(canister, done);
}

/** Keep all but the memories: replicated queries. */
export function keepWithoutMemory(canister: Canister, done: Run): void {
  canister.revert(done.machine, done.before);
  keepSystemEffects(canister, done);
  charge(canister, done.instructions);
}

function keepSystemEffects(canister: Canister, { message, prepaid }: Run): void {
  const { record } = canister;
  record.version++;
  // A call under construction is dropped with its message, and its cycles return.
  record.cycles = message.balance + prepaid + (message.underConstruction?.cycles ?? 0n);
  if (message.globalTimerNs !== undefined) record.globalTimerNs = message.globalTimerNs;
  if (message.certifiedData) record.certifiedData = message.certifiedData;
  appendLog(canister, message);
}

/** Undo everything but the log and the charge. */
export function drop(canister: Canister, done: Run): void {
  dropPart(canister, done);
  charge(canister, done.instructions);
}

/** `drop` for a part of a larger message, which is charged as a whole. */
export function dropPart(canister: Canister, { machine, message, before, fault }: Run): void {
  canister.revert(machine, before);
  logFault(message, fault);
  appendLog(canister, message);
}

/** Undo everything without exception: queries and inspect_message. */
export function dropSilently(canister: Canister, { machine, before }: Run): void {
  canister.revert(machine, before);
}

export function logFault(message: MessageContext, fault: Fault | undefined): void {
  if (fault?.log !== undefined) addLogRecord({ message }, utf8.encode(fault.log));
}

export function appendLog(canister: Canister, message: MessageContext): void {
  if (message.log.length > 0) canister.record.log = appendAllToLog(canister.record.log, message.log);
}

export function charge(canister: Canister, instructions: number): void {
  canister.record.instructions += instructions;
  spend(canister, executionCost(canister, instructions));
}

/** Whether this principal may read the canister's log, and so see backtraces. */
export function canReadLog(canister: Canister, caller: PrincipalText): boolean {
  const { controllers, logVisibility } = canister.record.settings;
  if (controllers.includes(caller)) return true;
  if (logVisibility.kind === 'allowed_viewers') return logVisibility.viewers.includes(caller);
  return logVisibility.kind === 'public';
}
