import { beforeAll, describe, expect, it } from 'vitest';
import type { Mutant } from '../../replicas/embedded/mutation/find-mutants.js';
import { decodeModule } from '../../replicas/embedded/wasm/module-decoder.js';
import { OP } from '../../replicas/embedded/wasm/binary-format.js';
import { planCoverage } from '../../replicas/embedded/wasm/coverage-plan.js';
import { openSubject, resolveSubject, type Subject } from '../subject/subject.js';
import type { MutateSettings, MutationPlan } from './job.js';
import { loadBinaryen, NormalForms } from './normal-form.js';
import { planMutation } from './plan.js';
import { runTrial } from './trial.js';

const signal = { aborted: false };
let settings: MutateSettings;
let subject: Subject;
let plan: MutationPlan;

beforeAll(async () => {
  const spec = await resolveSubject({});
  subject = await openSubject(spec);
  settings = {
    subject: spec,
    profile: 'quick',
    seed: 1,
    runs: 2,
    rules: undefined,
    sample: 4,
    since: undefined,
  };
  plan = await planMutation(settings, subject, { signal, onRun: () => undefined });
});

/** Runs the module with these bytes before the first instruction of an exported function. */
async function trialOf(exportName: string, bytes: readonly number[], schedules: readonly number[] = [0, 1]) {
  const module = decodeModule(settings.subject.wasm);
  const covered = planCoverage(module).map.functions.find(({ exports }) => exports.includes(exportName));
  const at = covered?.offsets[0] ?? 0;
  const mutant: Mutant = {
    id: 'by hand',
    function: covered?.index ?? 0,
    ...{ start: at, end: at, bytes: Uint8Array.from(bytes), locals: [] },
    ...{ block: 0, operator: 'block-trapped', words: '', instruction: '' },
  };
  const job = { kind: 'trials', settings, plan, mutants: [], next: new SharedArrayBuffer(4) } as const;
  return runTrial(
    { mutant, schedules, location: null },
    { job, subject, module, signal, normalForms: async () => normalForms },
  );
}

const BEGIN = 'canister_update uploads_begin';
const NOP = 0x01;

let normalForms: NormalForms | undefined;

describe('the trial of a mutant', () => {
  it('kills a mutant that breaks a rule', async () => {
    expect(await trialOf(BEGIN, [OP.unreachable])).toMatchObject({
      state: 'Killed',
      killedBy: expect.stringMatching(/^(fact|spec|relation)\//) as string,
      runs: 1,
    });
  });

  it('kills a mutant that cannot be installed', async () => {
    const { state, killedBy } = await trialOf('canister_init', [OP.unreachable]);
    expect(state).toBe('Killed');
    expect(killedBy).toMatch(/cannot be installed/);
  });

  it('ends a mutant that never ends', async () => {
    const { state } = await trialOf(BEGIN, [OP.loop, 0x40, OP.br, 0, OP.end]);
    expect(state).toBe('Timeout');
  });

  it('suspects a mutant without an observable difference of being equivalent', async () => {
    expect(await trialOf(BEGIN, [NOP])).toMatchObject({ state: 'Suspected', killedBy: null, runs: 2 });
  });

  it('recognises a mutant that an optimizer makes equal to the original', async () => {
    const binaryen = await loadBinaryen();
    normalForms = binaryen && new NormalForms(binaryen, decodeModule(settings.subject.wasm));
    expect(await trialOf(BEGIN, [NOP])).toMatchObject({ state: 'Equivalent', runs: 2 });
    normalForms = undefined;
  });

  it('runs nothing if no schedule reaches the mutant', async () => {
    expect(await trialOf(BEGIN, [OP.unreachable], [])).toMatchObject({ state: 'NoCoverage', runs: 0 });
  });
});

describe('the plan of a mutation', () => {
  it('draws the same mutants for the same seed, and a larger sample contains a smaller one', async () => {
    const planned = async (changes: Partial<MutateSettings>) => {
      const all = await planMutation({ ...settings, ...changes }, subject, {
        signal,
        onRun: () => undefined,
      });
      return all.mutants.map(({ mutant: { id } }) => id);
    };
    const ids = plan.mutants.map(({ mutant: { id } }) => id);
    const larger = await planned({ sample: 8 });
    expect(larger.length).toBeGreaterThan(ids.length);
    expect(larger).toEqual(expect.arrayContaining(ids));
    expect(await planned({ seed: 2 })).not.toEqual(ids);
  });

  it('has no mutants if no function changed', async () => {
    const since = settings.subject.wasm;
    const { mutants } = await planMutation({ ...settings, since }, subject, {
      signal,
      onRun: () => undefined,
    });
    expect(mutants).toEqual([]);
  });
});
