/** Runs an instance on the embedded engine, in this thread. */
import { Engine } from '../../replicas/embedded/engine.js';
import type { SubnetOptions } from '../../replicas/embedded/subnet-options.js';
import type { BlockMakers } from '../../replicas/embedded/state/block-history.js';
import type { HttpOutcallResponse, PendingHttpOutcall } from '../../replicas/embedded/state/http-outcall.js';
import { ingressId } from '../../replicas/embedded/execution/ingress-id.js';
import { MessageTimer } from '../../replicas/message-timer.js';
import type { Subnet } from '../../replicas/embedded/state/subnet.js';
import type { Call, Outcome, PrincipalText } from '../../replicas/replica.js';
import type { HttpReply } from '../http/reply.js';
import type { StartedCall } from '../ic/endpoints.js';
import type { SubnetRecord } from '../ic/state-tree.js';
import type { Absence, BackendSubmission, IngressStatus, InstanceBackend } from './backend.js';
import type { BackendOptions } from './instances.js';
import { CanisterPrints } from './canister-prints.js';
import { CertifiedSubnet, type StateCause } from './certified/certified-subnet.js';
import { InstanceApi, type ApiRequest } from './certified/instance-api.js';
import { subnetOptionsOf, Topology, type SubnetFacts } from './topology.js';

export interface EngineBackendOptions extends Partial<BackendOptions> {
  /** Receives each line that a canister prints, in the format of the PocketIC server's stderr. */
  readonly onPrint?: (line: string) => void;
  /** Folder that keeps instrumented modules between processes. Default: none. */
  readonly cacheDir?: string;
}

export class EngineBackend implements InstanceBackend {
  readonly #engine: Engine;
  readonly #subnets: Map<PrincipalText, CertifiedSubnet>;
  /** Of all subnets. Replaced when one is added. */
  #records: readonly SubnetRecord[];
  readonly #api: InstanceApi;
  readonly #prints: CanisterPrints | undefined;

  constructor({
    subnets = oneApplicationSubnet(),
    startNs,
    hasBacktraces = true,
    hasLaterStatus = false,
    validatesIngress = true,
    messageMs,
    onPrint,
    cacheDir,
  }: EngineBackendOptions = {}) {
    this.#subnets = new Map();
    this.#records = [];
    const watch = new MessageTimer({ limitMs: messageMs, onOverdue: onPrint });
    this.#engine = new Engine({
      subnets: subnets.map((facts) => this.#planned(facts)),
      hasBacktraces,
      hasLaterStatus,
      watch,
      cacheDir,
      onState: (subnet, cause) => this.#note(subnet, cause),
      ...(startNs !== undefined && { startNs }),
    });
    this.#api = new InstanceApi({ engine: this.#engine, subnets: this.#subnets, validatesIngress });
    if (onPrint) this.#prints = new CanisterPrints(this.#engine, onPrint);
  }

  async createSubnet(subnet: SubnetFacts): Promise<void> {
    this.#engine.createSubnet(this.#planned(subnet));
  }

  async deleteSubnet(subnet: PrincipalText): Promise<void> {
    this.#engine.deleteSubnet(subnet);
    this.#subnets.get(subnet)?.log.stop();
    this.#subnets.delete(subnet);
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
        this.#subnets.get(subnet)?.log.add({
          requestId: messageId,
          id: submission.id,
          sender: call.caller,
          receiver: call.canister,
          expiryNs: submission.envelope.expiryNs,
        });
        return { kind: 'accepted', messageId };
      }
    }
  }

  async ingressStatus(messageId: Uint8Array, subnet: PrincipalText): Promise<IngressStatus | undefined> {
    const log = this.#subnets.get(subnet)?.log;
    const message = log?.get(messageId);
    return message && { caller: message.sender, outcome: log?.outcome(messageId) };
  }

  async awaitOutcome(
    messageId: Uint8Array,
    subnet: PrincipalText,
    timeoutMs: number,
  ): Promise<Outcome | undefined> {
    const log = this.#subnets.get(subnet)?.log;
    await log?.ended(messageId, timeoutMs);
    return log?.outcome(messageId);
  }

  async query(call: Call, subnet: PrincipalText): Promise<Outcome> {
    return this.#api.query(subnet, call);
  }

  startApi(request: ApiRequest): Promise<StartedCall> {
    return this.#api.start(request);
  }

  finishApi(subnet: PrincipalText, requestId: Uint8Array): Promise<HttpReply> {
    return this.#api.finish(subnet, requestId);
  }

  async tick(makers?: ReadonlyMap<PrincipalText, BlockMakers>): Promise<void> {
    this.#engine.round(makers);
    this.#prints?.flush();
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

  #planned(facts: SubnetFacts): SubnetOptions {
    this.#subnets.set(facts.id, new CertifiedSubnet(facts));
    return subnetOptionsOf(facts);
  }

  #note(subnet: Subnet, cause: StateCause): void {
    const { subnets } = subnet.network;
    if (subnets.length !== this.#records.length) {
      this.#records = subnets.flatMap(({ principal }) => this.#subnets.get(principal)?.record ?? []);
    }
    this.#subnets.get(subnet.principal)?.note(subnet, cause, this.#records);
  }

  #absence(canister: PrincipalText): Absence | undefined {
    if (!this.#engine.hasCanister(canister)) return 'no-canister';
    return this.#engine.moduleHash(canister) === undefined ? 'no-module' : undefined;
  }

  async dispose(): Promise<void> {
    for (const { log } of this.#subnets.values()) log.stop();
  }
}

function oneApplicationSubnet(): readonly SubnetFacts[] {
  return new Topology([{ kind: 'Application', instructionConfig: 'Production', costSchedule: 'normal' }])
    .subnets;
}

/** Removes the wrapper from the engine's text: `badIngress` adds it again. */
function innerText(text: string): string {
  return /^BadIngressMessage\("(.*)"\)$/s.exec(text)?.[1] ?? text;
}
