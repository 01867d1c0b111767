/**
 * The methods about threshold keys. A public key is answered at once. A signature is made by the consensus of the subnet, so its answer
 * waits for the next round.
 *
 * Source: interface specification, "IC method sign_with_ecdsa" and those after it; the texts and rounds are recorded: trace 15.
 */
import type { PrincipalText } from '../../replica.js';
import { cyclesText } from '../accounting/account-errors.js';
import { thresholdKeyFee } from '../accounting/prices.js';
import { ERROR, userError, type UserError } from '../errors.js';
import { respond } from '../execution/send.js';
import { blobToBytes, type CandidBlob, type CandidOption } from '../management-interface/arguments.js';
import { encodeResult, type ManagementMethod } from '../management-interface/candid-types.js';
import { schnorrKeyId } from '../management-interface/key-target.js';
import { COUNTS } from '../params.js';
import { MANAGEMENT_CANISTER, principalToBytes } from '../principals.js';
import { reply, type CallInput } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { ed25519PublicKey, signWithEd25519 } from '../threshold-keys/ed25519.js';
import { canisterPath, isHeldKey, keyIdToText, type KeyId } from '../threshold-keys/key-derivation.js';
import { secp256k1PublicKey, signWithBip340, signWithEcdsa } from '../threshold-keys/secp256k1.js';
import { encryptedVetKey, isTransportKey, vetKdPublicKey } from '../threshold-keys/vetkd.js';
import { failed, succeeded, type MethodOutcome, type SubnetCall, type SubnetMethods } from './method.js';

const MERKLE_ROOT_BYTES = 32;

export const KEY_METHODS: SubnetMethods = {
  ecdsa_public_key: ({ subnet, input, argument }) => {
    const missing = missingKey(subnet, { scheme: 'ecdsa', name: argument.key_id.name });
    if (missing) return failed(missing);
    const path = pathOf(input.caller, argument.derivation_path, argument.canister_id);
    const { publicKey, chainCode } = secp256k1PublicKey(argument.key_id.name, path);
    return succeeded({ public_key: publicKey, chain_code: chainCode });
  },

  schnorr_public_key: ({ subnet, input, argument }) => {
    const id = schnorrKeyId(argument.key_id);
    const missing = missingKey(subnet, id);
    if (missing) return failed(missing);
    const path = pathOf(input.caller, argument.derivation_path, argument.canister_id);
    const derive = id.scheme === 'ed25519' ? ed25519PublicKey : secp256k1PublicKey;
    const { publicKey, chainCode } = derive(id.name, path);
    return succeeded({ public_key: publicKey, chain_code: chainCode });
  },

  vetkd_public_key: ({ subnet, input, argument }) => {
    const missing = missingKey(subnet, { scheme: 'vetkd', name: argument.key_id.name });
    if (missing) return failed(missing);
    const canister = principalToBytes(argument.canister_id[0]?.toText() ?? input.caller);
    const context = blobToBytes(argument.context);
    return succeeded({ public_key: vetKdPublicKey(argument.key_id.name, { canister, context }) });
  },

  sign_with_ecdsa: (call) => {
    const { input, argument } = call;
    const id: KeyId = { scheme: 'ecdsa', name: argument.key_id.name };
    return requestSignature(call, id, () => ({
      signature: signWithEcdsa(
        id.name,
        pathOf(input.caller, argument.derivation_path),
        blobToBytes(argument.message_hash),
      ),
    }));
  },

  sign_with_schnorr: (call) => {
    const { argument } = call;
    const id = schnorrKeyId(argument.key_id);
    const root = argument.aux[0] && blobToBytes(argument.aux[0].bip341.merkle_root_hash);
    const invalid = auxViolation(id, root);
    return requestSignature(call, id, () => ({ signature: signSchnorr(call, id, root) }), invalid);
  },

  vetkd_derive_key: (call) => {
    const { input, argument } = call;
    const { name } = argument.key_id;
    const transportKey = blobToBytes(argument.transport_public_key);
    const invalid = isTransportKey(transportKey)
      ? undefined
      : userError(ERROR.canisterRejectedMessage, 'The provided transport public key is invalid.');
    const context = { canister: principalToBytes(input.caller), context: blobToBytes(argument.context) };
    const derive = () => ({
      encrypted_key: encryptedVetKey(name, context, blobToBytes(argument.input), transportKey),
    });
    return requestSignature(call, { scheme: 'vetkd', name }, derive, invalid);
  },
};

