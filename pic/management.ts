/** Calls to the management canister, with the arguments and in the order in which `@dfinity/pic` makes them. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type {
  CanisterStatusResult,
  CreateCanisterOptions,
  UpdateCanisterSettingsOptions,
} from '@dfinity/pic';
import type {
  CandidInstallMode,
  CandidSettings,
  ManagementMethod,
} from '../replicas/embedded/management-interface/arguments.js';
import { decodeResult, encodeArgument } from '../replicas/embedded/management-interface/candid-types.js';
import { MANAGEMENT_CANISTER } from '../replicas/embedded/principals.js';
import type { Route } from '../servers/pocketic/requests.js';
import type { InstanceClient } from './instance-client.js';
import type { AnyPrincipal } from './wire.js';

export interface ManagementCall {
  /** Default: the anonymous principal. */
  readonly sender?: AnyPrincipal | undefined;
  readonly route?: Route | undefined;
}

export const ANONYMOUS = '2vxsx-fae';
const TO_TARGET: Route = { kind: 'target' };

/** Module and argument that are together larger than this are installed in chunks, in bytes. */
const INSTALL_BYTES_MAX = 1_850_000;
const CHUNK_BYTES = 1_000_000;
const CHUNKS_AT_A_TIME = 12;

/** Calls a method and returns its decoded result. */
export async function callManagement(
  client: InstanceClient,
  method: ManagementMethod,
  argument: unknown,
  { sender, route = TO_TARGET }: ManagementCall = {},
): Promise<unknown> {
  const call = {
    canister: MANAGEMENT_CANISTER,
    caller: sender?.toText() ?? ANONYMOUS,
    method,
    arg: encodeArgument(method, argument),
  };
  return decodeResult(method, await client.await(await client.submit({ call, route })));
}

/** The route to a subnet, if there is one. */
export function routeTo(subnet: AnyPrincipal | undefined): Route {
  return subnet === undefined ? TO_TARGET : { kind: 'subnet', subnet: subnet.toText() };
}

function optional<T>(value: T | undefined): [] | [T] {
  return value === undefined ? [] : [value];
}

type Visibility = NonNullable<CreateCanisterOptions['logVisibility']>;

function visibilityToCandid(visibility: Visibility) {
  return 'allowedViewers' in visibility ? { allowed_viewers: visibility.allowedViewers } : visibility;
}

function settingsToCandid(settings: CreateCanisterOptions): CandidSettings {
  const { logVisibility, snapshotVisibility } = settings;
  if (snapshotVisibility !== undefined)
    throw new Error('the engine does not support the setting snapshotVisibility');
  return {
    controllers: optional(settings.controllers),
    compute_allocation: optional(settings.computeAllocation),
    memory_allocation: optional(settings.memoryAllocation),
    freezing_threshold: optional(settings.freezingThreshold),
    reserved_cycles_limit: optional(settings.reservedCyclesLimit),
    log_visibility: optional(logVisibility && visibilityToCandid(logVisibility)),
    log_memory_limit: optional(settings.logMemoryLimit),
    wasm_memory_limit: optional(settings.wasmMemoryLimit),
    wasm_memory_threshold: optional(settings.wasmMemoryThreshold),
    environment_variables: optional(settings.environmentVariables),
  };
}

/** The balance of a new canister by default. */
const CYCLES_DEFAULT = 1_000_000_000_000_000_000n;

export async function createCanister(
  client: InstanceClient,
  options: CreateCanisterOptions,
): Promise<AnyPrincipal> {
  const argument = {
    settings: [settingsToCandid(options)],
    amount: [options.cycles ?? CYCLES_DEFAULT],
    specified_id: optional(options.targetCanisterId),
    sender_canister_version: [],
  };
  const { sender, targetSubnetId } = options;
  const created = await callManagement(client, 'provisional_create_canister_with_cycles', argument, {
    sender,
    route: routeTo(targetSubnetId),
  });
  return (created as { readonly canister_id: AnyPrincipal }).canister_id;
}

export async function updateSettings(
  client: InstanceClient,
  options: UpdateCanisterSettingsOptions,
): Promise<void> {
  const argument = {
    canister_id: options.canisterId,
    settings: settingsToCandid(options),
    sender_canister_version: [],
  };
  await callManagement(client, 'update_settings', argument, { sender: options.sender });
}

export interface Installation extends ManagementCall {
  readonly canisterId: AnyPrincipal;
  readonly mode: CandidInstallMode;
  /** The module, or the path of its file. */
  readonly wasm: Uint8Array | string;
  readonly arg?: Uint8Array | undefined;
}

