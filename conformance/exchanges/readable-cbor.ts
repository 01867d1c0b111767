/** Decodes a CBOR body into JSON as it stands in a trace: bytes as `0x…`, and a certificate as its leaves by path. */
import { decodeCbor, isCborMap, type CborValue } from '../../certification/cbor.js';

/** Longer bytes stand as their length. */
const HEX_BYTES_MAX = 600;

export function readableCborBody(body: Uint8Array): unknown {
  try {
    return readable(decodeCbor(body), '');
  } catch (error) {
    return { undecodable: (error as Error).message };
  }
}

function readable(value: CborValue, name: string): unknown {
  if (value instanceof Uint8Array) {
    if (name === 'certificate') return readableCertificate(value);
    return value.length <= HEX_BYTES_MAX ? hex(value) : { length: value.length };
  }
  if (isCborMap(value)) {
    return Object.fromEntries(
      [...value].map(([key, entry]) => [keyText(key), readable(entry, keyText(key))] as const),
    );
  }
  if (Array.isArray(value)) return value.map((entry) => readable(entry as CborValue, name));
  return value;
}

/** Keys of the interface are texts. */
function keyText(key: CborValue): string {
  return typeof key === 'string' ? key : JSON.stringify(key);
}

const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`;

function readableCertificate(bytes: Uint8Array): unknown {
  const certificate = decodeCbor(bytes);
  if (!isCborMap(certificate)) throw new Error('the certificate is not a map');
  const signature = certificate.get('signature');
  const delegation = certificate.get('delegation');
  return {
    tree: readableTree(certificate.get('tree')),
    signature: signature instanceof Uint8Array ? hex(signature) : null,
    ...(delegation !== undefined && { delegation: readable(delegation, 'delegation') }),
  };
}

/** The nodes of a hash tree (interface specification, "Certificate"). */
const NODE = { empty: 0, fork: 1, labeled: 2, leaf: 3 };

function readableTree(tree: CborValue): unknown {
  const leaves: Record<string, string> = {};
  let cut = 0;
  const walk = (node: CborValue, path: string): void => {
    if (!Array.isArray(node)) throw new Error('the certificate has a malformed tree');
    const [kind, left, right] = node as readonly CborValue[];
    if (kind === NODE.empty) leaves[path] = 'empty';
    else if (kind === NODE.leaf && left instanceof Uint8Array) leaves[path] = hex(left);
    else if (kind === NODE.fork) {
      walk(left, path);
      walk(right, path);
    } else if (kind === NODE.labeled && left instanceof Uint8Array) walk(right, `${path}/${labelText(left)}`);
    else cut += 1;
  };
  walk(tree, '');
  return { leaves, cut };
}

function labelText(label: Uint8Array): string {
  const text = Buffer.from(label).toString('latin1');
  return /^[\x20-\x7e]+$/.test(text) ? text : hex(label);
}
