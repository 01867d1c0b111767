import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readChunkSize } from './examples/in-process.js';

test('pic.md shows the example that this file runs', () => {
  const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
  const [, code] = /<!-- docs\/examples\/in-process\.ts -->\s*```ts\n([\s\S]*?)```/.exec(read('pic.md'))!;
  expect(code).toBe(read('examples/in-process.ts'));
});

test('the example of pic.md reads the chunk size', async () => {
  const wasm = fileURLToPath(new URL('../canister/wasm/upload.wasm', import.meta.url));
  expect(await readChunkSize(wasm)).toBe(1_800_000);
});
