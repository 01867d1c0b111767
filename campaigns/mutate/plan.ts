/** Runs the schedules on the unchanged module, and chooses the mutants to run. */
import { createHash } from 'node:crypto';
import { PROFILES, type Profile } from '../../generators/profile.js';
import { fingerprintOf } from '../../harness/evidence/fingerprint.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { Interrupted, type StopSignal } from '../../harness/execution/stop-signal.js';
import { InputError } from '../../harness/input-error.js';
import { requireRules } from '../../harness/relations/rules-that-apply.js';
import { selectionOf } from '../../harness/judgement/applicable-rules.js';
import { changedFunctions } from '../../replicas/embedded/mutation/changed-functions.js';
import { functionDigests, importedFunctions } from '../../replicas/embedded/mutation/function-digest.js';
import { findMutants, type Mutant } from '../../replicas/embedded/mutation/find-mutants.js';
import type { FunctionCoverage } from '../../replicas/embedded/wasm/coverage-map.js';
import { CoverageRecorder, type ModuleCounts } from '../../replicas/embedded/wasm/coverage-recorder.js';
import { locationAt, type DebugLines } from '../../replicas/embedded/wasm/debug-lines.js';
import { decodeAndValidate } from '../../replicas/embedded/wasm/instrument.js';
import { decodeModule, type DecodedModule } from '../../replicas/embedded/wasm/module-decoder.js';
import { unpackModule } from '../../replicas/embedded/wasm/unpack.js';
import { demangle } from '../../replicas/embedded/wasm/validator.js';
import { RunExecutor } from '../campaign/run-executor.js';
import type { RunResult } from '../campaign/run-result.js';
import { sourceLines } from '../source-lines/source-lines.js';
import { requireSmokeUpload } from '../smoke/smoke-upload.js';
import { createFileReader } from '../subject/file-reader.js';
import { createCachingEngine } from '../subject/replicas.js';
import type { Subject } from '../subject/subject.js';
import { behaviorOf } from './behavior.js';
import type { BaselineRun, MutatedFunction, MutateSettings, MutationPlan, PlannedMutant } from './job.js';

/** A mutant may need more instructions than the unchanged module without being endless. */
const INSTRUCTIONS_FACTOR = 10;
const INSTRUCTIONS_MIN = 250e6;

interface Baseline {
  readonly runs: readonly BaselineRun[];
  /** For each schedule, whether it reached each counter. */
  readonly reached: readonly Uint8Array[];
  readonly counts: ModuleCounts;
  readonly instructionsMax: number;
}

/** @throws InputError if the schedules reach nothing, or an upload fails on the unchanged module; Interrupted if asked to stop */
export async function planMutation(
  settings: MutateSettings,
  subject: Subject,
  { signal, onRun }: { readonly signal: StopSignal; readonly onRun: (runs: number) => void },
): Promise<MutationPlan> {
  const baseline = await runBaseline(settings, subject, signal, onRun);
  const module = decodeModule(unpackModule(settings.subject.wasm));
  const isReached = (counter: number) => baseline.reached.some((counters) => counters[counter] === 1);
  const reached = baseline.counts.map.functions.filter(({ blocks: [entry] }) => isReached(entry ?? -1));
  const mutable = reached.filter(mutableIn(module, settings.since));
  const candidates = mutable.flatMap((covered) => findMutants(module, covered));
  const isMutantReached = (mutant: Mutant) => isReached(mutant.block);
  const bodies = bodiesOf(module);
  const names = stableNames(mutable, baseline.counts, bodies);
  const mutants = sampleOf(candidates, settings, names, isMutantReached);
  const lines = sourceLines(module.bytes, settings.subject);
  const used = new Set(mutants.map((mutant) => mutant.function));
  return {
    baseline: baseline.runs,
    instructionsMax: baseline.instructionsMax,
    mutants: mutants.map((mutant) => planned(mutant, baseline, lines)),
    functions: reached
      .filter(({ index }) => used.has(index))
      .map((each) => described(each, baseline.counts, bodies)),
    candidates: candidates.length,
    candidatesReached: candidates.filter(({ block }) => isReached(block)).length,
    functionsReached: mutable.length,
  };
}

/** Whether a function differs from those of the earlier module; all do if there is none. */
function mutableIn(
  module: DecodedModule,
  since: Uint8Array | undefined,
): (covered: FunctionCoverage) => boolean {
  if (since === undefined) return () => true;
  const changed = changedFunctions(module, decodeAndValidate(unpackModule(since)));
  return ({ index }) => changed.has(index);
}

