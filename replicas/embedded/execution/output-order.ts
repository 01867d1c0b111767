/**
 * The order in which messages leave their senders.
 *
 * Source: IC interface spec, "Ordering guarantees", leaves the order between senders open. The order here is that of the public replica:
 * within a subnet, by sender; in a stream, one message of each sender in turn, first of the management canister, then of the canisters from
 * one that the time of the round selects.
 */
import { createCipheriv } from 'node:crypto';
import { comparePrincipals } from '../principals.js';
import { senderOf } from '../state/messages.js';
import type { Arrival, Subnet, Transit } from '../state/subnet.js';
import { zoneOf } from './randomness.js';

/** By sender; the messages of one sender keep their order. */
export function byQueue(outputs: readonly Transit[]): readonly Transit[] {
  if (outputs.length < 2) return outputs;
  return [...outputs].sort((a, b) => comparePrincipals(senderOf(a.input), senderOf(b.input)));
}

/** The stream of the subnet to itself, then the streams of the others by their principals. */
export function byStream(subnet: Subnet, arrived: readonly Arrival[]): readonly Arrival[] {
  if (arrived.length < 2) return arrived;
  const rank = ({ from }: Arrival): number => (from === subnet.principal ? 0 : 1);
  return [...arrived].sort((a, b) => rank(a) - rank(b) || comparePrincipals(a.from, b.from));
}

/** One message of each sender in turn, and for each sender one message to each receiver in turn. */
export function inStreamOrder(subnet: Subnet, outputs: readonly Transit[]): readonly Transit[] {
  if (outputs.length < 2) return outputs;
  const bySender = grouped(outputs, ({ input }) => senderOf(input));
  const own = bySender.get(subnet.principal);
  bySender.delete(subnet.principal);
  const canisters = [...bySender].sort(([a], [b]) => comparePrincipals(a, b)).map(([, sent]) => sent);
  const start = rotation(subnet.timeNs, canisters.length);
  const rotated = [...canisters.slice(start), ...canisters.slice(0, start)];
  return inTurn((own ? [own, ...rotated] : rotated).map(byReceiver));
}

function byReceiver(sent: readonly Transit[]): readonly Transit[] {
  const queues = [...grouped(sent, ({ receiver }) => receiver)];
  return inTurn(queues.sort(([a], [b]) => comparePrincipals(a, b)).map(([, queue]) => queue));
}

function grouped<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** The first of each list, then the second of each list, and so on. */
function inTurn<T>(lists: readonly (readonly T[])[]): readonly T[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, turn) =>
    lists.flatMap((list) => list.slice(turn, turn + 1)),
  ).flat();
}

const SEED_MULTIPLIER = 6_364_136_223_846_793_005n;
const SEED_INCREMENT = 11_634_580_027_462_260_723n;
const SEED_WORDS = 8;

/** A number below `count`, drawn with a ChaCha generator that the time seeds. */
export function rotation(timeNs: bigint, count: number): number {
  if (count < 2) return 0;
  const zeros = Buffer.alloc(4_096);
  const draws = createCipheriv('chacha20', seedOf(timeNs), Buffer.alloc(16)).update(zeros);
  const range = BigInt(count);
  for (let at = 0; at < draws.length; at += 8) {
    const product = draws.readBigUInt64LE(at) * range;
    if (BigInt.asUintN(64, product) <= zoneOf(range)) return Number(product >> 64n);
  }
  return 0;
}

/** Expands 64 bits to a key of 256 bits with the PCG32 generator. */
function seedOf(value: bigint): Buffer {
  const key = Buffer.alloc(SEED_WORDS * 4);
  let state = BigInt.asUintN(64, value);
  for (let word = 0; word < SEED_WORDS; word++) {
    state = BigInt.asUintN(64, state * SEED_MULTIPLIER + SEED_INCREMENT);
    const shifted = Number(BigInt.asUintN(32, ((state >> 18n) ^ state) >> 27n));
    const turn = Number(state >> 59n);
    key.writeUInt32LE(((shifted >>> turn) | (shifted << (-turn & 31))) >>> 0, word * 4);
  }
  return key;
}
