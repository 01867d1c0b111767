/**
 * What each method of the management canister does. `management.ts` authorizes the caller before it calls a method about one canister;
 * the other methods look at something else first.
 */
import { Principal } from '@icp-sdk/core/principal';
import { creationUnpaid } from '../accounting/account-errors.js';
import { creationFee } from '../accounting/prices.js';
import { receive, reserveCycles } from '../execution/canister-account.js';
import { canisterNotStopped, ERROR, type UserError } from '../errors.js';
import { updateLowMemoryHook } from '../execution/execute-task.js';
import { drawBytes } from '../execution/randomness.js';
import { respond } from '../execution/send.js';
import { releaseMachine } from '../machine/machine-pool.js';
import { blobToBytes, type CandidSettings } from '../management-interface/arguments.js';
import { CYCLES } from '../params.js';
import { canisterIndex, MANAGEMENT_CANISTER } from '../principals.js';
import { defaultSettings } from '../state/canister.js';
import { environmentHash } from '../state/environment-hash.js';
import { holdingsOf } from '../state/canister-memory.js';
import type { ChangeOrigin } from '../state/canister-history.js';
import { rejectWith, type CallInput, type RejectResponse } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { checkAllocations, newHolder } from './allocations.js';
import { changeOriginOf, changeToCandid, recordChange } from './canister-history.js';
import { moduleHashToCandid, statusToCandid } from './canister-status.js';
import { authorize } from './access.js';
import { CHUNK_METHODS } from './chunks.js';
import { requestOutcall } from './http-outcalls.js';
import { KEY_METHODS } from './key-methods.js';
import {
  cannotDeleteItself,
  canisterExists,
  idNotHosted,
  idOfTestEnvironment,
  metadataSectionMissing,
  noMetadataWithoutModule,
  queueNotEmpty,
} from './errors.js';
import { installCode } from './install-code.js';
import {
  failed,
  installModeOf,
  succeeded,
  type CanisterMethods,
  type MethodOutcome,
  type SubnetMethods,
} from './method.js';
import { changedSettings, isUserError, settingsViolation } from './settings.js';
import { SNAPSHOT_DATA_METHODS } from './snapshot-data.js';
import { SNAPSHOT_METHODS } from './snapshots.js';
import { SUBNET_INFO_METHODS } from './subnet-methods.js';
import { uninstall } from './uninstall.js';

/** Length of the result of `raw_rand`. */
const RANDOM_BYTES = 32;

export const SUBNET_METHODS: SubnetMethods = {
  ...KEY_METHODS,
  ...SUBNET_INFO_METHODS,

  provisional_create_canister_with_cycles: ({ subnet, input, argument }) =>
    createCanister(subnet, input, {
      settings: argument.settings[0],
      cycles: argument.amount[0] ?? CYCLES.provisionalDefault,
      origin: changeOriginOf(input, argument),
      specifiedId: argument.specified_id[0]?.toText(),
    }),

  create_canister: ({ subnet, input, argument }) => {
    const fee = creationFee(subnet.profile);
    if (input.cycles < fee) return failed(creationUnpaid(input.cycles, fee));
    const outcome = createCanister(subnet, input, {
      settings: argument.settings[0],
      cycles: input.cycles - fee,
      origin: changeOriginOf(input, argument),
      specifiedId: undefined,
    });
    return outcome.kind === 'value' ? { ...outcome, cyclesAccepted: input.cycles } : outcome;
  },

  /** A canister learns that it cannot delete itself even if it does not control itself. */
  delete_canister: ({ subnet, input, argument }) => {
    const id = argument.canister_id.toText();
    if (id === input.caller) return failed(cannotDeleteItself(id));
    const canister = authorize(subnet, input.method, id, input.caller);
    if ('code' in canister) return failed(canister);
    if (canister.record.status !== 'stopped') return failed(canisterNotStopped(canister.id));
    if (canister.inputs.length > 0) return failed(queueNotEmpty(canister.id));
    if (canister.machine) releaseMachine(canister.machine);
    subnet.canisters.delete(canister.id);
    return succeeded();
  },

  /** The settings are looked at before the canister. */
  update_settings: ({ subnet, input, argument }) => {
    const parsed = settingsViolation(argument.settings);
    if (parsed) return failed(parsed);
    const canister = authorize(subnet, input.method, argument.canister_id.toText(), input.caller);
    if ('code' in canister) return failed(canister);
    const changed = changedSettings(canister.record.settings, argument.settings);
    if (isUserError(changed)) return failed(changed);
    const holder = { balance: canister.record.cycles, holdings: holdingsOf(canister) };
    const reservation = checkAllocations(subnet, holder, changed);
    if (typeof reservation !== 'bigint') return failed(reservation);
    canister.record.settings = changed;
    reserveCycles(canister, reservation);
    canister.record.version++;
    if (argument.settings.controllers.length > 0) {
      const { controllers } = changed;
      const origin = changeOriginOf(input, argument);
      recordChange(subnet, canister, origin, { kind: 'controllers_change', controllers });
    }
    updateLowMemoryHook(canister);
    return succeeded();
  },

  http_request: requestOutcall,

  raw_rand: ({ subnet }) => succeeded(drawBytes(subnet, RANDOM_BYTES)),
};

