/** The committed modules of `native/`, their manifests, and calls to them. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkCrate, crateNames } from './build.mjs';
import { NativeModule } from './native-module.js';

describe('the committed native modules', () => {
  it.each(crateNames())('%s was built from the committed sources', (name) => {
    expect(checkCrate(name)).toEqual([]);
  });

  it('have less than 2 MB together', () => {
    const sizes = crateNames().map(
      (name) => readFileSync(new URL(`wasm/${name}.wasm.br`, import.meta.url)).byteLength,
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(2_000_000);
  });
});

describe('NativeModule', () => {
  it('returns the status and the bytes of a function', () => {
    const decoder = new NativeModule('management-arguments');
    const { status, bytes } = decoder.call('decode', [Buffer.from('raw_rand'), Buffer.from('DIDL\0\0')], 8);
    expect([status, Buffer.from(bytes).toString()]).toEqual([0, 'DIDL\0\0']);
  });

  it('gets a new instance after a trap', () => {
    const decoder = new NativeModule('management-arguments');
    expect(() => decoder.call('decode', [Buffer.from('raw_rand')], 1_000)).toThrow(WebAssembly.RuntimeError);
    expect(decoder.call('decode', [Buffer.from('raw_rand'), Buffer.from('DIDL\0\0')], 8).status).toBe(0);
  });
});