async function runBaseline(
  settings: MutateSettings,
  subject: Subject,
  signal: StopSignal,
  onRun: (runs: number) => void,
): Promise<Baseline> {
  const recorder = new CoverageRecorder();
  const runs: BaselineRun[] = [];
  const reached: Uint8Array[] = [];
  let counts: ModuleCounts | undefined;
  let instructionsMax = 0;
  for (let index = 0; index < settings.runs; index++) {
    if (signal.aborted) throw new Interrupted();
    // An engine of its own, so that the installation counts for every schedule that needs it.
    const replica = createCachingEngine(settings.subject.messageMs, recorder);
    const runner = new ScheduleRunner({ ...runnerOptions(settings, subject), replica });
    if (index === 0) requireRules(runner, selectionOf(settings.rules));
    if (index === 0 && settings.subject.fault === undefined)
      await requireSmokeUpload(runner, profileOf(settings, subject));
    recorder.take();
    const { run, instructions } = await runOnce(runner, settings, subject, index, signal);
    instructionsMax = Math.max(instructionsMax, instructions);
    runs.push(run);
    const taken = recorder.take().find(({ hash }) => hash === settings.subject.wasmSha256);
    if (taken !== undefined) counts ??= taken;
    reached.push(Uint8Array.from(taken?.counts ?? [], (count) => (count > 0 ? 1 : 0)));
    onRun(index + 1);
  }
  if (counts === undefined) throw new InputError('no schedule runs code of the module; pass more --runs');
  instructionsMax = Math.max(INSTRUCTIONS_MIN, INSTRUCTIONS_FACTOR * instructionsMax);
  return { runs, reached, counts, instructionsMax };
}

async function runOnce(
  runner: ScheduleRunner,
  settings: MutateSettings,
  subject: Subject,
  index: number,
  signal: StopSignal,
): Promise<{ readonly run: BaselineRun; readonly instructions: number }> {
  let behavior = '';
  let instructions = 0;
  const executor = new RunExecutor({
    ...executorOptions(settings, subject),
    runner,
    signal,
    onRun: ({ history }) => {
      behavior = behaviorOf(history);
      for (const event of history.events)
        if ('instructions' in event) instructions = Math.max(instructions, event.instructions);
    },
  });
  const result = await executor.execute(index);
  if (result.overdue !== undefined) throw new InputError(`the unchanged module: ${result.overdue}`);
  return { run: { behavior, violations: violationsOf(result) }, instructions };
}

/** The fingerprints of everything that is wrong in a run. */
export function violationsOf({ failures, relationFailures }: RunResult): readonly string[] {
  return [...failures, ...relationFailures].flatMap(({ violations }) => violations.map(fingerprintOf));
}

export function runnerOptions({ subject: { wasm, fault } }: MutateSettings, { target }: Subject) {
  return { target, wasm, fault, reader: createFileReader() };
}

/** Every run that reaches a mutant is executed and judged as it was on the unchanged module. */
export function executorOptions(settings: MutateSettings, subject: Subject) {
  const profile = profileOf(settings, subject);
  return { profile, seed: settings.seed, rules: selectionOf(settings.rules), determinismEvery: 0 };
}

function profileOf({ profile }: MutateSettings, { fixedLimits }: Subject): Profile {
  const named: Profile = PROFILES[profile];
  return fixedLimits === undefined ? named : { ...named, limits: [fixedLimits] };
}

/** A digest of each function, by its index. It does not depend on indices. */
function bodiesOf(module: DecodedModule): ReadonlyMap<number, string> {
  const imports = importedFunctions(module);
  const digests = functionDigests(module, (index) => imports[index] ?? '');
  return new Map(digests.map((digest, place) => [imports.length + place, digest]));
}

/**
 * A text for each function that stays the same if a new function shifts the indices: its name, or its body if it has none, with a number if
 * others have it, too.
 */
function stableNames(
  functions: readonly FunctionCoverage[],
  { names }: ModuleCounts,
  bodies: ReadonlyMap<number, string>,
): ReadonlyMap<number, string> {
  const used = new Map<string, number>();
  return new Map(
    functions.map(({ index }) => {
      const raw = names?.get(index);
      const name = raw === undefined ? (bodies.get(index) ?? '') : demangle(raw);
      const count = used.get(name) ?? 0;
      used.set(name, count + 1);
      return [index, `${name}#${count}`];
    }),
  );
}

/**
 * A uniform sample with this number of mutants in reached blocks. Its order is random, so that what runs within a time limit is uniform,
 * too. It depends only on the seed, the functions' names, and the places in them: a larger sample contains a smaller one, and the sample
 * of the next build contains the same mutants of the functions that have not changed.
 */
function sampleOf(
  candidates: readonly Mutant[],
  { sample = Infinity, seed }: MutateSettings,
  names: ReadonlyMap<number, string>,
  isReached: (mutant: Mutant) => boolean,
): readonly Mutant[] {
  const rank = ({ id, function: index }: Mutant) =>
    createHash('sha256')
      .update(`${seed} ${names.get(index) ?? ''}${id.slice(id.indexOf('+'))}`)
      .digest('hex');
  const ranked = candidates.map((mutant) => ({ mutant, rank: rank(mutant) }));
  ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  const chosen: Mutant[] = [];
  let left = sample;
  for (const { mutant } of ranked) {
    if (left === 0) break;
    if (isReached(mutant)) left--;
    chosen.push(mutant);
  }
  return chosen;
}

function planned(mutant: Mutant, { reached }: Baseline, lines: DebugLines | undefined): PlannedMutant {
  const schedules = reached.flatMap((counters, index) => (counters[mutant.block] === 1 ? [index] : []));
  const location = (lines && locationAt(lines, mutant.start)) ?? null;
  return { mutant, schedules, location };
}

function described(
  { index, exports }: FunctionCoverage,
  { names }: ModuleCounts,
  bodies: ReadonlyMap<number, string>,
): MutatedFunction {
  const name = names?.get(index);
  const body = bodies.get(index) ?? '';
  return { index, name: name === undefined ? null : demangle(name), exports, body };
}
