/**
 * Reads an identity from a private key in PEM, as `dfx identity export` and `openssl` write it: Ed25519 in PKCS#8, or secp256k1
 * or P-256 in SEC 1 or PKCS#8. All three are signature schemes of the IC interface spec.
 */
import { createPrivateKey, createPublicKey, sign as signWith, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { SignIdentity, type DerEncodedPublicKey, type PublicKey, type Signature } from '@icp-sdk/core/agent';
import { Ed25519KeyIdentity } from '@icp-sdk/core/identity';

/** The PEM file has no usable private key. The message has one line. */
export class IdentityError extends Error {
  override readonly name = 'IdentityError';
}

const KINDS =
  'use an unencrypted Ed25519, secp256k1 or P-256 private key in PEM, as `dfx identity export` prints it';

/** @throws {IdentityError} */
export async function loadIdentity(path: string): Promise<SignIdentity> {
  let pem: string;
  try {
    pem = await readFile(path, 'utf8');
  } catch (error) {
    throw new IdentityError(`cannot read the identity ${path}: ${(error as Error).message}`);
  }
  try {
    return identityFromPem(pem);
  } catch (error) {
    if (error instanceof IdentityError) throw new IdentityError(`${path}: ${error.message}`);
    throw error;
  }
}

/** @throws {IdentityError} if the text has no unencrypted private key of a supported kind */
export function identityFromPem(pem: string): SignIdentity {
  const block = keyBlock(pem);
  const seed = ed25519Seed(block.der);
  if (seed !== null) return Ed25519KeyIdentity.fromSecretKey(seed);
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: block.pem, format: 'pem' });
  } catch (error) {
    throw new IdentityError(`the private key cannot be read (${(error as Error).message}): ${KINDS}`);
  }
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const order = curve === undefined ? undefined : CURVE_ORDERS[curve];
  if (order === undefined) {
    throw new IdentityError(
      `a private key of type ${curve ?? key.asymmetricKeyType} is no identity: ${KINDS}`,
    );
  }
  return new EcdsaIdentity(key, order);
}

/** Returns a public development key, so that uploads to a local replica have the same caller in every process. */
export function developmentIdentity(): SignIdentity {
  return Ed25519KeyIdentity.generate(new TextEncoder().encode('upload-stress development key 01'));
}

const LABELS = ['PRIVATE KEY', 'EC PRIVATE KEY'];

function keyBlock(pem: string): { pem: string; der: Buffer } {
  const blocks = [...pem.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g)];
  if (blocks.length === 0) throw new IdentityError(`no PEM block in it: ${KINDS}`);
  const encrypted = blocks.some(
    ([text, label]) => label === 'ENCRYPTED PRIVATE KEY' || text.includes('Proc-Type: 4,ENCRYPTED'),
  );
  if (encrypted) throw new IdentityError(`the private key is encrypted: ${KINDS}`);
  // dfx writes a block EC PARAMETERS before the key.
  const found = blocks.find(([, label]) => LABELS.includes(label ?? ''));
  if (found === undefined)
    throw new IdentityError(`it contains a ${blocks[0]?.[1] ?? 'block without a label'}: ${KINDS}`);
  return { pem: found[0], der: Buffer.from((found[2] ?? '').replace(/\s/g, ''), 'base64') };
}

/**
 * Returns the 32 bytes of an Ed25519 key in PKCS#8 (RFC 8410, section 7): the algorithm 1.3.101.112, then an OCTET STRING in an
 * OCTET STRING. OpenSSL cannot read the version 2 that dfx writes, which also contains the public key.
 */
function ed25519Seed(der: Buffer): Uint8Array | null {
  const head = Buffer.from('300506032b657004220420', 'hex');
  const at = der.subarray(0, 16).indexOf(head);
  if (at < 0) return null;
  const seed = der.subarray(at + head.length, at + head.length + 32);
  if (seed.length < 32) throw new IdentityError(`the private key is cut short: ${KINDS}`);
  return Uint8Array.from(seed);
}

/** Orders of the curves (SEC 2, 2.4.1 and 2.4.2), by OpenSSL's names. */
const CURVE_ORDERS: Readonly<Record<string, bigint>> = {
  secp256k1: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
  prime256v1: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
};

/** An ECDSA identity. A signature is r and s with 32 bytes each, over SHA-256 (IC interface spec, "ECDSA"). */
class EcdsaIdentity extends SignIdentity {
  readonly #publicKey: PublicKey;

  readonly #key: KeyObject;
  readonly #order: bigint;

  constructor(key: KeyObject, order: bigint) {
    super();
    this.#key = key;
    this.#order = order;

    const der = createPublicKey(key).export({ type: 'spki', format: 'der' });
    const bytes = Uint8Array.from(der) as DerEncodedPublicKey;
    this.#publicKey = { toDer: () => bytes, derKey: bytes };
  }

  getPublicKey(): PublicKey {
    return this.#publicKey;
  }

  async sign(blob: Uint8Array): Promise<Signature> {
    const signature = signWith('sha256', blob, { key: this.#key, dsaEncoding: 'ieee-p1363' });
    const s = BigInt(`0x${signature.toString('hex', 32)}`);
    // (r, n - s) is valid too. Some verifiers accept only the lower of the two.
    if (s > this.#order / 2n) {
      signature.write((this.#order - s).toString(16).padStart(64, '0'), 32, 'hex');
    }
    return Uint8Array.from(signature) as Signature;
  }
}
