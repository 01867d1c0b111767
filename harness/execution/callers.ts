/** The callers of schedules: caller i is the same principal in every schedule, on every replica and machine. */
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { Principal } from '@icp-sdk/core/principal';
import type { PrincipalText } from '../../replicas/replica.js';

/** PKCS #8 header of an Ed25519 private key of 32 bytes (RFC 8410, section 10.3). */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The 32 secret bytes of the caller's Ed25519 key. A replica that checks signatures creates the caller's identity from them. */
export function callerSecret(index: number): Uint8Array {
  return secretOf(`upload-stress caller ${index}`);
}

function secretOf(name: string): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(name).digest());
}

const principals: PrincipalText[] = [];

/** The self-authenticating principal of the caller's key. */
export function callerPrincipal(index: number): PrincipalText {
  return (principals[index] ??= makePrincipal(index));
}

let controller: PrincipalText | undefined;

/** The controller of the canisters under test, which is not one of the callers. */
export function controllerPrincipal(): PrincipalText {
  return (controller ??= principalOf(secretOf('upload-stress controller')));
}

function makePrincipal(index: number): PrincipalText {
  return principalOf(callerSecret(index));
}

function principalOf(secret: Uint8Array): PrincipalText {
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_ED25519, secret]),
    format: 'der',
    type: 'pkcs8',
  });
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return Principal.selfAuthenticating(Uint8Array.from(publicKey)).toText();
}
