/** Tests chains of delegations and keys that agents do not create. */
import { type KeyObject, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { allows, authenticate, formatTime } from './authenticate.js';
import { concat, fromHex } from '../../certification/bytes.js';
import type { CanisterRequest, SignedDelegation } from './envelope.js';
import { domainSeparator } from '../../certification/hash-tree.js';
import { selfAuthenticating } from './principals.js';
import { hashOfMap } from './request-id.js';

const NOW_NS = 1_746_143_718_005_285_297n;
const OPTIONS = { nowNs: NOW_NS, rootKeyDer: new Uint8Array(133) };
const LATER_NS = NOW_NS + 1_000_000_000n;
const canister = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 1, 1);
const other = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 2, 1, 1);

interface Key {
  readonly der: Uint8Array;
  readonly privateKey: KeyObject;
}

function generate(): Key {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { der: new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })), privateKey };
}

function signed(key: Key, domain: string, hash: Uint8Array): Uint8Array {
  return sign(null, concat(domainSeparator(domain), hash), key.privateKey);
}

function delegate(from: Key, to: Key, fields: Partial<SignedDelegation> = {}): SignedDelegation {
  const { expiration = LATER_NS, targets } = fields;
  const hash = hashOfMap({ pubkey: to.der, expiration, targets });
  return { pubkey: to.der, expiration, targets, signature: signed(from, 'ic-request-auth-delegation', hash) };
}

function requestOf(
  owner: Uint8Array,
  signer: Key,
  delegations: readonly SignedDelegation[] = [],
): CanisterRequest {
  const requestId = new Uint8Array(32).fill(5);
  return {
    type: 'call',
    requestId,
    sender: selfAuthenticating(owner),
    ingressExpiry: LATER_NS,
    nonce: undefined,
    bytes: 100,
    canister,
    method: 'm',
    arg: new Uint8Array(0),
    authentication: { senderPubkey: owner, signature: signed(signer, 'ic-request', requestId), delegations },
  };
}

function refusal(request: CanisterRequest): string {
  try {
    authenticate(request, OPTIONS);
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
}

/** Creates `count` keys. Each key except the first is authorized by the one before. */
function chainOf(count: number): { keys: Key[]; delegations: SignedDelegation[] } {
  const keys = Array.from({ length: count }, generate);
  return { keys, delegations: keys.slice(1).map((key, index) => delegate(keys[index]!, key)) };
}

describe('a chain of delegations', () => {
  it('is accepted with 20 delegations and rejected with 21', () => {
    const { keys, delegations } = chainOf(22);
    const allowed = requestOf(keys[0]!.der, keys[20]!, delegations.slice(0, 20));
    expect(refusal(allowed)).toBe('accepted');
    expect(refusal(requestOf(keys[0]!.der, keys[21]!, delegations))).toMatch(
      /got 21 delegations, but at most 20 are allowed\.$/,
    );
  });

  it('is rejected if a key occurs twice', () => {
    const [a, b] = [generate(), generate()];
    expect(refusal(requestOf(a.der, a, [delegate(a, b), delegate(b, a)]))).toMatch(
      /contains at least one cycle/,
    );
  });

  it('is rejected unless every delegation is signed by the key before it', () => {
    const { keys, delegations } = chainOf(3);
    const [first, second] = delegations as [SignedDelegation, SignedDelegation];
    expect(refusal(requestOf(keys[0]!.der, keys[2]!, [first, second]))).toBe('accepted');
    expect(refusal(requestOf(keys[0]!.der, keys[2]!, [second]))).toMatch(
      /^Invalid delegation: Invalid basic signature/,
    );
    expect(refusal(requestOf(keys[0]!.der, keys[1]!, [first, second]))).toMatch(
      /^Invalid signature: Invalid basic signature/,
    );
    const longer = { ...first, expiration: first.expiration + 1n };
    expect(refusal(requestOf(keys[0]!.der, keys[2]!, [longer, second]))).toMatch(/^Invalid delegation: /);
  });

  it('allows only the canisters that every delegation names', () => {
    const [a, b, c] = [generate(), generate(), generate()];
    const both = delegate(a, b, { targets: [canister, other] });
    const targets = authenticate(
      requestOf(a.der, c, [both, delegate(b, c, { targets: [canister] })]),
      OPTIONS,
    );
    expect([allows(targets, canister), allows(targets, other)]).toEqual([true, false]);
    expect(refusal(requestOf(a.der, c, [both, delegate(b, c, { targets: [other] })]))).toMatch(
      /is not one of the delegation targets\.$/,
    );
    expect(refusal(requestOf(a.der, b, [delegate(a, b, { targets: [] })]))).toMatch(
      /is not one of the delegation targets\.$/,
    );
    const many = Array.from({ length: 1001 }, () => canister);
    expect(refusal(requestOf(a.der, b, [delegate(a, b, { targets: many })]))).toMatch(
      /at most 1000 targets per delegation, but got 1001/,
    );
  });

  it('expires with the first delegation that expires', () => {
    const [a, b] = [generate(), generate()];
    expect(refusal(requestOf(a.der, b, [delegate(a, b, { expiration: NOW_NS })]))).toBe('accepted');
    expect(refusal(requestOf(a.der, b, [delegate(a, b, { expiration: NOW_NS - 1n })]))).toBe(
      'Invalid delegation expiry: Specified sender delegation has expired:\n' +
        'Provided expiry:    2025-05-01 23:55:18.005285296 UTC\nLocal replica time: 2025-05-01 23:55:18.005285297 UTC',
    );
  });
});

describe('a signature', () => {
  const key = generate();
  it('is rejected unless it is the sender’s', () => {
    expect(refusal({ ...requestOf(key.der, key), sender: selfAuthenticating(generate().der) })).toMatch(
      /^The user id '.*' does not match the public key '302a/,
    );
  });

  it('of an unsupported scheme is rejected with the name of the scheme, and an unknown key as malformed', () => {
    const wrap = (oid: string): Uint8Array =>
      fromHex(`301a300c060a2b0601040183b84301${oid}030a0001020304050607`);
    expect(refusal(requestOf(wrap('01'), key))).toMatch(/WebAuthn \(COSE\) signatures are not supported/);
    expect(refusal(requestOf(Uint8Array.of(1, 2, 3), key))).toBe(
      'Invalid signature: Invalid public key: Malformed public key: 010203',
    );
    const offCurve = fromHex(`3059301306072a8648ce3d020106082a8648ce3d03010703420004${'11'.repeat(64)}`);
    expect(refusal(requestOf(offCurve, key))).toMatch(/Malformed EcdsaP256 public key/);
  });

  it('is rejected unless it has 64 bytes', () => {
    const request = requestOf(key.der, key);
    const authentication = { ...request.authentication!, signature: new Uint8Array(63) };
    expect(refusal({ ...request, authentication })).toMatch(/^Invalid signature: /);
  });
});

describe('formatTime', () => {
  it('shows 0, 3, 6, or 9 digits of a second', () => {
    expect(formatTime(0n)).toBe('1970-01-01 00:00:00 UTC');
    expect(formatTime(1_500_000_000n)).toBe('1970-01-01 00:00:01.500 UTC');
    expect(formatTime(1_000_500_000n)).toBe('1970-01-01 00:00:01.000500 UTC');
    expect(formatTime(1_000_000_005n)).toBe('1970-01-01 00:00:01.000000005 UTC');
    expect(formatTime((1n << 64n) - 1n)).toBe('2554-07-21 23:34:33.709551615 UTC');
  });
});
