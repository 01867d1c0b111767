/**
 * A backend without an engine, with one canister whose methods are functions. It answers like the canister of the recorded exchanges, and
 * can be slow or fail.
 */
import type { Call, MessageId, Outcome, Reject } from '../../../replicas/replica.js';
import type { CanisterFacts, IcBackend, MessageStatus } from '../backend.js';
import { fromHex, utf8 } from '../../../certification/bytes.js';

export const FAKE_CANISTER = 'lxzze-o7777-77777-aaaaa-cai';
/** Canister ids 0xffffffffffe00000 to 0xffffffffffefffff: the first flexible subnet of PocketIC. */
const FAKE_RANGE = [FAKE_CANISTER, 'x47dp-5x777-77777-p777q-cai'] as const;

export function reply(bytes: Uint8Array): Outcome {
  return { kind: 'reply', bytes };
}

export function reject(code: Reject['code'], errorCode: string, text: string): Reject {
  return { kind: 'reject', code, errorCode, text };
}

const DOCUMENTATION =
  'See documentation: https://internetcomputer.org/docs/current/references/execution-errors';
const trapped = `Error from Canister ${FAKE_CANISTER}: Canister called \`ic0.trap\` with message: 'hello, world'.\nConsider gracefully handling failures from this canister or altering the canister to handle exceptions. ${DOCUMENTATION}#trapped-explicitly`;
function missing(method: string): string {
  return `Error from Canister ${FAKE_CANISTER}: Canister has no update method '${method}'..\nCheck that the method being called is exported by the target canister. ${DOCUMENTATION}#method-not-found`;
}

export interface FakeBackend extends IcBackend {
  /** The executed update calls, in order. */
  readonly executed: readonly Call[];
  /** By method: the number of rounds before it answers. */
  readonly roundsOf: Map<string, number>;
  /** The error that `round` throws, if set. */
  broken: string | undefined;
  setFacts(facts: CanisterFacts): void;
  rounds: number;
}

export function createFakeBackend(): FakeBackend {
  const pool: { id: MessageId; call: Call }[] = [];
  const status = new Map<MessageId, MessageStatus>();
  const executed: Call[] = [];
  const roundsOf = new Map<string, number>();
  let facts: CanisterFacts = {
    id: FAKE_CANISTER,
    controllers: ['2vxsx-fae'],
    module: {
      hash: fromHex('e5bbf0babb5eb5397d8e060967594d4b64143239946d3c8bdbcd9ace7933cadc'),
      metadata: [
        { name: 'candid:service', content: utf8('service : {}'), visibility: 'public' },
        { name: 'secret', content: utf8('for controllers'), visibility: 'private' },
      ],
      certifiedData: utf8('certified'),
    },
  };
  let submitted = 0;

  const update = ({ method, arg, caller }: Call): Outcome => {
    if (method === 'mutate' || method === 'slow' || method === 'stuck') return reply(new Uint8Array(0));
    if (method === 'echo') return reply(arg);
    if (method === 'whoami') return reply(utf8(caller));
    if (method === 'trap') return reject(5, 'IC0503', trapped);
    if (method === 'reject') return reject(4, 'IC0406', 'hello, world');
    return reject(5, 'IC0536', missing(method));
  };

  const backend: FakeBackend = {
    subnet: {
      name: 'fake',
      version: '0',
      canisterRanges: [FAKE_RANGE],
      ingressBytesMax: 2 * 1024 * 1024,
    },
    executed,
    roundsOf,
    broken: undefined,
    rounds: 0,
    setFacts: (changed) => void (facts = changed),
    async submit(call) {
      if (call.method === 'refused') {
        return { kind: 'refused', reject: reject(4, 'IC0406', 'Canister rejected the message') };
      }
      submitted += 1;
      const id = `message-${submitted}`;
      pool.push({ id, call });
      return { kind: 'accepted', id };
    },
    async round() {
      if (backend.broken !== undefined) throw new Error(backend.broken);
      backend.rounds += 1;
      let ran = 0;
      for (const message of pool.splice(0)) {
        const left = roundsOf.get(message.call.method) ?? 0;
        if (left > 0) {
          roundsOf.set(message.call.method, left - 1);
          status.set(message.id, 'processing');
          pool.push(message);
        } else {
          executed.push(message.call);
          status.set(message.id, update(message.call));
          ran += 1;
        }
      }
      return { executed: ran };
    },
    async status(id) {
      return status.get(id) ?? 'received';
    },
    async query(call, dataCertificate) {
      if (call.method === 'state') return reply(fromHex('63000000000000004d0000000000000004000000'));
      if (call.method === 'echo') return reply(call.arg);
      if (call.method === 'data_certificate') return reply(dataCertificate());
      if (call.method === 'query_reject') return reject(4, 'IC0406', 'hello, world');
      return reject(5, 'IC0536', missing(call.method).replace('update method', 'query method'));
    },
    async canisters() {
      return [facts];
    },
    async metrics() {
      return {
        canisterStateBytes: 330_586n,
        consumedCycles: 0n,
        updateTransactions: BigInt(executed.length),
      };
    },
  };
  return backend;
}
