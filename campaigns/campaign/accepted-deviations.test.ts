import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  acceptanceOf,
  deviationsGone,
  EVIDENCE_RUNS_MIN,
  loadAcceptedDeviations,
  type RunEvidence,
} from './accepted-deviations.js';

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

describe('an accepted deviation that a run does not show', () => {
  const relation = {
    fingerprint: 'relation/reads: put answers NotFound after a read instead of done',
    reason: 'known',
  };
  const run: RunEvidence = {
    isComplete: true,
    runs: EVIDENCE_RUNS_MIN,
    rules: undefined,
    skipped: [],
    fingerprints: [],
  };
  const gone = (changes: Partial<RunEvidence>) =>
    deviationsGone([deviation, relation], { ...run, ...changes });

  it('is gone after a complete run of 2,000 schedules', () => {
    expect(EVIDENCE_RUNS_MIN).toBe(2_000);
    expect(gone({})).toEqual([deviation, relation]);
    expect(gone({ fingerprints: [deviation.fingerprint] })).toEqual([relation]);
  });

  it('may still occur after fewer schedules, and after a run that was cut short', () => {
    expect(gone({ runs: EVIDENCE_RUNS_MIN - 1 })).toEqual([]);
    expect(gone({ isComplete: false })).toEqual([]);
  });

  it('may still occur if its rule or relation was not judged', () => {
    expect(gone({ rules: new Set(['facts']) })).toEqual([]);
    expect(gone({ rules: new Set(['outcome']) })).toEqual([deviation]);
    expect(gone({ skipped: ['reads'] })).toEqual([deviation]);
  });
});
