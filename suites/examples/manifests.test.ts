/** The committed modules of the examples, and `examples/build.mjs --check`. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../package-root.js';

const EXAMPLES = resolve(PACKAGE_ROOT, 'examples');

function check(examples: string, ...names: string[]) {
  const { status, stderr } = spawnSync(process.execPath, [join(examples, 'build.mjs'), '--check', ...names], {
    encoding: 'utf8',
  });
  return { status, lines: stderr.split('\n').filter((line) => line !== '') };
}

describe('the committed modules of the examples', () => {
  it('were built from the committed sources', () => {
    expect(check(EXAMPLES)).toEqual({ status: 0, lines: [] });
  });
});

describe('examples/build.mjs --check', () => {
  let copy: string;
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), 'examples-'));
    for (const name of ['build.mjs', 'motoko', 'motoko-keys']) {
      cpSync(join(EXAMPLES, name), join(copy, name), { recursive: true });
    }
  });
  afterEach(() => rmSync(copy, { recursive: true }));

  it('reports a module that differs from the manifest', () => {
    appendFileSync(join(copy, 'motoko-keys/wasm/motoko-keys.wasm.gz'), 'x');
    expect(check(copy)).toEqual({
      status: 1,
      lines: ['motoko-keys: motoko-keys.wasm.gz is not the file in the manifest'],
    });
  });

  it('reports a manifest that does not list a module', () => {
    cpSync(join(copy, 'motoko-keys/wasm/motoko-keys.wasm.gz'), join(copy, 'motoko-keys/wasm/other.wasm.gz'));
    expect(check(copy, 'motoko-keys')).toEqual({
      status: 1,
      lines: ['motoko-keys: the manifest does not list other.wasm.gz'],
    });
  });

  it.each(['motoko-keys/canister/Main.mo', 'motoko/Sha256.mo'])('reports a change of %s', (source) => {
    appendFileSync(join(copy, source), '// changed\n');
    expect(check(copy)).toEqual({
      status: 1,
      lines: [
        'motoko-keys: the sources have changed since the modules were built: run examples/build.mjs motoko-keys',
      ],
    });
  });

  it('rejects the name of an example that does not exist', () => {
    expect(check(copy, 'nothing')).toEqual({
      status: 2,
      lines: ['unknown example nothing: use motoko-keys'],
    });
  });
});
