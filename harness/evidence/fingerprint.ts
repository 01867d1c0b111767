/**
 * The fingerprint of a violation: which rule is broken, by which operation, and which kind of answer was seen instead of which.
 *
 * It contains no ids, numbers, or texts, and it does not depend on the schedule: another chunk, another session, another caller, and
 * the interface that carried the call (Candid or HTTP) leave it the same.
 *
 * The fingerprint of a finding also names the conditions that are left after shrinking (`conditions.ts`), so that two causes of one
 * wrong answer have two fingerprints.
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

/** For example `spec/outcome: finish answers ChecksumMismatch instead of finished [upgrade]`. */
export function findingFingerprint(violation: FingerprintFields, conditions: Iterable<string>): string {
  const names = [...conditions].join(', ');
  return `${fingerprintOf(violation)}${names === '' ? '' : ` [${names}]`}`;
}

/** The fingerprint of the violation of a finding. */
export function withoutConditions(fingerprint: string): string {
  return fingerprint.replace(/ \[[^[\]]*\]$/, '');
}

/** Whether two violations have the same fingerprint, apart from the checker. */
export function isSameAnswer(a: FingerprintFields, b: FingerprintFields): boolean {
  return (
    a.layer === b.layer &&
    a.operation === b.operation &&
    a.expectedKind === b.expectedKind &&
    a.seenKind === b.seenKind
  );
}
