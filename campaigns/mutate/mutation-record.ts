/** The report of `mutate`, complete or cut short. */
import {
  countStates,
  MUTANT_STATES,
  MUTATION_FORMAT_VERSION,
  scoreOf,
  type MutatedFunctionResult,
  type MutationReport,
  type MutationResult,
} from '../../reports/documents/mutation-report.js';
import { environmentNow } from '../environment.js';
import type { MutantTrial, MutatedFunction, MutateSettings, MutationPlan } from './job.js';

export interface MutationRecord {
  readonly settings: MutateSettings;
  readonly sinceLabel: { readonly file: string; readonly sha256: string } | null;
  readonly target: string;
  readonly version: string;
  readonly started: Date;
  readonly plan: MutationPlan;
  readonly isInterrupted: boolean;
  /** By the id of the mutant. */
  readonly trials: ReadonlyMap<string, MutantTrial>;
}

export function mutationReport(record: MutationRecord): MutationReport {
  const { settings, plan, trials, started, version } = record;
  const { subject, profile, seed, runs, rules } = settings;
  const mutants = mutationResults(plan, trials);
  const states = countStates(mutants);
  const functions = plan.functions.flatMap((each) => functionResult(each, mutants));
  return {
    formatVersion: MUTATION_FORMAT_VERSION,
    kind: 'mutation',
    tool: { name: 'upload-stress', version },
    wasm: { file: subject.wasmLabel, sha256: subject.wasmSha256 },
    since: record.sinceLabel,
    startedAt: started.toISOString(),
    durationMs: Date.now() - started.getTime(),
    environment: environmentNow(),
    target: record.target,
    profile,
    seed,
    runs,
    rules: rules === undefined ? null : [...rules],
    interrupted: record.isInterrupted,
    functionsReached: plan.functionsReached,
    candidates: plan.candidates,
    candidatesReached: plan.candidatesReached,
    sample: plan.mutants.length,
    states,
    score: scoreOf(states),
    scoreOfReached: scoreOf({ ...states, NoCoverage: 0 }),
    functions: functions.toSorted(
      (a, b) =>
        b.states.Survived - a.states.Survived || b.states.Suspected - a.states.Suspected || a.index - b.index,
    ),
    mutants,
  };
}

/** The mutants that have run, survivors first. */
function mutationResults(
  { mutants, functions }: MutationPlan,
  trials: ReadonlyMap<string, MutantTrial>,
): readonly MutationResult[] {
  const names = new Map(functions.map((each) => [each.index, nameOf(each)]));
  const results = mutants.flatMap(({ mutant, location }) => {
    const trial = trials.get(mutant.id);
    if (trial === undefined) return [];
    const { state, killedBy, runs } = trial;
    const { id, function: functionIndex, start: offset, instruction, operator, words: change } = mutant;
    const name = names.get(functionIndex) ?? `function ${functionIndex}`;
    const where = { offset, location, instruction, operator, change };
    return [{ id, function: name, functionIndex, ...where, state, killedBy, runs }];
  });
  const rank = ({ state }: MutationResult) => MUTANT_STATES.indexOf(state);
  return results.toSorted(
    (a, b) => rank(a) - rank(b) || a.functionIndex - b.functionIndex || a.offset - b.offset,
  );
}

function functionResult(
  described: MutatedFunction,
  mutants: readonly MutationResult[],
): readonly MutatedFunctionResult[] {
  const own = mutants.filter(({ functionIndex }) => functionIndex === described.index);
  if (own.length === 0) return [];
  const states = countStates(own);
  const { index, exports, body } = described;
  return [{ index, name: nameOf(described), exports: [...exports], body, states, score: scoreOf(states) }];
}

function nameOf({ name, exports: [first], index }: MutatedFunction): string {
  return name ?? first ?? `function ${index}`;
}
