import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { referenceCanister } from 'canister-upload-stress';
import { describe, expect, it, vi } from 'vitest';
import { search, stillFails } from './library/find-lost-bytes.js';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

describe.each([
  ['library.md', 'library/find-lost-bytes.ts'],
  ['vitest.md', 'vitest/upload.test.ts'],
])('docs/%s', (page, example) => {
  it(`shows docs/examples/${example} as it is`, () => {
    const shown = new RegExp(`<!-- docs/examples/${example} -->\\s*\`\`\`ts\\n([\\s\\S]*?)\`\`\``).exec(
      read(`../${page}`),
    );
    expect(shown?.[1]).toBe(read(example));
  });
});

describe('the example of docs/library.md', () => {
  it('finds a seeded fault, saves it, and replays it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'library-example-'));
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    try {
      const faulty = referenceCanister('hash-in-arrival-order');
      const [path] = await search(faulty, folder);
      expect(path).toMatch(/\.json$/);
      expect(log.mock.calls.flat().join('\n')).toContain('put A[1]');
      expect(await stillFails(path!, faulty)).toBe(true);
      expect(await stillFails(path!, referenceCanister())).toBe(false);
    } finally {
      log.mockRestore();
      await rm(folder, { recursive: true });
    }
  });
});
