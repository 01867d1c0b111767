import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
    expect(WebAssembly.Module.exports(compile(loaded).module).map(({ name }) => name)).toContain(
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
    const other = assemble('(module (func (export "canister_query only here")))');
    writeFileSync(path.replace(hash, sha256Hex(other)), whole);
    expect(loadInstrumentation(directory, sha256Hex(other))).toBeUndefined();
    expect(instrumentModule(other, { cacheDir: directory }).methods[0]!.name).toBe('only here');
    expect(loadInstrumentation(directory, sha256Hex(other))?.metadata.methods[0]!.name).toBe('only here');
  });

  it('returns the same module for the same bytes within a process', () => {
    expect(instrumentModule(uploaded)).toBe(instrumentModule(uploaded.slice()));
  });
});