function signSchnorr(
  { input, argument }: SubnetCall<'sign_with_schnorr'>,
  { scheme, name }: KeyId,
  root: Uint8Array | undefined,
): Uint8Array {
  const path = pathOf(input.caller, argument.derivation_path);
  const message = blobToBytes(argument.message);
  return scheme === 'ed25519'
    ? signWithEd25519(name, path, message)
    : signWithBip340(name, path, message, root);
}

function auxViolation({ scheme }: KeyId, root: Uint8Array | undefined): UserError | undefined {
  if (root === undefined) return undefined;
  if (scheme === 'ed25519') {
    return userError(ERROR.canisterRejectedMessage, 'Schnorr algorithm Ed25519 does not support aux input');
  }
  const isValid = root.length === 0 || root.length === MERKLE_ROOT_BYTES;
  return isValid
    ? undefined
    : userError(ERROR.canisterRejectedMessage, 'Invalid aux field for Bip340Secp256k1');
}

function pathOf(
  caller: PrincipalText,
  elements: readonly CandidBlob[],
  canister: CandidOption<{ toText(): string }> = [],
): readonly Uint8Array[] {
  return canisterPath(principalToBytes(canister[0]?.toText() ?? caller), elements.map(blobToBytes));
}

function missingKey(subnet: Subnet, id: KeyId): UserError | undefined {
  if (subnet.identity.holdsThresholdKeys && isHeldKey(id.name)) return undefined;
  const text = `Subnet ${subnet.principal} does not hold threshold key ${keyIdToText(id)}.`;
  return userError(ERROR.canisterRejectedMessage, text);
}

/** Takes the fee and puts the request into the subnet's queue. `invalid` is an error of the argument. */
function requestSignature(
  { subnet, input }: SubnetCall,
  id: KeyId,
  sign: () => object,
  invalid?: UserError,
): MethodOutcome {
  const fee = signatureFee(subnet, input);
  const refusal =
    missingKey(subnet, id) ?? invalid ?? unpaidError(input, fee) ?? fullQueueError(subnet, input, id);
  if (refusal) return failed(refusal);
  subnet.signatureRequests.push({ input, key: keyIdToText(id), refund: input.cycles - fee, sign });
  return { kind: 'later' };
}

/** Canisters of the root subnet sign for nothing. */
function signatureFee({ network, profile }: Subnet, { caller }: CallInput): bigint {
  return network.route(caller) === network.root ? 0n : thresholdKeyFee(profile);
}

function unpaidError({ method, cycles }: CallInput, fee: bigint): UserError | undefined {
  if (cycles >= fee) return undefined;
  const text = `${method} request sent with ${cyclesText(cycles)} cycles, but ${cyclesText(fee)} cycles are required.`;
  return userError(ERROR.canisterRejectedMessage, text);
}

function fullQueueError(
  { signatureRequests }: Subnet,
  { method }: CallInput,
  id: KeyId,
): UserError | undefined {
  const key = keyIdToText(id);
  const waiting = signatureRequests.items.filter((request) => request.key === key).length;
  if (waiting < COUNTS.signatureRequestsMax) return undefined;
  const text = `${method} request failed: request queue for key ${key} is full.`;
  return userError(ERROR.canisterRejectedMessage, text);
}

/** Answers the requests for signatures that wait. */
export function answerSignatures(subnet: Subnet): void {
  if (subnet.signatureRequests.length === 0) return;
  const requests = subnet.signatureRequests.items;
  subnet.signatureRequests.clear();
  for (const { input, refund, sign } of requests) {
    const response = reply(encodeResult(input.method as ManagementMethod, sign()));
    respond(subnet, MANAGEMENT_CANISTER, input.origin, input.method, input.root, response, refund);
  }
}
