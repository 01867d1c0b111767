import { requireSmokeUpload } from '../campaigns/smoke/smoke-upload.js';
import { runCampaign as runOnRunner } from '../campaigns/campaign/campaign.js';
import type { CampaignResult, Finding, Progress } from '../campaigns/campaign/campaign-result.js';
import { PROFILES, type ProfileName } from '../generators/profile.js';
import { guidanceOf, type Guidance } from './guidance.js';
import { withModule, type ModuleUnderTest, type OpenModule } from './module-under-test.js';
import { selectionFrom, type SelectRules } from './selection.js';
import { threadsOf, type WorkerThreads } from './worker-threads.js';

export interface CampaignOptions extends ModuleUnderTest, SelectRules, WorkerThreads, Guidance {
  /** Random seed, a safe integer. The same seed generates the same schedules. */
  readonly seed: number;
  /** Size and fault rate of the generated schedules; default `default`. */
  readonly profile?: ProfileName | undefined;
  /** Number of schedules to run; default: the profile's, or no bound if there is a budget. */
  readonly runs?: number | undefined;
  /** Time limit in milliseconds. */
  readonly budgetMs?: number | undefined;
  /** The campaign ends after this number of findings; default 20. */
  readonly maxFindings?: number | undefined;
  /** Time limit for shrinking one finding, in milliseconds; default: a limit of 100,000 calls instead. */
  readonly shrinkBudgetMs?: number | undefined;
  /** Folder for the counterexamples. Without it, none is written. */
  readonly counterexampleFolder?: string | undefined;
  /** Stops the campaign between two operations. What it has found so far is in the result. */
  readonly signal?: AbortSignal | undefined;
  /** Receives progress about ten times a second. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Receives each finding at the end of the campaign, the worst first. */
  readonly onFinding?: ((finding: Finding) => void) | undefined;
}

/**
 * Generates schedules, runs each on a fresh canister, judges every answer, and shrinks what fails. With one worker the canister runs in this
 * thread: an event loop that must stay responsive belongs in another one.
 *
 * @throws InputError if a rule is unknown, threads or guidance are not possible, the module cannot be read or installed, or the smoke upload fails; ReplicaError if the
 * replica fails
 *
 * @example
 * const { verdict, findings } = await runCampaign({ wasm: 'my.wasm', target, seed: 1, budgetMs: 60_000 });
 */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { profile = 'default', rules, maxFindings, shrinkBudgetMs, counterexampleFolder, ...rest } = options;
  const guidance = guidanceOf(options);
  const campaign = async (opened: OpenModule) => {
    const { runner, wasmSha256 } = opened;
    const selected = selectionFrom({ rules });
    const startRuns = guidance?.startRuns(opened) ?? threadsOf(options, opened);
    if (options.fault === undefined) await requireSmokeUpload(runner, PROFILES[profile]);
    return runOnRunner({
      ...onlyGiven(rest),
      runner,
      startRuns,
      wasmSha256,
      seed: options.seed,
      profile: PROFILES[profile],
      rules: selected,
      findingsMax: maxFindings,
      shrinkMsMax: shrinkBudgetMs,
      corpusFolder: counterexampleFolder,
    });
  };
  return withModule(options, campaign, guidance?.coverage);
}

/** The fields that both option types share, without those that are explicitly `undefined`. */
function onlyGiven({ runs, budgetMs, signal, fault, onProgress, onFinding }: Partial<CampaignOptions>) {
  return {
    runs,
    budgetMs,
    signal,
    fault,
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(onFinding === undefined ? {} : { onFinding }),
  };
}
