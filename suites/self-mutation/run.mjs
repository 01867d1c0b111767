#!/usr/bin/env node
// Mutates a sample of this project's own TypeScript with StrykerJS, and runs the tests of the mutated rooms:
// `node suites/self-mutation/run.mjs [--seed N] [--windows N] [--rooms A,B] [--list]`. A window is 20 lines of a file. The same seed draws
// the same windows, and a larger number contains the smaller one. `--list` prints them and runs nothing.
// Exit code: that of StrykerJS; 1 if a test file did not load; 2 for a wrong option.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { env, execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import options from './stryker.config.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ROOMS = [
  'model',
  'harness/checkers',
  'harness/relations',
  'harness/minimise',
  'harness/ledger',
  'replicas/embedded/accounting',
];
const WINDOW_LINES = 20;

/** All windows, as StrykerJS writes them: `file:first-last`. */
function allWindows(rooms) {
  const files = rooms.flatMap((room) =>
    readdirSync(join(ROOT, room))
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => `${room}/${name}`),
  );
  return files.flatMap((file) => {
    const lines = readFileSync(join(ROOT, file), 'utf8').split('\n').length;
    const count = Math.ceil(lines / WINDOW_LINES);
    return Array.from({ length: count }, (_, place) => {
      const first = place * WINDOW_LINES + 1;
      return `${file}:${first}-${Math.min(lines, first + WINDOW_LINES - 1)}`;
    });
  });
}

function sampleOf(windows, seed, count) {
  const rank = (window) => createHash('sha256').update(`${seed} ${window}`).digest('hex');
  const ranked = windows.map((window) => ({ window, rank: rank(window) }));
  return ranked
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, count)
    .map(({ window }) => window);
}

function numberOf(name, text) {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`--${name} ${text}: give a whole number`);
}

function roomsOf(text) {
  const rooms = text === undefined ? ROOMS : text.split(',');
  const unknown = rooms.find((room) => !ROOMS.includes(room));
  if (unknown !== undefined) throw new Error(`--rooms ${unknown}: the rooms are ${ROOMS.join(', ')}`);
  return rooms;
}

function main() {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      windows: { type: 'string', default: '12' },
      rooms: { type: 'string' },
      list: { type: 'boolean', default: false },
    },
  });
  const rooms = roomsOf(values.rooms);
  const windows = sampleOf(
    allWindows(rooms),
    numberOf('seed', values.seed),
    numberOf('windows', values.windows),
  );
  if (windows.length === 0) throw new Error('--windows 0: give at least 1');
  for (const window of windows) console.log(window);
  if (values.list) return 0;
  const require = createRequire(import.meta.url);
  const stryker = join(dirname(require.resolve('@stryker-mutator/core/package.json')), 'bin', 'stryker.js');
  const args = [stryker, 'run', 'suites/self-mutation/stryker.config.mjs', '--mutate', windows.join(',')];
  const variables = { ...env, SELF_MUTATION_ROOMS: rooms.join(',') };
  const testFiles = testFilesOf(rooms);
  const { status } = spawnSync(execPath, args, { cwd: ROOT, stdio: 'inherit', env: variables });
  const reported = status === 0 ? reportedTestFiles() : new Set(testFiles);
  const missing = testFiles.filter((file) => !reported.has(file));
  for (const file of missing)
    console.error(`${file} did not load, so its tests noticed no mutant: see why with vitest`);
  return missing.length > 0 ? 1 : (status ?? 1);
}

function testFilesOf(rooms) {
  const files = rooms.flatMap((room) => readdirSync(join(ROOT, room)).map((name) => `${room}/${name}`));
  return files.filter((file) => file.endsWith('.test.ts'));
}

/** Those with tests. StrykerJS reports a test file that does not load as one without tests. */
function reportedTestFiles() {
  const { testFiles } = JSON.parse(readFileSync(join(ROOT, options.jsonReporter.fileName), 'utf8'));
  return new Set(Object.keys(testFiles));
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
