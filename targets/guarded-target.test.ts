/** Mistakes of targets: each is one line that names the target, its function, and the request. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Outcome } from '../replicas/replica.js';
import { guardedTarget, TargetError } from './guarded-target.js';
import { loadTarget } from './load-target.js';
import type { Request, Target } from './target.js';
import { uploadTarget } from './upload.js';

const PUT: Request = {
  op: 'put',
  sessionId: '7',
  index: 2,
  offset: 200,
  data: Uint8Array.of(1, 2),
  file: { name: 'a', mimeType: '', bytes: 3, sha256: new Uint8Array(32), key: 'k', chunkCount: 1 },
};
const REPLY: Outcome = { kind: 'reply', bytes: new Uint8Array() };
const CALL = { kind: 'update', method: 'put', arg: new Uint8Array() } as const;

function targetWith(changes: Record<string, unknown>): Target {
  return guardedTarget({ ...uploadTarget, ...changes }, 'mine.ts');
}

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof TargetError) return error.message;
    throw error;
  }
  return 'no error';
}

describe('a guarded target', () => {
  it('behaves as the target itself if it is right', () => {
    const guarded = targetWith({});
    expect(guarded.encode(PUT)).toEqual(uploadTarget.encode(PUT));
    expect(guarded.decode(PUT, REPLY, CALL)).toMatchObject({ kind: 'undecodable' });
    expect(Object.keys(guarded).sort()).toEqual(Object.keys(uploadTarget).sort());
  });

  it('names the request, the error, and the line if encode throws', () => {
    const encode = (): never => {
      throw new RangeError('no such id');
    };
    expect(messageOf(() => targetWith({ encode }).encode(PUT))).toMatch(
      /^target mine\.ts: encode\(put, sessionId 7, index 2, offset 200\) throws RangeError: no such id, at .*guarded-target\.test\.ts:\d+:\d+$/,
    );
  });

  it.each([
    ['a promise', Promise.resolve({ kind: 'done' }), 'returns a promise; it must return the value at once'],
    ['a text', 'done', 'returns "done" instead of a result, an object with the field kind'],
    ['nothing', undefined, 'returns undefined instead of a result, an object with the field kind'],
    ['an unknown kind', { kind: 'fine' }, 'returns {"kind":"fine"}: kind is wrong'],
    ['a field of another type', { kind: 'begun', sessionId: 7 }, 'sessionId is wrong'],
    ['a chunk without bytes', { kind: 'chunk', data: 'abc' }, 'data must be a Uint8Array'],
  ])('rejects %s as a result', (_, result, text) => {
    const message = messageOf(() => targetWith({ decode: () => result }).decode(PUT, REPLY, CALL));
    expect(message).toMatch(/^target mine\.ts: decode\(put, /);
    expect(message).toContain(text);
    expect(message).not.toContain('\n');
  });

  it('accepts a result whose optional fields are undefined', () => {
    const decode = () => ({ kind: 'done', receipt: undefined });
    expect(targetWith({ decode }).decode(PUT, REPLY, CALL)).toEqual({ kind: 'done' });
  });

  it('rejects an encoded request without bytes', () => {
    const encode = () => ({ kind: 'update', method: 'put', arg: [1, 2] });
    expect(messageOf(() => targetWith({ encode }).encode(PUT))).toContain('arg must be a Uint8Array');
  });

  it('does not let the target end the program or print to stdout', () => {
    const printed: string[] = [];
    const spy = vi
      .spyOn(process.stderr, 'write')
      .mockImplementation((text) => printed.push(String(text)) > 0);
    const encode = () => {
      console.log('encoding', 1);
      process.exit(0);
    };
    const message = messageOf(() => targetWith({ encode }).encode(PUT));
    spy.mockRestore();
    expect(message).toContain('throws ExitError: it calls process.exit(0)');
    expect(printed).toEqual(['target: encoding 1\n']);
  });
});

describe('loading a target', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'guarded-target-'));
    mkdirSync(join(folder, 'commonjs'));
    writeFileSync(join(folder, 'commonjs', 'package.json'), '{}');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function defectOf(source: string, timeoutMs?: number): Promise<string> {
    const file = join(folder, 'target.mjs');
    writeFileSync(file, source);
    const loaded = await loadTarget(file, timeoutMs);
    return loaded.kind === 'unusable' ? loaded.defects[0].replace(file, 'FILE') : 'no defect';
  }

  it('reports a module that throws, ends the program, or never ends', async () => {
    expect(await defectOf("throw new TypeError('broken');")).toMatch(
      /^target FILE: it cannot be loaded: TypeError: broken, at .*target\.mjs:1:7$/,
    );
    expect(await defectOf('process.exit(0);')).toMatch(/it calls process\.exit\(0\), at .*target\.mjs:1:9$/);
    expect(await defectOf('await new Promise(() => {}); export default {};', 50)).toMatch(
      /its import does not end within 0\.05 s; does it loop, or await something that never comes\?$/,
    );
  });

  it('reports a module that loops', async () => {
    const file = join(folder, 'loop.mjs');
    // Each turn of the loop sleeps, which blocks the thread as much and leaves the processor to other tests.
    const sleep = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)';
    writeFileSync(file, `while (true) ${sleep};`);
    // In a process of its own, because a loop that is not ended would end this one.
    const load = `
      import { loadTarget } from ${JSON.stringify(new URL('load-target.ts', import.meta.url).href)};
      console.log((await loadTarget(${JSON.stringify(file)}, 2_000)).defects[0]);
      process.exit();`;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', load];
    const { stdout } = await execa(process.execPath, args, { reject: false });
    expect(stdout).toMatch(/its import does not end within 2 s; does it loop, or await/);
  });

  it('reports a getter that throws', async () => {
    const source = "export default { get name() { throw new Error('no name'); } };";
    expect(await defectOf(source)).toMatch(/^target FILE: reading its fields throws Error: no name, at /);
  });

  it('loads TypeScript with top-level await in a package of CommonJS modules', async () => {
    const file = join(folder, 'commonjs', 'target.ts');
    const source = `
      const name: string = await Promise.resolve('late');
      export default {
        name,
        operations: new Set(['begin', 'put', 'finish']),
        promises: { limits: { chunkSize: 1 } },
        defaultChunkSize: 1,
        encodeInitArg: () => new Uint8Array(),
        encode: () => undefined,
        decode: () => ({ kind: 'done' }),
      };`;
    writeFileSync(file, source);
    const loaded = await loadTarget(file);
    expect(loaded.kind === 'target' ? loaded.target.name : loaded.defects).toBe('late');
  });
});
