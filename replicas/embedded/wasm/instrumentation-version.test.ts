/** A cache of an earlier version must not serve a module that this version would instrument differently. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileMemoryCanister } from '../testing/memory-canister.js';
import { compileTwoWidthCanister } from '../testing/two-width-canister.js';
import { INSTRUMENTATION_VERSION } from './disk-cache.js';
import { instrument, sha256Hex } from './instrument.js';
import { assemble } from './testing/assemble.js';
import { programs, programToText } from './testing/programs.js';

/** Programs of each width: enough to contain every instruction that the generator knows. */
const PROGRAMS = 40;

async function modules(): Promise<Uint8Array[]> {
  const generated = [false, true].flatMap((isWasm64) =>
    fc
      .sample(programs(isWasm64), { seed: 1, numRuns: PROGRAMS })
      .map((program) => assemble(programToText(program))),
  );
  return [
    ...generated,
    await compileMemoryCanister(),
    await compileTwoWidthCanister('wasm32'),
    await compileTwoWidthCanister('wasm64'),
  ];
}

function plain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Map || value instanceof Set) return [...value];
  return ArrayBuffer.isView(value)
    ? [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)]
    : value;
}

it('names the version of what the instrumentation emits', async () => {
  const digest = createHash('sha256');
  for (const module of await modules()) {
    for (const hasCoverage of [false, true]) {
      const { bytes, metadata } = instrument(module, sha256Hex(module), hasCoverage);
      digest.update(bytes).update(JSON.stringify(metadata, plain));
    }
  }
  // If the digest changes, increase the version and record both. If only the modules of this test have changed, record the digest.
  expect({ version: INSTRUMENTATION_VERSION, digest: digest.digest('hex') }).toEqual({
    version: 7,
    digest: '8a249ca076a8134aa4cc7a68fbfbaf8b6d4f3b49c25dac41086214f171687587',
  });
});
