/** Drives the embedded engine the way pic-js drives a server: submit, then rounds until there is an outcome. */
import { Principal } from '@dfinity/principal';
import { toOutcome } from '../replicas/embedded/embedded-replica.js';
import type { Engine } from '../replicas/embedded/engine.js';
import {
  decodeResult,
  encodeArgument,
  type ManagementMethod,
} from '../replicas/embedded/management-interface/candid-types.js';
import { rejectToWire } from '../replicas/pocketic/error-codes.js';
import type { Outcome, PrincipalText } from '../replicas/replica.js';
import type { DrivenCall, DrivenOutcome, DrivenStatus, Driver } from './driver.js';

const CALLER = '2vxsx-fae';
const ROUNDS_MAX = 100;
const MANAGEMENT = 'aaaaa-aa';

export class EmbeddedDriver implements Driver {
  readonly engine: Engine;
  readonly runTick: (engine: Engine) => void;

  /**
   * `tick`: how to run the round of a step `tick`; default: the engine's own. The order of messages within a round is free, so a
   * trace that shows one order is replayed in that order.
   */
  constructor(engine: Engine, runTick: (engine: Engine) => void = (it) => it.round()) {
    this.engine = engine;
    this.runTick = runTick;
  }

  async createCanister(cycles: bigint): Promise<PrincipalText> {
    const method = 'provisional_create_canister_with_cycles';
    const outcome = this.#management(method, {
      amount: [cycles],
      settings: [],
      specified_id: [],
      sender_canister_version: [],
    });
    if (outcome.kind !== 'reply') return json(outcome);
    return (decodeResult(method, outcome.bytes) as { canister_id: Principal }).canister_id.toText();
  }

  async installCode({
    canister,
    mode,
    skipPreUpgrade,
    wasm,
    arg,
  }: Parameters<Driver['installCode']>[0]): Promise<DrivenOutcome> {
    const upgrade = [{ skip_pre_upgrade: [skipPreUpgrade], wasm_memory_persistence: [] }];
    return this.#management('install_code', {
      mode: mode === 'upgrade' ? { upgrade } : { [mode]: null },
      canister_id: Principal.fromText(canister),
      wasm_module: wasm,
      arg,
      sender_canister_version: [],
    });
  }

  async manage(method: Parameters<Driver['manage']>[0], canister: PrincipalText): Promise<DrivenOutcome> {
    return this.#management(method, {
      canister_id: Principal.fromText(canister),
      sender_canister_version: [],
    });
  }

  async update(call: DrivenCall): Promise<DrivenOutcome> {
    return this.#call(call);
  }

  async query(call: DrivenCall): Promise<DrivenOutcome> {
    return driven(toOutcome(this.engine.query({ ...call, caller: CALLER })), false);
  }

  async submit(call: DrivenCall): Promise<string> {
    const submission = this.engine.submit({ ...call, caller: CALLER });
    if (submission.kind !== 'accepted') throw new Error(`not accepted: ${json(submission)}`);
    return submission.id;
  }

  async poll(handle: string): Promise<DrivenOutcome> {
    const response = this.engine.poll(handle);
    return response ? driven(toOutcome(response), true) : { kind: 'pending' };
  }

  async tick(): Promise<void> {
    this.runTick(this.engine);
  }

  async advanceTime(nanos: bigint): Promise<void> {
    this.engine.setTime(this.engine.timeNs + nanos);
  }

  async status(canister: PrincipalText): Promise<DrivenStatus> {
    const outcome = this.#management('canister_status', { canister_id: Principal.fromText(canister) });
    if (outcome.kind !== 'reply') throw new Error(`no status: ${json(outcome)}`);
    const { status, version, memory_metrics, memory_size } = decodeResult(
      'canister_status',
      outcome.bytes,
    ) as {
      status: object;
      version: bigint;
      memory_size: bigint;
      memory_metrics: Record<'wasm_memory_size' | 'stable_memory_size' | 'global_memory_size', bigint>;
    };
    return {
      status: Object.keys(status)[0]!,
      version: String(version),
      wasm_memory_size: String(memory_metrics.wasm_memory_size),
      stable_memory_size: String(memory_metrics.stable_memory_size),
      global_memory_size: String(memory_metrics.global_memory_size),
      // Cycle balances are approximations on the engine: those that a server showed stay.
      seen: { memory_size: String(memory_size) },
    };
  }

  async stableMemory(canister: PrincipalText): Promise<Uint8Array> {
    return this.engine.stableMemory(canister);
  }

  async logs(canister: PrincipalText) {
    return this.engine.logs(canister);
  }

  #management(method: ManagementMethod, argument: object): DrivenOutcome {
    return this.#call({ canister: MANAGEMENT, method, arg: encodeArgument(method, argument) });
  }

  #call(call: DrivenCall): DrivenOutcome {
    const submission = this.engine.submit({ ...call, caller: CALLER });
    if (submission.kind === 'malformed') return { kind: 'refused', text: submission.text };
    if (submission.kind === 'refused') return driven(submission.reject, false);
    for (let round = 0; round < ROUNDS_MAX; round++) {
      this.engine.round();
      const response = this.engine.poll(submission.id);
      if (response) return driven(toOutcome(response), true);
    }
    return { kind: 'pending' };
  }
}

const json = (value: unknown): string => JSON.stringify(value);

function driven(outcome: Outcome, certified: boolean): DrivenOutcome {
  if (outcome.kind === 'reply') return outcome;
  const { reject_code, reject_message, error_code } = rejectToWire(outcome, certified);
  return {
    kind: 'reject',
    reject_code: String(reject_code),
    reject_message,
    error_code: String(error_code),
    certified,
  };
}
