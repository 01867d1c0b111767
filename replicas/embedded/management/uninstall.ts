/** Takes a canister's code away, asked for or for want of cycles. */
import { ERROR } from '../errors.js';
import { giveBackMachine } from '../execution/machine-pool.js';
import { respond } from '../execution/routing.js';
import type { Canister } from '../state/canister.js';
import { EMPTY_HISTORY } from '../state/canister-history.js';
import { clearedLog } from '../state/canister-log.js';
import { rejectWith } from '../state/messages.js';
import { StableMemory } from '../state/stable-memory.js';
import type { Subnet } from '../state/subnet.js';

/** Open calls are rejected; code, memory, log, chunks, certified data and timer go. */
export function uninstall(subnet: Subnet, canister: Canister): void {
  for (const context of canister.callContexts.values()) {
    if (!context.isAnswered) {
      const response = rejectWith(ERROR.canisterRejectedMessage, 'Canister has been uninstalled.');
      respond(subnet, canister.id, context.origin, context.method, context.root, response, context.cycles);
    }
    canister.callContexts.set(context.id, { ...context, isAnswered: true, isDeleted: true, cycles: 0n });
  }
  if (canister.machine) giveBackMachine(canister.machine);
  canister.machine = undefined;
  canister.stable = new StableMemory();
  const { record } = canister;
  record.module = undefined;
  record.globals = [];
  record.log = clearedLog(record.log);
  record.chunks = new Map();
  record.certifiedData = new Uint8Array(0);
  record.globalTimerNs = 0n;
  record.version++;
}

/**
 * A canister that cannot pay for its storage any more loses its code, what it had reserved, and its history.
 *
 * Source: PocketIC 10.0.0, rs/execution_environment/src/scheduler.rs (`charge_canisters_for_resource_allocation_and_usage`).
 */
export function dissolve(subnet: Subnet, canister: Canister): void {
  uninstall(subnet, canister);
  canister.record.settings = { ...canister.record.settings, computeAllocation: 0n, memoryAllocation: 0n };
  canister.record.history = EMPTY_HISTORY;
}
