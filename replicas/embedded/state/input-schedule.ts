/**
 * The order in which a canister, or the management canister, takes its waiting messages in a round.
 *
 * The sources take turns: canisters of the same subnet, users, canisters of other subnets. Within the first and the last, the senders take
 * turns, in the order in which their first waiting message arrived. The messages of one sender keep their order, its responses included.
 *
 * Source: IC interface spec, "Ordering guarantees"; the rotation is recorded: trace 01, "A calls B, C and itself at once".
 */
import type { PrincipalText } from '../../replica.js';
import type { CopyOnWriteList } from './copy-on-write.js';
import { senderOf, type Input } from './messages.js';

type Source = 'local' | 'ingress' | 'remote';

export interface InputSchedule {
  readonly next: Source;
  /** The senders with waiting messages, the next one first. */
  readonly local: readonly PrincipalText[];
  readonly remote: readonly PrincipalText[];
}

export const FIRST_INPUT_SCHEDULE: InputSchedule = { next: 'local', local: [], remote: [] };

const FOLLOWING: Readonly<Record<Source, Source>> = { local: 'ingress', ingress: 'remote', remote: 'local' };

/** A message that was taken, and the schedule for the next one. */
export interface TakenInput<T extends Input> {
  readonly input: T;
  readonly schedule: InputSchedule;
}

/**
 * Takes the next message from the list. `isLocal` tells whether a sender is on the subnet; messages that `isBlocked` matches wait.
 * Returns `undefined` if no message may be taken.
 */
export function takeNextInput<T extends Input>(
  inputs: CopyOnWriteList<T>,
  schedule: InputSchedule,
  isLocal: (sender: PrincipalText) => boolean,
  isBlocked?: (input: T) => boolean,
): TakenInput<T> | undefined {
  const { items } = inputs;
  const [only] = items;
  if (!only) return undefined;
  let { next, local, remote } = withWaitingSenders(items, schedule, isLocal);
  for (let turn = 0; turn < 3; turn++) {
    const source = next;
    next = FOLLOWING[source];
    const senders = source === 'local' ? local : remote;
    const index = source === 'ingress' ? firstIngress(items, isBlocked) : firstOf(items, senders, isBlocked);
    if (index < 0) continue;
    const input = inputs.removeAt(index);
    if (source === 'local') local = rotated(local, input, inputs.items);
    if (source === 'remote') remote = rotated(remote, input, inputs.items);
    return { input, schedule: { next, local, remote } };
  }
  return undefined;
}

/** Drops the senders without a waiting message and appends the new ones in the order of their first messages. */
function withWaitingSenders(
  items: readonly Input[],
  { next, local, remote }: InputSchedule,
  isLocal: (sender: PrincipalText) => boolean,
): InputSchedule {
  const waiting = new Set<PrincipalText>();
  for (const input of items) if (input.kind !== 'ingress') waiting.add(senderOf(input));
  const known = [...local, ...remote];
  const added = [...waiting].filter((sender) => !known.includes(sender));
  return {
    next,
    local: [...local.filter((sender) => waiting.has(sender)), ...added.filter(isLocal)],
    remote: [
      ...remote.filter((sender) => waiting.has(sender)),
      ...added.filter((sender) => !isLocal(sender)),
    ],
  };
}

function firstIngress<T extends Input>(
  items: readonly T[],
  isBlocked: ((input: T) => boolean) | undefined,
): number {
  return items.findIndex((input) => input.kind === 'ingress' && !isBlocked?.(input));
}

/** The first message of the first sender that has one which may be taken. */
function firstOf<T extends Input>(
  items: readonly T[],
  senders: readonly PrincipalText[],
  isBlocked: ((input: T) => boolean) | undefined,
): number {
  for (const sender of senders) {
    const index = items.findIndex((input) => input.kind !== 'ingress' && senderOf(input) === sender);
    const input = items[index];
    if (input && !isBlocked?.(input)) return index;
  }
  return -1;
}

/** Moves the sender of the taken message to the end, or drops it if no further message of it waits. */
function rotated(
  senders: readonly PrincipalText[],
  taken: Input,
  waiting: readonly Input[],
): readonly PrincipalText[] {
  const sender = senderOf(taken);
  const others = senders.filter((other) => other !== sender);
  const hasMore = waiting.some((input) => input.kind !== 'ingress' && senderOf(input) === sender);
  return hasMore ? [...others, sender] : others;
}
