/** The common part of every execution: prepares the message, runs it, and commits or rolls back its changes. */
import type { PrincipalText } from '../../replica.js';
import { MessageAccount, type AccountRules } from '../accounting/message-account.js';
import { withCallbackReserve } from '../accounting/subnet-memory.js';
import type { Fault } from '../errors.js';
import { principalToBytes } from '../principals.js';
import type { Canister } from '../state/canister.js';
import { appendAllToLog } from '../state/canister-log.js';
import { answerReserve, holdingsOf, shareOf } from '../state/canister-memory.js';
import type { Origin } from '../state/messages.js';
import type { StableCheckpoint } from '../memory/stable-memory.js';
import type { Subnet } from '../state/subnet.js';
import { CONTEXT, NON_REPLICATED } from '../system-api/contexts.js';
import {
  MessageContext,
  type Closure,
  type Environment,
  type MessageInput,
} from '../system-api/message-context.js';
import { addLogRecord } from '../system-api/system-functions.js';
import { hasWasm64Code } from './canister-account.js';
import { changedPageInstructions, executedInstructions, type Machine } from '../machine/machine.js';
import { freeSlots } from './send.js';

const STATUS = { running: 1, stopping: 2, stopped: 3 } as const;
const utf8 = new TextEncoder();
/** Contexts in which dirty heap pages are free of charge, because the replica does not track them. */
const UNTRACKED = CONTEXT.RQ | CONTEXT.NQ | CONTEXT.F;

function environmentOf(subnet: Subnet, canister: Canister): Environment {
  const { record } = canister;
  return {
    self: canister.id,
    subnet: subnet.identity.id,
    rootKey: subnet.identity.rootKey,
    controllers: record.settings.controllers,
    variables: record.settings.environmentVariables,
    status: STATUS[record.status],
    version: record.version,
    timeNs: subnet.record.stateTimeNs,
    globalTimerNs: record.globalTimerNs,
    freeSlots: (receiver) => freeSlots(canister, receiver),
    keySubnet: () => subnet.network.keySubnet?.profile,
  };
}

const CALLBACK = CONTEXT.Ry | CONTEXT.Rt | CONTEXT.C;
const GROWING = CONTEXT.U | CONTEXT.T;

/** What applies to the account of each kind of message. Recorded: trace 04 for cycles, trace 06 for memory. */
function rulesOf(context: number): AccountRules {
  return {
    mayNotFreeze: (context & GROWING) !== 0,
    takesSubnetMemory: (context & (GROWING | CALLBACK)) !== 0,
    limitsHeap: (context & (CONTEXT.I | CONTEXT.s | CONTEXT.U)) !== 0,
    isDropped: (context & NON_REPLICATED) !== 0,
  };
}
const RULES = new Map(Object.values(CONTEXT).map((context) => [context, rulesOf(context)]));

function accountOf(
  subnet: Subnet,
  canister: Canister,
  { context, caller, answers }: RunInput,
): MessageAccount {
  const { record, id, profile } = canister;
  const { settings } = record;
  const holdings = holdingsOf(canister);
  return new MessageAccount({
    canister: id,
    profile,
    isWasm64: hasWasm64Code(canister),
    balance: record.cycles,
    holdings: answers
      ? { ...holdings, messageBytes: holdings.messageBytes + answerReserve(answers) }
      : holdings,
    reservedCyclesLimit: settings.reservedCyclesLimit,
    wasmMemoryLimit: settings.wasmMemoryLimit,
    rules: RULES.get(context) ?? rulesOf(context),
    revealsMissingCycles: settings.controllers.includes(caller),
    shareOfSubnet: () =>
      (context & CALLBACK) === 0 ? shareOf(subnet) : withCallbackReserve(shareOf(subnet)),
  });
}

/** The input of an execution besides the state of the subnet and the canister. */
export type RunInput = Omit<
  MessageInput,
  'stable' | 'environment' | 'account' | 'caller' | 'sliceMax' | 'watch' | 'coverage'
> & {
  readonly caller: PrincipalText;
  /** Instructions of a slice. Default: the subnet's limit for messages. */
  readonly sliceMax?: number;
  /** The origin of the call whose first message this is: the canister sets memory aside for its answer. */
  readonly answers?: Origin;
  /** Whether this is a further part of a message that has begun. Default: false. */
  readonly continuesMessage?: boolean;
};

/** An execution that is neither committed nor rolled back yet. */
export interface Run {
  readonly machine: Machine;
  readonly message: MessageContext;
  /** Stable memory before the message. */
  readonly before: StableCheckpoint;
  readonly fault: Fault | undefined;
  /** Instructions that the code executed. */
  readonly executed: number;
  /** Instructions to charge: the executed ones, and those for changed heap pages. */
  readonly instructions: number;
}

/** Executes an export or a callback. The caller must then commit, roll back, or discard the run. */
export function run(
  subnet: Subnet,
  canister: Canister,
  machine: Machine,
  entry: string | Closure,
  input: RunInput,
): Run {
  const { watch, coverage } = subnet.network;
  if (input.continuesMessage !== true) watch?.begin();
  const before = canister.stable.checkpoint();
  const message = new MessageContext({
    sliceMax: canister.profile.limits.sliceMax,
    ...input,
    caller: principalToBytes(input.caller),
    stable: canister.stable,
    environment: environmentOf(subnet, canister),
    account: accountOf(subnet, canister, input),
    watch,
    coverage,
  });
  const fault = machine.run(entry, message);
  const executed = executedInstructions(machine);
  const forPages = (input.context & UNTRACKED) === 0 ? changedPageInstructions(machine) : 0;
  return { machine, message, before, fault, executed, instructions: executed + forPages };
}

/** Commits the changes to memories, globals, and system state. The caller settles the prepayment and sends the messages. */
export function commit(canister: Canister, done: Run): void {
  canister.commitHeap(done.machine);
  commitSystemEffects(canister, done);
}

/** Commits everything but the memories, for replicated queries. */
export function commitWithoutMemory(canister: Canister, done: Run): void {
  canister.revert(done.machine, done.before);
  commitSystemEffects(canister, done);
}

function commitSystemEffects(canister: Canister, { message }: Run): void {
  const { record } = canister;
  record.version++;
  // A call that was never performed returns its cycles.
  if (message.underConstruction) message.account.receive(message.underConstruction.cycles);
  record.cycles = message.account.balance;
  record.reservedCycles = message.account.reserved;
  if (message.globalTimerNs !== undefined) record.globalTimerNs = message.globalTimerNs;
  if (message.certifiedData) record.certifiedData = message.certifiedData;
  appendLog(canister, message);
}

/** Undoes everything except the log records. */
export function rollBack(canister: Canister, { machine, message, before, fault }: Run): void {
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
