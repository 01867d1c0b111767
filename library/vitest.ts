/**
 * Registers the stress suite for one canister in a vitest run: one test per rule that the target promises, and one replay test per
 * counterexample in the corpus.
 *
 * @example
 * import { uploadStressSuite } from 'canister-upload-stress/vitest';
 * import target from './target.js';
 *
 * uploadStressSuite({ wasm: 'target/wasm32-unknown-unknown/release/files.wasm', target, budgetMs: 20_000 });
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CampaignResult } from '../campaigns/campaign/campaign-result.js';
import type { ProfileName } from '../generators/profile.js';
import type { Counterexample } from '../harness/counterexamples/counterexample.js';
import { applicableRules } from '../harness/judgement/applicable-rules.js';
import { RELATIONS } from '../harness/relations/relations.js';
import type { Target } from '../targets/target.js';
import { DETERMINISM, readCounterexample } from '../harness/counterexamples/counterexample.js';
import { describeCounterexample } from '../harness/counterexamples/describe-schedule.js';
import { runCampaign } from './campaign.js';
import { findingTests } from './finding-tests.js';
import type { Guidance } from './guidance.js';
import type { ModuleUnderTest } from './module-under-test.js';
import { replayCounterexample } from './replay.js';
import type { WorkerThreads } from './worker-threads.js';

export interface UploadStressSuiteOptions extends ModuleUnderTest, WorkerThreads, Guidance {
  /** Title of the suite; default: `upload stress: ` and the target's name. */
  readonly title?: string | undefined;
  /** Random seed, a safe integer; default 1, so that every run of the suite tests the same schedules. */
  readonly seed?: number | undefined;
  /** Size and fault rate of the generated schedules; default `quick`. */
  readonly profile?: ProfileName | undefined;
  /** Number of schedules to run; default: no bound but the budget. */
  readonly runs?: number | undefined;
  /** Time limit of the campaign in milliseconds; default 10,000 if `runs` is not given either. */
  readonly budgetMs?: number | undefined;
  /** Folder with the counterexamples to replay; default `corpus`. A folder that does not exist counts as empty. */
  readonly corpusFolder?: string | undefined;
  /** Folder for new counterexamples; default `reports/out/counterexamples`. */
  readonly counterexampleFolder?: string | undefined;
}

const BUDGET_MS_DEFAULT = 10_000;
/** Set-up, shrinking every finding, and a busy machine. A test that ends earlier does not wait for it. */
const TIMEOUT_SLACK_MS = 600_000;

/**
 * Call it at the top level of a test file or inside `describe`. The campaign runs once, before the first test of the suite; each
 * rule's test fails with the shrunk steps, what was expected and seen, and the path of the counterexample's file.
 */
export function uploadStressSuite(options: UploadStressSuiteOptions): void {
  const { target, corpusFolder = 'corpus' } = options;
  const corpus = listCounterexamples(corpusFolder);
  describe(options.title ?? `upload stress: ${target.name}`, () => {
    describe('campaign', () => registerRules(options));
    if (corpus.length > 0) describe('corpus', () => registerReplays(options, corpus));
  });
}

function registerRules(options: UploadStressSuiteOptions): void {
  const { target, runs, budgetMs = runs === undefined ? BUDGET_MS_DEFAULT : undefined } = options;
  const rules = [...applicableRules(target), ...relationsOf(target), DETERMINISM];
  let result: CampaignResult | undefined;
  beforeAll(
    async () => {
      result = await runCampaign({
        ...options,
        seed: options.seed ?? 1,
        profile: options.profile ?? 'quick',
        budgetMs,
        counterexampleFolder: options.counterexampleFolder ?? join('reports', 'out', 'counterexamples'),
      });
    },
    (budgetMs ?? 0) + TIMEOUT_SLACK_MS,
  );

  it('runs schedules and judges them', () => {
    expect(result?.runs, 'schedules').toBeGreaterThan(0);
    expect(result?.unknowns.firstReason, 'a judgement that exceeded its budget').toBeUndefined();
  });
  for (const { title, covers } of findingTests(rules))
    it(title, () => {
      const found = result?.findings.filter(({ counterexample }) => covers(counterexample.checker)) ?? [];
      const texts = found.map(({ counterexample, path, writeFailure }) =>
        counterexampleText(counterexample, path, writeFailure),
      );
      if (texts.length > 0) expect.fail(texts.join('\n\n'));
    });
}

function relationsOf(target: Target): readonly string[] {
  return RELATIONS.filter(({ isMet }) => isMet(target)).map(({ name }) => name);
}

function registerReplays(module: ModuleUnderTest, paths: readonly string[]): void {
  for (const path of paths) {
    it(
      basename(path),
      async ({ skip }) => {
        const counterexample = await readCounterexample(path);
        skip(
          counterexample.target !== module.target.name,
          `it is a counterexample for target "${counterexample.target}"`,
        );
        const { violation } = await replayCounterexample(counterexample, module);
        if (violation !== undefined)
          expect.fail(counterexampleText({ ...counterexample, ...violation, event: null }, path));
      },
      TIMEOUT_SLACK_MS,
    );
  }
}

function listCounterexamples(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(folder, name));
}

function counterexampleText(
  counterexample: Counterexample,
  path: string | undefined,
  writeFailure?: string,
): string {
  const { rule, expected, seen, isMinimal } = counterexample;
  const where =
    path === undefined
      ? `The counterexample was not saved: ${writeFailure ?? 'no folder was given'}`
      : `counterexample: ${relative(process.cwd(), path)}`;
  return [
    rule,
    ...describeCounterexample(counterexample).map((line) => `  ${line}`),
    ...(isMinimal ? [] : ['  (not minimal: the time for shrinking ran out)']),
    `expected: ${expected}`,
    `seen:     ${seen}`,
    where,
  ].join('\n');
}
