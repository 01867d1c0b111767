/** The decoder of arguments: the texts of errors are recorded, the verdicts are those of the network's library. */
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { describe, expect, it } from 'vitest';
import { canonicalArgument, canonicalRoute } from './argument-decoder.js';
import { decodeArgument, encodeArgument, MANAGEMENT_TYPES, type ManagementMethod } from './candid-types.js';

const CANISTER = Principal.fromText('lxzze-o7777-77777-aaaaa-cai');
const encode = (type: IDL.Type, value: unknown) => new Uint8Array(IDL.encode([type], [value]));
const CanisterId = IDL.Record({ canister_id: IDL.Principal });

describe('the decoder of arguments', () => {
  it.each([
    ['no bytes', new Uint8Array(), 'Cannot parse header : binary parser error: io error'],
    [
      'bytes that are not Candid',
      Buffer.from('no candid'),
      'Cannot parse header 6e6f2063616e646964: binary parser error: Unexpected bytes at byte offset 0',
    ],
    [
      'no value',
      new Uint8Array(IDL.encode([], [])),
      'No more values on the wire, the expected type record { canister_id : principal } is not opt, null, or reserved',
    ],
    [
      'a value of another type',
      encode(IDL.Text, 'text'),
      'Fail to decode argument 0 from text to record { canister_id : principal }: Subtyping error: Type mismatch at candid-0.10.17/src/de.rs:994',
    ],
    [
      'bytes after the value',
      Buffer.concat([encode(CanisterId, { canister_id: CANISTER }), Buffer.from([1])]),
      'Trailing value after finishing deserialization',
    ],
  ])("refuses %s with the network's text", (_, bytes, text) => {
    expect(() => canonicalArgument('canister_status', bytes)).toThrow(`Error decoding candid: ${text}`);
  });

  it.each([
    ['update_settings', 'controllers', 10],
    ['create_canister', 'controllers', 10],
  ] as const)('refuses a list in %s that is too long', (method, field, max) => {
    const settings = IDL.Record({ [field]: IDL.Opt(IDL.Vec(IDL.Principal)) });
    const [type, value] =
      method === 'create_canister'
        ? [IDL.Record({ settings: IDL.Opt(settings) }), (list: object) => ({ settings: [list] })]
        : [
            IDL.Record({ canister_id: IDL.Principal, settings }),
            (list: object) => ({ canister_id: CANISTER, settings: list }),
          ];
    const listOf = (count: number) => value({ [field]: [Array.from({ length: count }, () => CANISTER)] });
    expect(() => canonicalArgument(method, encode(type, listOf(max)))).not.toThrow();
    expect(() => canonicalArgument(method, encode(type, listOf(max + 1)))).toThrow(
      `The number of elements exceeds maximum allowed ${max}`,
    );
  });

  it('accepts fields that the argument does not have, and leaves them out', () => {
    const Longer = IDL.Record({ canister_id: IDL.Principal, more: IDL.Text });
    const bytes = canonicalArgument(
      'canister_status',
      encode(Longer, { canister_id: CANISTER, more: 'text' }),
    );
    expect(IDL.decode([IDL.Record({ canister_id: IDL.Principal })], bytes)).toEqual([
      { canister_id: CANISTER },
    ]);
  });

  it('stops at a type that is nested too deeply', () => {
    const depth = 100_000;
    const entries = Array.from({ length: depth }, (_, i) => [0x6e, ...leb(i + 1)]).flat();
    const bytes = Uint8Array.from([
      ...Buffer.from('DIDL'),
      ...leb(depth),
      ...entries,
      1,
      0,
      ...new Array<number>(depth).fill(1),
    ]);
    expect(() => canonicalArgument('canister_status', bytes)).toThrow('Error decoding candid');
  });

  it('knows every method of the interface', () => {
    for (const method of Object.keys(MANAGEMENT_TYPES)) {
      expect(() => canonicalArgument(method, new Uint8Array())).toThrow(
        /Cannot parse header|deserialization error/,
      );
    }
    expect(() => canonicalArgument('nope', new Uint8Array())).toThrow(TypeError);
  });

  it.each<[ManagementMethod, object]>([
    ['canister_status', { canister_id: CANISTER }],
    [
      'install_code',
      {
        mode: { upgrade: [{ skip_pre_upgrade: [true], wasm_memory_persistence: [{ keep: null }] }] },
        canister_id: CANISTER,
        wasm_module: new Uint8Array([1, 2, 3]),
        arg: new Uint8Array(),
        sender_canister_version: [7n],
      },
    ],
    [
      'upload_canister_snapshot_metadata',
      {
        canister_id: CANISTER,
        replace_snapshot: [],
        wasm_module_size: 1n,
        globals: [{ i32: -1 }, { i64: -2n }, { f32: 0.5 }, { f64: -0.25 }, { v128: 2n ** 127n }],
        wasm_memory_size: 2n,
        stable_memory_size: 3n,
        certified_data: new Uint8Array([4]),
        global_timer: [{ active: 5n }],
        on_low_wasm_memory_hook_status: [{ ready: null }],
      },
    ],
    [
      'sign_with_schnorr',
      {
        message: new Uint8Array([1]),
        derivation_path: [new Uint8Array([2]), new Uint8Array()],
        key_id: { algorithm: { ed25519: null }, name: 'key_1' },
        aux: [{ bip341: { merkle_root_hash: new Uint8Array(32) } }],
      },
    ],
  ])('returns the value of %s', (method, value) => {
    expect(decodeArgument(method, encodeArgument(method, value))).toEqual(value);
  });
});

function leb(value: number): number[] {
  const bytes = [];
  for (; value >= 0x80; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value];
}

describe('the decoder of routes', () => {
  it('reads the canister of a call', () => {
    const Longer = IDL.Record({ canister_id: IDL.Principal, more: IDL.Text });
    const bytes = canonicalRoute('any_method', encode(Longer, { canister_id: CANISTER, more: 'text' }));
    expect(IDL.decode([CanisterId], bytes)).toEqual([{ canister_id: CANISTER }]);
  });

  it('reads the id that a new canister gets', () => {
    const Creation = IDL.Record({ specified_id: IDL.Opt(IDL.Principal), amount: IDL.Opt(IDL.Nat) });
    const bytes = canonicalRoute(
      'provisional_create_canister_with_cycles',
      encode(Creation, { specified_id: [CANISTER], amount: [] }),
    );
    expect(IDL.decode([Creation], bytes)).toEqual([{ specified_id: [CANISTER], amount: [] }]);
  });

  // Recorded: trace 07, exchange 408.
  it('describes an error in detail', () => {
    expect(() => canonicalRoute('canister_status', encode(IDL.Text, 'a'))).toThrow(
      /^Error decoding candid: Custom\(input: 4449444c000171_0161\n/,
    );
  });
});
