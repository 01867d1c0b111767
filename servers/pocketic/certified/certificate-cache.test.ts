/** How long a repeated query sees the same certificate. */
import { beforeEach, describe, expect, it } from 'vitest';
import { encodeArgument } from '../../../replicas/embedded/management-interface/candid-types.js';
import { compileWat } from '../../../replicas/embedded/testing/compile-wat.js';
import { ANONYMOUS, MANAGEMENT_CANISTER } from '../../../replicas/embedded/principals.js';
import { Principal } from '@icp-sdk/core/principal';
import { EngineBackend } from '../engine-backend.js';

const CANISTER = 'lxzze-o7777-77777-aaaaa-cai';
const SUBNET = 'qxw6a-xchhl-fytzl-qfagk-kuv6t-ye6xf-box4s-fiqod-vn2ex-qkp3q-5ae';
const MINUTE_NS = 60_000_000_000n;

const READ = `(call $copy (i32.const 64) (i32.const 0) (call $size))
  (call $append (i32.const 64) (call $size)) (call $reply)`;

function compileReader(): Promise<Uint8Array> {
  return compileWat(`(module
    (import "ic0" "msg_reply" (func $reply))
    (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
    (import "ic0" "time" (func $time (result i64)))
    (import "ic0" "canister_cycle_balance" (func $balance (result i64)))
    (import "ic0" "data_certificate_size" (func $size (result i32)))
    (import "ic0" "data_certificate_copy" (func $copy (param i32 i32 i32)))
    (memory 1)
    (func (export "canister_update touch") (call $reply))
    (func (export "canister_query read") ${READ})
    (func (export "canister_composite_query compose") ${READ})
    (func (export "canister_query read_with_time") (drop (call $time)) ${READ})
    (func (export "canister_query read_with_balance") (drop (call $balance)) ${READ}))`);
}

class Driver {
  readonly backend = new EngineBackend();

  async call(canister: string, method: string, arg: Uint8Array = new Uint8Array(0)): Promise<void> {
    const submitted = await this.backend.submit({ canister, method, arg, caller: ANONYMOUS }, SUBNET);
    if (submitted.kind !== 'accepted') throw new Error(JSON.stringify(submitted));
    await this.backend.tick();
  }

  /** Returns the certificate in hex. */
  async read(method: string, caller = ANONYMOUS): Promise<string> {
    const call = { canister: CANISTER, method, arg: new Uint8Array(0), caller };
    const outcome = await this.backend.query(call, SUBNET);
    if (outcome.kind === 'reject') throw new Error(outcome.text);
    return Buffer.from(outcome.bytes).toString('hex');
  }

  async wait(ns: bigint): Promise<void> {
    await this.backend.setTime((await this.backend.time()) + ns, false);
    await this.backend.tick();
  }
}

describe('the certificate of a repeated query', () => {
  let driver: Driver;
  beforeEach(async () => {
    driver = new Driver();
    await driver.call(
      MANAGEMENT_CANISTER,
      'provisional_create_canister_with_cycles',
      encodeArgument('provisional_create_canister_with_cycles', {
        amount: [],
        settings: [],
        specified_id: [],
        sender_canister_version: [],
      }),
    );
    const install = encodeArgument('install_code', {
      mode: { install: null },
      canister_id: Principal.fromText(CANISTER),
      wasm_module: await compileReader(),
      arg: new Uint8Array(0),
      sender_canister_version: [],
    });
    await driver.call(MANAGEMENT_CANISTER, 'install_code', install);
  });

  it.each(['read', 'compose'])(
    'of %s stays the same for a minute in which nothing changes',
    async (method) => {
      const first = await driver.read(method);
      await driver.backend.tick();
      expect(await driver.read(method)).toBe(first);
      await driver.wait(MINUTE_NS - 1n);
      expect(await driver.read(method)).toBe(first);
      await driver.wait(2n);
      const second = await driver.read(method);
      expect(second).not.toBe(first);
      await driver.backend.tick();
      expect(await driver.read(method)).toBe(second);
    },
  );

  it('is another one for another caller, and after the canister executed a message', async () => {
    const first = await driver.read('read');
    await driver.backend.tick();
    expect(await driver.read('read', CANISTER)).not.toBe(first);
    expect(await driver.read('read')).toBe(first);
    await driver.call(CANISTER, 'touch');
    expect(await driver.read('read')).not.toBe(first);
  });

  it('is another one after every round if the query reads the time', async () => {
    const first = await driver.read('read_with_time');
    expect(await driver.read('read_with_time')).toBe(first);
    await driver.backend.tick();
    expect(await driver.read('read_with_time')).not.toBe(first);
  });

  it('is another one when the balance changes, if the query reads it', async () => {
    const [first, plain] = [await driver.read('read_with_balance'), await driver.read('read')];
    await driver.backend.tick();
    expect(await driver.read('read_with_balance')).toBe(first);
    await driver.backend.addCycles(CANISTER, 1n);
    expect(await driver.read('read_with_balance')).not.toBe(first);
    expect(await driver.read('read')).toBe(plain);
  });
});
