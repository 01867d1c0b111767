/** Finds the threshold key that a call to the management canister is about. */
import type { KeyId, KeyScheme } from '../threshold-keys/key-derivation.js';
import type { CandidSchnorrKeyId, ManagementMethod } from './arguments.js';

/** Whether a method only reads the public key. */
export const PUBLIC_KEY_METHODS: ReadonlySet<string> = new Set([
  'ecdsa_public_key',
  'schnorr_public_key',
  'vetkd_public_key',
]);

const SCHEMES: Partial<Readonly<Record<ManagementMethod, KeyScheme>>> = {
  ecdsa_public_key: 'ecdsa',
  sign_with_ecdsa: 'ecdsa',
  vetkd_public_key: 'vetkd',
  vetkd_derive_key: 'vetkd',
};

/** The key that a decoded argument names; `undefined` if the method is not about a key. */
export function keyOf(method: ManagementMethod, argument: unknown): KeyId | undefined {
  if (method === 'schnorr_public_key' || method === 'sign_with_schnorr') {
    return schnorrKeyId((argument as { readonly key_id: CandidSchnorrKeyId }).key_id);
  }
  const scheme = SCHEMES[method];
  return scheme && { scheme, name: (argument as { readonly key_id: { readonly name: string } }).key_id.name };
}

export function schnorrKeyId({ algorithm, name }: CandidSchnorrKeyId): KeyId {
  return { scheme: 'ed25519' in algorithm ? 'ed25519' : 'bip340', name };
}
