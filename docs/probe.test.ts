/** docs/probe.md lists every experiment. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { EXPERIMENTS } from '../campaigns/probe/experiments.js';

it('lists every experiment with what it tries, in order', () => {
  const page = readFileSync(new URL('probe.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z][a-z-]+)` \| (.*?) \|/gm)].map(
    ([, name, tried]) => `${name}: ${tried}`,
  );
  expect(rows).toEqual(EXPERIMENTS.map(({ name, tried }) => `${name}: ${tried}`));
});
