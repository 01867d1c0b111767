/** Drives the embedded engine as pic-js drives a server: it submits a message and runs rounds until there is an outcome. */
import { Principal } from '@icp-sdk/core/principal';
import { toOutcome } from '../replicas/embedded/embedded-replica.js';
import type { Engine } from '../replicas/embedded/engine.js';
import {
  decodeResult,
  encodeArgument,
  type ManagementMethod,
} from '../replicas/embedded/management-interface/candid-types.js';
import { MANAGEMENT_CANISTER } from '../replicas/embedded/principals.js';
import { rejectToWire } from '../replicas/pocketic/error-codes.js';
import type { Outcome, PrincipalText } from '../replicas/replica.js';
import type { DrivenCall, DrivenOutcome, DrivenStatus, Driver, StatusValue } from './driver.js';

const CALLER = '2vxsx-fae';
const ROUNDS_MAX = 100;

export class EmbeddedDriver implements Driver {
  readonly engine: Engine;
  readonly #runTick: (engine: Engine) => void;

  /** `runTick` executes a step `tick`. Default: one round of the engine. */
  constructor(
    engine: Engine,
    runTick: (engine: Engine) => void = (driven) => {
      driven.round();
    },
  ) {
    this.engine = engine;
    this.#runTick = runTick;
  }

  async createCanister(cycles: bigint): Promise<PrincipalText> {
    const method = 'provisional_create_canister_with_cycles';
    const outcome = this.#management(method, {
      amount: [cycles],
      settings: [],
      specified_id: [],
      sender_canister_version: [],
    });
    if (outcome.kind !== 'reply') return describeOutcome(outcome);
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
    if (submission.kind !== 'accepted')
      throw new Error(`the engine did not accept the message: ${JSON.stringify(submission)}`);
    return submission.id;
  }

  async poll(handle: string): Promise<DrivenOutcome> {
    const response = this.engine.poll(handle);
    return response ? driven(toOutcome(response), true) : { kind: 'pending' };
  }

  async tick(): Promise<void> {
    this.#runTick(this.engine);
  }

  async advanceTime(nanos: bigint): Promise<void> {
    this.engine.setTime(this.engine.timeNs + nanos);
  }

  async status(canister: PrincipalText): Promise<DrivenStatus> {
    const outcome = this.#management('canister_status', { canister_id: Principal.fromText(canister) });
    if (outcome.kind !== 'reply') throw new Error(`canister_status failed: ${describeOutcome(outcome)}`);
    const { status, version, memory_metrics, memory_size } = decodeResult(
      'canister_status',
      outcome.bytes,
    ) as StatusValue;
    return {
      status: Object.keys(status)[0] ?? '',
      version: String(version),
      wasm_memory_size: String(memory_metrics.wasm_memory_size),
      stable_memory_size: String(memory_metrics.stable_memory_size),
      global_memory_size: String(memory_metrics.global_memory_size),
      // The engine's cycle balances are approximate, so the recording keeps the server's.
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
    return this.#call({ canister: MANAGEMENT_CANISTER, method, arg: encodeArgument(method, argument) });
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

/** What a step records in the place of a value that a failed call did not return. */
const describeOutcome = (outcome: DrivenOutcome): string => JSON.stringify(outcome);

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
