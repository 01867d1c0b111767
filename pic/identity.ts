/** Identities for tests, the same for the same seed as those of `@dfinity/pic`. */
import { createHash, randomBytes } from 'node:crypto';
import { Ed25519KeyIdentity } from '@icp-sdk/core/identity';

/** Returns the same identity for the same text. The key is the first 32 hex digits of the text's SHA-256, as ASCII. */
export function createIdentity(seedPhrase: string): Ed25519KeyIdentity {
  const digits = createHash('sha256').update(seedPhrase).digest('hex').slice(0, 32);
  return Ed25519KeyIdentity.generate(new TextEncoder().encode(digits));
}

export function generateRandomIdentity(): Ed25519KeyIdentity {
  return createIdentity(randomBytes(16).toString('hex'));
}
