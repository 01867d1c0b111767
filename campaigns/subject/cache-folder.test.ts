import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cacheFolder } from './cache-folder.js';
import { command } from '../../cli/testing/command.js';

describe('the cache of the command', () => {
  it('is where the system keeps caches', () => {
    expect(cacheFolder({ XDG_CACHE_HOME: '/c' }, 'linux', '/h')).toBe(join('/c', 'upload-stress'));
    expect(cacheFolder({ XDG_CACHE_HOME: '' }, 'linux', '/h')).toBe(join('/h', '.cache', 'upload-stress'));
    expect(cacheFolder({}, 'darwin', '/h')).toBe(join('/h', 'Library', 'Caches', 'upload-stress'));
  });

  it('holds the instrumented module after a run, and a run does without it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cache-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const diff = ['diff', '--replica-b', 'embedded', '--runs', '1'];
    expect((await command(diff, { XDG_CACHE_HOME: folder })).exitCode).toBe(0);
    const cached = () => readdirSync(join(folder, 'upload-stress'));
    expect(cached()).toHaveLength(1);
    expect(cached()[0]).toMatch(/^[0-9a-f]{64}\.v\d+\.module$/);
    // A file stands where the folder should be.
    const blocked = join(folder, 'upload-stress', cached()[0]!);
    expect((await command(diff, { XDG_CACHE_HOME: blocked })).exitCode).toBe(0);
  });
});
