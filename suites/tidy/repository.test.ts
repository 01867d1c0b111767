/** Tidy rules for the repository itself: things a reviewer should never have to point out. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../package-root.js';
import { trackedFiles } from './tracked-files.js';

const read = (path: string) => readFileSync(resolve(PACKAGE_ROOT, path), 'utf8');
const sources = [...trackedFiles('ts'), ...trackedFiles('rs'), ...trackedFiles('mjs')];

describe('the repository', () => {
  it('keeps source files under 500 lines', () => {
    const long = sources.filter((path) => read(path).split('\n').length > 500);
    expect(long).toEqual([]);
  });

  it('skips, focuses, and postpones no test', () => {
    const marks = /\b(?:it|test|describe)\.(?:skip|only|todo)\b|\bTO[D]O\b|\bFIX[M]E\b/;
    expect(sources.filter((path) => marks.test(read(path)))).toEqual([]);
  });

  it('has no registry address in its lock file', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved": *"https?:/);
  });

  it('names no folder of a build machine', () => {
    const text = [...sources, ...trackedFiles('md'), ...trackedFiles('json')].filter(
      (path) => path !== 'package-lock.json',
    );
    expect(text.filter((path) => /(?<![\w.])\/(?:work|root|farm)\/\w/.test(read(path)))).toEqual([]);
  });
});
