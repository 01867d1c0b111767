/** The arrows between rooms, as docs/ARCHITECTURE.md draws them: who may import whom, and what deterministic rooms may not touch. */
import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot, trackedFiles } from './tracked-files.js';

/** Room → what it may import, as path prefixes. A room may always import itself. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  model: [],
  'replicas/replica.ts': [],
  'replicas/main-memory.ts': [],
  'replicas/embedded': ['replicas/replica.ts', 'replicas/main-memory.ts'],
  'replicas/pocketic': ['replicas/replica.ts', 'replicas/main-memory.ts'],
  'replicas/live': ['replicas/replica.ts'],
  'servers/pocketic': ['replicas/replica.ts', 'replicas/embedded'],
  generators: ['model'],
  targets: ['replicas/replica.ts', 'model'],
  harness: ['model', 'targets', 'generators', 'replicas/replica.ts'],
  client: [],
  reports: ['harness', 'model', 'targets'],
};

/** Tests compose across rooms where they need a real replica; only product code is held to the arrows. */
const isTestCode = (path: string) => /\.test\.ts$|\/testing\//.test(path);

const DETERMINISTIC_ROOMS = /^(model|generators|harness|replicas\/embedded)\//;
/** Campaign timing is the one place of the harness that may look at a clock. */
const MAY_USE_CLOCK = new Set(['harness/campaign.ts']);
const CLOCKS =
  /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bprocess\.hrtime\b|\bsetTimeout\b|\bsetInterval\b|\bsetImmediate\b/;
const CHANCE = /\bMath\.random\b|\bcrypto\.getRandomValues\b|\brandomUUID\b|\brandomBytes\b/;

function roomOf(path: string): string | undefined {
  return Object.keys(ARROWS).find((room) => path === room || path.startsWith(`${room}/`));
}

function importsOf(path: string): string[] {
  const text = readFileSync(resolve(projectRoot, path), 'utf8');
  const found = [...text.matchAll(/(?:\bfrom|\bimport\(|\bimport)\s*['"](\.{1,2}\/[^'"]+)['"]/g)];
  return found.map((match) =>
    relative(projectRoot, resolve(projectRoot, dirname(path), match[1]!)).replace(/\.js$/, '.ts'),
  );
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '');
}

export function forbiddenImports(path: string, imports: readonly string[]): string[] {
  const room = roomOf(path);
  if (room === undefined) return [];
  const allowed = [room, ...ARROWS[room]!];
  return imports.filter(
    (target) => !allowed.some((prefix) => target === prefix || target.startsWith(`${prefix}/`)),
  );
}

describe('the arrows between rooms', () => {
  const product = trackedFiles('ts').filter((path) => !isTestCode(path));

  it('finds the rooms', () => {
    expect(product.filter((path) => roomOf(path) !== undefined).length).toBeGreaterThan(20);
  });

  it('no room imports what it may not', () => {
    const wrong = product.flatMap((path) =>
      forbiddenImports(path, importsOf(path)).map((target) => `${path} → ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('a forbidden import is seen', () => {
    expect(forbiddenImports('model/session.ts', ['harness/history.ts'])).toEqual(['harness/history.ts']);
    expect(
      forbiddenImports('replicas/embedded/engine.ts', ['replicas/pocketic/rest-client.ts']),
    ).toHaveLength(1);
  });

  it('deterministic rooms use no clock, no timer and no chance', () => {
    const wrong = product
      .filter((path) => DETERMINISTIC_ROOMS.test(path))
      .filter((path) => {
        const text = withoutComments(readFileSync(resolve(projectRoot, path), 'utf8'));
        return CHANCE.test(text) || (CLOCKS.test(text) && !MAY_USE_CLOCK.has(path));
      });
    expect(wrong).toEqual([]);
  });
});