export async function install(client: InstanceClient, installation: Installation): Promise<void> {
  const { canisterId, mode, arg = new Uint8Array(0), sender, route } = installation;
  const wasm =
    typeof installation.wasm === 'string'
      ? new Uint8Array(await readFile(installation.wasm))
      : new Uint8Array(installation.wasm);
  if (wasm.byteLength + arg.byteLength > INSTALL_BYTES_MAX) {
    await installInChunks(client, { ...installation, wasm, arg });
    return;
  }
  const argument = {
    mode,
    canister_id: canisterId,
    wasm_module: wasm,
    arg: new Uint8Array(arg),
    sender_canister_version: [],
  };
  await callManagement(client, 'install_code', argument, { sender, route });
}

async function installInChunks(
  client: InstanceClient,
  { canisterId, mode, wasm, arg, sender, route }: Omit<Installation, 'wasm'> & { readonly wasm: Uint8Array },
): Promise<void> {
  const target = { canister_id: canisterId };
  const toCanister = {
    sender,
    route: route?.kind === 'subnet' ? route : ({ kind: 'canister', canister: canisterId.toText() } as const),
  };
  await callManagement(client, 'clear_chunk_store', target, toCanister);
  const chunks = Array.from({ length: Math.ceil(wasm.length / CHUNK_BYTES) }, (_, index) =>
    wasm.slice(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES),
  );
  const hashes: unknown[] = [];
  for (let from = 0; from < chunks.length; from += CHUNKS_AT_A_TIME) {
    const batch = chunks.slice(from, from + CHUNKS_AT_A_TIME);
    const upload = (chunk: Uint8Array) =>
      callManagement(client, 'upload_chunk', { ...target, chunk }, toCanister);
    hashes.push(...(await Promise.all(batch.map(upload))));
  }
  const argument = {
    mode,
    target_canister: canisterId,
    store_canister: [],
    chunk_hashes_list: hashes,
    wasm_module_hash: new Uint8Array(createHash('sha256').update(wasm).digest()),
    arg,
    sender_canister_version: [],
  };
  await callManagement(client, 'install_chunked_code', argument, toCanister);
}

/** The fields of `canister_status` that `CanisterStatusResult` has. */
interface CandidStatus {
  readonly status: CanisterStatusResult['status'];
  readonly settings: {
    readonly controllers: CanisterStatusResult['settings']['controllers'];
    readonly compute_allocation: bigint;
    readonly memory_allocation: bigint;
    readonly freezing_threshold: bigint;
    readonly reserved_cycles_limit: bigint;
    readonly log_visibility:
      | { controllers: null }
      | { public: null }
      | { allowed_viewers: CanisterStatusResult['settings']['controllers'] };
    readonly wasm_memory_limit: bigint;
    readonly wasm_memory_threshold: bigint;
    readonly environment_variables: CanisterStatusResult['settings']['environmentVariables'];
  };
  readonly module_hash: [] | [Uint8Array];
  readonly memory_size: bigint;
  readonly cycles: bigint;
  readonly reserved_cycles: bigint;
  readonly idle_cycles_burned_per_day: bigint;
  readonly query_stats: {
    readonly num_calls_total: bigint;
    readonly num_instructions_total: bigint;
    readonly request_payload_bytes_total: bigint;
    readonly response_payload_bytes_total: bigint;
  };
}

export async function canisterStatus(
  client: InstanceClient,
  canisterId: AnyPrincipal,
  sender: AnyPrincipal | undefined,
): Promise<CanisterStatusResult> {
  const argument = { canister_id: canisterId };
  const status = (await callManagement(client, 'canister_status', argument, { sender })) as CandidStatus;
  const { settings, query_stats: stats } = status;
  const { log_visibility: visibility } = settings;
  return {
    status: status.status,
    settings: {
      controllers: settings.controllers,
      computeAllocation: settings.compute_allocation,
      memoryAllocation: settings.memory_allocation,
      freezingThreshold: settings.freezing_threshold,
      reservedCyclesLimit: settings.reserved_cycles_limit,
      logVisibility:
        'allowed_viewers' in visibility ? { allowedViewers: visibility.allowed_viewers } : visibility,
      wasmMemoryLimit: settings.wasm_memory_limit,
      wasmMemoryThreshold: settings.wasm_memory_threshold,
      environmentVariables: settings.environment_variables,
    },
    moduleHash: status.module_hash[0] ?? null,
    memorySize: status.memory_size,
    cycles: status.cycles,
    reservedCycles: status.reserved_cycles,
    idleCyclesBurnedPerDay: status.idle_cycles_burned_per_day,
    queryStats: {
      numCallsTotal: stats.num_calls_total,
      numInstructionsTotal: stats.num_instructions_total,
      requestPayloadBytesTotal: stats.request_payload_bytes_total,
      responsePayloadBytesTotal: stats.response_payload_bytes_total,
    },
  };
}
