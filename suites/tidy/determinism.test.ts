/** ESLint keeps clocks, timers, and randomness out of the deterministic rooms. This shows that its rules report them. */
import { ESLint, Linter } from 'eslint';
import { describe, expect, it } from 'vitest';
import { inProject } from '../testing/fixtures.js';

const RULES = [
  'no-restricted-globals',
  'no-restricted-imports',
  'no-restricted-properties',
  'no-restricted-syntax',
];

/** The names of the rules above that report the code, as if it were in this file. */
async function reportsOn(code: string, path: string): Promise<readonly string[]> {
  const eslint = new ESLint({ cwd: inProject('.') });
  const config = (await eslint.calculateConfigForFile(inProject(path))) as Required<
    Pick<Linter.Config, 'rules'>
  >;
  const rules = Object.fromEntries(
    RULES.flatMap((name) => (config.rules[name] ? [[name, config.rules[name]]] : [])),
  );
  const globals = { crypto: false, performance: false, process: false, setTimeout: false } as const;
  const messages = new Linter().verify(code, [{ languageOptions: { globals }, rules }]);
  return messages.map(({ ruleId, message }) => ruleId ?? message);
}

const FORBIDDEN: readonly (readonly [code: string, rule: string])[] = [
  ['export const now = Date.now();', 'no-restricted-properties'],
  ['export const now = new Date();', 'no-restricted-syntax'],
  ['export const now = performance.now();', 'no-restricted-globals'],
  ['export const now = process.hrtime();', 'no-restricted-properties'],
  ['setTimeout(() => undefined, 1);', 'no-restricted-globals'],
  ['setInterval(() => undefined, 1);', 'no-restricted-globals'],
  ['setImmediate(() => undefined);', 'no-restricted-globals'],
  ["import { setTimeout } from 'node:timers/promises'; await setTimeout(1);", 'no-restricted-imports'],
  ['export const drawn = Math.random();', 'no-restricted-properties'],
  ['crypto.getRandomValues(new Uint8Array(1));', 'no-restricted-globals'],
  ["import { randomBytes } from 'node:crypto'; randomBytes(1);", 'no-restricted-imports'],
  ["import * as secrets from 'node:crypto'; secrets.randomUUID();", 'no-restricted-syntax'],
];

describe.each(['model', 'generators', 'harness', 'explore', 'replicas/embedded'])(
  'the linter in %s',
  (room) => {
    it.each(FORBIDDEN)('rejects %s', async (code, rule) => {
      expect(await reportsOn(code, `${room}/example.ts`)).toContain(rule);
    });

    it('accepts a hash, and a date made from a given time', async () => {
      const code =
        "import { createHash } from 'node:crypto'; createHash('sha256'); export const date = new Date(0);";
      expect(await reportsOn(code, `${room}/example.ts`)).toEqual([]);
    });
  },
);

it('the linter accepts a clock in a campaign, which has a time limit', async () => {
  expect(await reportsOn('export const now = performance.now();', 'campaigns/example.ts')).toEqual([]);
});
