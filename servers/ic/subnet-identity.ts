/** The identity of the server: the subnet's key and id, and its nodes. All derive from one seed. */
import { createPrivateKey, createPublicKey, hkdfSync, sign } from 'node:crypto';
import { type SubnetKey, subnetKeyFromSeed } from './bls.js';
import { compareBytes, concat, fromHex, utf8 } from '../../certification/bytes.js';
import { domainSeparator } from '../../certification/hash-tree.js';
import { selfAuthenticating } from './principals.js';
import { type HashableMap, hashOfMap } from './request-id.js';

export interface SubnetNode {
  /** Self-authenticating id of the node's key, 29 bytes. */
  readonly id: Uint8Array;
  /** DER, Ed25519, 44 bytes. */
  readonly publicKeyDer: Uint8Array;
  /** Ed25519 over the response domain and the hash of the map, 64 bytes. */
  readonly signResponse: (response: HashableMap) => Uint8Array;
}

export interface SubnetIdentity {
  /** Self-authenticating id of the subnet's key, 29 bytes. */
  readonly id: Uint8Array;
  readonly key: SubnetKey;
  /** Ascending by id. The first node answers queries. */
  readonly nodes: readonly SubnetNode[];
}

/** Number of nodes of an application subnet (PocketIC 10.0.0, rs/pocket_ic_server/src/pocket_ic.rs). */
const SUBNET_SIZE = 13;
/** PKCS #8 before the 32-byte Ed25519 secret (RFC 8410). */
const ED25519_PKCS8_PREFIX = fromHex('302e020100300506032b657004220420');
const RESPONSE_DOMAIN = domainSeparator('ic-response');

/** `secret` is an Ed25519 secret key, 32 bytes. */
export function nodeFromSecret(secret: Uint8Array): SubnetNode {
  const der = Buffer.from(concat(ED25519_PKCS8_PREFIX, secret));
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKeyDer = new Uint8Array(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }));
  const signResponse = (response: HashableMap): Uint8Array =>
    sign(null, concat(RESPONSE_DOMAIN, hashOfMap(response)), privateKey);
  return { id: selfAuthenticating(publicKeyDer), publicKeyDer, signResponse };
}

/** The same seed (any length) gives the same keys and ids. */
export function createSubnetIdentity(seed: Uint8Array): SubnetIdentity {
  const key = subnetKeyFromSeed(seed);
  const nodes = Array.from({ length: SUBNET_SIZE }, (_, index) => {
    const secret = new Uint8Array(
      hkdfSync('sha256', seed, new Uint8Array(0), utf8(`ic node key ${index}`), 32),
    );
    return nodeFromSecret(secret);
  }).sort((a, b) => compareBytes(a.id, b.id));
  return { id: selfAuthenticating(key.publicKeyDer), key, nodes };
}
