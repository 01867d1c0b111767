/** Checks whether a subnet hosts a canister id. */
import type { PrincipalText } from '../../replicas/replica.js';
import { compareBytes } from '../../certification/bytes.js';
import { principalToBytes } from './principals.js';

/** `ranges` are inclusive pairs. Ids are compared as bytes, as agents do. */
export function createRangeCheck(
  ranges: readonly (readonly [PrincipalText, PrincipalText])[],
): (canisterId: Uint8Array) => boolean {
  const bounds = ranges.map(([from, to]) => [principalToBytes(from), principalToBytes(to)] as const);
  return (id) => bounds.some(([from, to]) => compareBytes(from, id) <= 0 && compareBytes(id, to) <= 0);
}
