import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { gradient } from '../client/testing/pictures.js';
import { startLiveCanister } from '../client/testing/live-canister.js';
import { uploadPicture, writeThumb } from './examples/upload-a-picture.js';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

test('client.md shows the example that this test runs', () => {
  const shown = /<!-- docs\/examples\/upload-a-picture\.ts -->\s*```ts\n([\s\S]*?)```/.exec(
    read('client.md'),
  )?.[1];
  expect(shown).toBe(read('examples/upload-a-picture.ts'));
});

test('the example uploads a picture and writes a thumb', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'example-'));
  const live = await startLiveCanister();
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    const path = join(folder, 'cat.png');
    await writeFile(path, await gradient(600, 400).png().toBuffer());
    expect(await uploadPicture(path, live.url, live.canister)).toMatch(/^memory_\d+$/);
    expect(await writeThumb(path, join(folder, 'thumb.webp'))).toMatch(/^data:image\/webp;base64,/);
    expect(log.mock.calls.flat().join('\n')).toContain('A cat.png  [####################]  100 %');
  } finally {
    log.mockRestore();
    await live.stop();
    await rm(folder, { recursive: true });
  }
});
