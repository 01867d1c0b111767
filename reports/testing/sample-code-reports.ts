/** Sample documents about the code of a module: its coverage, and its mutants. */
import type { CoverageReport } from '../documents/coverage-report.js';
import {
  countStates,
  scoreOf,
  type MutationReport,
  type MutationResult,
} from '../documents/mutation-report.js';
import { header, wasm } from './sample-header.js';

// ---- coverage ----

const share = (reached: number, total: number) => ({ reached, total });

export function sampleCoverageReport(changes: Partial<CoverageReport> = {}): CoverageReport {
  const plain = { exports: [], onlyFor: [], reason: null };
  return {
    ...header,
    kind: 'coverage',
    wasm: { ...wasm, fault: null },
    target: 'upload',
    profile: 'default',
    seed: 7,
    runs: 200,
    interrupted: false,
    modules: [
      {
        name: 'upload.wasm',
        sha256: 'ab'.repeat(32),
        functions: share(2, 4),
        blocks: share(9, 20),
        branches: share(5, 14),
        notCalled: ['canister_query stats'],
        files: [
          {
            path: 'src/lib.rs',
            lines: [
              { line: 3, count: 300 },
              { line: 4, count: 0 },
            ],
            functions: [{ name: 'begin', line: 3, calls: 300 }],
            branches: [{ line: 3, outcomes: [300, 0] }],
          },
        ],
        functionList: [
          {
            ...plain,
            index: 12,
            name: 'canister_update begin',
            exports: ['canister_update begin'],
            calls: 300,
            blocks: share(5, 6),
            branches: share(3, 4),
          },
          {
            index: 13,
            name: null,
            exports: ['canister_query stats'],
            calls: 0,
            blocks: share(0, 2),
            branches: share(0, 2),
            reason: 'not-called',
            onlyFor: ['canister_query stats'],
          },
          { ...plain, index: 14, name: 'store', calls: 290, blocks: share(4, 7), branches: share(2, 4) },
          {
            ...plain,
            index: 15,
            name: 'grow',
            calls: 0,
            blocks: share(0, 5),
            branches: share(0, 4),
            reason: 'not-provoked',
          },
        ],
      },
    ],
    ...changes,
  };
}

// ---- mutation ----

export function sampleMutationResult(changes: Partial<MutationResult> = {}): MutationResult {
  return {
    id: '12+40:boundary-shifted',
    function: 'canister_update begin',
    functionIndex: 12,
    offset: 1_040,
    location: 'src/lib.rs:3',
    instruction: 'i32.lt_u',
    operator: 'boundary-shifted',
    change: 'i32.lt_u becomes i32.le_u',
    state: 'Survived',
    killedBy: null,
    runs: 20,
    ...changes,
  };
}

export function sampleMutation(changes: Partial<MutationReport> = {}): MutationReport {
  const killed = {
    state: 'Killed',
    killedBy: 'fact/no-trap: begin answers reject instead of an answer',
    runs: 1,
  } as const;
  const mutants = [
    sampleMutationResult(),
    sampleMutationResult({
      id: '14+8:store-dropped',
      function: 'store',
      functionIndex: 14,
      state: 'Suspected',
    }),
    sampleMutationResult({
      id: '14+30:call-dropped',
      function: 'store',
      functionIndex: 14,
      offset: 1_100,
      state: 'NoCoverage',
      runs: 0,
    }),
    sampleMutationResult({ id: '12+40:comparison-inverted', operator: 'comparison-inverted', ...killed }),
    sampleMutationResult({
      id: '12+60:constant-changed',
      offset: 1_060,
      operator: 'constant-changed',
      ...killed,
    }),
  ];
  const states = countStates(mutants);
  const functionOf = (index: number, name: string, exports: string[]) => {
    const own = countStates(mutants.filter(({ functionIndex }) => functionIndex === index));
    return { index, name, exports, body: `body of ${name}`, states: own, score: scoreOf(own) };
  };
  return {
    ...header,
    kind: 'mutation',
    wasm,
    since: null,
    target: 'upload',
    profile: 'default',
    seed: 1,
    runs: 100,
    rules: null,
    interrupted: false,
    functionsReached: 2,
    candidates: 50,
    candidatesReached: 40,
    sample: mutants.length,
    states,
    score: scoreOf(states),
    scoreOfReached: scoreOf({ ...states, NoCoverage: 0 }),
    functions: [
      functionOf(12, 'canister_update begin', ['canister_update begin']),
      functionOf(14, 'store', []),
    ],
    mutants,
    ...changes,
  };
}
