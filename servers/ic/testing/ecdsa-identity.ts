/** ECDSA identities, which `@icp-sdk/core/identity` lacks, with Node's crypto. */
import { type KeyObject, generateKeyPairSync, sign } from 'node:crypto';
import { type PublicKey, SignIdentity, type Signature } from '@icp-sdk/core/agent';

export class EcdsaIdentity extends SignIdentity {
  readonly #privateKey: KeyObject;
  readonly #der: Uint8Array;

  constructor(namedCurve: 'secp256k1' | 'prime256v1') {
    super();
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
    this.#privateKey = privateKey;
    this.#der = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }));
  }

  override getPublicKey(): PublicKey {
    return { toDer: () => this.#der };
  }

  override async sign(blob: Uint8Array): Promise<Signature> {
    const signature = sign('sha256', blob, { key: this.#privateKey, dsaEncoding: 'ieee-p1363' });
    return new Uint8Array(signature) as Signature;
  }
}
