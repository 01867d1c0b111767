/** An embedded engine with one defect: what `diff` must find. */
import { createEmbeddedReplica } from '../../../replicas/embedded/embedded-replica.js';
import type { Replica } from '../../../replicas/replica.js';

export type Defect = Partial<{ readonly [K in keyof Replica]: (inner: Replica) => Replica[K] }>;

export function createDefective(defect: Defect): Promise<Replica> {
  const inner = createEmbeddedReplica();
  const replica = new Proxy<Replica>(inner, {
    get: (target, name: keyof Replica) => {
      const planted = defect[name] as ((inner: Replica) => unknown) | undefined;
      if (planted !== undefined) return planted(target);
      const value = target[name];
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
  return Promise.resolve(replica);
}

/** The bytes with the last one changed. */
export function spoiled(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[copy.length - 1]! ^= 1;
  return copy;
}
