/**
 * A stub in place of the engine, for the scale test of campaigns on several machines. Its results have the size of real ones: they are
 * recorded once on a fast model of the canister with a dozen bugs, and repeated with the indices and trace hashes of the runs.
 */
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { CampaignAggregator, type AggregatorOptions } from '../campaigns/campaign/aggregator.js';
import type { ShrinkInput } from '../campaigns/campaign/campaign-shrink.js';
import { runRange, type RunRange } from '../campaigns/campaign/range.js';
import type { RunResult } from '../campaigns/campaign/run-result.js';
import { decodeData, encodeData } from '../campaigns/cluster/encoding.js';
import type { JobExecutor } from '../campaigns/cluster/executor.js';
import { shrinkKey, shrinkTask } from '../campaigns/cluster/shrink-task.js';
import { PROFILES } from '../generators/profile.js';
import { ScheduleRunner } from '../harness/execution/schedule-runner.js';
import { FakeReplica, fakeTarget } from '../harness/testing/fake-replica.js';
import type { ReferenceBug } from '../harness/testing/reference-bugs.js';

/** Their failures have twelve causes. */
const BUGS = [
  'second-finish-makes-another-blob',
  'hash-in-arrival-order',
  'list-shows-all',
  'index-past-end-traps',
  'pause-of-initiated',
  'cancelled-session-finishes',
  'put-while-paused',
  'read-drops-last-byte',
  'expected-chunks-not-checked',
  'key-ignores-parameters',
  'duplicate-counts-twice',
  'abort-of-completed',
] as const satisfies readonly ReferenceBug[];

const RECORDED_RUNS = 150;

export interface Recording {
  /** JSON of results without the index and the trace hash of their runs. */
  readonly valid: readonly string[];
  /** One for each cause. */
  readonly failing: readonly string[];
  /** Shrunk failures as base64 of their data, by key. */
  readonly shrunk: Readonly<Record<string, string>>;
}

export function stubRunner(bug: readonly ReferenceBug[] = BUGS): ScheduleRunner {
  return new ScheduleRunner({
    replica: new FakeReplica({ bug }),
    target: fakeTarget,
    wasm: new Uint8Array(),
  });
}

/** Runs a small campaign, and records one failing run for each cause, with everything that is shrunk on the way. */
export async function record(): Promise<Recording> {
  const range = { firstRun: 0, count: RECORDED_RUNS };
  const campaign = { profile: PROFILES.quick, seed: 1, wasmSha256: '0'.repeat(64), findingsMax: 1_000 };
  const runner = stubRunner();
  const shrunk: Record<string, string> = {};
  const shrinkElsewhere = async (input: ShrinkInput) => {
    const result = await shrinkTask(input, { runner, rules: undefined, clock: () => performance.now() });
    shrunk[shrinkKey(input)] = encodeData(result).toString('base64');
    return result;
  };
  const results = await runRange({ ...campaign, runner }, range);
  const findings = await findingsOf(results, { ...campaign, runner, shrinkElsewhere });
  const indices = new Set(findings.map(({ counterexample }) => counterexample.campaign.runIndex));
  const failing = results.filter(({ runIndex }) => indices.has(runIndex));
  // Without the other runs, more of these failures are shrunk.
  await findingsOf(
    failing.map((result, runIndex) => ({ ...result, runIndex })),
    { ...campaign, runner, shrinkElsewhere },
  );
  const valid = await runRange({ ...campaign, runner: stubRunner([]) }, range);
  return { valid: valid.map(restOf), failing: failing.map(restOf), shrunk };
}

async function findingsOf(results: readonly RunResult[], options: AggregatorOptions) {
  const aggregator = new CampaignAggregator(options);
  await aggregator.takeAll(results);
  return (await aggregator.finish({ isInterrupted: false })).findings;
}

function restOf({ runIndex: _, traceHash: __, ...rest }: RunResult): string {
  return JSON.stringify(rest).slice(1);
}

export function stubTraceHash(runIndex: number): string {
  return createHash('sha256').update(String(runIndex)).digest('hex');
}

/** Every n-th run fails. */
export class StubExecutor implements JobExecutor {
  readonly #recording: Recording;
  readonly #failingEvery: number;

  constructor(recording: Recording, failingEvery: number) {
    this.#recording = recording;
    this.#failingEvery = failingEvery;
  }

  range({ firstRun, count }: RunRange): Promise<Uint8Array> {
    const results = Array.from({ length: count }, (_, place) => this.#result(firstRun + place));
    return Promise.resolve(deflateSync(`[${results.join(',')}]`, { level: 1 }));
  }

  async shrink(failure: Uint8Array): Promise<Uint8Array> {
    const input = decodeData(failure, 'a failure') as ShrinkInput;
    const recorded = this.#recording.shrunk[shrinkKey(input)];
    if (recorded !== undefined) return Buffer.from(recorded, 'base64');
    const clock = () => performance.now();
    return encodeData(await shrinkTask(input, { runner: stubRunner(), rules: undefined, clock }));
  }

  stop(): void {
    // The stub ends by itself.
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #result(runIndex: number): string {
    const { valid, failing } = this.#recording;
    const isFailing = runIndex % this.#failingEvery === 0;
    const rest = isFailing
      ? failing[(runIndex / this.#failingEvery) % failing.length]
      : valid[runIndex % valid.length];
    return `{"runIndex":${runIndex},"traceHash":"${stubTraceHash(runIndex)}",${rest ?? ''}`;
  }
}
