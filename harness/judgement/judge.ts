/** Judges a history: follows it with the model once, then runs every checker whose rule the target promises. */
import type { FileReader } from '../../model/content.js';
import { createContentOracle } from '../../model/oracle.js';
import type { Limits, Schedule } from '../../model/schedule.js';
import { initialState } from '../../model/state.js';
import { callsOf } from '../history/calls.js';
import { checkers } from '../checkers/checkers.js';
import { type Evidence, sessionsOf } from '../evidence/evidence.js';
import { type FollowedModel, followModel } from '../evidence/follow-model.js';
import { selectedRules, type JudgedTarget, type RuleSelection } from './applicable-rules.js';
import type { History } from '../history/history.js';
import { Ledger } from '../ledger/ledger.js';
import { tokensOf } from '../execution/interfaces.js';
import type { ScheduleRunner } from '../execution/schedule-runner.js';
import type { Verdict } from '../evidence/verdict.js';
import { byEvent } from '../evidence/violations.js';

export interface JudgeOptions {
  /** Reads files of `path` recipes. Without it, a schedule with such files cannot be judged. */
  readonly reader?: FileReader;
  /**
   * Number of configurations to explore before the verdict is `unknown`, where the order of calls in flight is not known. Default:
   * `EXPLORED_MAX_DEFAULT`.
   */
  readonly exploredMax?: number;
  /** The rules to judge, of those that apply to the target; default: all. */
  readonly only?: RuleSelection | undefined;
}

/** The options of a judgement of what this runner has run. */
export function readerOption({ reader }: Pick<ScheduleRunner, 'reader'>): Pick<JudgeOptions, 'reader'> {
  return reader === undefined ? {} : { reader };
}

/** What the model needs to know about a schedule. Without steps, no caller has a token. */
export type JudgedSchedule = Pick<Schedule, 'limits' | 'files'> &
  Partial<Pick<Schedule, 'callers' | 'steps' | 'from'>>;

const HASH_BYTES_PER_CALL_DEFAULT = 16_777_216;

export const EXPLORED_MAX_DEFAULT = 20_000;

/** @throws Error (one line) if the schedule names files that it lacks, or that cannot be read. */
export function judge(
  history: History,
  schedule: JudgedSchedule,
  target: JudgedTarget,
  { reader, exploredMax = EXPLORED_MAX_DEFAULT, only }: JudgeOptions = {},
): Verdict {
  const oracle = createContentOracle(schedule.files, reader);
  const initial = initialState(schedule.limits, target.defaultChunkSize, {
    tokens: tokensOf(schedule),
    madeNs: BigInt(history.events[0]?.timeNs ?? 0),
  });
  const calls = callsOf(history, initial.limits.chunkSize);
  let followed: FollowedModel | undefined;
  const { limits } = initial;
  const sessions = sessionsOf(calls, limits.chunkSize);
  const hashBytes = hashBytesPerCall(history, schedule.limits);
  const follow: Evidence['follow'] = (onState) =>
    void followModel(history, calls, initial, oracle, { exploredMax, onState });
  const evidence: Evidence = {
    history,
    calls,
    sessions,
    // Only the rules of the specification need it.
    get followed() {
      return (followed ??= followModel(history, calls, initial, oracle, { exploredMax }));
    },
    follow,
    oracle,
    ledger: new Ledger({ history, calls, oracle, target, limits: schedule.limits }),
    limits,
    ...hashBytes,
  };
  const selected = selectedRules(target, only);
  const violations = checkers
    .filter(({ name }) => selected.has(name))
    .flatMap((checker) => checker.check(evidence) ?? [])
    .sort(byEvent);
  const [first, ...others] = violations;
  if (first !== undefined) return { kind: 'invalid', violations: [first, ...others] };
  if (followed?.isBudgetExceeded !== true) return { kind: 'valid' };
  const reason = `more than ${exploredMax} linearizations are possible for the calls in flight`;
  return { kind: 'unknown', reason };
}

/** The largest and the smallest number of bytes that a call may hash during the run (limit of the upload canister, see upload.did). */
function hashBytesPerCall(
  { events }: History,
  limits: Limits,
): Pick<Evidence, 'hashBytesPerCall' | 'hashBytesPerCallMin'> {
  const given = events.flatMap((event) => (event.type === 'upgraded' ? (event.limits ?? []) : []));
  const all = [limits.hashBytesPerCall ?? HASH_BYTES_PER_CALL_DEFAULT].concat(
    given.flatMap((one) => one.hashBytesPerCall ?? []),
  );
  return { hashBytesPerCall: Math.max(...all), hashBytesPerCallMin: Math.max(64, Math.min(...all)) };
}
