/** Texts for the calls that a variant leaves out, repeats, or moves. */
import { describeOperation, type ShownParts } from '../../model/operations.js';
import type { CallRecord } from '../history/calls.js';

const NAMED_MAX = 3;

/** `put A[2] one byte short`, `put A[2], finish A`, or `put A[2], finish A, abort B, and 4 more`. */
export function callsText(records: readonly Pick<CallRecord, 'operation'>[], shown: ShownParts = {}): string {
  const named = records.slice(0, NAMED_MAX).map(({ operation }) => describeOperation(operation, shown));
  const others = records.length - named.length;
  return others > 0 ? `${named.join(', ')}, and ${others} more` : named.join(', ');
}

/** The one name, or `another` if there are several. */
export function commonName(names: readonly string[], other: string): string {
  const [first = other] = names;
  return names.every((name) => name === first) ? first : other;
}

/** `call`, or `calls` if there are several. */
export function plural(count: number, noun: string): string {
  return count === 1 ? noun : `${noun}s`;
}
