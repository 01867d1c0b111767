/** What the threshold keys have in common: ids, public keys, and the path from a master key to the key of a canister. */

export type KeyScheme = 'ecdsa' | 'bip340' | 'ed25519' | 'vetkd';

export interface KeyId {
  readonly scheme: KeyScheme;
  readonly name: string;
}

/** The names of the schemes in the texts of the network. */
const SCHEME_NAMES: Readonly<Record<KeyScheme, string>> = {
  ecdsa: 'ecdsa:Secp256k1',
  bip340: 'schnorr:Bip340Secp256k1',
  ed25519: 'schnorr:Ed25519',
  vetkd: 'vetkd:Bls12_381_G2',
};

/** The names of the keys of each scheme that a subnet with keys holds. */
const KEY_NAMES: readonly string[] = ['dfx_test_key', 'key_1', 'test_key_1'];

/** Whether a subnet with keys holds those with this name. */
export const isHeldKey = (name: string): boolean => KEY_NAMES.includes(name);

/** The keys that a subnet with keys holds, for example `[ecdsa:Secp256k1:key_1, schnorr:Ed25519:key_1]`. */
export function heldKeysToText(): string {
  const texts = Object.values(SCHEME_NAMES).flatMap((scheme) => KEY_NAMES.map((name) => `${scheme}:${name}`));
  return `[${texts.sort().join(', ')}]`;
}

/** For example `schnorr:Ed25519:key_1`. */
export const keyIdToText = ({ scheme, name }: KeyId): string => `${SCHEME_NAMES[scheme]}:${name}`;

export interface DerivedPublicKey {
  readonly publicKey: Uint8Array;
  /** 32 bytes. */
  readonly chainCode: Uint8Array;
}

/** The path from a master key to a key of a canister: the bytes of its id, then the elements that it chose. */
export function canisterPath(canister: Uint8Array, elements: readonly Uint8Array[]): readonly Uint8Array[] {
  return [canister, ...elements];
}
