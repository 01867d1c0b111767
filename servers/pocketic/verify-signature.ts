/** Verifies a canister signature for a client (`POST /verify_signature`). */
import { jsonReply, type HttpReply } from '../http/reply.js';
import { subnetKeyFromDer } from '../ic/bls.js';
import { canisterKeyFromDer, canisterSignatureProblem } from '../ic/canister-signature.js';
import { record } from './json/compound-shapes.js';
import { base64 } from './json/shapes.js';
import { readBody, type Body } from './read-body.js';

const VerifyCanisterSigArg = record('RawVerifyCanisterSigArg', {
  msg: base64,
  sig: base64,
  pubkey: base64,
  root_pubkey: base64,
});

/** 200 for a valid signature, 406 for an invalid one, 400 for a key that is none. */
export function verifySignature(body: Body): HttpReply {
  const { msg, sig, pubkey, root_pubkey } = readBody(VerifyCanisterSigArg, body);
  const key = canisterKeyFromDer(pubkey);
  if (!key) return failed(400, 'Failed to parse DER encoded public key: it is not the key of a canister');
  if (!subnetKeyFromDer(root_pubkey))
    return failed(400, 'Failed to parse DER encoded root public key: it is not the key of a subnet');
  const problem = canisterSignatureProblem({
    message: msg,
    signature: sig,
    key,
    rootKeyDer: root_pubkey,
  });
  if (problem === undefined) return jsonReply('{"Ok":null}');
  return failed(406, `Canister signature verification failed: ${problem}`);
}

function failed(status: number, reason: string): HttpReply {
  return jsonReply(JSON.stringify({ Err: reason }), status);
}
