import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acceptanceOf, loadAcceptedDeviations } from './accepted-deviations.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'accepted-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const BASE = 'spec/outcome: put answers done instead of InvalidState';
const deviation = { fingerprint: `${BASE} [pause]`, reason: 'a paused session may take chunks' };

function fileWith(content: unknown): string {
  const path = join(folder, 'accepted.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

describe('a file of accepted deviations', () => {
  it('is read', async () => {
    expect(await loadAcceptedDeviations(fileWith([deviation]))).toEqual([deviation]);
  });

  it('is not required', async () => {
    expect(await loadAcceptedDeviations(undefined)).toEqual([]);
  });

  it.each([
    ['{', /accepted deviations .*: it is not JSON/],
    [{}, /accepted deviations .*: .*expected array/],
    [[{ fingerprint: deviation.fingerprint }], /entry 1, reason: /],
    [[deviation, { ...deviation, reason: ' ' }], /entry 2, reason: must not be empty$/],
    [[{ ...deviation, fingerprint: 'outcome' }], /entry 1, fingerprint: must be a fingerprint/],
    [[{ ...deviation, why: 'x' }], /entry 1: .*"why"/],
    [[deviation, deviation], /is listed twice$/],
  ])('is refused in one line: %j', async (content, message) => {
    const error: unknown = await loadAcceptedDeviations(fileWith(content)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'InputError', message: expect.stringMatching(message) as string });
    expect((error as Error).message).not.toContain('\n');
  });

  it('is refused if it is named and missing', async () => {
    await expect(loadAcceptedDeviations(join(folder, 'missing.json'))).rejects.toThrow(/missing\.json/);
  });
});

describe('an accepted deviation', () => {
  it('accepts its own conditions, or all conditions if it names none', () => {
    const general = { ...deviation, fingerprint: BASE };
    expect(acceptanceOf(`${BASE} [pause]`, [deviation])).toBe(deviation);
    expect(acceptanceOf(`${BASE} [pause, upgrade]`, [deviation])).toBeUndefined();
    expect(acceptanceOf(`${BASE} [pause, upgrade]`, [general])).toBe(general);
    expect(
      acceptanceOf('spec/outcome: put answers Conflict instead of InvalidState', [general]),
    ).toBeUndefined();
  });
});
