import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { BUILT_IN_WASM } from '../campaigns/subject/subject.js';
import { instrument, sha256Hex } from '../replicas/embedded/wasm/instrument.js';
import { repeatFunctions } from './repeated-module.js';

it('a module of repeated functions is valid, large, and taken by the engine', () => {
  const wasm = Uint8Array.from(readFileSync(BUILT_IN_WASM));
  const large = repeatFunctions(wasm, 3_000_000);
  expect(large.length).toBeGreaterThan(3_000_000);
  expect(WebAssembly.validate(large as Uint8Array<ArrayBuffer>)).toBe(true);
  const { metadata } = instrument(large, sha256Hex(large));
  expect(metadata.functionCount).toBeGreaterThan(
    2 * instrument(wasm, sha256Hex(wasm)).metadata.functionCount,
  );
});
