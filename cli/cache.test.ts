import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { command } from './testing/command.js';

it('caches the instrumented module, and works without a cache', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cache-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const diff = ['diff', '--replica-b', 'embedded', '--runs', '1', '--out', join(folder, 'out')];
  expect((await command(diff, { XDG_CACHE_HOME: folder })).exitCode).toBe(0);
  const cached = readdirSync(join(folder, 'upload-stress'));
  expect(cached).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.v\d+\.module$/)]);
  // A file is where the folder should be.
  const blocked = join(folder, 'upload-stress', cached[0] ?? '');
  expect((await command(diff, { XDG_CACHE_HOME: blocked })).exitCode).toBe(0);
});
