import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cacheFolder } from './cache-folder.js';

it('the cache is in the folder for caches of the operating system', () => {
  expect(cacheFolder({ XDG_CACHE_HOME: '/c' }, 'linux', '/h')).toBe(join('/c', 'upload-stress'));
  expect(cacheFolder({ XDG_CACHE_HOME: '' }, 'linux', '/h')).toBe(join('/h', '.cache', 'upload-stress'));
  expect(cacheFolder({}, 'darwin', '/h')).toBe(join('/h', 'Library', 'Caches', 'upload-stress'));
});
