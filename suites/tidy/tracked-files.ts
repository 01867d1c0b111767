import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { PACKAGE_ROOT } from '../../package-root.js';

const NOT_OURS = new Set(['node_modules', 'dist', 'target', '.git', '.cache', 'out', 'golden']);

/** Source files of the project, relative to its root; works without git (an unpacked archive). */
export function trackedFiles(extension: string, folder = PACKAGE_ROOT): string[] {
  return readdirSync(folder).flatMap((name) => {
    if (NOT_OURS.has(name)) return [];
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return trackedFiles(extension, path);
    return name.endsWith(`.${extension}`) ? [relative(PACKAGE_ROOT, path)] : [];
  });
}
