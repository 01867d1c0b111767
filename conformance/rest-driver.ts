/**
 * Drives a PocketIC server over its REST protocol, as the recorder of the traces did: it submits a message, then runs ticks and reads
 * the ingress status until there is an outcome. The replica port is not enough for traces, because it has no management calls and does
 * not keep the server's own error texts.
 */
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import {
  MANAGEMENT_CANISTER,
  decodeCreateCanister,
  decodeLogs,
  encodeCanisterId,
  encodeCreateCanister,
} from '../replicas/pocketic/management.js';
import { oneApplicationSubnet } from '../replicas/pocketic/instance-config.js';
import { RestClient, ServerRefusal } from '../replicas/pocketic/rest-client.js';
import {
  decodeBlob,
  decodeBytes,
  decodeInteger,
  encodeCall,
  encodePrincipal,
} from '../replicas/pocketic/wire.js';
import type { PrincipalText } from '../replicas/replica.js';
import type { DrivenCall, DrivenOutcome, DrivenStatus, Driver, StatusValue } from './driver.js';
import type { GoldenReject } from './golden-step.js';

const CALLER = '2vxsx-fae';
/** The number of rounds that `@dfinity/pic` 0.16.1 waits. */
const ROUNDS_MAX = 100;

const InstallCode = IDL.Record({
  arg: IDL.Vec(IDL.Nat8),
  wasm_module: IDL.Vec(IDL.Nat8),
  mode: IDL.Variant({
    install: IDL.Null,
    reinstall: IDL.Null,
    upgrade: IDL.Opt(IDL.Record({ skip_pre_upgrade: IDL.Opt(IDL.Bool) })),
  }),
  canister_id: IDL.Principal,
});

const Status = IDL.Record({
  status: IDL.Variant({ running: IDL.Null, stopping: IDL.Null, stopped: IDL.Null }),
  version: IDL.Nat64,
  memory_size: IDL.Nat,
  cycles: IDL.Nat,
  memory_metrics: IDL.Record({
    wasm_memory_size: IDL.Nat,
    stable_memory_size: IDL.Nat,
    global_memory_size: IDL.Nat,
  }),
});

/** `{Ok: T}` or `{Err: GoldenReject}`. */
type WireResult<T> = { readonly Ok: T } | { readonly Err: GoldenReject };

function toOutcome(result: WireResult<string>): DrivenOutcome {
  return 'Ok' in result
    ? { kind: 'reply', bytes: decodeBytes(result.Ok) }
    : { kind: 'reject', ...result.Err };
}

export class RestDriver implements Driver {
  readonly #rest: RestClient;
  readonly #url: string;
  readonly #path: string;

  /** Uses an existing instance of the server. */
  constructor(url: string, instanceId: number) {
    this.#rest = new RestClient({ baseUrl: url });
    this.#url = url.replace(/\/+$/, '');
    this.#path = `/instances/${instanceId}`;
  }

  /** Creates an instance, which `dispose` deletes. @throws ReplicaError if the server does not answer */
  static async create(url: string): Promise<RestDriver> {
    const created = await new RestClient({ baseUrl: url }).post(
      '/instances',
      oneApplicationSubnet('unknown'),
    );
    const { Created } = created as { Created: { instance_id: number } };
    return new RestDriver(url, Created.instance_id);
  }

  async dispose(): Promise<void> {
    await fetch(this.#url + this.#path, { method: 'DELETE' });
  }

  async createCanister(cycles: bigint): Promise<PrincipalText> {
    const arg = encodeCreateCanister(cycles);
    const outcome = await this.#manage('provisional_create_canister_with_cycles', arg);
    return outcome.kind === 'reply' ? decodeCreateCanister(outcome.bytes) : JSON.stringify(outcome);
  }

  async installCode(request: Parameters<Driver['installCode']>[0]): Promise<DrivenOutcome> {
    const { canister, mode, wasm, arg, skipPreUpgrade } = request;
    const value = {
      arg,
      wasm_module: wasm,
      mode: mode === 'upgrade' ? { upgrade: [{ skip_pre_upgrade: [skipPreUpgrade] }] } : { [mode]: null },
      canister_id: Principal.fromText(canister),
    };
    return await this.#manage('install_code', new Uint8Array(IDL.encode([InstallCode], [value])));
  }

  async manage(method: string, canister: PrincipalText): Promise<DrivenOutcome> {
    return await this.#manage(method, encodeCanisterId(canister));
  }

  async #manage(method: string, arg: Uint8Array): Promise<DrivenOutcome> {
    return await this.update({ canister: MANAGEMENT_CANISTER, method, arg });
  }

