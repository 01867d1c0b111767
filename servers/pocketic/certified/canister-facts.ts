/** What the certified state shows of the canisters of a subnet. */
import type { Canister } from '../../../replicas/embedded/state/canister.js';
import type { Subnet } from '../../../replicas/embedded/state/subnet.js';
import { compareBytes } from '../../../certification/bytes.js';
import type { CanisterFacts } from '../../ic/backend.js';
import { principalToBytes } from '../../ic/principals.js';

interface Known {
  readonly facts: CanisterFacts;
  readonly controllers: Canister['record']['settings']['controllers'];
  readonly module: Canister['record']['module'];
  readonly certifiedData: Uint8Array;
}

export class FactsReader {
  #known = new Map<string, Known>();
  #all: readonly CanisterFacts[] = [];

  /** Returns the same objects for canisters that did not change, and the same list if no canister changed. */
  read({ canisters }: Subnet): readonly CanisterFacts[] {
    const next = new Map<string, Known>();
    let isSame = canisters.size === this.#known.size;
    for (const canister of canisters.values()) {
      const known = this.#known.get(canister.id);
      const current = known && isCurrent(known, canister) ? known : read(canister);
      isSame &&= current === known;
      next.set(canister.id, current);
    }
    if (!isSame) {
      this.#known = next;
      this.#all = [...next.values()].map(({ facts }) => facts);
    }
    return this.#all;
  }
}

/** The engine replaces changed parts instead of modifying them, so equal references prove that the facts are current. */
function isCurrent({ controllers, module, certifiedData }: Known, { record }: Canister): boolean {
  return (
    record.settings.controllers === controllers &&
    record.module === module &&
    record.certifiedData === certifiedData
  );
}

function read({ id, record }: Canister): Known {
  const { module, certifiedData } = record;
  const { controllers } = record.settings;
  const sorted = [...controllers].sort((a, b) => compareBytes(principalToBytes(a), principalToBytes(b)));
  const facts: CanisterFacts = {
    id,
    controllers: sorted,
    module: module && {
      hash: new Uint8Array(Buffer.from(module.hash, 'hex')),
      metadata: module.customSections,
      certifiedData,
    },
  };
  return { facts, controllers, module, certifiedData };
}
