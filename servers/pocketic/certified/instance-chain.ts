/** The blocks of a subnet of an instance, for the endpoints of the IC's HTTP interface. The rounds are run by the clients of the server. */
import type { Engine } from '../../../replicas/embedded/engine.js';
import { callOf } from '../../ic/chain.js';
import type { Acceptance, ChainView } from '../../ic/chain-view.js';
import type { CertifiedState } from '../../ic/certified-state.js';
import type { CanisterRequest } from '../../ic/envelope.js';
import type { CertifiedSubnet } from './certified-subnet.js';

export class InstanceChain implements ChainView {
  readonly failure = undefined;
  readonly #engine: Engine;
  readonly #subnet: CertifiedSubnet;

  constructor(engine: Engine, subnet: CertifiedSubnet) {
    this.#engine = engine;
    this.#subnet = subnet;
  }

  get history() {
    return this.#subnet.log;
  }

  async submit(request: CanisterRequest): Promise<Acceptance> {
    const { requestId, nonce, ingressExpiry: expiryNs, bytes } = request;
    if (this.history.get(requestId)) return { kind: 'known' };
    const call = callOf(request);
    const submission = this.#engine.submit(call, this.#subnet.facts.id, { nonce, expiryNs, bytes });
    switch (submission.kind) {
      case 'accepted':
        this.history.add({
          requestId,
          id: submission.id,
          sender: call.caller,
          receiver: call.canister,
          expiryNs,
        });
        return { kind: 'accepted' };
      case 'refused':
        return submission;
      case 'malformed':
        throw new Error(submission.text);
    }
  }

  async answered(requestId: Uint8Array, timeoutMs: number): Promise<boolean> {
    await this.history.ended(requestId, timeoutMs);
    return this.history.isTerminal(requestId);
  }

  async state(): Promise<CertifiedState> {
    return this.#subnet.state();
  }

  async settledState(): Promise<CertifiedState> {
    return this.#subnet.state();
  }
}
