/**
 * The fingerprint of a violation: which rule is broken, by which operation, and which kind of answer was seen instead of which.
 *
 * It contains no ids, numbers, or texts, and it does not depend on the schedule: another chunk, another session, another caller, and
 * the interface that carried the call (Candid or HTTP) leave it the same. What the failure needs is in the shrunk schedule.
 */
import type { Layer, Violation } from './verdict.js';

export type FingerprintFields = Pick<
  Violation,
  'layer' | 'checker' | 'operation' | 'expectedKind' | 'seenKind'
>;

const LAYER_NAMES: Readonly<Record<Layer, string>> = {
  fact: 'fact',
  relation: 'relation',
  specification: 'spec',
};

/** For example `spec/outcome: put answers InvalidState instead of done`. */
export function fingerprintOf({
  layer,
  checker,
  operation,
  expectedKind,
  seenKind,
}: FingerprintFields): string {
  return `${LAYER_NAMES[layer]}/${checker}: ${operation} answers ${seenKind} instead of ${expectedKind}`;
}
