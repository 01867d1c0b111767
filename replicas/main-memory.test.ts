import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { IDL } from '@dfinity/candid';
import { expect, it } from 'vitest';
import { keepsMainMemory, upgradeOption } from './main-memory.js';
import { encodeInstallCode } from './pocketic/management.js';

function file(mode: string): Uint8Array {
  return new Uint8Array(
    readFileSync(new URL(`./embedded/testing/motoko/keeper-${mode}.wasm.gz`, import.meta.url)),
  );
}
const enhanced = file('enhanced');
const KEEP = { upgrade: [{ skip_pre_upgrade: [], wasm_memory_persistence: [{ keep: null }] }] };

it('a module with enhanced orthogonal persistence keeps its main memory, gzipped or not', () => {
  expect(upgradeOption(enhanced)).toEqual(KEEP);
  expect(upgradeOption(new Uint8Array(gunzipSync(enhanced)))).toEqual(KEEP);
});

it('no other does, nor what is no module at all', () => {
  const whole = new Uint8Array(gunzipSync(enhanced));
  for (const wasm of [file('classical'), new Uint8Array(), Uint8Array.of(0x1f, 0x8b, 8), Uint8Array.of(1)]) {
    expect(keepsMainMemory(wasm)).toBe(false);
  }
  // Cut anywhere it is read to its end and no further.
  for (let length = 0; length < 3_000; length++) expect(keepsMainMemory(whole.slice(0, length))).toBe(false);
});

it('an upgrade on PocketIC asks for it, an install does not', () => {
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
  expect(modeOf('upgrade', file('classical'))).toEqual({ upgrade: [] });
  expect(modeOf('install', enhanced)).toEqual({ install: null });
});
