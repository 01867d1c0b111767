/** Replays past failures before a campaign tries new schedules. */
import type { CorpusEntry } from '../../harness/counterexamples/corpus.js';
import { violationParts, type Counterexample } from '../../harness/counterexamples/counterexample.js';
import { contextOf } from '../../harness/counterexamples/counterexample-context.js';
import { InputError } from '../../harness/input-error.js';
import { replay, type Replay } from '../../harness/counterexamples/replay.js';
import type { StopSignal } from '../../harness/execution/stop-signal.js';
import type { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import type { Failure } from './campaign-shrink.js';

export interface CorpusReplay {
  /** Entries that ran and were judged. */
  readonly replayed: number;
  /** Entries that break some rule now, each with its present violation. */
  readonly failing: readonly CorpusEntry[];
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

/** @throws Interrupted if asked to stop */
export async function replayCorpus(
  entries: readonly CorpusEntry[],
  runner: ScheduleRunner,
  wasmSha256: string,
  signal?: StopSignal,
): Promise<CorpusReplay> {
  const failing: CorpusEntry[] = [];
  const skipped: { path: string; reason: string }[] = [];
  for (const { path, counterexample } of entries) {
    const result = await replayEntry(runner, counterexample, signal);
    if (typeof result === 'string') skipped.push({ path, reason: result });
    else if (result.violation !== undefined) {
      const run = { history: result.history, violation: result.violation };
      failing.push({ path, counterexample: asFoundNow(counterexample, run, runner, wasmSha256) });
    }
  }
  return { replayed: entries.length - skipped.length, failing, skipped };
}

/** The replay, or the reason why the entry is skipped. */
async function replayEntry(
  runner: ScheduleRunner,
  counterexample: Counterexample,
  signal: StopSignal | undefined,
): Promise<Replay | string> {
  const { target } = counterexample;
  if (target !== runner.target.name) return `it is about target "${target}"`;
  try {
    const result = await replay(runner, counterexample, { signal });
    return result.verdict.kind === 'unknown' && result.violation === undefined
      ? result.verdict.reason
      : result;
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}

/** The past failure with its violation on the module under test. It has not been shrunk there. */
function asFoundNow(
  counterexample: Counterexample,
  { violation, history }: Pick<Failure, 'violation' | 'history'>,
  { target, reader, replica }: ScheduleRunner,
  wasmSha256: string,
): Counterexample {
  const { name, version } = replica.info;
  return {
    ...counterexample,
    wasmSha256,
    fault: null,
    replica: { name, version },
    ...violationParts(violation, history, counterexample.schedule, target),
    traceHash: history.traceHash,
    isMinimal: false,
    context: contextOf(history, violation, counterexample.schedule, target, reader),
  };
}
