/** What each method of the management canister does. Access was checked before. */
import { Principal } from '@dfinity/principal';
import { createHash } from 'node:crypto';
import { canisterNotStopped, ERROR, userError, type UserError } from '../errors.js';
import { customSectionBytes, idleCyclesPerDay, memoryUsage, snapshotBytes } from '../execution/cycles.js';
import { respond } from '../execution/routing.js';
import { updateLowMemoryHook } from '../execution/execute-task.js';
import { BYTES, CYCLES } from '../params.js';
import { defaultSettings, type Canister } from '../state/canister.js';
import { historyBytes, type ChangeOrigin } from '../state/canister-history.js';
import { rejectWith, type CallInput } from '../state/messages.js';
import { scaledFee } from '../subnet-profile.js';
import type { Subnet } from '../state/subnet.js';
import { giveBackMachine } from '../execution/machine-pool.js';
import { canisterIndex } from '../principals.js';
import type { ManagementMethod } from './candid-types.js';
import { CHUNK_METHODS } from './chunks.js';
import { changeToCandid, noteChange, originOf } from './history.js';
import { requestOutcall } from './http-outcalls.js';
import { installCode } from './install-code.js';
import {
  done,
  failed,
  installMode,
  toBytes,
  type CanisterMethods,
  type MethodOutcome,
  type SubnetCall,
} from './method.js';
import { changedSettings, isUserError, settingsToCandid, type CandidSettings } from './settings.js';
import { SNAPSHOT_METHODS } from './snapshots.js';
import { uninstall } from './uninstall.js';

export const SUBNET_METHODS: Partial<Record<ManagementMethod, (call: SubnetCall) => MethodOutcome>> = {
  provisional_create_canister_with_cycles: ({ subnet, input, argument }) =>
    create(
      subnet,
      input,
      argument.settings[0],
      argument.amount[0] ?? CYCLES.provisionalDefault,
      originOf(input, argument),
      argument.specified_id[0],
    ),

  create_canister: ({ subnet, input, argument }) => {
    const fee = scaledFee(subnet.profile, CYCLES.createCanister);
    if (input.cycles < fee) {
      const text = `Creating a canister requires a fee of ${fee} that is deducted from the canister's initial balance but only ${input.cycles} cycles were received with the create_canister request.`;
      return failed(userError(ERROR.insufficientCyclesForCreate, text));
    }
    const cycles = input.cycles - fee;
    const outcome = create(subnet, input, argument.settings[0], cycles, originOf(input, argument));
    return outcome.kind === 'value' ? { ...outcome, cyclesAccepted: input.cycles } : outcome;
  },

  http_request: requestOutcall,

  /** Deterministic: SHA-256 of the seed and the number of draws. */
  raw_rand: ({ subnet }) => {
    const draw = `${subnet.identity.randomSeed}:${subnet.record.randomDraws++}`;
    return done(new Uint8Array(createHash('sha256').update(draw).digest()));
  },
};

export const CANISTER_METHODS: CanisterMethods = {
  ...CHUNK_METHODS,
  ...SNAPSHOT_METHODS,

  install_code: ({ subnet, canister, input, argument }) => {
    const { instructions, failure } = installCode(subnet, canister, {
      mode: installMode(argument.mode),
      wasm: toBytes(argument.wasm_module),
      arg: toBytes(argument.arg),
      sender: input.caller,
      origin: originOf(input, argument),
    });
    if (failure) return failed(failure, instructions);
    updateLowMemoryHook(canister);
    return { kind: 'value', value: undefined, instructions };
  },

  uninstall_code: ({ subnet, canister, input, argument }) => {
    uninstall(subnet, canister);
    noteChange(subnet, canister, originOf(input, argument), { kind: 'code_uninstall' });
    return done();
  },

  start_canister: ({ subnet, canister }) => {
    for (const { origin, cycles } of canister.record.stoppers) {
      const text = `Canister ${canister.id} was started while stopping`;
      respond(
        subnet,
        'aaaaa-aa',
        origin,
        'stop_canister',
        rootOf(origin),
        rejectWith(ERROR.stopped, text),
        cycles,
      );
    }
    if (canister.record.status !== 'running') canister.record.version++;
    canister.record.status = 'running';
    canister.record.stoppers = [];
    return done();
  },

  stop_canister: ({ canister, input }) => {
    const { record } = canister;
    if (record.status === 'stopped') return done();
    if (record.status === 'running') {
      record.status = 'stopping';
      record.version++;
    }
    record.stoppers = [...record.stoppers, { origin: input.origin, cycles: input.cycles }];
    return { kind: 'later' };
  },

  delete_canister: ({ subnet, canister }) => {
    if (canister.record.status !== 'stopped') return failed(canisterNotStopped(canister.id));
    if (canister.machine) giveBackMachine(canister.machine);
    subnet.canisters.delete(canister.id);
    return done();
  },

  update_settings: ({ subnet, canister, input, argument }) => {
    const changed = changedSettings(canister.record.settings, argument.settings as CandidSettings);
    if (isUserError(changed)) return failed(changed);
    canister.record.settings = changed;
    canister.record.version++;
    if ((argument.settings as CandidSettings).controllers.length > 0) {
      const { controllers } = changed;
      noteChange(subnet, canister, originOf(input, argument), { kind: 'controllers_change', controllers });
    }
    updateLowMemoryHook(canister);
    return done();
  },

  canister_status: ({ canister }) => done(statusOf(canister)),

  canister_info: ({ canister, argument }) => {
    const { history, settings } = canister.record;
    const wanted = Number(argument.num_requested_changes[0] ?? 0n);
    return done({
      total_num_changes: BigInt(history.total),
      recent_changes: history.recent.slice(Math.max(0, history.recent.length - wanted)).map(changeToCandid),
      module_hash: moduleHash(canister),
      controllers: settings.controllers.map((text) => Principal.fromText(text)),
    });
  },

  provisional_top_up_canister: ({ canister, argument }) => {
    canister.record.cycles += argument.amount as bigint;
    return done();
  },

  deposit_cycles: ({ canister, input }) => {
    canister.record.cycles += input.cycles;
    return { kind: 'value', value: undefined, cyclesAccepted: input.cycles };
  },

  /** Reached by queries only. */
  fetch_canister_logs: ({ canister }) =>
    done({
      canister_log_records: canister.record.log.records.map(({ index, timeNs, content }) => ({
        idx: index,
        timestamp_nanos: timeNs,
        content,
      })),
    }),
};

