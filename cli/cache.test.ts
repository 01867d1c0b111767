import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { inProject } from '../suites/testing/fixtures.js';
import { command } from './testing/command.js';

it('caches the instrumented module, and works without a cache', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cache-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  // A process of its own, because it keeps a compiled module in memory too.
  const replay = ['replay', inProject('corpus/index-committed-later.json')];
  expect((await command(replay, { XDG_CACHE_HOME: folder })).exitCode).toBe(1);
  const cached = readdirSync(join(folder, 'upload-stress'));
  expect(cached).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.v\d+\.module$/)]);
  // A file is where the folder should be.
  const blocked = join(folder, 'upload-stress', cached[0] ?? '');
  expect((await command(replay, { XDG_CACHE_HOME: blocked })).exitCode).toBe(1);
});
