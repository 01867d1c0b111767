import { Certificate } from '@icp-sdk/core/agent';
import { lebEncode } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { subnetKeyFromSeed } from './bls.js';
import { fromHex, utf8 } from '../../certification/bytes.js';
import { type CborValue, decodeCbor, encodeCbor } from '../../certification/cbor.js';
import { encodeCertificate, verifyCertificate } from './certificate.js';
import { EMPTY_HASH, labeledHash, rootHash } from '../../certification/hash-tree.js';
import { principalToBytes, selfAuthenticating } from './principals.js';
import { type StateNode, leaf, mapOf, nodeHash, witness } from './state-node.js';
import { agentExchanges } from './testing/agent-exchanges.js';
import { FAKE_CANISTER } from './testing/fake-backend.js';

const recordedRootKey = fromHex(
  agentExchanges.find(({ api, returned }) => api === 'fetchRootKey' && returned)?.returned as string,
);

const recorded = agentExchanges.flatMap(({ api, response_hex }) => {
  const body = response_hex === undefined ? undefined : decodeCbor(fromHex(response_hex));
  const certificate = body instanceof Map ? (body.get('certificate') as CborValue) : undefined;
  return certificate instanceof Uint8Array ? [{ api, certificate }] : [];
});

const key = subnetKeyFromSeed(utf8('a subnet'));
const canisterId = principalToBytes(FAKE_CANISTER);
const TIME_NS = 1_795_256_657_097_897_555n;

function certify(entries: readonly (readonly [Uint8Array, StateNode])[], signer = key): Uint8Array {
  const root = mapOf([...entries, [utf8('time'), leaf(lebEncode(TIME_NS))]]);
  return encodeCertificate(witness(root, [[]]), signer.signStateRoot(nodeHash(root)));
}

describe('verifyCertificate', () => {
  it('accepts every recorded certificate of a real server', () => {
    expect(recorded).toHaveLength(9);
    for (const { certificate } of recorded) {
      expect(verifyCertificate(certificate, { rootKeyDer: recordedRootKey })).toMatchObject({ ok: true });
    }
  });

  it('returns the time of a recorded certificate', () => {
    const [first] = recorded;
    expect(verifyCertificate(first!.certificate, { rootKeyDer: recordedRootKey })).toMatchObject({
      timeNs: 1_795_256_656_040_444_647n,
    });
  });

  it('accepts a certificate of this server, and so does the agent', async () => {
    const certificate = certify([[utf8('a'), leaf(utf8('b'))]]);
    expect(verifyCertificate(certificate, { rootKeyDer: key.publicKeyDer })).toMatchObject({ ok: true });
    const options = {
      certificate,
      rootKey: key.publicKeyDer,
      principal: { canisterId: Principal.fromText(FAKE_CANISTER) },
      disableTimeVerification: true,
    };
    await expect(Certificate.create(options)).resolves.toBeDefined();
  });

  it('rejects a certificate after any bit flip', () => {
    const { certificate } = recorded.at(-1)!;
    fc.assert(
      fc.property(fc.nat(certificate.length - 1), fc.nat(7), (index, bit) => {
        const tampered = certificate.slice();
        tampered[index]! ^= 1 << bit;
        const verification = verifyCertificate(tampered, { rootKeyDer: recordedRootKey });
        // Some bits change only the encoding: the tag, or the form of a length.
        const isSame = verification.ok && rootHash(verification.certificate.tree).length === 32;
        if (isSame)
          expect(encodeCbor(decodeCbor(tampered) as never)).toEqual(
            encodeCbor(decodeCbor(certificate) as never),
          );
        else expect(verification).toMatchObject({ ok: false });
      }),
      { numRuns: 40 },
    );
  });

  it('rejects a valid certificate with the wrong key or an invalid key', () => {
    const { certificate } = recorded[0]!;
    const refuse = (rootKeyDer: Uint8Array) => verifyCertificate(certificate, { rootKeyDer });
    expect(refuse(key.publicKeyDer)).toEqual({ ok: false, reason: 'wrong signature' });
    expect(refuse(recordedRootKey.subarray(1))).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/not a DER/) as string,
    });
    expect(refuse(new Uint8Array([...recordedRootKey.subarray(0, 37), ...new Uint8Array(96)]))).toMatchObject(
      { ok: false },
    );
  });

  it('rejects bytes that are not a certificate, with a reason', () => {
    const reason = (bytes: Uint8Array) => verifyCertificate(bytes, { rootKeyDer: key.publicKeyDer });
    expect(reason(new Uint8Array(0))).toMatchObject({
      ok: false,
      reason: 'EOF while parsing a value',
    });
    expect(reason(encodeCbor([]))).toMatchObject({ ok: false, reason: 'not a certificate' });
    expect(reason(encodeCbor({ tree: [9], signature: new Uint8Array(48) }))).toMatchObject({
      reason: 'not a hash tree',
    });
  });

  describe('a certificate with a delegation', () => {
    const subnet = subnetKeyFromSeed(utf8('another subnet'));
    const subnetId = selfAuthenticating(subnet.publicKeyDer);
    const delegation = (ranges: readonly (readonly Uint8Array[])[]): Uint8Array => {
      const facts = mapOf([
        [utf8('canister_ranges'), leaf(encodeCbor(ranges))],
        [utf8('public_key'), leaf(subnet.publicKeyDer)],
      ]);
      return certify([[utf8('subnet'), mapOf([[subnetId, facts]])]]);
    };
    const delegated = (certificate: Uint8Array): Uint8Array => {
      const inner = decodeCbor(certify([], subnet)) as ReadonlyMap<string, Uint8Array>;
      return encodeCbor({
        tree: inner.get('tree')!,
        signature: inner.get('signature')!,
        delegation: { subnet_id: subnetId, certificate },
      });
    };
    const verify = (certificate: Uint8Array) =>
      verifyCertificate(certificate, { rootKeyDer: key.publicKeyDer, canisterId });

    it('is accepted if the chain leads to the root key', () => {
      expect(verify(delegated(delegation([[canisterId, canisterId]])))).toMatchObject({ ok: true });
    });

    it('is rejected for a canister outside the ranges, a second level, or a signature of another subnet', () => {
      const outside = Uint8Array.of(0, 1);
      expect(verify(delegated(delegation([[outside, outside]])))).toMatchObject({
        reason: expect.stringMatching(/ranges/) as string,
      });
      const twice = delegated(delegated(delegation([[canisterId, canisterId]])));
      expect(verify(twice)).toMatchObject({ reason: 'delegation: more than one level' });
      expect(verify(certify([], subnet))).toMatchObject({ reason: 'wrong signature' });
    });
  });
});

describe('hash trees', () => {
  it('give the empty parts of a recorded state the recorded hashes', () => {
    // These are the pruned nodes next to `canister` and `request_status` in the recorded certificates.
    const prefix = (label: string) => Buffer.from(labeledHash(utf8(label), EMPTY_HASH)).toString('hex', 0, 8);
    expect(prefix('api_boundary_nodes')).toBe('267d108b825149c8');
    expect(prefix('streams')).toBe('eea66781c36ddbe0');
  });
});

describe('the subnet key', () => {
  it('depends only on its seed', () => {
    expect(subnetKeyFromSeed(utf8('a subnet')).publicKeyDer).toEqual(key.publicKeyDer);
    expect(subnetKeyFromSeed(utf8('b subnet')).publicKeyDer).not.toEqual(key.publicKeyDer);
  });
});
