/**
 * Canister signatures (IC interface spec, "Canister signatures"): a canister signs by certifying a hash tree that holds the hash of the
 * message below the hash of its seed.
 */
import { createHash } from 'node:crypto';
import { equalBytes, fromHex, utf8 } from '../../certification/bytes.js';
import { CborError, decodeCbor, isCborMap } from '../../certification/cbor.js';
import { lookup, lookupValue, rootHash, toHashTree, type HashTree } from '../../certification/hash-tree.js';
import { verifyCertificate } from './certificate.js';

export interface CanisterKey {
  readonly canister: Uint8Array;
  readonly seed: Uint8Array;
}

/** The object identifier 1.3.6.1.4.1.56387.1.2, as a DER sequence. */
const ALGORITHM = fromHex('300c060a2b0601040183b8430102');
const SEQUENCE = 0x30;
const BIT_STRING = 0x03;
const SELF_DESCRIBE_TAG = fromHex('d9d9f7');
const CANISTER_BYTES_MAX = 29;

/** Returns `undefined` if the key is not one of a canister. */
export function canisterKeyFromDer(der: Uint8Array): CanisterKey | undefined {
  const inner = derContent(der, SEQUENCE);
  if (!inner || !equalBytes(inner.subarray(0, ALGORITHM.length), ALGORITHM)) return undefined;
  const bits = derContent(inner.subarray(ALGORITHM.length), BIT_STRING);
  const [unused, length] = bits ?? [];
  if (!bits || unused !== 0 || length === undefined || length > CANISTER_BYTES_MAX) return undefined;
  const canister = bits.slice(2, 2 + length);
  return canister.length === length ? { canister, seed: bits.slice(2 + length) } : undefined;
}

/** Returns the content of a DER value that fills `der` exactly. */
function derContent(der: Uint8Array, tag: number): Uint8Array | undefined {
  const [found, first] = der;
  if (found !== tag || first === undefined) return undefined;
  const lengthBytes = first < 0x80 ? 0 : first - 0x80;
  const start = 2 + lengthBytes;
  const length =
    lengthBytes === 0 ? first : der.subarray(2, start).reduce((sum, byte) => sum * 256 + byte, 0);
  return start + length === der.length ? der.subarray(start) : undefined;
}

export interface SignedMessage {
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  readonly key: CanisterKey;
  /** DER, 133 bytes. */
  readonly rootKeyDer: Uint8Array;
}

/** Returns why the signature is invalid, or `undefined` if it is valid. Never throws. */
export function canisterSignatureProblem(signed: SignedMessage): string | undefined {
  try {
    return problemOf(signed);
  } catch (error) {
    if (error instanceof CborError) return `failed to parse signature CBOR: ${error.message}`;
    throw error;
  }
}

function problemOf({ message, signature, key, rootKeyDer }: SignedMessage): string | undefined {
  if (!equalBytes(signature.subarray(0, SELF_DESCRIBE_TAG.length), SELF_DESCRIBE_TAG))
    return "signature CBOR doesn't have a self-describing tag";
  const { certificate, tree } = decodeSignature(signature);
  const verified = verifyCertificate(certificate, { rootKeyDer, canisterId: key.canister });
  if (!verified.ok) return `certificate verification failed: ${verified.reason}`;
  const path = [utf8('canister'), key.canister, utf8('certified_data')];
  const certified = lookupValue(verified.certificate.tree, path);
  if (!certified || !equalBytes(certified, rootHash(tree)))
    return 'certificate verification failed: the certified data is not the hash of the tree';
  return pathProblem(tree, [sha256(key.seed), sha256(message)]);
}

function decodeSignature(signature: Uint8Array): {
  readonly certificate: Uint8Array;
  readonly tree: HashTree;
} {
  const map = decodeCbor(signature);
  if (!isCborMap(map)) throw new CborError('not a map');
  const certificate = map.get('certificate');
  if (!(certificate instanceof Uint8Array)) throw new CborError('missing field `certificate`');
  return { certificate, tree: toHashTree(map.get('tree')) };
}

function pathProblem(tree: HashTree, hashes: readonly Uint8Array[]): string | undefined {
  const found = lookup(tree, [utf8('sig'), ...hashes]);
  if (found.kind !== 'found') {
    const names = hashes.map((hash) => Buffer.from(hash).toString('hex'));
    return `the signature tree doesn't contain sig/${names.join('/')} path`;
  }
  return found.tree[0] === 3 && found.tree[1].length === 0
    ? undefined
    : 'The result of \'lookup_path\' in the signature tree was not a leaf containing ""';
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}
