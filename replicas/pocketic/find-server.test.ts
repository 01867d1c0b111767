import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeRejected, findServer } from './find-server.js';
import { writeFakeServer } from './testing/fake-server.js';

const NOWHERE = { packageFolders: [], versionTimeoutMs: 30_000 };

describe('findServer', () => {
  it('searches POCKET_IC_BIN first, then the package folder, then PATH', async () => {
    const chosen = await writeFakeServer();
    const packaged = await writeFakeServer();
    const onPath = await writeFakeServer('listen', { name: 'pocket-ic-server' });
    const env = { POCKET_IC_BIN: chosen, PATH: path.dirname(onPath) };
    const packageFolders = [path.dirname(packaged)];
    expect((await findServer({ env, packageFolders })).found).toEqual({
      source: 'POCKET_IC_BIN',
      path: chosen,
      version: '10.0.0',
    });
    delete (env as { POCKET_IC_BIN?: string }).POCKET_IC_BIN;
    expect((await findServer({ env, packageFolders })).found?.path).toBe(packaged);
    const last = await findServer({ env, packageFolders: [] });
    expect(last.found).toMatchObject({ source: 'PATH', path: onPath });
    expect(describeRejected(last.rejected)).toEqual([
      'POCKET_IC_BIN: not set',
      '@dfinity/pic: the package is not installed',
      'PATH: no pocket-ic on PATH',
    ]);
  });

  it.each([
    [
      'a missing file',
      async () => path.join(path.dirname(await writeFakeServer()), 'absent', 'pocket-ic'),
      /^missing$/,
    ],
    [
      'a wrong name',
      () => writeFakeServer('listen', { name: 'pocket-ic-x86_64-linux' }),
      /^wrong name "pocket-ic-x86_64-linux": /,
    ],
    [
      'a file that is not executable',
      () => writeFakeServer('listen', { mode: 0o644 }),
      /^not executable \(chmod \+x /,
    ],
    [
      'a binary that hangs on --version',
      () => writeFakeServer('slow-version'),
      /^did not answer --version within 300 ms$/,
    ],
    [
      'a binary of another program',
      () => writeFakeServer('no-version'),
      /^--version printed no version: "hello"$/,
    ],
  ])('rejects %s with a reason', async (_what, make, reason) => {
    const search = await findServer({
      ...NOWHERE,
      env: { POCKET_IC_BIN: await make(), PATH: '' },
      versionTimeoutMs: reason.source.includes('300') ? 300 : 30_000,
    });
    expect(search.found).toBeUndefined();
    expect(search.rejected[0]?.reason).toMatch(reason);
  });

  it('rejects a folder with the right name', async () => {
    const folder = path.join(path.dirname(await writeFakeServer()), 'x', 'pocket-ic');
    await mkdir(folder, { recursive: true });
    const search = await findServer({ ...NOWHERE, env: { POCKET_IC_BIN: folder } });
    expect(search.rejected[0]).toMatchObject({ source: 'POCKET_IC_BIN', path: folder, reason: 'not a file' });
  });

  it('continues after an unusable POCKET_IC_BIN and reports it', async () => {
    const good = await writeFakeServer();
    const search = await findServer({
      env: { POCKET_IC_BIN: '/absent/pocket-ic', PATH: '' },
      packageFolders: [path.dirname(good)],
    });
    expect(search.found?.source).toBe('@dfinity/pic');
    expect(search.rejected).toEqual([
      { source: 'POCKET_IC_BIN', path: '/absent/pocket-ic', reason: 'missing' },
    ]);
  });
});
