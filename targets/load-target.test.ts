import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkTarget, loadTarget } from './load-target.js';
import { uploadTarget } from './upload.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'load-target-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function moduleFile(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const BODY = `{
  name: 'mine', operations: new Set(['begin', 'put', 'finish']), rules: new Set(['no-trap']), defaultChunkSize: 10,
  encodeInitArg: () => new Uint8Array(), encode: () => undefined, decode: () => ({ kind: 'done' }) }`;

describe('loadTarget', () => {
  it('loads TypeScript, ES, and CommonJS modules', async () => {
    const files = [
      moduleFile('a.ts', `const name: string = 'x'; void name;\nexport default ${BODY};`),
      moduleFile('b.mjs', `export default ${BODY};`),
      moduleFile('c.cjs', `module.exports = ${BODY};`),
    ];
    for (const file of files)
      expect(await loadTarget(file)).toMatchObject({ kind: 'target', target: { name: 'mine' } });
  });

  it('accepts the former names of rules', () => {
    const target = { ...uploadTarget, rules: new Set(['coverage']) };
    expect(checkTarget(target, 'x.ts')).toMatchObject({ kind: 'target' });
  });

  it('reports each wrong field in one line', () => {
    const broken = {
      ...uploadTarget,
      name: '',
      operations: new Set(['begin', 'upload']),
      encode: 3,
      defaultChunkSize: 0.5,
    };
    const loaded = checkTarget({ ...broken, decodeCapsule: undefined }, 'x.ts');
    expect(loaded.kind === 'unusable' && loaded.defects).toEqual([
      'target x.ts: name must not be empty',
      'target x.ts: operations has no operation "upload"; known: begin, put, finish, abort, pause, resume, status, readMeta, readChunk, readWhole, memory, readMemory, deleteMemory, cleanup, list, listMemories, stats, config',
      'target x.ts: operations lacks put, finish',
      'target x.ts: defaultChunkSize must be a number of bytes, 1 or more',
      'target x.ts: encode must be a function: (request) => { kind, method, arg } or undefined',
    ]);
    const unpaired = checkTarget({ ...uploadTarget, decodeCapsule: undefined }, 'x.ts');
    expect(unpaired.kind === 'unusable' && unpaired.defects).toEqual([
      'target x.ts: prepareCaller and decodeCapsule go together: define both or neither',
    ]);
  });

  it('reports a module that cannot be loaded', async () => {
    const defectOf = async (path: string) => {
      const loaded = await loadTarget(path);
      return loaded.kind === 'unusable' ? loaded.defects.join('|') : 'loaded';
    };
    expect(await defectOf(join(folder, 'none.ts'))).toMatch(/no such file/);
    expect(await defectOf(folder)).toMatch(/it is not a file/);
    expect(await defectOf(moduleFile('empty.ts', ''))).toMatch(/default export must be a Target/);
    expect(await defectOf(moduleFile('throws.mjs', `throw new Error('boom\\nsecond line')`))).toMatch(
      /cannot be loaded: boom$/,
    );
    expect(await defectOf(moduleFile('syntax.ts', 'export default {'))).toMatch(/cannot be loaded: [^\n]+$/);
  });

  it('accepts the built-in target', () => {
    expect(checkTarget(uploadTarget, 'upload')).toEqual({ kind: 'target', target: uploadTarget });
  });
});
