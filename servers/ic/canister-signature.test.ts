import { describe, expect, it } from 'vitest';
import { concat, utf8 } from '../../certification/bytes.js';
import { domainSeparator } from '../../certification/hash-tree.js';
import { authenticate } from './authenticate.js';
import { subnetKeyFromSeed } from './bls.js';
import { canisterKeyFromDer, canisterSignatureProblem } from './canister-signature.js';
import type { CanisterRequest } from './envelope.js';
import { selfAuthenticating } from './principals.js';
import { ROOT_KEY, SIGNER_ID, signAsCanister, signerKeyDer } from './testing/canister-signer.js';

const MESSAGE = utf8('a message');
const key = canisterKeyFromDer(signerKeyDer())!;
function problem(signature: Uint8Array, more: object = {}): string | undefined {
  const rootKeyDer = ROOT_KEY.publicKeyDer;
  return canisterSignatureProblem({ message: MESSAGE, signature, key, rootKeyDer, ...more });
}

describe('a canister signature', () => {
  it('is valid for its message, canister, seed, and root key only', () => {
    const signature = signAsCanister(MESSAGE);
    expect(problem(signature)).toBeUndefined();
    expect(problem(signature, { message: utf8('another message') })).toMatch(/doesn't contain sig\//);
    expect(problem(signature, { key: { ...key, seed: utf8('another seed') } })).toMatch(
      /doesn't contain sig/,
    );
    expect(problem(signature, { key: { ...key, canister: Uint8Array.of(1) } })).toMatch(
      /the certified data is not the hash of the tree/,
    );
    const otherRoot = subnetKeyFromSeed(Uint8Array.of(2)).publicKeyDer;
    expect(problem(signature, { rootKeyDer: otherRoot })).toMatch(/certificate verification failed: wrong/);
  });

  it('is invalid if the canister does not certify the tree', () => {
    expect(problem(signAsCanister(MESSAGE, new Uint8Array(32)))).toMatch(
      /the certified data is not the hash/,
    );
  });

  it('is invalid if it is not CBOR with the self-describe tag', () => {
    const signature = signAsCanister(MESSAGE);
    expect(problem(signature.slice(3))).toMatch(/self-describing tag/);
    expect(problem(signature.slice(0, 40))).toMatch(/failed to parse signature CBOR/);
  });

  it('authenticates a request', () => {
    const requestId = new Uint8Array(32).fill(5);
    const senderPubkey = signerKeyDer();
    const signature = signAsCanister(concat(domainSeparator('ic-request'), requestId));
    const request: CanisterRequest = {
      type: 'call',
      requestId,
      sender: selfAuthenticating(senderPubkey),
      ingressExpiry: 10n,
      nonce: undefined,
      bytes: 100,
      canister: SIGNER_ID,
      method: 'm',
      arg: new Uint8Array(0),
      authentication: { senderPubkey, signature, delegations: [] },
    };
    const options = { nowNs: 5n, rootKeyDer: ROOT_KEY.publicKeyDer };
    expect(authenticate(request, options)).toBeUndefined();
    expect(() => authenticate({ ...request, requestId: new Uint8Array(32) }, options)).toThrow(
      /^Invalid signature: Invalid canister signature: /,
    );
  });
});

describe('the key of a canister', () => {
  it('holds the id of the canister and the seed', () => {
    expect(key).toEqual({ canister: SIGNER_ID, seed: utf8('seed') });
  });

  it('is refused if it is damaged', () => {
    const der = signerKeyDer();
    for (let length = 0; length < der.length; length++) {
      expect(canisterKeyFromDer(der.slice(0, length))).toBeUndefined();
    }
    expect(canisterKeyFromDer(signerKeyDer(new Uint8Array(30)))).toBeUndefined();
    expect(canisterKeyFromDer(ROOT_KEY.publicKeyDer)).toBeUndefined();
  });
});
