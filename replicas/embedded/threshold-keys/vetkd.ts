/**
 * Verifiably encrypted threshold keys (vetKeys) on BLS12-381.
 *
 * Source: interface specification, "IC method vetkd_derive_key"; the paper "vetKeys: How a Blockchain Can Keep Many Secrets"; recorded:
 * trace 15.
 */
import { loadBls12381, loadHashToCurve, loadSha2, type G2Point } from './curves.js';
import { chaCha20, KEY_SEED } from './seeds.js';

const curve = () => loadBls12381().bls12_381;

const MASTER_KEY_DOMAIN = 'ic-crypto-vetkd-test-utils-generate-test-key';
const CANISTER_DOMAIN = 'ic-vetkd-bls12-381-g2-canister-id';
const CONTEXT_DOMAIN = 'ic-vetkd-bls12-381-g2-context';
const INPUT_DOMAIN = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_AUG_';

/** The security level of BLS12-381 in bits. */
const SECURITY_BITS = 128;

export interface VetKdContext {
  /** Bytes of the canister id. */
  readonly canister: Uint8Array;
  readonly context: Uint8Array;
}

interface Derivation {
  readonly secret: bigint;
  readonly point: G2Point;
}

function hashToScalar(domain: string, message: Uint8Array): bigint {
  const { Fr } = curve().fields;
  const { sha256 } = loadSha2();
  const options = { DST: domain, p: Fr.ORDER, m: 1, k: SECURITY_BITS, expand: 'xmd', hash: sha256 } as const;
  const [scalar] = loadHashToCurve().hash_to_field(message, 1, options)[0] ?? [];
  if (scalar === undefined) throw new Error('hashing to the field returned no scalar');
  return scalar;
}

function deriveKey(name: string, { canister, context }: VetKdContext): Derivation {
  const secret = hashToScalar(MASTER_KEY_DOMAIN, Buffer.from(name));
  const master = { secret, point: curve().G2.Point.BASE.multiply(secret) };
  const ofCanister = childKey(master, CANISTER_DOMAIN, canister);
  return context.length === 0 ? ofCanister : childKey(ofCanister, CONTEXT_DOMAIN, context);
}

function childKey({ secret, point }: Derivation, domain: string, element: Uint8Array): Derivation {
  const parts = [point.toBytes(true), element].flatMap((part) => [lengthOf(part), part]);
  const { fields, G2 } = curve();
  const child = fields.Fr.add(secret, hashToScalar(domain, Buffer.concat(parts)));
  return { secret: child, point: G2.Point.BASE.multiply(child) };
}

/** 8 big-endian bytes. */
function lengthOf({ length }: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return bytes;
}

/** Returns a compressed point in G2, 96 bytes. */
export function vetKdPublicKey(name: string, context: VetKdContext): Uint8Array {
  return deriveKey(name, context).point.toBytes(true);
}

/** Whether the bytes are a compressed point in G1. */
export function isTransportKey(bytes: Uint8Array): boolean {
  try {
    curve().G1.Point.fromHex(bytes).assertValidity();
    return true;
  } catch {
    return false;
  }
}

/** Returns the derived key, encrypted under the transport key: three compressed points, 192 bytes. */
export function encryptedVetKey(
  name: string,
  context: VetKdContext,
  input: Uint8Array,
  transportKey: Uint8Array,
): Uint8Array {
  const { G1, G2 } = curve();
  const { secret, point } = deriveKey(name, context);
  const message = G1.hashToCurve(Buffer.concat([point.toBytes(true), input]), { DST: INPUT_DOMAIN });
  const key = G1.Point.fromAffine(message.toAffine()).multiply(secret);
  const r = randomScalar();
  const mask = G1.Point.fromHex(transportKey).multiply(r);
  return new Uint8Array(
    Buffer.concat([
      G1.Point.BASE.multiply(r).toBytes(true),
      G2.Point.BASE.multiply(r).toBytes(true),
      mask.add(key).toBytes(true),
    ]),
  );
}

/** The first 255-bit number of the stream that is below the order of the group. */
function randomScalar(): bigint {
  for (let offset = 0; ; offset += 32) {
    const bytes = chaCha20(KEY_SEED, offset + 32).slice(offset);
    const candidate = BigInt(`0x${Buffer.from(bytes).toString('hex')}`) & ((1n << 255n) - 1n);
    if (candidate < curve().fields.Fr.ORDER) return candidate;
  }
}
