import { generateKeyPairSync, verify, createPublicKey } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { developmentIdentity, identityFromPem, IdentityError, loadIdentity } from './identity.js';

const message = new TextEncoder().encode('\x0Aic-request and 32 bytes');

/** dfx 0.1x writes Ed25519 keys as PKCS#8 version 2, which contains the public key. OpenSSL cannot read it. */
function asDfx(): { pem: string; publicRaw: Buffer } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const seed = privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(-32);
  const publicRaw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const der = Buffer.concat([
    Buffer.from('3053020101300506032b657004220420', 'hex'),
    seed,
    Buffer.from('a123032100', 'hex'),
    publicRaw,
  ]);
  const base64 = der.toString('base64').replace(/.{64}/g, '$&\n');
  return { pem: `-----BEGIN PRIVATE KEY-----\n${base64}\n-----END PRIVATE KEY-----\n`, publicRaw };
}

describe('supported private keys', () => {
  test('include Ed25519 as dfx writes it', () => {
    const { pem, publicRaw } = asDfx();
    const der = identityFromPem(pem).getPublicKey().toDer();
    expect(Buffer.from(der).subarray(-32).equals(publicRaw)).toBe(true);
  });

  test('include Ed25519 as OpenSSL writes it, with valid signatures', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const identity = identityFromPem(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    expect(verify(null, message, publicKey, await identity.sign(message))).toBe(true);
  });

  test.each([
    ['secp256k1', 'sec1', 88],
    ['secp256k1', 'pkcs8', 88],
    ['P-256', 'sec1', 91],
    ['P-256', 'pkcs8', 91],
  ] as const)('%s in %s: 64-byte signatures with a low s', async (namedCurve, type, derLength) => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
    const key = privateKey.export({ type, format: 'pem' }).toString();
    const parameters = '-----BEGIN EC PARAMETERS-----\nBgUrgQQACg==\n-----END EC PARAMETERS-----\n';
    const identity = identityFromPem(type === 'sec1' ? parameters + key : key);
    const der = Buffer.from(identity.getPublicKey().toDer());
    expect(der).toHaveLength(derLength);
    expect(createPublicKey({ key: der, format: 'der', type: 'spki' }).equals(publicKey)).toBe(true);
    for (let round = 0; round < 8; round += 1) {
      const signature = await identity.sign(message);
      expect(signature).toHaveLength(64);
      expect(signature[32]!).toBeLessThan(0x80);
      expect(verify('sha256', message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
    }
    expect(identity.getPrincipal().toText()).toMatch(/^([a-z0-9]{5}-){10}[a-z0-9]{3}$/);
  });

  test('include a development key that is the same in every process', () => {
    expect(developmentIdentity().getPrincipal().toText()).toBe(developmentIdentity().getPrincipal().toText());
  });
});

describe('unsupported PEM files', () => {
  const says = (pem: string, words: RegExp): void => {
    expect(() => identityFromPem(pem)).toThrow(IdentityError);
    expect(() => identityFromPem(pem)).toThrow(words);
    expect(() => identityFromPem(pem)).toThrow(/use an unencrypted Ed25519, secp256k1 or P-256 private key/);
  };

  test('are refused if the key is encrypted', () => {
    const cipher = { cipher: 'aes-256-cbc', passphrase: 'secret' };
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    says(privateKey.export({ type: 'pkcs8', format: 'pem', ...cipher }).toString(), /encrypted/);
    says(privateKey.export({ type: 'sec1', format: 'pem', ...cipher }).toString(), /encrypted/);
  });

  test('are refused if they contain another kind of key, a public key, or no key', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
    says(rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), /of type rsa/);
    says(rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString(), /contains a PUBLIC KEY/);
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    says(p384.privateKey.export({ type: 'sec1', format: 'pem' }).toString(), /of type secp384r1/);
    says('hello', /no PEM block/);
    says('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', /cannot be read/);
  });

  test('are reported in one line if the file does not exist', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'identity-'));
    await expect(loadIdentity(join(folder, 'none.pem'))).rejects.toThrow(
      /^cannot read the identity .*none\.pem/,
    );
    await writeFile(join(folder, 'text.pem'), 'hello');
    await expect(loadIdentity(join(folder, 'text.pem'))).rejects.toThrow(/text\.pem: no PEM block/);
    await rm(folder, { recursive: true });
  });
});
