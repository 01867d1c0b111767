import { readdirSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

const NOT_OURS = new Set(['node_modules', 'dist', 'target', '.git', '.cache', 'out', 'golden']);

/** Source files of the project, relative to its root; works without git (an unpacked archive). */
export function trackedFiles(extension: string, folder = projectRoot): string[] {
  return readdirSync(folder).flatMap((name) => {
    if (NOT_OURS.has(name)) return [];
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return trackedFiles(extension, path);
    return name.endsWith(`.${extension}`) ? [relative(projectRoot, path)] : [];
  });
}
