// The source files of the committed wasm files, and their hash.

import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const canisterDir = fileURLToPath(new URL('.', import.meta.url));

const FILES = ['Cargo.toml', 'Cargo.lock', 'build.mjs', 'build.rs', 'rust-toolchain.mjs', 'sources.mjs', 'upload.did'];

export function sha256Hex(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Lists the paths of all source files below `dir`, with forward slashes, in byte order. Excludes tests, which no wasm contains. */
export function listSources(dir = canisterDir) {
  const inSrc = readdirSync(join(dir, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.rs'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(dir.length).replaceAll('\\', '/'))
    .map((path) => path.replace(/^\//, ''))
    .filter((path) => !/(^|\/)tests(\.rs$|\/)/.test(path));
  return [...FILES, ...inSrc].sort();
}

/** Returns the SHA-256 over one line per source file: its hash, two spaces, its path. Line ends count as `\n`. */
export function hashSources(dir = canisterDir) {
  const lines = listSources(dir).map((path) => {
    const text = readFileSync(join(dir, path), 'utf8').replaceAll('\r\n', '\n');
    return `${sha256Hex(text)}  ${path}\n`;
  });
  return sha256Hex(lines.join(''));
}
