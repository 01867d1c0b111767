/** Temporary folders of tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A temporary folder; the caller removes it. For a `beforeAll`, which has no fixtures. */
export function createFolder(): string {
  return mkdtempSync(join(tmpdir(), 'upload-stress-'));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
