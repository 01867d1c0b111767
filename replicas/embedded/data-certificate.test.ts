/** The data certificate that a query of the replica port gets. */
import { describe, expect, it } from 'vitest';
import { decodeCertificate } from '../../servers/ic/certificate.js';
import { lookupValue } from '../../certification/hash-tree.js';
import { readLeb128, utf8 } from '../../certification/bytes.js';
import { principalToBytes } from './principals.js';
import { createTestDriver } from './testing/test-driver.js';

const CERTIFYING = `
  (import "ic0" "msg_reply" (func $reply))
  (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
  (import "ic0" "certified_data_set" (func $certify (param i32 i32)))
  (import "ic0" "data_certificate_present" (func $present (result i32)))
  (import "ic0" "data_certificate_size" (func $size (result i32)))
  (import "ic0" "data_certificate_copy" (func $copy (param i32 i32 i32)))
  (memory 1)
  (data (i32.const 0) "seal")
  (func (export "canister_update certify")
    (call $certify (i32.const 0) (i32.const 4))
    (i32.store (i32.const 16) (call $present))
    (call $append (i32.const 16) (i32.const 4))
    (call $reply))
  (func (export "canister_query certificate")
    (call $copy (i32.const 64) (i32.const 0) (call $size))
    (call $append (i32.const 64) (call $size))
    (call $reply))`;

describe('data certificate of a query', () => {
  it('shows the certified data of the canister and the time, and is absent in an update', async () => {
    const { replica, install, update, query } = createTestDriver();
    const canister = await install(CERTIFYING);
    expect(await update(canister, 'certify')).toMatchObject({ bytes: Uint8Array.of(0, 0, 0, 0) });
    const outcome = await query(canister, 'certificate');
    if (outcome.kind === 'reject') throw new Error(outcome.text);
    const { tree, signature, delegation } = decodeCertificate(outcome.bytes);
    const path = [utf8('canister'), principalToBytes(canister), utf8('certified_data')];
    expect(lookupValue(tree, path)).toEqual(utf8('seal'));
    expect(readLeb128(lookupValue(tree, [utf8('time')])!)).toBe(await replica.time());
    expect(signature).toHaveLength(48);
    expect(delegation).toBeUndefined();
  });
});
