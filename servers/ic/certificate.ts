/** Certificates: encoding, and the project's own verification of them, delegations included. */
import { subnetKeyFromDer, verifyStateRoot } from './bls.js';
import { compareBytes, readLeb128, utf8 } from './bytes.js';
import { type CborValue, CborError, decodeCbor, encodeCbor } from './cbor.js';
import { type HashTree, lookupValue, rootHash, toHashTree } from './hash-tree.js';

export interface Certificate {
  readonly tree: HashTree;
  /** 48 bytes. */
  readonly signature: Uint8Array;
  /** Absent in certificates of the root subnet. */
  readonly delegation: { readonly subnetId: Uint8Array; readonly certificate: Uint8Array } | undefined;
}

/** Tagged CBOR of a certificate without delegation: this server's subnet is its own root. */
export function encodeCertificate(tree: HashTree, signature: Uint8Array): Uint8Array {
  return encodeCbor({ tree, signature });
}

function bytesField(map: ReadonlyMap<CborValue, CborValue>, name: string): Uint8Array {
  const value = map.get(name);
  if (value instanceof Uint8Array) return value;
  throw new CborError(`missing field \`${name}\``);
}

/** Throws CborError for anything else than a certificate; verifies nothing. */
export function decodeCertificate(bytes: Uint8Array): Certificate {
  const map = decodeCbor(bytes);
  if (!(map instanceof Map)) throw new CborError('not a certificate');
  const delegation = map.get('delegation');
  return {
    tree: toHashTree(map.get('tree')),
    signature: bytesField(map, 'signature'),
    delegation:
      delegation instanceof Map
        ? {
            subnetId: bytesField(delegation, 'subnet_id'),
            certificate: bytesField(delegation, 'certificate'),
          }
        : undefined,
  };
}

export interface VerifyOptions {
  /** The root subnet's key, DER, 133 bytes. */
  readonly rootKeyDer: Uint8Array;
  /** With a delegation: the canister whose id must lie in the delegated subnet's ranges. */
  readonly canisterId?: Uint8Array;
}

export type Verification =
  | {
      readonly ok: true;
      readonly certificate: Certificate;
      /** Nanoseconds since 1970. */ readonly timeNs: bigint;
    }
  | { readonly ok: false; readonly reason: string };

const refuse = (reason: string): Verification => ({ ok: false, reason });

/**
 * Checks the signature chain from the root key down to `bytes` (IC interface spec, "Certificate"). The age of the
 * certificate is the caller's matter: `timeNs` says it. Never throws.
 */
export function verifyCertificate(bytes: Uint8Array, options: VerifyOptions): Verification {
  try {
    const certificate = decodeCertificate(bytes);
    const key = certificate.delegation ? delegatedKey(certificate.delegation, options) : options.rootKeyDer;
    if (typeof key === 'string') return refuse(key);
    const publicKey = subnetKeyFromDer(key);
    if (!publicKey) return refuse('the key is not a DER-encoded BLS12-381 key');
    if (!verifyStateRoot(publicKey, rootHash(certificate.tree), certificate.signature))
      return refuse('wrong signature');
    const time = lookupValue(certificate.tree, [utf8('time')]);
    const timeNs = time && readLeb128(time);
    return timeNs === undefined ? refuse('the certificate shows no time') : { ok: true, certificate, timeNs };
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

/** DER key of the delegated subnet, or why there is none. */
function delegatedKey(
  delegation: NonNullable<Certificate['delegation']>,
  { rootKeyDer, canisterId }: VerifyOptions,
): Uint8Array | string {
  const parent = verifyCertificate(delegation.certificate, { rootKeyDer });
  if (!parent.ok) return `delegation: ${parent.reason}`;
  if (parent.certificate.delegation) return 'delegation: more than one level';
  const below = (name: string): Uint8Array | undefined =>
    lookupValue(parent.certificate.tree, [utf8('subnet'), delegation.subnetId, utf8(name)]);
  const ranges = below('canister_ranges');
  if (canisterId && (!ranges || !inRanges(canisterId, ranges)))
    return 'delegation: the canister is not in the ranges';
  return below('public_key') ?? 'delegation: no public key of the subnet';
}

/** `ranges` is the leaf of the state tree: tagged CBOR, a list of inclusive pairs of canister ids. */
export function inRanges(canisterId: Uint8Array, ranges: Uint8Array): boolean {
  const list = decodeCbor(ranges);
  return (
    Array.isArray(list) &&
    list.some((range: CborValue) => {
      const [from, to] = Array.isArray(range) ? (range as readonly CborValue[]) : [];
      return (
        from instanceof Uint8Array &&
        to instanceof Uint8Array &&
        compareBytes(from, canisterId) <= 0 &&
        compareBytes(canisterId, to) <= 0
      );
    })
  );
}
