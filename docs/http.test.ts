import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { Ed25519KeyIdentity } from '@icp-sdk/core/identity';
import { expect, test } from 'vitest';
import { startLiveCanister } from '../client/testing/live-canister.js';
import { tokenFor } from './examples/http-token.js';

const page = readFileSync(new URL('http.md', import.meta.url), 'utf8');
function blocksOf(language: string) {
  return [...page.matchAll(new RegExp('```' + language + '\\n([\\s\\S]*?)```', 'g'))].map(
    ([, text]) => text!,
  );
}

test('http.md shows the module that this test runs', () => {
  const module = readFileSync(new URL('examples/http-token.ts', import.meta.url), 'utf8');
  expect(blocksOf('ts')).toEqual([module]);
});

test('the curl examples upload a file and read it back', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'http-'));
  const live = await startLiveCanister();
  try {
    const identity = Ed25519KeyIdentity.generate(new Uint8Array(32).fill(3));
    const { capsule, token } = await tokenFor(identity, live.url, live.canister);
    // Plain HTTP goes to the canister that the host names.
    const { port } = new URL(live.url);
    const host = `http://${live.canister}.localhost:${port}`;
    const script = ['set -eu', ...blocksOf('sh')].join('\n');
    const env = { HOST: host, TOKEN: token, CAPSULE: capsule, NO_PROXY: '*', no_proxy: '*' };
    const { stdout } = await execa('bash', ['-c', script], { cwd: folder, env });
    for (const part of ['"session_id":"1"', '"progress":100', '"status":"paused"', '"asset_id":"memory_1"'])
      expect(stdout).toContain(part);
    expect(stdout).toMatch(/"deleted":true\}$/);
    const file = await readFile(join(folder, 'cat.png'));
    expect(await readFile(join(folder, 'part'))).toEqual(file.subarray(100, 200));
  } finally {
    await live.stop();
    await rm(folder, { recursive: true });
  }
});
