import { describe, expect, it } from 'vitest';
import { PRELUDE } from '../testing/module-text.js';
import { createTestDriver, NO_ARG } from '../testing/test-driver.js';
import { canisterArgument, callManagement, NO_SETTINGS } from '../testing/management-call.js';

describe('environment variables', () => {
  const READER = `(import "ic0" "env_var_count" (func $count (result i32)))
    (import "ic0" "env_var_name_size" (func $name_size (param i32) (result i32)))
    (import "ic0" "env_var_name_copy" (func $name_copy (param i32 i32 i32 i32)))
    (import "ic0" "env_var_name_exists" (func $exists (param i32 i32) (result i32)))
    (import "ic0" "env_var_value_size" (func $value_size (param i32 i32) (result i32)))
    (import "ic0" "env_var_value_copy" (func $value_copy (param i32 i32 i32 i32 i32)))
    ${PRELUDE}
    (func (export "canister_query count") (i32.store8 (i32.const 0) (call $count))
      (call $append (i32.const 0) (i32.const 1)) (call $reply))
    (func (export "canister_query name") (local $size i32) (local $index i32)
      (call $arg_copy (i32.const 0) (i32.const 0) (i32.const 1))
      (local.set $index (i32.load8_u (i32.const 0)))
      (local.set $size (call $name_size (local.get $index)))
      (call $name_copy (local.get $index) (i32.const 100) (i32.const 0) (local.get $size))
      (call $append (i32.const 100) (local.get $size)) (call $reply))
    (func (export "canister_query exists")
      (call $arg_copy (i32.const 0) (i32.const 0) (call $arg_size))
      (i32.store8 (i32.const 100) (call $exists (i32.const 0) (call $arg_size)))
      (call $append (i32.const 100) (i32.const 1)) (call $reply))
    (func (export "canister_query value") (local $size i32)
      (call $arg_copy (i32.const 0) (i32.const 0) (call $arg_size))
      (local.set $size (call $value_size (i32.const 0) (call $arg_size)))
      (call $value_copy (i32.const 0) (call $arg_size) (i32.const 300) (i32.const 0) (local.get $size))
      (call $append (i32.const 300) (local.get $size)) (call $reply))`;
  const bytes = (text: string) => new TextEncoder().encode(text);

  it('are sorted by name, readable by the canister, and limited in number and length', async () => {
    const driver = createTestDriver();
    const canister = await driver.install(READER);
    const set = (environment_variables: object[]) =>
      callManagement(
        driver,
        'update_settings',
        canisterArgument(canister, { settings: { ...NO_SETTINGS, environment_variables } }),
      );
    const ask = async (method: string, arg: Uint8Array = NO_ARG) => {
      const outcome = await driver.query(canister, method, arg);
      return outcome.kind === 'reply' ? Buffer.from(outcome.bytes).toString() : outcome.text;
    };
    expect(await ask('count')).toBe('\0');
    await set([
      [
        { name: 'b', value: 'two' },
        { name: 'a', value: 'one' },
      ],
    ]);
    expect(await ask('count')).toBe('\x02');
    expect([await ask('name', Uint8Array.of(0)), await ask('name', Uint8Array.of(1))]).toEqual(['a', 'b']);
    expect(await ask('value', bytes('b'))).toBe('two');
    expect([await ask('exists', bytes('a')), await ask('exists', bytes('c'))]).toEqual(['\x01', '\0']);
    expect(await ask('value', bytes('c'))).toContain('Environment variable c not found.');
    expect(await ask('name', Uint8Array.of(2))).toContain(
      'Environment variable index 2 is out of bounds. The number of environment variables is 2.',
    );
    const tooMany = Array.from({ length: 21 }, (_, i) => ({ name: `n${i}`, value: '' }));
    expect(await set([tooMany])).toMatchObject({ text: 'Too many environment variables: 21 (max: 20)' });
    expect(await set([[{ name: 'x'.repeat(129), value: '' }]])).toMatchObject({ errorCode: 'IC0408' });
  });
});