export const CANISTER_METHODS: CanisterMethods = {
  ...CHUNK_METHODS,
  ...SNAPSHOT_METHODS,
  ...SNAPSHOT_DATA_METHODS,

  install_code: ({ subnet, canister, input, argument }) => {
    const { instructions, failure } = installCode(subnet, canister, {
      mode: installModeOf(argument.mode),
      wasm: blobToBytes(argument.wasm_module),
      arg: blobToBytes(argument.arg),
      sender: input.caller,
      origin: changeOriginOf(input, argument),
    });
    if (failure) return failed(failure, instructions);
    return { kind: 'value', value: undefined, instructions };
  },

  uninstall_code: ({ subnet, canister, input, argument }) => {
    uninstall(subnet, canister);
    recordChange(subnet, canister, changeOriginOf(input, argument), { kind: 'code_uninstall' });
    return succeeded();
  },

  start_canister: ({ subnet, canister }) => {
    for (const { origin, cycles } of canister.record.pendingStops) {
      const response = stopCancelled(canister.id);
      const root = origin.kind === 'ingress' ? origin.message : undefined;
      respond(subnet, MANAGEMENT_CANISTER, origin, 'stop_canister', root, response, cycles);
    }
    canister.record.version++;
    canister.record.status = 'running';
    canister.record.pendingStops = [];
    return succeeded();
  },

  stop_canister: ({ subnet, canister, input }) => {
    const { record } = canister;
    record.version++;
    if (record.status === 'stopped') return succeeded();
    record.status = 'stopping';
    record.pendingStops = [
      ...record.pendingStops,
      { origin: input.origin, cycles: input.cycles, calledAtNs: subnet.timeNs },
    ];
    return { kind: 'later' };
  },

  canister_metadata: ({ canister, input, argument }) => {
    const { module } = canister.record;
    if (!module) return failed(noMetadataWithoutModule(canister.id));
    const section = module.customSections.find(({ name }) => name === argument.name);
    const isController = canister.record.settings.controllers.includes(input.caller);
    if (!section || (section.visibility === 'private' && !isController)) {
      return failed(metadataSectionMissing(canister.id, argument.name));
    }
    return succeeded({ value: section.content });
  },

  canister_status: ({ canister }) => succeeded(statusToCandid(canister)),

  canister_info: ({ canister, argument }) => {
    const { canisterHistory, settings } = canister.record;
    const { total, recent } = canisterHistory;
    const requested = Number(argument.num_requested_changes[0] ?? 0n);
    return succeeded({
      total_num_changes: BigInt(total),
      recent_changes: recent.slice(Math.max(0, recent.length - requested)).map(changeToCandid),
      module_hash: moduleHashToCandid(canister),
      controllers: settings.controllers.map((text) => Principal.fromText(text)),
    });
  },

  provisional_top_up_canister: ({ canister, argument }) => {
    receive(canister, argument.amount);
    return succeeded();
  },

  deposit_cycles: ({ canister, input }) => {
    receive(canister, input.cycles);
    return { kind: 'value', value: undefined, cyclesAccepted: input.cycles };
  },
};

/** The texts for users and for canisters differ. */
function stopCancelled(id: string): RejectResponse {
  const text = `Canister ${id}'s stop request`;
  const response = rejectWith(ERROR.stopCancelled, `${text} was cancelled.`);
  return { ...response, textForCanisters: `${text} cancelled` };
}

interface Creation {
  readonly settings: CandidSettings | undefined;
  readonly cycles: bigint;
  readonly origin: ChangeOrigin;
  readonly specifiedId: string | undefined;
}

function createCanister(
  subnet: Subnet,
  { caller }: CallInput,
  { settings, cycles, origin, specifiedId: id }: Creation,
): MethodOutcome {
  const initial = defaultSettings([caller]);
  const applied = settings ? changedSettings(initial, settings) : initial;
  if (isUserError(applied)) return failed(applied);
  const violation = id === undefined ? undefined : idViolation(subnet, id);
  if (violation) return failed(violation);
  const reservation = checkAllocations(subnet, newHolder(cycles), applied);
  if (typeof reservation !== 'bigint') return failed(reservation);
  const canister = subnet.createCanister(applied.controllers, cycles, id);
  canister.record.settings = applied;
  reserveCycles(canister, reservation);
  recordChange(subnet, canister, origin, {
    kind: 'creation',
    controllers: applied.controllers,
    environmentVariablesHash: settings?.environment_variables.length
      ? environmentHash(applied.environmentVariables)
      : undefined,
  });
  updateLowMemoryHook(canister);
  return succeeded({ canister_id: Principal.fromText(canister.id) });
}

/** The reason why the subnet may not give a new canister this id. */
function idViolation(subnet: Subnet, id: string): UserError | undefined {
  if (subnet.isInAllocationRange(id)) return idOfTestEnvironment(id);
  if (subnet.canisters.has(id)) return canisterExists(id);
  const isHosted = canisterIndex(id) !== undefined && (subnet.network.route(id) ?? subnet) === subnet;
  return isHosted ? undefined : idNotHosted(id, subnet.principal);
}
