import type { Terminal } from './terminal/terminal.js';

/** Prints the operations that were issued often and never succeeded. Returns whether there are any. */
export function reportNeverSucceeded(names: readonly string[], terminal: Terminal): boolean {
  if (names.length === 0) return false;
  terminal.line(
    `upload-stress: these operations never succeeded, so nothing is known about them: ${names.join(', ')}`,
  );
  return true;
}
