/** Runs an instance on the embedded engine, in this thread. */
import { toOutcome } from '../../replicas/embedded/embedded-replica.js';
import { Engine } from '../../replicas/embedded/engine.js';
import type { SubnetOptions } from '../../replicas/embedded/subnet-options.js';
import type { HttpOutcallResponse, PendingHttpOutcall } from '../../replicas/embedded/state/http-outcall.js';
import { ingressId } from '../../replicas/embedded/execution/ingress-id.js';
import { MessageTimer } from '../../replicas/message-timer.js';
import type { Call, MessageId, Outcome, PrincipalText } from '../../replicas/replica.js';
import type { Absence, BackendSubmission, IngressStatus, InstanceBackend } from './backend.js';
import type { BackendOptions } from './instances.js';
import { CanisterPrints } from './canister-prints.js';
import { subnetOptionsOf, Topology } from './topology.js';

interface Submitted {
  readonly id: MessageId;
  readonly caller: PrincipalText;
  readonly subnet: PrincipalText;
}

export interface EngineBackendOptions extends Partial<BackendOptions> {
  /** Receives each line that a canister prints, in the format of the PocketIC server's stderr. */
  readonly onPrint?: (line: string) => void;
  /** Folder that keeps instrumented modules between processes. Default: none. */
  readonly cacheDir?: string;
}

export class EngineBackend implements InstanceBackend {
  readonly #engine: Engine;
  /** By message id in hex. */
  readonly #submitted = new Map<string, Submitted>();
  /** The key of each message in `#submitted`. */
  readonly #keys = new Map<MessageId, string>();
  readonly #prints: CanisterPrints | undefined;

  constructor({
    subnets = oneApplicationSubnet(),
    startNs,
    hasBacktraces = true,
    hasLaterStatus = false,
    messageMs,
    onPrint,
    cacheDir,
  }: EngineBackendOptions = {}) {
    const watch = new MessageTimer({ limitMs: messageMs, onOverdue: onPrint });
    this.#engine = new Engine({
      subnets,
      hasBacktraces,
      hasLaterStatus,
      watch,
      cacheDir,
      ...(startNs !== undefined && { startNs }),
    });
    if (onPrint) this.#prints = new CanisterPrints(this.#engine, onPrint);
  }

  async createSubnet(subnet: SubnetOptions): Promise<void> {
    this.#engine.createSubnet(subnet);
  }

  async submit(call: Call, subnet: PrincipalText): Promise<BackendSubmission> {
    const submission = this.#engine.submit(call, subnet);
    switch (submission.kind) {
      case 'refused':
        return submission;
      case 'malformed':
        return { kind: 'malformed', text: innerText(submission.text) };
      case 'accepted': {
        const messageId = new Uint8Array(ingressId(submission.envelope));
        const key = hex(messageId);
        this.#submitted.set(key, { id: submission.id, caller: call.caller, subnet });
        this.#keys.set(submission.id, key);
        return { kind: 'accepted', messageId };
      }
    }
  }

  async ingressStatus(messageId: Uint8Array, subnet: PrincipalText): Promise<IngressStatus | undefined> {
    const submitted = this.#submitted.get(hex(messageId));
    if (submitted?.subnet !== subnet) return undefined;
    const response = this.#engine.poll(submitted.id);
    return { caller: submitted.caller, outcome: response && toOutcome(response) };
  }

  async query(call: Call, subnet: PrincipalText): Promise<Outcome> {
    return toOutcome(this.#engine.query(call, subnet));
  }

  async tick(): Promise<void> {
    this.#engine.round();
    this.#prints?.flush();
    this.#forget(this.#engine.pruneIngress());
  }

  #forget(messages: readonly MessageId[]): void {
    for (const id of messages) {
      const key = this.#keys.get(id);
      this.#keys.delete(id);
      if (key !== undefined) this.#submitted.delete(key);
    }
  }

  async time(): Promise<bigint> {
    return this.#engine.timeNs;
  }

  async setTime(timeNs: bigint, isCertified: boolean): Promise<void> {
    this.#engine.setTime(timeNs, isCertified ? 'certified' : 'next-round');
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

  async httpOutcalls(): Promise<readonly PendingHttpOutcall[]> {
    return this.#engine.pendingHttpOutcalls();
  }

  async answerHttpOutcall(
    id: number,
    responses: readonly HttpOutcallResponse[],
    subnet: PrincipalText,
  ): Promise<boolean> {
    const pending = this.#engine.pendingHttpOutcalls();
    if (!pending.some((outcall) => outcall.id === id && outcall.subnet === subnet)) return false;
    this.#engine.mockHttpOutcall(id, responses, subnet);
    return true;
  }

  #absence(canister: PrincipalText): Absence | undefined {
    if (!this.#engine.hasCanister(canister)) return 'no-canister';
    return this.#engine.moduleHash(canister) === undefined ? 'no-module' : undefined;
  }

  async dispose(): Promise<void> {
    this.#submitted.clear();
    this.#keys.clear();
  }
}

function oneApplicationSubnet(): readonly SubnetOptions[] {
  return new Topology([
    { kind: 'Application', instructionConfig: 'Production', costSchedule: 'normal' },
  ]).subnets.map(subnetOptionsOf);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Removes the wrapper from the engine's text: `badIngress` adds it again. */
function innerText(text: string): string {
  return /^BadIngressMessage\("(.*)"\)$/s.exec(text)?.[1] ?? text;
}
