/** Uninstalls the code of a canister, on request or because the canister cannot pay for its storage. */
import { EMPTY_BYTES } from '../bytes.js';
import { ERROR } from '../errors.js';
import { releaseMachine } from '../machine/machine-pool.js';
import { respond } from '../execution/send.js';
import type { Canister } from '../state/canister.js';
import { clearedLog } from '../state/canister-log.js';
import { rejectWith } from '../state/messages.js';
import { StableMemory } from '../memory/stable-memory.js';
import type { Subnet } from '../state/subnet.js';

/** Rejects the open calls of the canister and clears its code, memory, log, chunks, certified data, and timer. */
export function uninstall(subnet: Subnet, canister: Canister): void {
  for (const context of canister.callContexts.values()) {
    if (!context.isAnswered) {
      const response = rejectWith(ERROR.canisterRejectedMessage, 'Canister has been uninstalled.');
      respond(subnet, canister.id, context.origin, context.method, context.root, response, context.cycles);
    }
    canister.callContexts.set(context.id, { ...context, isAnswered: true, isDeleted: true, cycles: 0n });
  }
  if (canister.machine) releaseMachine(canister.machine);
  canister.machine = undefined;
  canister.stable = new StableMemory();
  const { record } = canister;
  record.module = undefined;
  record.globals = [];
  record.log = clearedLog(record.log);
  record.chunks = new Map();
  record.certifiedData = EMPTY_BYTES;
  record.globalTimerNs = 0n;
  record.version++;
}

/**
 * Uninstalls a canister that cannot pay for its storage. It loses its cycles, its allocations, its snapshots, and the entries of its
 * canister history, of which only the number stays. Recorded: trace 04, exchanges 407 to 418.
 *
 * Source: PocketIC 10.0.0, rs/execution_environment/src/scheduler.rs (`charge_canisters_for_resource_allocation_and_usage`).
 */
export function uninstallForUnpaidFees(subnet: Subnet, canister: Canister): void {
  uninstall(subnet, canister);
  const { record } = canister;
  record.settings = { ...record.settings, computeAllocation: 0n, memoryAllocation: 0n };
  record.canisterHistory = { ...record.canisterHistory, recent: [] };
  record.snapshots = [];
  record.cycles = 0n;
  record.reservedCycles = 0n;
}
