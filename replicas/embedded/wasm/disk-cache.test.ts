import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadInstrumentation, storeInstrumentation } from './disk-cache.js';
import { instrumentModule } from './instrument-module.js';
import { compile, instrument, sha256Hex } from './instrument.js';
import { assemble } from './testing/assemble.js';

const uploaded = assemble(
  '(module (memory 1 2) (global (mut i64) (i64.const 1)) (data (i32.const 5) "data") (func $named (export "canister_query q")))',
  true,
);
const hash = sha256Hex(uploaded);

describe('the disk cache of instrumented modules', () => {
  let directory: string;
  beforeEach(() => {
    directory = join(mkdtempSync(join(tmpdir(), 'modules-')), 'created on demand');
  });
  afterEach(() => rmSync(join(directory, '..'), { recursive: true }));

  it('loads the stored instrumentation unchanged', () => {
    const instrumentation = instrument(uploaded, hash);
    storeInstrumentation(directory, instrumentation);
    const loaded = loadInstrumentation(directory, hash)!;
    expect(loaded.metadata).toEqual(instrumentation.metadata);
    expect(Buffer.compare(loaded.bytes, instrumentation.bytes)).toBe(0);
    expect(WebAssembly.Module.exports(compile(loaded, uploaded).module).map(({ name }) => name)).toContain(
      'canister_query q',
    );
  });

  it('ignores a damaged file and overwrites it', () => {
    storeInstrumentation(directory, instrument(uploaded, hash));
    const [name] = readdirSync(directory);
    const path = join(directory, name!);
    const whole = readFileSync(path);
    for (const damaged of [
      whole.subarray(0, 100),
      Buffer.alloc(0),
      Buffer.concat([whole, whole.subarray(0, 1)]),
    ]) {
      writeFileSync(path, damaged);
      expect(loadInstrumentation(directory, hash)).toBeUndefined();
    }
    // Large enough to be cached.
    const other = assemble(
      `(module (memory 2) (data (i32.const 0) "${'x'.repeat(65_536)}") (func (export "canister_query only here")))`,
    );
    writeFileSync(path.replace(hash, sha256Hex(other)), whole);
    expect(loadInstrumentation(directory, sha256Hex(other))).toBeUndefined();
    expect(instrumentModule(other, { cacheDir: directory }).methods[0]!.name).toBe('only here');
    expect(loadInstrumentation(directory, sha256Hex(other))?.metadata.methods[0]!.name).toBe('only here');
  });

  it('does not cache a small module, which is instrumented as fast as it is read', () => {
    instrumentModule(assemble('(module (func (export "canister_query small")))'), { cacheDir: directory });
    expect(existsSync(directory)).toBe(false);
  });

  it('keeps the 64 newest modules', () => {
    const instrumentation = instrument(uploaded, hash);
    const hashes = Array.from({ length: 70 }, (_, index) => index.toString(16).padStart(64, '0'));
    for (const [index, each] of hashes.entries()) {
      storeInstrumentation(directory, {
        ...instrumentation,
        metadata: { ...instrumentation.metadata, hash: each },
      });
      // Files that are written at the same time have the same age.
      const path = join(
        directory,
        readdirSync(directory).find((name) => name.startsWith(each))!,
      );
      utimesSync(path, index, index);
    }
    expect(hashes.filter((each) => loadInstrumentation(directory, each) !== undefined)).toEqual(
      hashes.slice(6),
    );
  });

  it('returns the same module for the same bytes within a process', () => {
    expect(instrumentModule(uploaded)).toBe(instrumentModule(uploaded.slice()));
  });
});
