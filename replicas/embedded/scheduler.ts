/**
 * Lists the messages that may come next, executes a chosen one, and runs rounds in PocketIC's order.
 *
 * Ordering (IC interface spec, "Ordering guarantees"): requests from one canister to another arrive in the order in which they were
 * sent. Ingress messages and responses may arrive in any order. A task may run at any time while it is due.
 *
 * Source of the order within a round: PocketIC 10.0.0, rs/execution_environment/src/scheduler.rs.
 */
import { ReplicaError, type Choice, type PrincipalText } from '../replica.js';
import { executeCall, type Effect } from './execution/execute-call.js';
import { executeResponse } from './execution/execute-response.js';
import { executeTask, isTaskDue, updateLowMemoryHook, type TaskKind } from './execution/execute-task.js';
import { ingressId } from './execution/ingress-id.js';
import { flushTransit, inductStreams, respond, settleStreams } from './execution/routing.js';
import { EMPTY_REPLY } from './management-interface/candid-types.js';
import { executeManagement } from './management/management.js';
import { MANAGEMENT_CANISTER } from './principals.js';
import type { Canister, NextMethod } from './state/canister.js';
import { reply, type CallInput, type Input } from './state/messages.js';
import type { Network } from './state/network.js';
import type { Subnet } from './state/subnet.js';

const TASKS: readonly TaskKind[] = ['low-memory', 'timer', 'heartbeat'];

const taskId = (kind: TaskKind, canister: PrincipalText): string => `${kind}:${canister}`;

/** The legal next messages: first the waiting ones, oldest first, then the tasks that are due. */
export function choices({ subnets }: Network): Choice[] {
  const found: Choice[] = [];
  for (const subnet of subnets) addMessages(subnet, found);
  // Ids are `m` and a number that grows with time.
  found.sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
  for (const subnet of subnets) addTasks(subnet, found);
  return found;
}

function addMessages(subnet: Subnet, found: Choice[]): void {
  const addInputs = (receiver: PrincipalText, inputs: readonly Input[]): void => {
    for (const input of inputs) {
      if (isBlocked(inputs, input)) continue;
      found.push({ id: input.id, kind: input.kind, receiver, method: input.method, root: input.root });
    }
  };
  addInputs(MANAGEMENT_CANISTER, subnet.managementInputs.items);
  for (const canister of subnet.canisters.values()) addInputs(canister.id, canister.inputs.items);
}

function addTasks(subnet: Subnet, found: Choice[]): void {
  for (const canister of subnet.canisters.values()) {
    for (const kind of TASKS) {
      if (!isTaskDue(subnet, canister, kind)) continue;
      found.push({ id: taskId(kind, canister.id), kind, receiver: canister.id, method: '', root: undefined });
    }
  }
}

/** A request must wait for earlier requests of the same sender. */
function isBlocked(inputs: readonly Input[], input: Input): boolean {
  if (input.kind !== 'request') return false;
  const first = inputs.find((other) => other.kind === 'request' && other.caller === input.caller);
  return first !== input;
}

/** Executes this choice and routes the messages that it sends, including those to other subnets. Streams keep the order of requests. */
export function execute(network: Network, choice: Choice): Effect {
  const subnet = subnetOf(network, choice);
  const effect = executeChosen(subnet, choice);
  flushTransit(subnet);
  completeStops(subnet);
  settleStreams(network);
  return effect;
}

function subnetOf(network: Network, { id, receiver }: Choice): Subnet {
  const { subnets } = network;
  if (subnets.length === 1) return network.root;
  const subnet = subnets.find((candidate) =>
    receiver === MANAGEMENT_CANISTER
      ? candidate.managementInputs.items.some((input) => input.id === id)
      : candidate.canisters.has(receiver),
  );
  if (!subnet) throw new ReplicaError(`no subnet has the message ${id}`);
  return subnet;
}

function executeChosen(subnet: Subnet, { id, kind, receiver }: Choice): Effect {
  const inputs = subnet.inputsOf(receiver);
  const index = inputs.findIndex((input) => input.id === id);
  if (receiver === MANAGEMENT_CANISTER) {
    return executeManagement(subnet, subnet.managementInputs.removeAt(index));
  }
  const canister = subnet.canister(receiver);
  if (kind === 'timer' || kind === 'heartbeat' || kind === 'low-memory') {
    return afterMessage(canister, executeTask(subnet, canister, kind));
  }
  return executeInput(subnet, canister, canister.inputs.removeAt(index));
}

function executeInput(subnet: Subnet, canister: Canister, input: Input): Effect {
  return afterMessage(
    canister,
    input.kind === 'response'
      ? executeResponse(subnet, canister, input)
      : executeCall(subnet, canister, input),
  );
}

function afterMessage(canister: Canister, effect: Effect): Effect {
  updateLowMemoryHook(canister);
  return effect;
}

