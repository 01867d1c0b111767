/**
 * Checks that a request is valid at a time, and for which canisters (IC interface spec, "Authentication").
 *
 * Source of the order of the checks, the limits, and the texts: the replica's rs/validator/src/ingress_validation.rs.
 */
import { equalBytes, toHex, concat } from '../../certification/bytes.js';
import type { Authentication, CanisterRequest, ReadStateRequest, SignedDelegation } from './envelope.js';
import { domainSeparator } from '../../certification/hash-tree.js';
import { HttpError } from '../http/reply.js';
import { ANONYMOUS, PRINCIPAL_BYTES_MAX, principalToText, selfAuthenticating } from './principals.js';
import { canisterKeyFromDer, canisterSignatureProblem } from './canister-signature.js';
import { parseUserKey, verifySignature } from './public-key.js';
import { hashOfMap } from './request-id.js';

const REQUEST_DOMAIN = domainSeparator('ic-request');
const DELEGATION_DOMAIN = domainSeparator('ic-request-auth-delegation');

const SECOND_NS = 1_000_000_000n;
/** MAX_INGRESS_TTL, rs/limits/src/lib.rs. */
export const INGRESS_TTL_NS = 300n * SECOND_NS;
/** PERMITTED_DRIFT_AT_VALIDATOR, rs/limits/src/lib.rs. */
const PERMITTED_DRIFT_NS = 30n * SECOND_NS;
const NONCE_BYTES_MAX = 32;
const DELEGATIONS_MAX = 20;
const TARGETS_MAX = 1_000;
const PATHS_MAX = 1_000;
const LABELS_PER_PATH_MAX = 127;

/** The canisters that a chain of delegations allows, as hex ids. `undefined` allows all. */
export type Targets = ReadonlySet<string> | undefined;

export function allows(targets: Targets, canister: Uint8Array): boolean {
  return targets === undefined || targets.has(toHex(canister));
}

function invalid(message: string): never {
  throw new HttpError(400, message);
}

/** Formats a time as Rust's chrono does: with 0, 3, 6, or 9 digits of a second, as many as it needs. */
export function formatTime(timeNs: bigint): string {
  const date = new Date(Number(timeNs / 1_000_000n));
  if (Number.isNaN(date.getTime())) return `${timeNs} ns since 1970`;
  const digits = (timeNs % SECOND_NS)
    .toString()
    .padStart(9, '0')
    .replace(/^0{9}$|(?:000){1,2}$/, '');
  return `${date.toISOString().slice(0, 19).replace('T', ' ')}${digits && `.${digits}`} UTC`;
}

export interface AuthenticateOptions {
  /** Nanoseconds since 1970. */
  readonly nowNs: bigint;
  /** The key of the root subnet, under which canister signatures are verified. DER, 133 bytes. */
  readonly rootKeyDer: Uint8Array;
}

/**
 * Returns the canisters for which the request is valid at this time.
 * @throws {HttpError} 400 if the request is not valid
 */
export function authenticate(
  request: CanisterRequest | ReadStateRequest,
  { nowNs, rootKeyDer }: AuthenticateOptions,
): Targets {
  if (request.type === 'read_state') checkPaths(request.paths);
  if (request.nonce && request.nonce.length > NONCE_BYTES_MAX) {
    invalid(
      `Nonce in request is too big: got ${request.nonce.length} bytes, but at most ${NONCE_BYTES_MAX} are allowed.`,
    );
  }
  const isAnonymous = principalToText(request.sender) === ANONYMOUS;
  if (request.type === 'call' || !isAnonymous || request.authentication)
    checkExpiry(request.ingressExpiry, nowNs);
  if (!request.authentication) {
    if (!isAnonymous) invalid(`Missing signature from user: ${principalToText(request.sender)}`);
    return undefined;
  }
  if (isAnonymous) invalid('Signature is not allowed for the anonymous user.');
  const targets = checkSignatures(request, request.authentication, { nowNs, rootKeyDer });
  if (request.type !== 'read_state' && !allows(targets, request.canister)) {
    invalid(`Canister '${principalToText(request.canister)}' is not one of the delegation targets.`);
  }
  return targets;
}

function checkPaths(paths: ReadStateRequest['paths']): void {
  if (paths.length > PATHS_MAX) {
    invalid(
      `Too many paths in read state request: got ${paths.length} paths, but at most ${PATHS_MAX} are allowed.`,
    );
  }
  const deep = paths.find((path) => path.length > LABELS_PER_PATH_MAX);
  if (deep) {
    invalid(
      `At least one path in read state request is too deep: got ${deep.length} labels, but at most ${LABELS_PER_PATH_MAX} are allowed.`,
    );
  }
}

