import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { profileShares } from './profile-shares.js';

let folder: string;
let url: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shares-'));
  const file = join(folder, 'chunk.js');
  url = pathToFileURL(file).href;
  // Line 0 is from the first source, and line 1 from the second one.
  const sources = ['../../harness/checkers/no-trap.ts', '../../targets/upload-replies.ts'];
  writeFileSync(`${file}.map`, JSON.stringify({ version: 3, sources, names: [], mappings: 'AAAA;ACAA' }));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Frame {
  readonly name?: string;
  readonly url?: string;
  readonly line?: number;
}

/** A profile with one sample of a millisecond in each frame. Each frame calls the next one. */
function chain(...frames: readonly Frame[]) {
  const nodes = frames.map(({ name = '', url: of = '', line = 0 }, index) => ({
    id: index + 1,
    callFrame: { functionName: name, scriptId: '0', url: of, lineNumber: line, columnNumber: 0 },
    ...(index + 1 < frames.length ? { children: [index + 2] } : {}),
  }));
  const samples = nodes.map(({ id }) => id);
  return { nodes, startTime: 0, endTime: 0, samples, timeDeltas: samples.map(() => 1_000) };
}

it('gives a sample to the part that owns the innermost frame of this project', () => {
  const shares = profileShares(
    chain({ name: '(root)' }, { url, line: 0 }, { name: 'sort' }, { url, line: 1 }, { url: 'wasm://wasm/1' }),
  );
  expect(new Map(shares.map(({ part, share }) => [part, share]))).toEqual(
    new Map([
      ['runtime, and libraries without a caller', 0.2],
      ['checkers', 0.4],
      ['decoding', 0.2],
      ["the canister's own code", 0.2],
    ]),
  );
});

it('counts garbage collection apart and leaves idle time out', () => {
  const shares = profileShares(chain({ url, line: 0 }, { name: '(garbage collector)' }, { name: '(idle)' }));
  expect(shares).toEqual([
    { part: 'checkers', share: 0.5 },
    { part: 'garbage collection', share: 0.5 },
  ]);
});
