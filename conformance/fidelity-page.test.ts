import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../suites/tidy/tracked-files.js';
import { CONFORMANCE } from './conformance.js';
import { EXPECTED_FAILURES } from './expected-failures.js';
import { GOLDEN_TRACES, readGoldenTrace } from './golden-step.js';

const page = readFileSync(resolve(projectRoot, 'docs/FIDELITY.md'), 'utf8');

describe('docs/FIDELITY.md', () => {
  it('counts the steps as they are', () => {
    for (const name of GOLDEN_TRACES) {
      expect(page).toContain(`| \`${name}.json\` | ${readGoldenTrace(name).steps.length} |`);
    }
    const { met, expectedFailures } = CONFORMANCE;
    expect(page).toContain(`met: ${met}, expected failures: ${expectedFailures}`);
  });

  it('gives the reason of every expected failure', () => {
    for (const { reason } of EXPECTED_FAILURES) expect(page).toContain(reason);
  });

  it('names tests that exist', () => {
    const named = [...page.matchAll(/`([a-z/-]+\.test\.ts)`/g)].map((match) => match[1]!);
    expect(named.length).toBeGreaterThan(10);
    const candidates = (path: string) =>
      [path, `replicas/embedded/${path}`].map((one) => resolve(projectRoot, one));
    expect(named.filter((path) => !candidates(path).some((file) => existsSync(file)))).toEqual([]);
  });
});
