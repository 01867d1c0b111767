/**
 * Global setup of vitest: a new cache of instrumented modules for this run. Worker threads and commands share it, and no test depends on
 * what an earlier version of the engine left in the user's cache. Commands that find something record it in a store of this run.
 */
import { join } from 'node:path';
import { createFolder, removeFolder } from './folders.js';

export default function setup(): () => void {
  const folder = createFolder();
  process.env['XDG_CACHE_HOME'] = folder;
  process.env['UPLOAD_STRESS_STORE'] = join(folder, 'findings.db');
  return () => removeFolder(folder);
}
