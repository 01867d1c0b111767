/** Runs a counterexample again and reports whether it fails in the same way. */
import { DETERMINISM, isSameViolation, type Counterexample } from './counterexample.js';
import type { History } from '../history/history.js';
import { examine } from '../relations/examine.js';
import type { RuleSelection } from '../judgement/applicable-rules.js';
import type { StopSignal } from '../execution/stop-signal.js';
import type { Verdict, Violation } from '../evidence/verdict.js';
import type { ScheduleRunner } from '../execution/schedule-runner.js';

export type ReplayOutcome =
  /** It breaks the same rule of the same checker. */
  | 'same'
  /** It breaks another rule. */
  | 'different'
  /** It breaks no rule. */
  | 'passes'
  /** The judgement exceeded its budget. */
  | 'unknown';

export interface Replay {
  readonly outcome: ReplayOutcome;
  /** Whether every event is the same as in the original run. Not required on a replica that chooses the order of messages. */
  readonly isSameTrace: boolean;
  readonly history: History;
  readonly verdict: Verdict;
  /** The violation of the counterexample's rule, or else the first violation. */
  readonly violation: Violation | undefined;
}

export interface ReplayOptions {
  readonly signal?: StopSignal | undefined;
  /** The rules to judge; default: all that apply. */
  readonly rules?: RuleSelection | undefined;
}

/** @throws Interrupted if asked to stop */
export async function replay(
  runner: ScheduleRunner,
  counterexample: Counterexample,
  { signal, rules: only }: ReplayOptions = {},
): Promise<Replay> {
  const { schedule, checker: relation } = counterexample;
  const { history, verdict } = await examine(runner, schedule, { only, signal, relation });
  const isSameTrace = history.traceHash === counterexample.traceHash;
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

/** `undefined` if both runs of one schedule have the same trace. */
export function determinismViolation(first: History, second: History): Violation | undefined {
  if (first.traceHash === second.traceHash) return undefined;
  const expected = first.events.map((event) => JSON.stringify(event));
  const seen = second.events.map((event) => JSON.stringify(event));
  const differs = expected.findIndex((text, index) => text !== seen[index]);
  const event = differs < 0 ? expected.length : differs;
  return {
    layer: 'fact',
    checker: DETERMINISM,
    operation: 'the second run',
    expectedKind: 'the same history',
    seenKind: 'another history',
    rule: 'the same schedule has the same history on every run',
    event: event < expected.length ? event : undefined,
    expected: `as in the first run: ${expected[event] ?? 'the end'}`,
    seen: `in the second run: ${seen[event] ?? 'the end'}`,
  };
}
