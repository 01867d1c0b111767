import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../package-root.js';
import { CONFORMANCE } from './conformance.js';
import { EXPECTED_FAILURES } from './expected-failures.js';
import { GOLDEN_TRACES, readGoldenTrace } from './golden-step.js';

const page = readFileSync(resolve(PACKAGE_ROOT, 'docs/FIDELITY.md'), 'utf8');

describe('docs/FIDELITY.md', () => {
  it('states the number of steps of each trace and the number that the engine reproduces', () => {
    for (const name of GOLDEN_TRACES) {
      expect(page).toContain(`| \`${name}.json\` | ${readGoldenTrace(name).steps.length} |`);
    }
    const { met, expectedFailures } = CONFORMANCE;
    expect(page).toContain(`met: ${met}, expected failures: ${expectedFailures}`);
  });

  it('states the reason for every expected failure', () => {
    for (const { reason } of EXPECTED_FAILURES) expect(page).toContain(reason);
  });

  it('refers to existing test files only', () => {
    const named = [...page.matchAll(/`([a-z/-]+\.test\.ts)`/g)].map((match) => match[1]!);
    expect(named.length).toBeGreaterThan(10);
    const candidates = (path: string) =>
      [path, `replicas/embedded/${path}`].map((candidate) => resolve(PACKAGE_ROOT, candidate));
    expect(named.filter((path) => !candidates(path).some((file) => existsSync(file)))).toEqual([]);
  });
});
