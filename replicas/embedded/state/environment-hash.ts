/** The hash of environment variables, as the canister history has it. */
import { createHash } from 'node:crypto';

const sha256 = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest();

/** Returns 32 bytes. Source: interface specification, "Representation-independent hashing of structured data". */
export function environmentHash(variables: ReadonlyMap<string, string>): Uint8Array {
  const pairs = [...variables].map(([name, value]) => Buffer.concat([sha256(name), sha256(value)]));
  return new Uint8Array(sha256(Buffer.concat(pairs.sort((a, b) => Buffer.compare(a, b)))));
}