/** Stops the stopping canisters that have no open calls. */
function completeStops(subnet: Subnet): void {
  for (const canister of subnet.canisters.values()) {
    if (canister.record.status !== 'stopping' || canister.callContexts.size > 0) continue;
    const { pendingStops } = canister.record;
    canister.record.status = 'stopped';
    canister.record.pendingStops = [];
    canister.record.version++;
    for (const { origin, cycles } of pendingStops) {
      const root = origin.kind === 'ingress' ? origin.message : undefined;
      respond(subnet, MANAGEMENT_CANISTER, origin, 'stop_canister', root, reply(EMPTY_REPLY), cycles);
    }
  }
  flushTransit(subnet);
}

/** Runs one round in PocketIC's order. PocketIC leaves the order of canisters open; here it is the order of their creation. */
export function runRound(subnet: Subnet): void {
  flushTransit(subnet);
  inductStreams(subnet);
  for (const canister of subnet.canisters.values()) sortIngress(canister);
  let instructions = drainManagement(subnet, () => true);
  let hasRunTasks = false;
  for (const canister of subnet.canisters.values()) {
    for (const kind of tasksOfRound(subnet, canister)) {
      instructions += afterMessage(canister, executeTask(subnet, canister, kind)).instructions;
      hasRunTasks = true;
    }
  }
  for (let hasProgressed = true; hasProgressed;) {
    // The messages that tasks sent arrive after the first pass, so there is a second one.
    hasProgressed = hasRunTasks;
    hasRunTasks = false;
    for (const canister of [...subnet.canisters.values()]) {
      while (instructions <= subnet.profile.limits.roundMessagesMax && canister.inputs.length > 0) {
        const input = takeNextInput(canister);
        instructions += executeInput(subnet, canister, input).instructions;
        hasProgressed = true;
      }
    }
    flushTransit(subnet);
    instructions += drainManagement(subnet, (input) => input.kind === 'ingress');
  }
  completeStops(subnet);
}

/** Executes the waiting calls to the management canister. Calls of canisters wait for the next round, because message routing carries them. */
function drainManagement(subnet: Subnet, isReady: (input: CallInput) => boolean): number {
  let instructions = 0;
  const ready = subnet.managementInputs.items.filter(isReady);
  for (const input of ready) {
    subnet.managementInputs.removeAt(subnet.managementInputs.items.indexOf(input));
    instructions += executeManagement(subnet, input).instructions;
    flushTransit(subnet);
  }
  return instructions;
}

const FOLLOWING_METHOD: Readonly<Record<NextMethod, NextMethod>> = {
  'global-timer': 'heartbeat',
  heartbeat: 'message',
  message: 'global-timer',
};

/**
 * The tasks that a canister runs in this round. Timer, heartbeat, and messages take turns to come first. If a task comes first, the other
 * task runs too if it is due.
 */
function tasksOfRound(subnet: Subnet, canister: Canister): TaskKind[] {
  const tasks: TaskKind[] = isTaskDue(subnet, canister, 'low-memory') ? ['low-memory'] : [];
  const hasTimer = isTaskDue(subnet, canister, 'timer');
  const hasHeartbeat = isTaskDue(subnet, canister, 'heartbeat');
  if (!hasTimer && !hasHeartbeat) return tasks;
  for (let turn = 0; turn < 3; turn++) {
    const method = canister.record.nextMethod;
    canister.record.nextMethod = FOLLOWING_METHOD[method];
    if (method === 'message' && canister.inputs.length > 0) return tasks;
    if (method === 'global-timer' && hasTimer) {
      return hasHeartbeat ? [...tasks, 'timer', 'heartbeat'] : [...tasks, 'timer'];
    }
    if (method === 'heartbeat' && hasHeartbeat) {
      return hasTimer ? [...tasks, 'heartbeat', 'timer'] : [...tasks, 'heartbeat'];
    }
  }
  return tasks;
}

/** Sorts waiting ingress messages by their PocketIC request ids, the order in which a round executes them. */
function sortIngress(canister: Canister): void {
  const ingress = canister.inputs.items.filter(isIngress);
  if (ingress.length < 2) return;
  const ranked = ingress.map((input) => ({ input, id: requestIdOf(canister, input) }));
  ranked.sort((a, b) => Buffer.compare(a.id, b.id));
  const others = canister.inputs.items.filter((input) => !isIngress(input));
  canister.inputs.adopt([...others, ...ranked.map(({ input }) => input)]);
}

type IngressInput = CallInput & { readonly ingress: NonNullable<CallInput['ingress']> };

function isIngress(input: Input): input is IngressInput {
  return input.kind === 'ingress' && input.ingress !== undefined;
}

function requestIdOf({ id }: Canister, { caller, method, arg, ingress }: IngressInput): Buffer {
  return ingressId({ call: { canister: id, caller, method, arg }, ...ingress });
}

/** Takes messages of canisters and of users in turn, the oldest of each kind first. This keeps the order of requests. */
function takeNextInput(canister: Canister): Input {
  const { items } = canister.inputs;
  const { isLocalNext } = canister.record;
  canister.record.isLocalNext = !isLocalNext;
  const index = items.findIndex((input) => (input.kind !== 'ingress') === isLocalNext);
  return canister.inputs.removeAt(Math.max(0, index));
}