function create(
  subnet: Subnet,
  input: CallInput,
  settings: CandidSettings | undefined,
  cycles: bigint,
  origin: ChangeOrigin,
  specified?: Principal,
): MethodOutcome {
  const id = specified?.toText();
  if (id !== undefined && subnet.canisters.has(id)) {
    return failed(userError(ERROR.alreadyInstalled, `Canister ${id} is already installed.`));
  }
  if (id !== undefined && (subnet.isInAllocationRange(id) || canisterIndex(id) === undefined)) {
    return failed(invalidSpecifiedId(id));
  }
  const blank = defaultSettings([input.caller]);
  const applied = settings ? changedSettings(blank, settings) : blank;
  if (isUserError(applied)) return failed(applied);
  const canister = subnet.createCanister(applied.controllers, cycles, id);
  canister.record.settings = applied;
  noteChange(subnet, canister, origin, { kind: 'creation', controllers: applied.controllers });
  return done({ canister_id: Principal.fromText(canister.id) });
}

function invalidSpecifiedId(id: string): UserError {
  return userError(
    ERROR.invalidManagementPayload,
    `The \`specified_id\` ${id} is invalid because it belongs to the canister allocation ranges of the test environment.\n` +
      'Use a `specified_id` that matches a canister ID on the ICP mainnet and a test environment that supports canister ' +
      'creation with `specified_id` (e.g., PocketIC).',
  );
}

function rootOf(origin: CallInput['origin']): string | undefined {
  return origin.kind === 'ingress' ? origin.message : undefined;
}

function moduleHash({ record }: Canister): [] | [Uint8Array] {
  return record.module ? [new Uint8Array(Buffer.from(record.module.hash, 'hex'))] : [];
}

function statusOf(canister: Canister) {
  const { record } = canister;
  const { module, settings, cycles } = record;
  return {
    status: { [record.status]: null },
    ready_for_migration: record.status === 'stopped' && canister.inputs.length === 0,
    version: BigInt(record.version),
    module_hash: moduleHash(canister),
    controller: Principal.fromText(settings.controllers[0] ?? 'aaaaa-aa'),
    settings: settingsToCandid(settings),
    memory_size: BigInt(memoryUsage(canister)),
    memory_metrics: {
      wasm_memory_size: BigInt(canister.machine?.heap.byteLength ?? 0),
      stable_memory_size: BigInt(canister.stable.byteLength),
      // The instruction counter is a global too.
      global_memory_size: module ? BigInt((record.globals.length + 1) * BYTES.globalSize) : 0n,
      wasm_binary_size: BigInt(module?.originalSize ?? 0),
      custom_sections_size: BigInt(module ? customSectionBytes(module) : 0),
      canister_history_size: BigInt(historyBytes(record.history)),
      wasm_chunk_store_size: BigInt(record.chunks.size * BYTES.chunkMax),
      snapshots_size: BigInt(snapshotBytes(record.snapshots)),
    },
    cycles,
    balance: [[new Uint8Array([0]), cycles]],
    freezing_threshold: settings.freezingThresholdSeconds,
    idle_cycles_burned_per_day: idleCyclesPerDay(canister),
    reserved_cycles: 0n,
    query_stats: {
      num_calls_total: 0n,
      num_instructions_total: 0n,
      request_payload_bytes_total: 0n,
      response_payload_bytes_total: 0n,
    },
  };
}
