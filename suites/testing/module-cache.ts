/**
 * Global setup of vitest: a new cache of instrumented modules for this run. Worker threads and commands share it, and no test depends on
 * what an earlier version of the engine left in the user's cache.
 */
import { createFolder, removeFolder } from './folders.js';

export default function setup(): () => void {
  const folder = createFolder();
  process.env['XDG_CACHE_HOME'] = folder;
  return () => removeFolder(folder);
}
