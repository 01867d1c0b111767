import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeEnvironment } from './environment.js';
import { writeFakeServer } from './testing/fake-server.js';

const NO_SERVER = { env: { PATH: '' }, packageFolders: [] };

describe('describeEnvironment', () => {
  it('selects PocketIC for auto if its server is found', async () => {
    const binary = await writeFakeServer();
    const environment = await describeEnvironment({ ...NO_SERVER, env: { POCKET_IC_BIN: binary, PATH: '' } });
    expect(environment).toMatchObject({
      auto: 'pocketic',
      pocketic: { expected: '10.0.0', found: { source: 'POCKET_IC_BIN', path: binary, version: '10.0.0' } },
    });
  });

  it('selects the embedded engine for auto otherwise, and lists the searched places', async () => {
    const environment = await describeEnvironment(NO_SERVER);
    expect(environment.auto).toBe('embedded');
    expect(environment.pocketic.rejected.map(({ source }) => source)).toEqual([
      'POCKET_IC_BIN',
      '@dfinity/pic',
      'PATH',
      'PATH',
    ]);
  });

  it.each([
    ['20.18.3', false],
    ['18.20.0', false],
    ['20.19.0', true],
    ['22.0.0', true],
    ['24.1.0', true],
  ])('decides whether Node %s is supported (%s)', async (nodeVersion, ok) => {
    expect((await describeEnvironment({ ...NO_SERVER, nodeVersion })).node.ok).toBe(ok);
  });

  it('requires the Node version of package.json', async () => {
    const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      engines: { node: string };
    };
    expect(engines.node).toBe(`>=${(await describeEnvironment(NO_SERVER)).node.needed.split(' ')[0]}`);
  });
});