  async update(call: DrivenCall): Promise<DrivenOutcome> {
    const submitted = await this.#submit(call);
    if (typeof submitted !== 'string') return submitted;
    for (let round = 0; round < ROUNDS_MAX; round++) {
      await this.tick();
      const outcome = await this.poll(submitted);
      if (outcome.kind !== 'pending') return outcome;
    }
    return { kind: 'pending' };
  }

  /** Returns the message id as JSON, or the outcome if the message was not accepted. */
  async #submit(call: DrivenCall): Promise<string | DrivenOutcome> {
    try {
      const body = encodeCall({ ...call, sender: CALLER });
      const result = (await this.#post('/update/submit_ingress_message', body)) as WireResult<object>;
      return 'Ok' in result ? JSON.stringify(result.Ok) : { kind: 'reject', ...result.Err };
    } catch (error) {
      if (error instanceof ServerRefusal) return { kind: 'refused', text: error.serverMessage };
      throw error;
    }
  }

  async submit(call: DrivenCall): Promise<string> {
    const submitted = await this.#submit(call);
    if (typeof submitted !== 'string')
      throw new Error(`the server did not accept the message: ${JSON.stringify(submitted)}`);
    return submitted;
  }

  async poll(handle: string): Promise<DrivenOutcome> {
    const status = await this.#post('/read/ingress_status', {
      raw_message_id: JSON.parse(handle) as unknown,
    });
    return status === null ? { kind: 'pending' } : toOutcome(status as WireResult<string>);
  }

  async query(call: DrivenCall): Promise<DrivenOutcome> {
    const body = encodeCall({ ...call, sender: CALLER });
    return toOutcome((await this.#post('/read/query', body)) as WireResult<string>);
  }

  async tick(): Promise<void> {
    await this.#post('/update/tick', {});
  }

  async advanceTime(nanos: bigint): Promise<void> {
    const now = decodeInteger(await this.#rest.get(`${this.#path}/read/get_time`), 'nanos_since_epoch');
    await this.#post('/update/set_time', { nanos_since_epoch: now + nanos });
  }

  async status(canister: PrincipalText): Promise<DrivenStatus> {
    const outcome = await this.manage('canister_status', canister);
    if (outcome.kind !== 'reply') throw new Error(`canister_status failed: ${JSON.stringify(outcome)}`);
    const [value] = IDL.decode([Status], outcome.bytes) as unknown as [
      StatusValue & { readonly cycles: bigint },
    ];
    const { wasm_memory_size, stable_memory_size, global_memory_size } = value.memory_metrics;
    return {
      status: Object.keys(value.status)[0] ?? '',
      version: String(value.version),
      wasm_memory_size: String(wasm_memory_size),
      stable_memory_size: String(stable_memory_size),
      global_memory_size: String(global_memory_size),
      seen: { memory_size: String(value.memory_size), cycles: String(value.cycles) },
    };
  }

  async stableMemory(canister: PrincipalText): Promise<Uint8Array> {
    return decodeBlob(
      await this.#post('/read/get_stable_memory', { canister_id: encodePrincipal(canister) }),
    );
  }

  async logs(canister: PrincipalText) {
    const arg = encodeCanisterId(canister);
    const outcome = await this.query({ canister: MANAGEMENT_CANISTER, method: 'fetch_canister_logs', arg });
    if (outcome.kind !== 'reply') throw new Error(`fetch_canister_logs failed: ${JSON.stringify(outcome)}`);
    return decodeLogs(outcome.bytes);
  }

  async #post(endpoint: string, body: unknown): Promise<unknown> {
    return await this.#rest.post(this.#path + endpoint, body);
  }
}
