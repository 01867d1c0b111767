/** Runs a counterexample again and says whether it fails in the same way. */
import { DETERMINISM, isSameViolation, type Counterexample } from './counterexample.js';
import type { History } from '../history/history.js';
import { judge } from '../judgement/judge.js';
import type { StopSignal } from '../execution/stop-signal.js';
import type { Verdict, Violation } from '../judgement/verdict.js';
import type { ScheduleRunner } from '../execution/schedule-runner.js';

export type ReplayOutcome =
  /** The same rule of the same checker is broken. */
  | 'same'
  /** Something else is broken. */
  | 'different'
  /** Nothing is broken. */
  | 'passes'
  /** The judgement ran out of budget. */
  | 'unknown';

export interface Replay {
  readonly outcome: ReplayOutcome;
  /** Whether every event was the same as when it was found; on a replica that chooses the order it need not be. */
  readonly isSameTrace: boolean;
  readonly history: History;
  readonly verdict: Verdict;
  /** What is broken: the rule that the counterexample is about, else the first one. */
  readonly violation: Violation | undefined;
}

/** @throws Interrupted if asked to stop */
export async function replay(
  runner: ScheduleRunner,
  counterexample: Counterexample,
  signal?: StopSignal,
): Promise<Replay> {
  const { schedule } = counterexample;
  const history = await runner.run(schedule, signal);
  const isSameTrace = history.traceHash === counterexample.traceHash;
  const verdict = judge(history, schedule, runner.target, readerOption(runner));
  if (counterexample.checker === DETERMINISM)
    return replayTwice(runner, counterexample, { history, verdict, isSameTrace }, signal);
  if (verdict.kind !== 'invalid') {
    const outcome = verdict.kind === 'valid' ? 'passes' : 'unknown';
    return { outcome, isSameTrace, history, verdict, violation: undefined };
  }
  const same = verdict.violations.find((violation) => isSameViolation(violation, counterexample));
  return {
    outcome: same === undefined ? 'different' : 'same',
    isSameTrace,
    history,
    verdict,
    violation: same ?? verdict.violations[0],
  };
}

async function replayTwice(
  runner: ScheduleRunner,
  { schedule }: Counterexample,
  first: Pick<Replay, 'history' | 'verdict' | 'isSameTrace'>,
  signal: StopSignal | undefined,
): Promise<Replay> {
  const second = await runner.run(schedule, signal);
  const violation = determinismViolation(first.history, second);
  return { ...first, outcome: violation === undefined ? 'passes' : 'same', violation };
}

/** Undefined if both runs of one schedule have the same trace. */
export function determinismViolation(first: History, second: History): Violation | undefined {
  if (first.traceHash === second.traceHash) return undefined;
  const texts = [first, second].map(({ events }) => events.map((event) => JSON.stringify(event)));
  const differs = texts[0]!.findIndex((text, index) => text !== texts[1]![index]);
  const event = differs < 0 ? texts[0]!.length : differs;
  return {
    checker: DETERMINISM,
    rule: 'the same schedule has the same history on every run',
    event: event < texts[0]!.length ? event : undefined,
    expected: `as in the first run: ${texts[0]![event] ?? 'the end'}`,
    seen: `in the second run: ${texts[1]![event] ?? 'the end'}`,
  };
}

/** The judge's options for this runner. */
export function readerOption({ reader }: ScheduleRunner) {
  return reader === undefined ? {} : { reader };
}
