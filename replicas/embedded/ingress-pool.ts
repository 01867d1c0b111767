/**
 * The ingress messages that wait for a round. A round takes those that are valid and fit into a block, in the order of their request ids.
 * A message that is not valid stays in the pool: a canister that is started again, or topped up, gets it later. A message whose expiry has
 * passed is never taken, so it never has a status.
 *
 * Source: IC interface spec, "Canister calls"; recorded: trace 02, "a message, and the time is set past its expiry", and the first batch's
 * trace of rounds for the order. The limits of a block are those of the public documentation.
 */
import type { Call, PrincipalText } from '../replica.js';
import { ERROR, userError } from './errors.js';
import { ingressFee } from './accounting/prices.js';
import { withdrawalError } from './execution/canister-account.js';
import { ingressId, limitedBytes, requestBytes } from './execution/ingress-id.js';
import { payForIngress } from './execution/ingress-payment.js';
import { ingressPayer } from './management-interface/ingress-payer.js';
import { BYTES, COUNTS, TIMES_NS } from './params.js';
import { MANAGEMENT_CANISTER } from './principals.js';
import type { Canister } from './state/canister.js';
import type { CopyOnWriteList } from './state/copy-on-write.js';
import { plainReject, type CallInput, type IngressInput, type Input } from './state/messages.js';
import type { PooledIngress, Subnet } from './state/subnet.js';

/** Expiry of an ingress message that is submitted now. */
export const ingressExpiry = (subnet: Subnet): bigint => subnet.timeNs + TIMES_NS.ingressTtl;

function requestIdOf({ call, input }: PooledIngress): Buffer {
  return ingressId({ call, ...input.ingress });
}

/** Removes the messages of the next round from the pool, and those that expired, and returns the former in their order. */
export function takeIngress(subnet: Subnet): readonly PooledIngress[] {
  const { items } = subnet.ingressPool;
  if (items.length === 0) return items;
  const ranked = byRequestId(items.filter(({ input }) => input.ingress.expiryNs >= subnet.timeNs));
  const block = new Set(selectBlock(subnet, ranked));
  subnet.ingressPool.adopt(ranked.filter((pooled) => !block.has(pooled)));
  return ranked.filter((pooled) => block.has(pooled));
}

function byRequestId(pool: readonly PooledIngress[]): readonly PooledIngress[] {
  if (pool.length < 2) return pool;
  const ranked = pool.map((pooled) => ({
    pooled,
    expiry: pooled.input.ingress.expiryNs,
    id: requestIdOf(pooled),
  }));
  ranked.sort((a, b) => Number(a.expiry - b.expiry) || Buffer.compare(a.id, b.id));
  return ranked.map(({ pooled }) => pooled);
}

/** The costs of the messages that the block has so far, by canister. */
type Costs = Map<Canister, bigint>;

/**
 * Selects the messages of a block. If they do not all fit, each canister has an equal share of the block: its first message always, and
 * further ones up to its share. The share that a canister leaves goes to the others.
 */
function selectBlock(subnet: Subnet, ranked: readonly PooledIngress[]): readonly PooledIngress[] {
  const costs: Costs = new Map();
  const total = ranked.reduce((sum, { call }) => sum + limitedBytes(call), 0);
  if (total <= BYTES.blockMax && ranked.length <= COUNTS.blockMessagesMax) {
    return ranked.filter((pooled) => isValid(subnet, pooled, costs));
  }
  const queues = queuesByCanister(ranked.filter((pooled) => isValid(subnet, pooled, costs)));
  return fillBlock(queues);
}

interface CanisterQueue {
  /** The next one last. */
  readonly waiting: PooledIngress[];
  bytes: number;
  count: number;
}

/** By submission; of those at one time, the larger request id comes first. */
function queuesByCanister(ranked: readonly PooledIngress[]): CanisterQueue[] {
  const queues = new Map<PrincipalText, CanisterQueue>();
  for (const pooled of ranked) {
    const queue = queues.get(pooled.call.canister) ?? { waiting: [], bytes: 0, count: 0 };
    queues.set(pooled.call.canister, queue);
    queue.waiting.push(pooled);
  }
  for (const { waiting } of queues.values())
    waiting.sort((a, b) => Number(b.submittedAtNs - a.submittedAtNs));
  return [...queues.values()];
}

function fillBlock(queues: CanisterQueue[]): readonly PooledIngress[] {
  const block: PooledIngress[] = [];
  let bytes = 0;
  let share = BYTES.blockMax / Math.max(1, queues.length);
  for (let open = queues; open.length > 0;) {
    for (const queue of open) {
      for (let next = queue.waiting.at(-1); next; next = queue.waiting.at(-1)) {
        const size = limitedBytes(next.call);
        if (block.length >= COUNTS.blockMessagesMax || bytes + size > BYTES.blockMax) return block;
        if (queue.count > 0 && queue.bytes + size > share) break;
        queue.waiting.pop();
        queue.count++;
        queue.bytes += size;
        bytes += size;
        block.push(next);
      }
    }
    open = open.filter(({ waiting }) => waiting.length > 0);
    share += (BYTES.blockMax - bytes) / Math.max(1, open.length);
  }
  return block;
}

/** Whether a round may take the message now, after the others of the block whose costs are known. */
function isValid(subnet: Subnet, { call, input }: PooledIngress, costs: Costs): boolean {
  if (
    call.canister !== MANAGEMENT_CANISTER &&
    subnet.canisters.get(call.canister)?.record.status !== 'running'
  ) {
    return false;
  }
  const payer = payerOf(subnet, call, input);
  if (payer === undefined) return true;
  if (!payer) return false;
  const cost = (costs.get(payer) ?? 0n) + ingressFee(payer.profile, requestBytes(call));
  if (withdrawalError(payer, cost, call.caller)) return false;
  costs.set(payer, cost);
  return true;
}

/** The canister that pays for the message. `undefined` if the message is free, `null` if the canister does not exist. */
function payerOf(subnet: Subnet, call: Call, { argument }: CallInput): Canister | null | undefined {
  const id = ingressPayer(call, argument);
  return id === undefined ? undefined : (subnet.canisters.get(id) ?? null);
}

/** Charges for the message and puts it into the queue of its receiver. */
export function inductIngress(subnet: Subnet, { call, input }: PooledIngress): void {
  payForIngress(subnet, call, input.argument);
  if (call.canister === MANAGEMENT_CANISTER) subnet.managementInputs.push(input);
  else subnet.canister(call.canister).inputs.push(input);
}

/** Rejects ingress messages that a round took and that expired before they started. */
export function expireIngress(subnet: Subnet): void {
  const isExpired = (input: Input): input is IngressInput =>
    input.kind === 'ingress' && input.ingress !== undefined && input.ingress.expiryNs < subnet.timeNs;
  const reject = (canister: PrincipalText, input: IngressInput): void => {
    const { caller, method, arg, ingress, id } = input;
    const requestId = ingressId({ call: { canister, caller, method, arg }, ...ingress }).toString('hex');
    const text = `Ingress message 0x${requestId} timed out waiting to start executing.`;
    subnet.ingress.set(id, plainReject(userError(ERROR.ingressTimeout, text)));
  };
  for (const { id, inputs } of subnet.canisters.values()) {
    for (const input of inputs.removeWhere(isExpired)) reject(id, input);
  }
  const management: CopyOnWriteList<Input> = subnet.managementInputs;
  for (const input of management.removeWhere(isExpired)) reject(MANAGEMENT_CANISTER, input);
}
