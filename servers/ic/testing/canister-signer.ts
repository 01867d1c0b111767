/** Signs messages as a canister does, with a root key of the test. */
import { createHash } from 'node:crypto';
import { concat, fromHex, utf8 } from '../../../certification/bytes.js';
import { encodeCbor } from '../../../certification/cbor.js';
import { subnetKeyFromSeed } from '../bls.js';
import { encodeCertificate } from '../certificate.js';
import { leaf, mapOf, nodeHash, witness } from '../state-node.js';

export const ROOT_KEY = subnetKeyFromSeed(Uint8Array.of(1));
export const SIGNER_ID = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 9, 1, 1);
const SEED = utf8('seed');

/** The public key of the canister in DER. */
export function signerKeyDer(canister: Uint8Array = SIGNER_ID): Uint8Array {
  const bits = concat(Uint8Array.of(0, canister.length), canister, SEED);
  const inner = concat(fromHex('300c060a2b0601040183b8430102'), Uint8Array.of(0x03, bits.length), bits);
  return concat(Uint8Array.of(0x30, inner.length), inner);
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

/** `certified` replaces the certified data of the canister. */
export function signAsCanister(message: Uint8Array, certified?: Uint8Array): Uint8Array {
  const path = [utf8('sig'), sha256(SEED), sha256(message)] as const;
  const messages = mapOf([[path[2], leaf(new Uint8Array(0))]]);
  const tree = mapOf([[path[0], mapOf([[path[1], messages]])]]);
  const data = certified ?? nodeHash(tree);
  const state = mapOf([
    [utf8('canister'), mapOf([[SIGNER_ID, mapOf([[utf8('certified_data'), leaf(data)]])]])],
    [utf8('time'), leaf(Uint8Array.of(5))],
  ]);
  const certificate = encodeCertificate(witness(state, [[]]), ROOT_KEY.signStateRoot(nodeHash(state)));
  return encodeCbor({ certificate, tree: witness(tree, [path]) });
}
