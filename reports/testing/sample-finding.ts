/** Sample findings, made the way a run makes them: a schedule runs on the reference canister with a bug, is judged, and its failure timeline is recorded. */
import {
  contextSwitches,
  describeSchedule,
  operationCount,
} from '../../harness/counterexamples/describe-schedule.js';
import type { History } from '../../harness/history/history.js';
import { judge } from '../../harness/judgement/judge.js';
import { RULES, TARGET } from '../../harness/testing/history-builder.js';
import type { ReferenceBug } from '../../harness/testing/reference-bugs.js';
import { runReference } from '../../harness/testing/run-reference.js';
import { begin, call, drain, file, finish, put, schedule } from '../../harness/testing/schedules.js';
import type { Schedule } from '../../model/schedule.js';
import { failureTimelineOf, type FailureTimeline } from '../documents/failure-timeline.js';
import { originalScheduleOf } from '../documents/original-schedule.js';
import type { Finding } from '../documents/run-report.js';
import { sampleFinding } from './sample-report.js';

const target = TARGET;
const only = new Set(RULES);

export function timelineOfRun(
  ran: Schedule,
  bug?: ReferenceBug,
): { timeline: FailureTimeline; history: History } {
  const history = runReference(ran, { bug, isOrdered: true });
  const verdict = judge(history, ran, target, { only });
  const violation = verdict.kind === 'invalid' ? verdict.violations[0] : undefined;
  return {
    timeline: failureTimelineOf({ schedule: ran }, { history, violation, isSameTrace: true, target }),
    history,
  };
}

export function findingOf(ran: Schedule, bug?: ReferenceBug, original: Schedule = ran): Finding {
  return {
    ...sampleFinding,
    operations: operationCount(ran),
    contextSwitches: contextSwitches(ran),
    stepsBefore: original.steps.length,
    steps: describeSchedule(ran),
    schedule: ran,
    original: originalScheduleOf(original),
    course: timelineOfRun(ran, bug).timeline,
  };
}

/** Three interleaved uploads with lane switches, held calls, a time step, and an upgrade during a finish. */
export const interleavedSchedule: Schedule = schedule(
  [
    call(begin('A', 0), 0),
    call(begin('B', 1), 1),
    call(put('A', 1), 0),
    call(put('B', 0), 1, true),
    call(begin('C', 2), 2),
    call(put('A', 0), 0),
    { do: 'advance', seconds: 5 },
    { do: 'deliver', pick: 0 },
    call(put('C', 0), 2),
    call(finish('A'), 0),
    call(put('C', 1), 2, true),
    { do: 'upgrade' },
    drain,
    call(finish('C'), 2),
  ],
  { files: [file(200), file(100), file(150)] },
);
