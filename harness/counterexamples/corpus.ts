/** The Corpus: a folder of counterexamples. */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '../history/canonical-json.js';
import { readCounterexample, type Counterexample } from './counterexample.js';
import { InputError } from '../input-error.js';
import { writeJsonFile } from '../files/json-file.js';
import { reasonOf } from '../files/system-error.js';

export interface CorpusEntry {
  readonly path: string;
  readonly counterexample: Counterexample;
}

/** Length of the hash in a file name: enough for millions of files. */
const HASH_LETTERS = 12;

/** `outcome-1f3a9c2d40b7.json`: the checker and a hash of the content, so that two findings never share a name. */
export function counterexampleFileName(counterexample: Counterexample): string {
  const hash = createHash('sha256')
    .update(canonicalJson(counterexample))
    .digest('hex')
    .slice(0, HASH_LETTERS);
  const checker = counterexample.checker.replace(/[^a-z0-9-]+/gi, '-').slice(0, 60);
  return `${checker}-${hash}.json`;
}

/**
 * Saves a counterexample and returns its path.
 * @throws InputError, one line, if it cannot be written
 */
export async function saveCounterexample(folder: string, counterexample: Counterexample): Promise<string> {
  const path = join(folder, counterexampleFileName(counterexample));
  await writeJsonFile(path, counterexample, 'counterexample');
  return path;
}

/**
 * Paths of the counterexamples in a folder, sorted by name. Only `*.json` files count.
 * @throws InputError, one line, if there is no such folder
 */
export async function listCorpus(folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
      .sort()
      .map((name) => join(folder, name));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason =
      code === 'ENOENT' ? 'no such folder' : code === 'ENOTDIR' ? 'it is not a folder' : reasonOf(error);
    throw new InputError(`corpus ${folder}: ${reason}`);
  }
}

/** @throws InputError for the first file that is not a counterexample */
export async function loadCorpus(folder: string): Promise<readonly CorpusEntry[]> {
  const entries: CorpusEntry[] = [];
  for (const path of await listCorpus(folder))
    entries.push({ path, counterexample: await readCounterexample(path) });
  return entries;
}
