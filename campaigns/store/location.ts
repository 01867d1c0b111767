/** Where the store of a project is. */
import { dirname, join, resolve } from 'node:path';
import { findConfig } from '../config/config.js';

/** Relative to the folder of the project: that of its configuration, or the working folder. */
export const STORE_FILE_DEFAULT = join('.upload-stress', 'findings.db');

/** Names the file of the store, for example in a folder that a CI service caches. */
export const STORE_VARIABLE = 'UPLOAD_STRESS_STORE';

export interface StoreLocation {
  /** Absolute. */
  readonly path: string;
  /** Whether the user named the file. If not, a campaign can do without it. */
  readonly isNamed: boolean;
}

/** @param named the path that the user gave, relative to the working folder */
export function storeLocation(
  named: string | undefined,
  {
    env = process.env,
    folder = process.cwd(),
  }: { readonly env?: Readonly<Record<string, string | undefined>>; readonly folder?: string } = {},
): StoreLocation {
  const variable = env[STORE_VARIABLE];
  const given = named ?? (variable === '' ? undefined : variable);
  if (given !== undefined) return { path: resolve(folder, given), isNamed: true };
  return { path: resolve(projectFolder(folder), STORE_FILE_DEFAULT), isNamed: false };
}

/** The folder of the nearest configuration in a folder or above it, or the folder itself. */
export function projectFolder(folder = process.cwd()): string {
  const config = findConfig(folder);
  return config === undefined ? folder : dirname(config);
}
