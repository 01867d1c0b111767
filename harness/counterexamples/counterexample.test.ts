import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROFILES } from '../../generators/profile.js';
import { scheduleFor } from '../../generators/schedule-for.js';
import { scheduleSchema } from '../../model/schedule.js';
import { abilitiesOf } from '../../campaigns/campaign/abilities.js';
import { counterexampleFileName, listCorpus, loadCorpus, saveCounterexample } from './corpus.js';
import { readCounterexample, type Counterexample } from './counterexample.js';
import { InputError } from '../input-error.js';
import { FakeReplica, fakeTarget } from '../testing/fake-replica.js';
import { begin, call, schedule, wholeUpload } from '../testing/schedules.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'counterexample-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const sample: Counterexample = {
  formatVersion: 1,
  target: 'fake',
  wasmSha256: 'ab'.repeat(32),
  fault: null,
  replica: { name: 'fake', version: '1' },
  campaign: { profile: 'default', seed: 42, runIndex: 7 },
  checker: 'outcome',
  rule: 'every answer is allowed',
  event: 12,
  expected: 'Ok',
  seen: 'Err',
  traceHash: 'cd'.repeat(32),
  originalSteps: 40,
  isMinimal: true,
  schedule: schedule(wholeUpload),
};

function fileOf(name: string, text: string) {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
const changed = (change: object) => JSON.stringify({ ...sample, ...change });

describe('a counterexample', () => {
  it('is unchanged after saving and reading', async () => {
    const path = await saveCounterexample(join(folder, 'new', 'deep'), sample);
    expect(path).toMatch(/outcome-[0-9a-f]{12}\.json$/);
    expect(await readCounterexample(path)).toEqual(sample);
    expect(await loadCorpus(join(folder, 'new', 'deep'))).toEqual([{ path, counterexample: sample }]);
  });

  it('is read with the present names of its checker and its rule', async () => {
    const old = { checker: 'coverage', rule: 'finish answers Ok only with every index stored' };
    expect(await readCounterexample(fileOf('old-names.json', changed(old)))).toEqual({
      ...sample,
      checker: 'completeness',
      rule: 'finish succeeds only if every chunk is stored',
    });
  });

  it('has a unique file name', () => {
    expect(counterexampleFileName({ ...sample, seen: 'x' })).not.toBe(counterexampleFileName(sample));
  });

  it('accepts every generated schedule', () => {
    const abilities = abilitiesOf(fakeTarget, { replica: new FakeReplica() });
    for (const profile of Object.values(PROFILES)) {
      for (let run = 0; run < 30; run++) {
        const drawn = scheduleFor(profile, 3, run, abilities);
        expect(scheduleSchema.parse(JSON.parse(JSON.stringify(drawn)))).toEqual(drawn);
      }
    }
  });
});

describe('a one-line error', () => {
  const lineOf = async (work: Promise<unknown>): Promise<string> => {
    const error: unknown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(InputError);
    const { message } = error as InputError;
    expect(message).not.toContain('\n');
    return message;
  };

  it('reports a file that is missing, a folder, not JSON, or truncated', async () => {
    expect(await lineOf(readCounterexample(join(folder, 'none.json')))).toMatch(
      /none\.json: it does not exist$/,
    );
    expect(await lineOf(readCounterexample(folder))).toMatch(/it is a folder; name a regular file$/);
    expect(await lineOf(readCounterexample(fileOf('text.json', 'hello')))).toMatch(/it is not JSON: /);
    expect(await lineOf(readCounterexample(fileOf('cut.json', changed({}).slice(0, 99))))).toMatch(
      /it is not JSON: /,
    );
  });

  it('reports a file of another shape and names the field', async () => {
    const line = async (change: object) => lineOf(readCounterexample(fileOf('shape.json', changed(change))));
    expect(await line({ checker: 3 })).toMatch(/it is not a counterexample: checker: /);
    expect(await line({ extra: 1 })).toMatch(/it is not a counterexample: .*extra/);
    expect(await lineOf(readCounterexample(fileOf('null.json', 'null')))).toMatch(
      /it is not a counterexample/,
    );
    const dangling = { schedule: schedule([call(begin('A', 5))]) };
    expect(await line(dangling)).toMatch(
      /schedule\.steps\.0\.operation: file is 5, but the schedule has 1 files$/,
    );
    const step = { schedule: { ...sample.schedule, steps: [{ do: 'jump' }] } };
    expect(await line(step)).toMatch(/schedule\.steps\.0/);
  });

  it('reports a file of a newer format', async () => {
    const message = await lineOf(
      readCounterexample(fileOf('newer.json', changed({ formatVersion: 2, checker: 3 }))),
    );
    expect(message).toMatch(/it has format version 2, but this program supports 1/);
  });

  it('reports a folder that is not writable, and leaves no partial file', async () => {
    const blocked = join(fileOf('blocked', ''), 'corpus');
    expect(await lineOf(saveCounterexample(blocked, sample))).toMatch(
      /it cannot be written: a part of the path is a file$/,
    );
    if (process.getuid?.() !== 0) {
      const readOnly = mkdtempSync(join(folder, 'ro-'));
      chmodSync(readOnly, 0o555);
      expect(await lineOf(saveCounterexample(readOnly, sample))).toMatch(
        /it cannot be written: no permission$/,
      );
      expect(readdirSync(readOnly)).toEqual([]);
    }
  });

  it('reports a corpus that is not a folder', async () => {
    expect(await lineOf(listCorpus(join(folder, 'nowhere')))).toMatch(/no such folder$/);
    expect(await lineOf(listCorpus(fileOf('plain', '')))).toMatch(/it is not a folder$/);
  });
});
