import { createHash } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1';
import { Principal } from '@icp-sdk/core/principal';
import { describe, expect, it } from 'vitest';
import { createEmbeddedReplica } from '../embedded-replica.js';
import { decodeResult, encodeArgument } from '../management-interface/candid-types.js';
import { bytesToPrincipal, canisterIdFromIndex } from '../principals.js';
import { defaultSubnet } from '../subnet-options.js';
import { answerBytes, ask, ASKING } from '../testing/asking-canister.js';
import { forwardArg } from '../testing/module-text.js';
import { compileWat } from '../testing/compile-wat.js';
import { createTestDriver, NO_ARG, USER, type TestDriver } from '../testing/test-driver.js';

const KEY = { curve: { secp256k1: null }, name: 'key_1' };
const HASH = new Uint8Array(createHash('sha256').update('a message').digest());
const signing = (name: string) => ({ message_hash: HASH, derivation_path: [], key_id: { ...KEY, name } });

function driverWithKeys() {
  return createTestDriver(
    createEmbeddedReplica({ subnets: [{ ...defaultSubnet(), holdsThresholdKeys: true }] }),
  );
}

/** Creates an asking canister on a second subnet, and returns its id. */
async function installOnSecondSubnet({ replica }: TestDriver): Promise<string> {
  const id = Uint8Array.from({ length: 29 }, (_, i) => (i === 28 ? 2 : 77));
  const { profile, publicKey } = defaultSubnet();
  replica.engine.createSubnet({ id, profile, publicKey, ranges: [{ first: 1n, last: 9n }] });
  const argument = { amount: [], settings: [], specified_id: [], sender_canister_version: [] };
  const method = 'provisional_create_canister_with_cycles';
  const submission = replica.engine.submitManagement(method, USER, argument, bytesToPrincipal(id));
  if (submission.kind !== 'accepted') throw new Error(submission.kind);
  replica.engine.deliver(submission.id);
  const canister = canisterIdFromIndex(1n);
  const wasm = await compileWat(`(module ${ASKING})`);
  expect(await replica.install({ canister, mode: 'install', wasm, arg: NO_ARG })).toMatchObject({
    kind: 'reply',
  });
  return canister;
}

async function publicKeyOf(driver: TestDriver, caller: string, canister?: string): Promise<Uint8Array> {
  const of = { canister_id: canister === undefined ? [] : [Principal.fromText(canister)] };
  const argument = { ...of, derivation_path: [], key_id: KEY };
  const bytes = answerBytes(await ask(driver, caller, 'ecdsa_public_key', argument));
  return (decodeResult('ecdsa_public_key', bytes) as { public_key: Uint8Array }).public_key;
}

describe('threshold keys', () => {
  it('sign for the canister whose public key they have', async () => {
    const driver = driverWithKeys();
    const canister = await driver.install(ASKING);
    const bytes = answerBytes(await ask(driver, canister, 'sign_with_ecdsa', signing('key_1'), 'pay'));
    const { signature } = decodeResult('sign_with_ecdsa', bytes) as { signature: Uint8Array };
    const key = await publicKeyOf(driver, canister);
    expect(secp256k1.verify(new Uint8Array(signature), HASH, new Uint8Array(key))).toBe(true);
  });

  it('are public and different for each canister', async () => {
    const driver = driverWithKeys();
    const [a, b] = [await driver.install(ASKING), await driver.install(ASKING)];
    const [own, other] = [await publicKeyOf(driver, a), await publicKeyOf(driver, b)];
    expect(other).not.toEqual(own);
    expect(await publicKeyOf(driver, a, b)).toEqual(other);
  });

  it('take a fee and return the rest, except on the root subnet', async () => {
    const driver = driverWithKeys();
    const root = await driver.install(ASKING);
    answerBytes(await ask(driver, root, 'sign_with_ecdsa', signing('key_1')));
    const canister = await installOnSecondSubnet(driver);
    expect(await ask(driver, canister, 'sign_with_ecdsa', signing('key_1'))).toEqual({
      code: 4,
      text: 'sign_with_ecdsa request sent with 0 cycles, but 10_000_000_000 cycles are required.',
    });
    const before = (await driver.replica.metrics(canister)).cycles;
    answerBytes(await ask(driver, canister, 'sign_with_ecdsa', signing('key_1'), 'pay'));
    const spent = before - (await driver.replica.metrics(canister)).cycles;
    expect(spent).toBeGreaterThan(10_000_000_000n);
    expect(spent).toBeLessThan(10_100_000_000n);
  });

  it('sign in the next round', async () => {
    const { replica, ...driver } = driverWithKeys();
    const canister = await driver.install(ASKING);
    const arg = forwardArg(
      'aaaaa-aa',
      'sign_with_ecdsa',
      encodeArgument('sign_with_ecdsa', signing('key_1')),
    );
    const id = await driver.submit(canister, 'pay', arg);
    const seen = [];
    for (let round = 0; round < 4; round++) {
      await replica.round();
      seen.push((await replica.poll(id)) !== undefined);
    }
    // The call, the request at the management canister, the signature, and the response.
    expect(seen).toEqual([false, false, false, true]);
  });

  it('that no subnet holds are named in the error', async () => {
    const driver = driverWithKeys();
    const canister = await driver.install(ASKING);
    expect(await ask(driver, canister, 'sign_with_ecdsa', signing('mine'), 'pay')).toMatchObject({
      code: 3,
      text: expect.stringContaining(
        'unknown or disabled threshold key: ecdsa:Secp256k1:mine, existing enabled keys: [',
      ) as string,
    });
    const without = createTestDriver();
    const poor = await without.install(ASKING);
    expect(await ask(without, poor, 'sign_with_ecdsa', signing('key_1'), 'pay')).toMatchObject({
      text: expect.stringContaining('existing enabled keys: []') as string,
    });
  });
});
