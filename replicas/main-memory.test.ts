import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { IDL } from '@icp-sdk/core/candid';
import { describe, expect, it } from 'vitest';
import { keepsMainMemory, upgradeOption } from './main-memory.js';
import { encodeInstallCode } from './pocketic/management.js';

function readModule(mode: 'classical' | 'enhanced'): Uint8Array {
  return new Uint8Array(
    readFileSync(new URL(`./embedded/testing/motoko/keeper-${mode}.wasm.gz`, import.meta.url)),
  );
}
const enhanced = readModule('enhanced');
const KEEP = { upgrade: [{ skip_pre_upgrade: [], wasm_memory_persistence: [{ keep: null }] }] };

describe('keepsMainMemory', () => {
  it('is true for a module with enhanced orthogonal persistence, gzipped or not', () => {
    expect(upgradeOption(enhanced)).toEqual(KEEP);
    expect(upgradeOption(new Uint8Array(gunzipSync(enhanced)))).toEqual(KEEP);
  });

  it('is false for other modules and for bytes that are not a module', () => {
    const whole = new Uint8Array(gunzipSync(enhanced));
    const others = [
      readModule('classical'),
      new Uint8Array(),
      Uint8Array.of(0x1f, 0x8b, 8),
      Uint8Array.of(1),
    ];
    for (const wasm of others) expect(keepsMainMemory(wasm)).toBe(false);
    // The reader never runs past the end of a truncated module.
    for (let length = 0; length < 3_000; length++)
      expect(keepsMainMemory(whole.slice(0, length))).toBe(false);
  });
});

describe('install_code on PocketIC', () => {
  it('keeps the main memory in upgrades of such modules and in no other installation', () => {
    const Mode = IDL.Variant({
      install: IDL.Null,
      upgrade: IDL.Opt(
        IDL.Record({ wasm_memory_persistence: IDL.Opt(IDL.Variant({ keep: IDL.Null, replace: IDL.Null })) }),
      ),
    });
    const modeOf = (mode: 'install' | 'upgrade', wasm: Uint8Array): unknown => {
      const arg = encodeInstallCode({ canister: 'aaaaa-aa', mode, wasm, arg: new Uint8Array() });
      return (IDL.decode([IDL.Record({ mode: Mode })], arg) as unknown as [{ mode: unknown }])[0].mode;
    };
    expect(modeOf('upgrade', enhanced)).toEqual({ upgrade: [{ wasm_memory_persistence: [{ keep: null }] }] });
    expect(modeOf('upgrade', readModule('classical'))).toEqual({ upgrade: [] });
    expect(modeOf('install', enhanced)).toEqual({ install: null });
  });
});
