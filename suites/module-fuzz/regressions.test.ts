/** Modules on which the engine failed once. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ModuleRunner } from './run-module.js';

const FOLDER = join(import.meta.dirname, 'regressions');

it.each(readdirSync(FOLDER))('%s runs or is refused, twice in the same way', async (file) => {
  const bytes = Uint8Array.from(readFileSync(join(FOLDER, file)));
  const runner = new ModuleRunner();
  const outcome = await runner.run(bytes);
  expect(outcome.kind).toMatch(/^(ran|refused)$/);
  await runner.runTwice(bytes);
});
