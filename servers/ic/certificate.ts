/** Encodes and decodes certificates, and verifies them, including delegations. */
import { subnetKeyFromDer, verifyStateRoot } from './bls.js';
import { compareBytes, readLeb128, utf8 } from '../../certification/bytes.js';
import { type CborValue, CborError, decodeCbor, encodeCbor, isCborMap } from '../../certification/cbor.js';
import { type HashTree, lookupValue, rootHash, toHashTree } from '../../certification/hash-tree.js';

export interface Certificate {
  readonly tree: HashTree;
  /** 48 bytes. */
  readonly signature: Uint8Array;
  /** Absent in certificates of the root subnet. */
  readonly delegation: Delegation | undefined;
}

/** By which the root subnet confirms the key of another subnet. */
export interface Delegation {
  readonly subnetId: Uint8Array;
  /** The encoded certificate of the root subnet. */
  readonly certificate: Uint8Array;
}

/** Returns the tagged CBOR of a certificate. Certificates of the root subnet have no delegation. */
export function encodeCertificate(
  tree: HashTree,
  signature: Uint8Array,
  delegation?: Delegation,
): Uint8Array {
  return encodeCbor({
    tree,
    signature,
    delegation: delegation && { subnet_id: delegation.subnetId, certificate: delegation.certificate },
  });
}

function bytesField(map: ReadonlyMap<CborValue, CborValue>, name: string): Uint8Array {
  const value = map.get(name);
  if (value instanceof Uint8Array) return value;
  throw new CborError(`missing field \`${name}\``);
}

/** Does not verify the certificate. @throws {CborError} if the bytes are not a certificate */
export function decodeCertificate(bytes: Uint8Array): Certificate {
  const map = decodeCbor(bytes);
  if (!isCborMap(map)) throw new CborError('not a certificate');
  const delegation = map.get('delegation');
  return {
    tree: toHashTree(map.get('tree')),
    signature: bytesField(map, 'signature'),
    delegation: isCborMap(delegation)
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
  /** The canister whose id must be in the ranges of the delegated subnet. Checked only if there is a delegation. */
  readonly canisterId?: Uint8Array;
}

export type Verification =
  | {
      readonly ok: true;
      readonly certificate: Certificate;
      /** Nanoseconds since 1970. */
      readonly timeNs: bigint;
    }
  | { readonly ok: false; readonly reason: string };

function refuse(reason: string): Verification {
  return { ok: false, reason };
}

/**
 * Checks the chain of signatures from the root key to `bytes` (IC interface spec, "Certificate"). The caller checks the age of the
 * certificate, which follows from `timeNs`. Never throws.
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
    return timeNs === undefined ? refuse('the certificate has no time') : { ok: true, certificate, timeNs };
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

/** Returns the DER key of the delegated subnet, or as a string why there is none. */
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

/** `ranges` is the leaf of the state tree: tagged CBOR of a list of inclusive pairs of canister ids. */
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
