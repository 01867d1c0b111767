/** Plans the work of a gate, or of one shard of it. */
import { createHash } from 'node:crypto';
import { PROFILES } from '../../generators/profile.js';
import { listCorpus } from '../../harness/counterexamples/corpus.js';
import type { GatePart } from '../../reports/documents/gate-report.js';
import { SCENARIOS } from '../benchmark/counters.js';
import { corpusFolder } from '../corpus-folder.js';
import { readModule } from '../subject/inputs.js';
import { FAULTS_WASM, type SubjectSpec } from '../subject/subject.js';
import { GATE_PROFILE, SMOKE_MUTANTS, type GateJob } from './job.js';
import { runsOf, shareOf, type Shard } from './shard.js';

export interface GateRequest extends Pick<
  GateJob,
  'subject' | 'seed' | 'rules' | 'budgetMs' | 'workers' | 'findingsFolder'
> {
  readonly only: readonly GatePart[];
  readonly shard: Shard;
  /** Folder of past failures; undefined: the default folder if it exists. */
  readonly corpus: string | undefined;
  /** Whether the gate must measure the coverage of its campaign. */
  readonly hasCoverage: boolean;
  /** Number of mutants to run for the score; undefined: none. */
  readonly scoreSample: number | undefined;
}

/** @throws InputError if the corpus cannot be listed or the module with the seeded faults cannot be read */
export async function planGate(request: GateRequest): Promise<GateJob> {
  const { subject, shard, seed, rules, budgetMs, workers, findingsFolder } = request;
  const tasks = shareOf(await allTasks(request), shard);
  const { hasCoverage, scoreSample } = request;
  const named = (kind: Task['kind']) => tasks.filter((task) => task.kind === kind).map(({ name }) => name);
  return {
    subject,
    seed,
    rules,
    budgetMs,
    workers,
    findingsFolder,
    scenarios: named('scenario'),
    mutants: named('mutant'),
    corpus: named('corpus'),
    faults: isBuiltIn(subject) ? faultsModule() : undefined,
    hasCoverage: hasCoverage && shard.index === 1,
    scoreSample: shard.index === shard.count ? scoreSample : undefined,
    ...campaignRuns(request),
  };
}

/** Coverage is that of the whole campaign, so the first shard runs all of it if coverage is required. */
function campaignRuns({ only, shard, hasCoverage }: GateRequest): Pick<GateJob, 'firstRun' | 'runs'> {
  const total = only.includes('campaign') || hasCoverage ? PROFILES[GATE_PROFILE].runs : 0;
  if (!hasCoverage) return runsOf(total, shard);
  return { firstRun: 0, runs: shard.index === 1 ? total : 0 };
}

interface Task {
  readonly kind: 'scenario' | 'mutant' | 'corpus';
  readonly name: string;
}

/** All shards get the tasks in the same order. */
async function allTasks({ subject, only, corpus }: GateRequest): Promise<readonly Task[]> {
  const folder = only.includes('corpus') ? corpusFolder(corpus) : undefined;
  const files = folder === undefined ? [] : await listCorpus(folder);
  const scenarios = only.includes('counters') ? SCENARIOS.map(({ name }) => name) : [];
  // The seeded faults exist only in the reference canister.
  const mutants = only.includes('mutants') && isBuiltIn(subject) ? SMOKE_MUTANTS : [];
  return [
    ...scenarios.map((name): Task => ({ kind: 'scenario', name })),
    ...mutants.map((name): Task => ({ kind: 'mutant', name })),
    ...files.map((name): Task => ({ kind: 'corpus', name })),
  ];
}

function isBuiltIn({ isUsers }: SubjectSpec): boolean {
  return isUsers !== true;
}

function faultsModule(): NonNullable<GateJob['faults']> {
  const wasm = readModule(FAULTS_WASM);
  return { wasm, sha256: createHash('sha256').update(wasm).digest('hex') };
}
