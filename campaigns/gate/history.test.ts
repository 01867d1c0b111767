import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { historyEntryOf } from '../../reports/documents/gate-report.js';
import { sampleGateHeld } from '../../reports/testing/sample-documents.js';
import { appendHistory, HISTORY_SHOWN_MAX, readHistory } from './history.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'history-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const entry = (commit: string) => historyEntryOf(sampleGateHeld(), commit);
const commits = async (path: string) => (await readHistory(path)).entries.map(({ commit }) => commit);

it('grows by a line for each gate, and only the last ones are shown', async () => {
  const path = join(folder, 'new', 'history.jsonl');
  expect(await readHistory(path)).toEqual({ entries: [], unreadable: 0 });
  for (let gate = 0; gate < HISTORY_SHOWN_MAX + 2; gate++) await appendHistory(path, entry(`${gate}`));
  expect(readFileSync(path, 'utf8').trimEnd().split('\n')).toHaveLength(HISTORY_SHOWN_MAX + 2);
  const shown = await commits(path);
  expect([shown.length, shown[0], shown.at(-1)]).toEqual([
    HISTORY_SHOWN_MAX,
    '2',
    `${HISTORY_SHOWN_MAX + 1}`,
  ]);
});

it('a line that was cut short is left out and told, and spoils no other', async () => {
  const path = join(folder, 'history.jsonl');
  await appendHistory(path, entry('a'));
  appendFileSync(path, JSON.stringify(entry('cut')).slice(0, 100));
  await appendHistory(path, entry('b'));
  appendFileSync(path, '{"formatVersion":9}\nnull\n\n');
  await appendHistory(path, entry('c'));
  expect(await commits(path)).toEqual(['a', 'b', 'c']);
  expect((await readHistory(path)).unreadable).toBe(3);
});

it('what cannot be read or written is one line', async () => {
  mkdirSync(join(folder, 'folder'));
  await expect(readHistory(join(folder, 'folder'))).rejects.toThrow(
    /^history .*folder: it is a folder; name a regular file$/,
  );
  writeFileSync(join(folder, 'file'), '');
  await expect(appendHistory(join(folder, 'file', 'x'), entry('a'))).rejects.toThrow(
    /^history .*: a part of/,
  );
});
