import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SCENARIOS } from '../benchmark/counters.js';
import { PACKAGE_ROOT } from '../../package-root.js';
import { BUILT_IN_WASM } from '../subject/subject.js';
import { readBaseline } from './baseline.js';

it('the committed baseline is of the committed module and has every scenario: after a change of either, gate --update', async () => {
  const { wasmSha256, scenarios } = await readBaseline(join(PACKAGE_ROOT, 'reports/baseline.json'));
  expect(wasmSha256).toBe(createHash('sha256').update(readFileSync(BUILT_IN_WASM)).digest('hex'));
  expect(Object.keys(scenarios)).toEqual(SCENARIOS.map(({ name }) => name));
});
