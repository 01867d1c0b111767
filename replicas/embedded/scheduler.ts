/**
 * Lists the messages that may come next, and executes a chosen one. This is a round that executes one message, followed by as many rounds
 * without any execution as the messages that it sends need to arrive. `round.ts` has the rounds of the network.
 *
 * Ordering (IC interface spec, "Ordering guarantees"): requests from one canister to another arrive in the order in which they were
 * sent. Ingress messages and responses may arrive in any order. A task may run at any time while it is due.
 */
import { ReplicaError, type Choice, type PrincipalText } from '../replica.js';
import { executeWork } from './execution/execute-input.js';
import { isTaskDue, type TaskKind } from './execution/execute-task.js';
import { mayBeLost } from './execution/losses.js';
import { deliverLocally, settleStreams } from './execution/routing.js';
import { completeStops } from './execution/stops.js';
import { payForIngress } from './execution/ingress-payment.js';
import { answerSignatures } from './management/key-methods.js';
import { executeManagement } from './management/management.js';
import { MANAGEMENT_CANISTER } from './principals.js';
import type { Effect } from './state/canister.js';
import type { CopyOnWriteList } from './state/copy-on-write.js';
import type { CallInput, Input } from './state/messages.js';
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
      const { id, kind, method, root } = input;
      const loss = mayBeLost(subnet, receiver, input) ? ({ mayBeLost: true } as const) : undefined;
      found.push({ id, kind, receiver, method, root, ...loss });
    }
  };
  for (const { call, input } of subnet.ingressPool.items) {
    const { id, method, root } = input;
    // A canister that was deleted gets no messages.
    if (call.canister !== MANAGEMENT_CANISTER && !subnet.canisters.has(call.canister)) continue;
    found.push({ id, kind: 'ingress', receiver: call.canister, method, root });
  }
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
  const { record } = subnet;
  // Random bytes depend on the number of the state. So that no message changes those of another, only a draw makes a new state.
  if (record.randomBytesDrawn > 0) subnet.beginState();
  record.stateTimeNs = record.timeNs;
  const effect = executeChosen(subnet, choice);
  answerSignatures(subnet);
  deliverLocally(subnet);
  completeStops(subnet);
  settleStreams(network);
  return effect;
}

function subnetOf(network: Network, { id, receiver }: Choice): Subnet {
  const { subnets } = network;
  if (subnets.length === 1) return network.root;
  const subnet = subnets.find((candidate) =>
    receiver === MANAGEMENT_CANISTER
      ? [...candidate.managementInputs.items, ...candidate.ingressPool.items.map(({ input }) => input)].some(
          (input) => input.id === id,
        )
      : candidate.canisters.has(receiver),
  );
  if (!subnet) throw new ReplicaError(`no subnet has the message ${id}`);
  return subnet;
}

function executeChosen(subnet: Subnet, { id, kind, receiver }: Choice): Effect {
  if (kind === 'timer' || kind === 'heartbeat' || kind === 'low-memory') {
    return executeWork(subnet, subnet.canister(receiver), { kind: 'task', task: kind });
  }
  const input = takePooled(subnet, id) ?? takeWaiting(subnet, receiver, id);
  if (receiver === MANAGEMENT_CANISTER) {
    subnet.record.checkpointHeight = subnet.record.height;
    const effect = executeManagement(subnet, input as CallInput);
    // Any number of rounds may pass before the next message.
    for (const { record } of subnet.canisters.values()) record.installDebit = 0;
    return effect;
  }
  return executeWork(subnet, subnet.canister(receiver), { kind: 'input', input });
}

/** Takes an ingress message from the pool and charges for it. Returns `undefined` if the message is not in the pool. */
function takePooled(subnet: Subnet, id: string): CallInput | undefined {
  const { ingressPool } = subnet;
  const index = ingressPool.items.findIndex(({ input }) => input.id === id);
  if (index < 0) return undefined;
  const { call, input } = ingressPool.removeAt(index);
  payForIngress(subnet, call, input.argument);
  return input;
}

function takeWaiting(subnet: Subnet, receiver: PrincipalText, id: string): Input {
  const inputs: CopyOnWriteList<Input> =
    receiver === MANAGEMENT_CANISTER ? subnet.managementInputs : subnet.canister(receiver).inputs;
  return inputs.removeAt(inputs.items.findIndex((input) => input.id === id));
}
