import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
  name: 'mine', operations: new Set(['begin', 'put', 'finish']), promises: { limits: { chunkSize: 10 } }, defaultChunkSize: 10,
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

  it('fills in the defaults of the shape', async () => {
    const loaded = await loadTarget(moduleFile('shape.mjs', `export default ${BODY};`));
    expect(loaded).toMatchObject({
      target: { shape: { session: 'server', address: 'index', read: 'chunks' } },
    });
  });

  it('reports each mistake in the shape and the promises in one line, with the allowed values', () => {
    const broken = {
      ...uploadTarget,
      rules: new Set(['no-trap']),
      shape: { session: 'both', begins: 'implied' },
      promises: { limits: { chunkSize: 'large' }, chunkOrder: 1, access: { put: 'all' }, keeps: true },
    };
    const loaded = checkTarget(broken, 'x.ts');
    expect(loaded.kind === 'unusable' && loaded.defects).toEqual([
      'target x.ts: rules is a field of earlier versions; state promises instead',
      'target x.ts: shape.session must be server, key, or name',
      'target x.ts: shape has no field begins; see docs/custom-target.md',
      'target x.ts: promises.limits.chunkSize must be a number, init, or client',
      'target x.ts: promises.chunkOrder must be any or ascending',
      'target x.ts: promises.access.put must be owner or anyone',
      'target x.ts: promises has no field keeps; see docs/custom-target.md',
    ]);
  });

  it('rejects a shape that needs what the target does not have', () => {
    const defectsOf = (target: object) => {
      const loaded = checkTarget(target, 'x.ts');
      return loaded.kind === 'unusable' ? loaded.defects : [];
    };
    const operations = new Set(['put'] as const);
    expect(defectsOf({ ...uploadTarget, operations })).toEqual([
      'target x.ts: operations lacks begin, finish',
    ]);
    expect(defectsOf({ ...uploadTarget, shape: { begin: 'implied' } })).toEqual([
      'target x.ts: shape.session must be key or name if begin is implied',
    ]);
    const shape = { session: 'key', begin: 'implied', finish: 'implied' };
    expect(defectsOf({ ...uploadTarget, operations, shape })).toEqual([]);
  });

  it('loads TypeScript that imports an ES module, in a package without a type', async () => {
    const library = join(folder, 'node_modules', 'esm-only');
    mkdirSync(library, { recursive: true });
    const exported = { name: 'esm-only', exports: { '.': { import: './index.mjs' } } };
    writeFileSync(join(library, 'package.json'), JSON.stringify(exported));
    writeFileSync(join(library, 'index.mjs'), 'export const size = 10;');
    moduleFile('part.ts', `import { size } from 'esm-only';\nexport const part: number = size;`);
    const target = `import { part } from './part.js';\nvoid part;\nexport default ${BODY};`;
    expect(await loadTarget(moduleFile('uses-esm.ts', target))).toMatchObject({ kind: 'target' });
  });

  it('reports each wrong field in one line', () => {
    const broken = {
      ...uploadTarget,
      name: '',
      operations: new Set(['begin', 'upload']),
      encode: 3,
      defaultChunkSize: 0.5,
    };
    const loaded = checkTarget(broken, 'x.ts');
    expect(loaded.kind === 'unusable' && loaded.defects).toEqual([
      'target x.ts: name must not be empty',
      'target x.ts: operations has no operation "upload"; known: begin, put, finish, abort, pause, resume, status, readMeta, readChunk, readWhole, memory, readMemory, deleteMemory, cleanup, listFiles, usage, list, listMemories, stats, config',
      'target x.ts: defaultChunkSize must be a number of bytes, 1 or more',
      'target x.ts: encode must be a function: (request) => { kind, method, arg } or undefined',
    ]);
    const unpaired = checkTarget({ ...uploadTarget, prepareCaller: undefined }, 'x.ts');
    expect(unpaired.kind === 'unusable' && unpaired.defects).toEqual([
      'target x.ts: prepareCaller must be defined, because decodeCapsule decodes its reply',
    ]);
  });

  it('resolves the modules of further canisters from the folder of the target', async () => {
    const canisters = `{ bucket: { wasm: 'bucket.wasm', faultsWasm: new URL('file:///faults.wasm') } }`;
    const file = moduleFile('roles.mjs', `export default { ...${BODY}, canisters: ${canisters} };`);
    const loaded = await loadTarget(file);
    expect(loaded.kind === 'target' && loaded.target.canisters).toEqual({
      bucket: { wasm: join(folder, 'bucket.wasm'), faultsWasm: new URL('file:///faults.wasm') },
    });
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
      /cannot be loaded: Error: boom, at /,
    );
    expect(await defectOf(moduleFile('syntax.ts', 'export default {'))).toMatch(/cannot be loaded: [^\n]+$/);
  });

  it('accepts the built-in target', () => {
    expect(checkTarget(uploadTarget, 'upload')).toEqual({ kind: 'target', target: uploadTarget });
  });
});
