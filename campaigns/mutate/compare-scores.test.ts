import { describe, expect, it } from 'vitest';
import { sampleMutation, sampleMutationResult } from '../../reports/testing/sample-code-reports.js';
import { droppedFunctions, scoreProblems } from './compare-scores.js';

const report = sampleMutation();
const killed = sampleMutationResult({ state: 'Killed', killedBy: 'fact/no-trap' });
const otherModule = { ...report.wasm, sha256: 'cd'.repeat(32) };

describe('limits of the mutation score', () => {
  it('are kept if enough mutants are detected', () => {
    expect(scoreProblems(report, { minScore: 50, baseline: report })).toEqual([]);
    expect(scoreProblems(report, { minScore: 50.1, baseline: undefined })).toEqual([
      'the score is 50.0 %, and --min-score requires 50.1 %',
    ]);
    expect(scoreProblems(sampleMutation({ score: null }), { minScore: 0, baseline: undefined })).toEqual([
      'there is no score, and --min-score requires 0 %',
    ]);
  });

  it('name the functions in which mutants are no longer detected, with one change', () => {
    const baseline = sampleMutation({ mutants: [killed] });
    expect(scoreProblems(report, { minScore: undefined, baseline })).toEqual([
      'mutants are no longer detected in: canister_update begin (1 of 1: i32.lt_u becomes i32.le_u)',
    ]);
  });

  it('compare the functions of two modules by name, not by index', () => {
    const baseline = sampleMutation({ mutants: [killed] });
    const moved = (changes: Parameters<typeof sampleMutationResult>[0]) =>
      sampleMutation({
        wasm: otherModule,
        mutants: [sampleMutationResult({ functionIndex: 99, id: '99+40:boundary-shifted', ...changes })],
      });
    expect(droppedFunctions(baseline, moved({})).map(({ name }) => name)).toEqual(['canister_update begin']);
    // Another place, another change, another function, a state that is detected: nothing to compare, or nothing lost.
    expect(droppedFunctions(baseline, moved({ id: '99+41:boundary-shifted' }))).toEqual([]);
    expect(droppedFunctions(baseline, moved({ change: 'i32.lt_u becomes i32.gt_u' }))).toEqual([]);
    expect(droppedFunctions(baseline, moved({ function: 'store' }))).toEqual([]);
    expect(droppedFunctions(baseline, moved({ state: 'Timeout' }))).toEqual([]);
  });

  it('compare functions without a name by their code, if the module has changed', () => {
    const functionWith = (index: number, body?: string) =>
      report.functions.slice(0, 1).map((each) => ({ ...each, index, name: `function ${index}`, body }));
    const baseline = sampleMutation({
      mutants: [{ ...killed, function: 'function 12' }],
      functions: functionWith(12, 'a'),
    });
    const now = (body?: string) =>
      sampleMutation({
        wasm: otherModule,
        mutants: [
          sampleMutationResult({ function: 'function 99', functionIndex: 99, id: '99+40:boundary-shifted' }),
        ],
        functions: functionWith(99, body),
      });
    expect(droppedFunctions(baseline, now('a')).map(({ name }) => name)).toEqual(['function 99']);
    expect(droppedFunctions(baseline, now('b'))).toEqual([]);
    expect(droppedFunctions({ ...baseline, functions: functionWith(12) }, now())).toEqual([]);
  });

  it('leave out names of several functions, if the module has changed', () => {
    const twice = [
      sampleMutationResult(),
      sampleMutationResult({ functionIndex: 13, id: '13+40:boundary-shifted' }),
    ];
    expect(
      droppedFunctions(
        sampleMutation({ mutants: [killed] }),
        sampleMutation({ wasm: otherModule, mutants: twice }),
      ),
    ).toEqual([]);
  });
});