function checkExpiry(expiry: bigint, nowNs: bigint): void {
  const latest = nowNs + INGRESS_TTL_NS + PERMITTED_DRIFT_NS;
  if (expiry >= nowNs && expiry <= latest) return;
  invalid(
    'Invalid request expiry: Specified ingress_expiry not within expected range: ' +
      `Minimum allowed expiry: ${formatTime(nowNs)}, Maximum allowed expiry: ${formatTime(latest)}, ` +
      `Provided expiry:        ${formatTime(expiry)}`,
  );
}

function checkSignatures(
  request: CanisterRequest | ReadStateRequest,
  { senderPubkey, signature, delegations }: Authentication,
  { nowNs, rootKeyDer }: AuthenticateOptions,
): Targets {
  if (!equalBytes(selfAuthenticating(senderPubkey), request.sender)) {
    invalid(
      `The user id '${principalToText(request.sender)}' does not match the public key '${toHex(senderPubkey)}'`,
    );
  }
  checkChain(senderPubkey, delegations, nowNs);
  let signer = senderPubkey;
  let targets: Targets;
  for (const delegation of delegations) {
    const message = concat(DELEGATION_DOMAIN, delegationHash(delegation));
    const problem = signatureProblem({ der: signer, message, signature: delegation.signature, rootKeyDer });
    if (problem !== undefined) invalid(`Invalid delegation: ${problem}`);
    targets = intersect(targets, delegation.targets);
    signer = delegation.pubkey;
  }
  const message = concat(REQUEST_DOMAIN, request.requestId);
  const problem = signatureProblem({ der: signer, message, signature, rootKeyDer });
  if (problem !== undefined) invalid(`Invalid signature: ${problem}`);
  return targets;
}

/** Checks everything in the chain of delegations except the signatures. */
function checkChain(senderPubkey: Uint8Array, delegations: readonly SignedDelegation[], nowNs: bigint): void {
  if (delegations.length > DELEGATIONS_MAX) {
    invalid(
      `Invalid delegation: Chain of delegations is too long: got ${delegations.length} delegations, but at most ${DELEGATIONS_MAX} are allowed.`,
    );
  }
  const seen = new Set([toHex(senderPubkey)]);
  for (const { pubkey, expiration, targets } of delegations) {
    if (expiration < nowNs) {
      invalid(
        `Invalid delegation expiry: Specified sender delegation has expired:\nProvided expiry:    ${formatTime(expiration)}\nLocal replica time: ${formatTime(nowNs)}`,
      );
    }
    const hex = toHex(pubkey);
    if (seen.has(hex)) {
      invalid(
        `Invalid delegation: Chain of delegations contains at least one cycle: first repeating public key encountered ${hex}`,
      );
    }
    seen.add(hex);
    if (targets && targets.length > TARGETS_MAX) {
      invalid(
        `Invalid delegation: Delegation target error: expected at most ${TARGETS_MAX} targets per delegation, but got ${targets.length}`,
      );
    }
    if (targets?.some((target) => target.length > PRINCIPAL_BYTES_MAX)) {
      invalid('Invalid delegation: Delegation target error: Error parsing canister ID: longer than 29 bytes');
    }
  }
}

function delegationHash({ pubkey, expiration, targets }: SignedDelegation): Uint8Array {
  return hashOfMap({ pubkey, expiration, targets });
}

function intersect(targets: Targets, more: readonly Uint8Array[] | undefined): Targets {
  if (!more) return targets;
  const hexes = more.map(toHex);
  return new Set(targets ? hexes.filter((hex) => targets.has(hex)) : hexes);
}

interface Signed {
  /** The key of the signer. */
  readonly der: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  readonly rootKeyDer: Uint8Array;
}

/** Returns why the signature is invalid, or `undefined` if it is valid. */
function signatureProblem({ der, message, signature, rootKeyDer }: Signed): string | undefined {
  const canisterKey = canisterKeyFromDer(der);
  if (canisterKey) {
    const problem = canisterSignatureProblem({ message, signature, key: canisterKey, rootKeyDer });
    return problem && `Invalid canister signature: ${problem}`;
  }
  const key = parseUserKey(der);
  if (key.kind === 'refused') return `Invalid public key: ${key.reason}`;
  if (verifySignature(key, message, signature)) return undefined;
  return `Invalid basic signature: ${key.scheme} signature could not be verified: public key ${toHex(der)}, signature ${toHex(signature)}, error: verification failed`;
}
