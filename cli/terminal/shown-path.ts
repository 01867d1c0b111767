import { relative } from 'node:path';

/** A path as the user would type it: relative to the working folder. */
export function shownPath(path: string): string {
  return relative(process.cwd(), path) || '.';
}
