import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CopyOnWriteList } from './copy-on-write.js';
import { FIRST_INPUT_SCHEDULE, takeNextInput } from './input-schedule.js';
import type { CallInput, Input } from './messages.js';

const LOCAL = ['l0', 'l1', 'l2'];
const REMOTE = ['r0', 'r1'];
const isLocal = (sender: string): boolean => LOCAL.includes(sender);

/** A message of this sender. Users are those that are no canisters. */
function message(sender: string, id: number): CallInput {
  const isCanister = isLocal(sender) || REMOTE.includes(sender);
  return {
    id: `m${id}`,
    root: undefined,
    method: 'm',
    kind: isCanister ? 'request' : 'ingress',
    caller: sender,
    arg: new Uint8Array(0),
    origin: { kind: 'system' },
    cycles: 0n,
    ingress: undefined,
  };
}

type Taker = (inputs: CopyOnWriteList<CallInput>) => CallInput | undefined;

function scheduled(): Taker {
  let schedule = FIRST_INPUT_SCHEDULE;
  return (inputs) => {
    const taken = takeNextInput(inputs, schedule, isLocal);
    if (taken) schedule = taken.schedule;
    return taken?.input;
  };
}

function sourceOf({ kind, caller }: CallInput): string {
  return kind === 'ingress' ? 'user' : isLocal(caller) ? 'local' : 'remote';
}

/** Something that waited although its turn had come: `undefined` if there is nothing. */
function unfairness(senders: readonly string[], take: Taker): string | undefined {
  const inputs = new CopyOnWriteList<CallInput>();
  for (const [id, sender] of senders.entries()) inputs.push(message(sender, id));
  let before: CallInput | undefined;
  const lastOfSource = new Map<string, CallInput>();
  for (;;) {
    const waiting = [...inputs.items];
    const taken = take(inputs);
    if (!taken) return waiting.length > 0 ? 'messages are left' : undefined;
    const source = sourceOf(taken);
    if (waiting.find(({ caller }) => caller === taken.caller) !== taken) return 'a sender is out of order';
    if (before && sourceOf(before) === source && waiting.some((other) => sourceOf(other) !== source)) {
      return 'a source has two turns';
    }
    const isOther = (other: CallInput): boolean =>
      sourceOf(other) === source && other.caller !== taken.caller;
    if (source !== 'user' && lastOfSource.get(source)?.caller === taken.caller && waiting.some(isOther)) {
      return 'a sender has two turns';
    }
    before = taken;
    lastOfSource.set(source, taken);
  }
}

const senders = fc.array(fc.constantFrom(...LOCAL, ...REMOTE, 'u0', 'u1'), { maxLength: 25 });

describe('the order in which a round takes waiting messages', () => {
  it('gives the sources turns, gives the senders of a source turns, and keeps the order of each sender', () => {
    fc.assert(
      fc.property(senders, (list) => {
        expect(unfairness(list, scheduled())).toBeUndefined();
      }),
    );
  });

  it('is not the order of arrival, and does not serve one source first', () => {
    const oldest: Taker = (inputs) => (inputs.items.length > 0 ? inputs.removeAt(0) : undefined);
    expect(unfairness(['l0', 'l0', 'u0'], oldest)).toBe('a source has two turns');
    expect(unfairness(['l0', 'l0', 'l1'], oldest)).toBe('a sender has two turns');
    const newest: Taker = (inputs) => inputs.items.at(-1) && inputs.removeAt(inputs.length - 1);
    expect(unfairness(['l0', 'l0'], newest)).toBe('a sender is out of order');
  });

  it('begins with canisters of the subnet, continues with users, and ends with other subnets', () => {
    const inputs = new CopyOnWriteList<CallInput>();
    for (const [id, sender] of ['r0', 'u0', 'l0', 'l1', 'u1'].entries()) inputs.push(message(sender, id));
    const take = scheduled();
    const order = [...inputs.items].map(() => take(inputs)?.caller);
    expect(order).toEqual(['l0', 'u0', 'r0', 'l1', 'u1']);
  });

  it('passes over a sender whose first message must wait', () => {
    const inputs = new CopyOnWriteList<Input>();
    for (const [id, sender] of ['l0', 'l1', 'l0'].entries()) inputs.push(message(sender, id));
    const isBlocked = ({ id }: Input): boolean => id === 'm0';
    const taken = takeNextInput(inputs, FIRST_INPUT_SCHEDULE, isLocal, isBlocked);
    expect(taken?.input.id).toBe('m1');
    expect(taken && takeNextInput(inputs, taken.schedule, isLocal, isBlocked)).toBeUndefined();
  });
});
