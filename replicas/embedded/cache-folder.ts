/** The folder of the cache of instrumented modules. */
import { homedir } from 'node:os';
import { join } from 'node:path';

const NAME = 'upload-stress';

/** `$XDG_CACHE_HOME/upload-stress`, or the folder for caches of the operating system. It may be missing or not writable. */
export function cacheFolder(env = process.env, platform = process.platform, home = homedir()): string {
  const xdg = env['XDG_CACHE_HOME'];
  if (xdg !== undefined && xdg !== '') return join(xdg, NAME);
  if (platform === 'darwin') return join(home, 'Library', 'Caches', NAME);
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), NAME, 'Cache');
  return join(home, '.cache', NAME);
}
