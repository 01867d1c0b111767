import { describe, expect, it } from 'vitest';
import { utf8 } from '../../certification/bytes.js';
import { ROOT_KEY, signAsCanister, signerKeyDer } from '../ic/testing/canister-signer.js';
import { createInstance } from './testing/instance.js';

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const MESSAGE = utf8('a message');
const VALID = {
  msg: base64(MESSAGE),
  sig: base64(signAsCanister(MESSAGE)),
  pubkey: base64(signerKeyDer()),
  root_pubkey: base64(ROOT_KEY.publicKeyDer),
};

describe('POST /verify_signature', () => {
  it.each([
    ['a valid signature', VALID, 200, '{"Ok":null}'],
    [
      'the signature of another message',
      { ...VALID, msg: 'AAAA' },
      406,
      /Canister signature verification failed/,
    ],
    ['a key that is none', { ...VALID, pubkey: 'AAAA' }, 400, /Failed to parse DER encoded public key/],
    ['a root key that is none', { ...VALID, root_pubkey: 'AAAA' }, 400, /DER encoded root public key/],
    ['a field that is missing', { msg: '' }, 422, /missing field `sig`/],
  ])('answers %s', async (_what, body, status, text) => {
    const send = await createInstance();
    const answer = await send('POST', '/verify_signature', JSON.stringify(body));
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(text);
  });
});
