/** Acts of a golden trace, over HTTP, as they were recorded: submit, then a tick and a look at the status until there is an outcome. */
import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import {
  MANAGEMENT_CANISTER,
  decodeCreateCanister,
  decodeLogs,
  encodeCanisterId,
  encodeCreateCanister,
} from '../../pocketic/management.js';
import { RestClient, ServerRefusal } from '../../pocketic/rest-client.js';
import { decodeBlob, decodeBytes, decodeInteger, encodeCall, encodePrincipal } from '../../pocketic/wire.js';
import type { PrincipalText } from '../../replica.js';
import type { GoldenReject, GoldenStatus } from '../../../suites/conformance/golden-step.js';
import type { DrivenCall, DrivenOutcome, Driver } from '../../../suites/conformance/replay.js';

const CALLER = '2vxsx-fae';
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
  memory_metrics: IDL.Record({
    wasm_memory_size: IDL.Nat,
    stable_memory_size: IDL.Nat,
    global_memory_size: IDL.Nat,
  }),
});

/** `{Ok: T}` or `{Err: GoldenReject}`. */
type WireResult<T> = { readonly Ok: T } | { readonly Err: GoldenReject };

const toOutcome = (result: WireResult<string>): DrivenOutcome =>
  'Ok' in result ? { kind: 'reply', bytes: decodeBytes(result.Ok) } : { kind: 'reject', ...result.Err };

export class RestDriver implements Driver {
  readonly #rest: RestClient;
  readonly #path: string;

  /** Over an instance that is already there. */
  constructor(url: string, instanceId: number) {
    this.#rest = new RestClient({ baseUrl: url });
    this.#path = `/instances/${instanceId}`;
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

  /** The message id as JSON, or what the submission came to instead. */
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
    if (typeof submitted !== 'string') throw new Error(`not accepted: ${JSON.stringify(submitted)}`);
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

  async status(canister: PrincipalText): Promise<GoldenStatus> {
    const outcome = await this.manage('canister_status', canister);
    if (outcome.kind !== 'reply') throw new Error(`no status: ${JSON.stringify(outcome)}`);
    const [{ status, version, memory_metrics: metrics }] = IDL.decode([Status], outcome.bytes) as unknown as [
      { status: object; version: bigint; memory_metrics: Record<string, bigint> },
    ];
    const sizes = Object.entries(metrics).map(([name, size]) => [name, String(size)]);
    return {
      status: Object.keys(status)[0] ?? '',
      version: String(version),
      ...(Object.fromEntries(sizes) as Omit<GoldenStatus, 'status' | 'version'>),
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
    if (outcome.kind !== 'reply') throw new Error(`no logs: ${JSON.stringify(outcome)}`);
    return decodeLogs(outcome.bytes);
  }

  async #post(endpoint: string, body: unknown): Promise<unknown> {
    return await this.#rest.post(this.#path + endpoint, body);
  }
}
