/** One state of the subnet. It is signed at most once, when the first certificate of it is needed. */
import type { SubnetKey } from './bls.js';
import { utf8 } from '../../certification/bytes.js';
import type { CanisterFacts } from './backend.js';
import { encodeCertificate, type Delegation } from './certificate.js';
import { type StateNode, nodeHash, witness } from './state-node.js';

export class CertifiedState {
  readonly height: number;
  /** Nanoseconds since 1970. */
  readonly timeNs: bigint;
  readonly canisters: ReadonlyMap<string, CanisterFacts>;
  readonly #root: StateNode;
  readonly #key: SubnetKey;
  #signature: Uint8Array | undefined;

  constructor(options: {
    height: number;
    timeNs: bigint;
    canisters: readonly CanisterFacts[];
    root: StateNode;
    key: SubnetKey;
  }) {
    this.height = options.height;
    this.timeNs = options.timeNs;
    this.canisters = new Map(options.canisters.map((facts) => [facts.id, facts]));
    this.#root = options.root;
    this.#key = options.key;
  }

  get rootHash(): Uint8Array {
    return nodeHash(this.#root);
  }

  /** Returns the tagged CBOR of a certificate that shows `paths` and the time. */
  certificate(paths: readonly (readonly Uint8Array[])[], delegation?: Delegation): Uint8Array {
    this.#signature ??= this.#key.signStateRoot(this.rootHash);
    return encodeCertificate(witness(this.#root, [...paths, [utf8('time')]]), this.#signature, delegation);
  }

  /** Returns the certificate that `ic0.data_certificate` gives to the canister. */
  dataCertificate(canister: Uint8Array, delegation?: Delegation): Uint8Array {
    return this.certificate([[utf8('canister'), canister, utf8('certified_data')]], delegation);
  }
}
