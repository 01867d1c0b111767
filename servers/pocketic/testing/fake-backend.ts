/** A backend without an engine. It has one canister, and a test can replace every method. */
import type { InstanceBackend } from '../backend.js';

export const CANISTER = 'lxzze-o7777-77777-aaaaa-cai';

export function createFakeBackend(methods: Partial<InstanceBackend> = {}): InstanceBackend {
  let now = 1_620_328_630_000_000_001n;
  let stable: Uint8Array = new Uint8Array(0);
  const known = <T>(canister: string, value: T): Promise<T | undefined> =>
    Promise.resolve(canister === CANISTER ? value : undefined);
  return {
    createSubnet: () => Promise.resolve(),
    deleteSubnet: () => Promise.resolve(),
    submit: () => Promise.resolve({ kind: 'accepted', messageId: new Uint8Array(32) }),
    ingressStatus: () => Promise.resolve(undefined),
    awaitOutcome: () => Promise.resolve(undefined),
    query: () => Promise.resolve({ kind: 'reply', bytes: new Uint8Array(0) }),
    startApi: () => Promise.reject(new Error('this backend has no HTTP interface')),
    finishApi: () => Promise.reject(new Error('this backend has no HTTP interface')),
    tick: () => Promise.resolve(),
    time: () => Promise.resolve(now),
    setTime: (timeNs) => {
      now = timeNs;
      return Promise.resolve();
    },
    cycles: (canister) => known(canister, 10n ** 18n),
    addCycles: (canister, amount) => known(canister, 10n ** 18n + amount),
    controllers: (canister) => known(canister, ['2vxsx-fae']),
    stableMemory: (canister) => Promise.resolve(canister === CANISTER ? stable : 'no-canister'),
    setStableMemory: (canister, bytes) => {
      if (canister !== CANISTER) return Promise.resolve('no-canister');
      stable = bytes;
      return Promise.resolve(undefined);
    },
    httpOutcalls: () => Promise.resolve([]),
    answerHttpOutcall: () => Promise.resolve(false),
    dispose: () => Promise.resolve(),
    ...methods,
  };
}
