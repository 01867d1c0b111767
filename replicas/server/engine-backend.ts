/** An instance run by the embedded engine, in this thread. */
import { toOutcome } from '../embedded/embedded-replica.js';
import { Engine } from '../embedded/engine.js';
import type { HttpOutcallRequest, HttpOutcallResponse } from '../embedded/state/http-outcall.js';
import { ingressId } from '../embedded/execution/ingress-id.js';
import type { Call, MessageId, Outcome, PrincipalText } from '../replica.js';
import { Principal } from '@dfinity/principal';
import type { Absence, BackendSubmission, IngressStatus, InstanceBackend } from './backend.js';
import { CanisterPrints } from './canister-prints.js';
import { SUBNET, SUBNET_PUBLIC_KEY } from './topology.js';

interface Submitted {
  readonly id: MessageId;
  readonly caller: PrincipalText;
}

export interface EngineBackendOptions {
  /** What canisters print, a line at a time, in the form of the PocketIC server's stderr. */
  readonly onPrint?: (line: string) => void;
}

export class EngineBackend implements InstanceBackend {
  readonly #engine = new Engine({
    subnetId: Principal.fromText(SUBNET).toUint8Array(),
    rootKey: SUBNET_PUBLIC_KEY,
  });
  /** By message id in hex. */
  readonly #submitted = new Map<string, Submitted>();
  readonly #prints: CanisterPrints | undefined;
  /** The time of the latest `set_certified_time`; undefined when another came after it. */
  #certifiedNs: bigint | undefined;

  constructor({ onPrint }: EngineBackendOptions = {}) {
    if (onPrint) this.#prints = new CanisterPrints(this.#engine, onPrint);
  }

  async submit(call: Call): Promise<BackendSubmission> {
    const submission = this.#engine.submit(call);
    switch (submission.kind) {
      case 'refused':
        return submission;
      case 'malformed':
        return { kind: 'malformed', text: innerText(submission.text) };
      case 'accepted': {
        const messageId = new Uint8Array(ingressId(submission.envelope));
        this.#submitted.set(hex(messageId), { id: submission.id, caller: call.caller });
        return { kind: 'accepted', messageId };
      }
    }
  }

  async ingressStatus(messageId: Uint8Array): Promise<IngressStatus | undefined> {
    const submitted = this.#submitted.get(hex(messageId));
    if (!submitted) return undefined;
    const response = this.#engine.poll(submitted.id);
    return { caller: submitted.caller, outcome: response && toOutcome(response) };
  }

  async query(call: Call): Promise<Outcome> {
    return toOutcome(this.#engine.query(call));
  }

  async tick(): Promise<void> {
    // Two certified states never have the same time.
    if (this.#certifiedNs === this.#engine.timeNs) this.#engine.setTime(this.#certifiedNs + 1n);
    this.#engine.round();
    this.#prints?.flush();
  }

  async time(): Promise<bigint> {
    return this.#engine.timeNs;
  }

  async setTime(timeNs: bigint, isCertified: boolean): Promise<void> {
    this.#engine.setTime(timeNs);
    this.#certifiedNs = isCertified ? timeNs : undefined;
  }

  async cycles(canister: PrincipalText): Promise<bigint | undefined> {
    return this.#engine.hasCanister(canister) ? this.#engine.metrics(canister).cycles : undefined;
  }

  async addCycles(canister: PrincipalText, amount: bigint): Promise<bigint | undefined> {
    return this.#engine.hasCanister(canister) ? this.#engine.addCycles(canister, amount) : undefined;
  }

  async controllers(canister: PrincipalText): Promise<readonly PrincipalText[] | undefined> {
    return this.#engine.hasCanister(canister) ? this.#engine.controllers(canister) : undefined;
  }

  async stableMemory(canister: PrincipalText): Promise<Uint8Array | Absence> {
    return this.#absence(canister) ?? this.#engine.stableMemory(canister);
  }

  async setStableMemory(canister: PrincipalText, bytes: Uint8Array): Promise<Absence | undefined> {
    const absence = this.#absence(canister);
    if (absence === undefined) this.#engine.setStableMemory(canister, bytes);
    return absence;
  }

  async httpOutcalls(): Promise<readonly HttpOutcallRequest[]> {
    return this.#engine.pendingHttpOutcalls();
  }

  async answerHttpOutcall(id: number, response: HttpOutcallResponse): Promise<boolean> {
    if (!this.#engine.pendingHttpOutcalls().some((outcall) => outcall.id === id)) return false;
    this.#engine.answerHttpOutcall(id, response);
    return true;
  }

  #absence(canister: PrincipalText): Absence | undefined {
    if (!this.#engine.hasCanister(canister)) return 'no-canister';
    return this.#engine.moduleHash(canister) === undefined ? 'no-module' : undefined;
  }

  async dispose(): Promise<void> {
    this.#submitted.clear();
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** The engine's text without the wrapper, which is the protocol's. */
function innerText(text: string): string {
  return /^BadIngressMessage\("(.*)"\)$/s.exec(text)?.[1] ?? text;
}
