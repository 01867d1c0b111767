/** What a shrunk failure shows about its cause, and when two shrunk failures have the same cause. */
import { conditionsOf } from '../../harness/evidence/conditions.js';
import type { Severity } from '../../harness/evidence/rules.js';
import { isRefusal, severityOf } from '../../harness/evidence/severity.js';
import type { Violation, WrongExecution } from '../../harness/evidence/verdict.js';
import { canonicalJson } from '../../harness/history/canonical-json.js';
import type { History, HistoryEvent } from '../../harness/history/history.js';
import { READ_OPERATIONS, viaOf, type Operation } from '../../model/operations.js';
import type { Failure } from './campaign-shrink.js';
import { REFUSALS_OF_CALLERS } from './wrong-answers.js';

/** How a violation is recognised. */
export interface Sign {
  /** The wrong answer: operation, kinds of answer, and the interface that carried it. */
  readonly answer: string;
  readonly conditions: ReadonlySet<string>;
}

export interface ShownFailure {
  readonly operation: string;
  /** The wrong answers of the event that shows the failure: several rules may reject it. */
  readonly answers: ReadonlySet<string>;
  /** The errors that were due. */
  readonly checks: ReadonlySet<string>;
  /** What was seen in place of the right answers. */
  readonly symptoms: ReadonlySet<string>;
  /** Wrong answers of earlier events that have consequences. */
  readonly earlierAnswers: ReadonlySet<string>;
  readonly conditions: ReadonlySet<string>;
  /** What happened besides the call that shows the failure, without reads, lanes, files, and limits. */
  readonly trigger: readonly string[];
  /** The trigger with the call that shows the failure. */
  readonly steps: readonly string[];
  /** The conditions of the trigger. Empty if it is only a part of a plain upload. */
  readonly triggerConditions: ReadonlySet<string>;
  /** Whether the failure shows only in a summary of the whole canister or of a caller. */
  readonly isSummary: boolean;
}

/** Violations that leave the state of the canister as it should be, so that nothing follows from them. */
const WITHOUT_CONSEQUENCES: ReadonlySet<Severity> = new Set<Severity>(['cost', 'storage leaked', 'trap']);

/** A trigger ends anywhere in an upload, and the minimiser prefers empty files. */
const USUAL: ReadonlySet<string> = new Set(['missing chunks', 'empty file']);

/** Operations whose answers show what other operations did. */
const SUMMARIES: ReadonlySet<string> = new Set<Operation['op']>(['list', 'listMemories', 'stats', 'cleanup']);

type Run = Pick<Failure, 'schedule' | 'history'>;

/** The sign of a violation in its run: only conditions count that may matter to the session that fails. */
export function signOf(violation: Violation, run: Run, defaultChunkSize: number): Sign {
  const { history, schedule, event: until } = wrongExecution(violation, run);
  const operation = wrongOperation(history, until);
  const session = operation !== undefined && 'session' in operation ? operation.session : undefined;
  return {
    answer: answerOf(violation, run),
    conditions: new Set(conditionsOf(history, schedule, { defaultChunkSize, session, until })),
  };
}

export function shownFailure(shrunk: Failure, defaultChunkSize: number): ShownFailure {
  const { violation, violations } = shrunk;
  const together = violations.filter(
    (one) => one === violation || (one.event !== undefined && one.event === violation.event),
  );
  const earlier = violations.filter(
    (one) =>
      (one.event ?? Infinity) < (violation.event ?? Infinity) && !WITHOUT_CONSEQUENCES.has(severityOf(one)),
  );
  const { history, schedule, event: until } = wrongExecution(violation, shrunk);
  const events = eventsWithout(until, history);
  const triggerConditions = conditionsOf({ events }, schedule, { defaultChunkSize, until });
  return {
    operation: violation.operation,
    answers: new Set(together.map((one) => answerOf(one, shrunk))),
    checks: new Set(together.map(({ expectedKind }) => expectedKind).filter(isRefusal)),
    symptoms: new Set(together.map((one) => symptomOf(wrongExecution(one, shrunk).seenKind))),
    earlierAnswers: new Set(earlier.map((one) => answerOf(one, shrunk))),
    conditions: new Set(conditionsOf(history, schedule, { defaultChunkSize, until })),
    trigger: triggerOf(events, until),
    steps: triggerOf(history.events, until),
    triggerConditions: new Set(triggerConditions.filter((one) => !USUAL.has(one))),
    isSummary: isSummary(violation),
  };
}

/** The execution that shows the wrong answer: a relation may break only in the second one. */
function wrongExecution(violation: Violation, run: Run): WrongExecution {
  const { event, seenKind, shownBy } = violation;
  return shownBy ?? { ...run, event, seenKind };
}

const LEAK = 'more memory';

/** Different operations show one damage in different words. */
function symptomOf(seenKind: string): string {
  if (seenKind === 'more blocks' || seenKind.startsWith('growth')) return LEAK;
  if (seenKind === 'ChecksumMismatch' || seenKind === 'a wrong content') return 'other bytes';
  return seenKind === 'InvalidState' || seenKind.startsWith('status ') ? 'another state' : seenKind;
}

/** The condition that an operation is repeated. */
const REPETITIONS: ReadonlyMap<string, string> = new Map([
  ['begin', 'begin repeated'],
  ['put', 'chunk repeated'],
  ['finish', 'finish repeated'],
]);

/** Whether `more` shows the cause of `less`, and perhaps needs more for it. */
export function isNeededBy(less: ShownFailure, more: ShownFailure): boolean {
  if (!isSubset(less.triggerConditions, more.conditions)) return false;
  const isNested = isSubset(less.conditions, more.conditions);
  // The same wrong answer under the same conditions and perhaps others.
  if (isNested && intersects(less.answers, more.answers)) return true;
  const isSameTrigger = canonicalJson(less.trigger) === canonicalJson(more.trigger);
  if (isNested && less.conditions.size > 0) {
    const isRepeated = less.conditions.has(REPETITIONS.get(less.operation) ?? '');
    const isSameSituation = isRepeated || less.conditions.size === more.conditions.size;
    // The operation lacks a check, or gives other wrong answers after the same steps.
    const isAlike =
      intersects(less.checks, more.checks) || (isSameSituation && isPartOf(less.trigger, more.trigger));
    if (less.operation === more.operation && isAlike) return true;
    const isTelling = (symptom: string) => REFUSALS_OF_CALLERS.has(symptom) || symptom === LEAK;
    if ([...less.symptoms].some((one) => isTelling(one) && more.symptoms.has(one))) return true;
  }
  // The failure needs every step of the other one, with its wrong call: it shows what that call did.
  if (isNested && less.conditions.size > 0 && isPartOf(less.steps, more.trigger)) return true;
  if (less.triggerConditions.size === 0) return false;
  // Another call shows what the same unusual trigger did.
  const isAlike =
    more.isSummary || less.operation === more.operation || intersects(less.symptoms, more.symptoms);
  return isSameTrigger || (isAlike && isPartOf(less.trigger, more.trigger));
}

/** Whether `later` is a consequence: a wrong answer of `first` comes earlier in its history, under the conditions that `first` needs. */
export function followsFrom(later: ShownFailure, first: ShownFailure): boolean {
  return (
    first.conditions.size > 0 &&
    intersects(later.earlierAnswers, first.answers) &&
    isSubset(first.conditions, later.conditions)
  );
}

/** Whether the wrong answer summarises a caller's sessions or the whole canister. */
export function isSummary({ operation }: Violation): boolean {
  return SUMMARIES.has(operation);
}

/** Checkers give one wrong answer different names, so the name of the checker is left out. */
function answerOf(violation: Violation, run: Run): string {
  const { operation, expectedKind } = violation;
  const { history, event, seenKind } = wrongExecution(violation, run);
  const called = wrongOperation(history, event);
  const via = called === undefined || viaOf(called) === undefined ? '' : ' over HTTP';
  return `${operation} answers ${seenKind} instead of ${expectedKind}${via}`;
}

function wrongOperation({ events }: History, event: number | undefined): Operation | undefined {
  const wrong = event === undefined ? undefined : events[event];
  return wrong !== undefined && 'operation' in wrong ? wrong.operation : undefined;
}

function eventsWithout(event: number | undefined, { events }: History): readonly HistoryEvent[] {
  const wrong = event === undefined ? undefined : events[event];
  if (wrong === undefined || !('call' in wrong) || wrong.call === undefined) return events;
  return events.filter((one) => !('call' in one) || one.call !== wrong.call);
}

function triggerOf(events: readonly HistoryEvent[], until = Infinity): readonly string[] {
  return events.flatMap((event) => {
    if (event.index > until) return [];
    if (event.type === 'invoke')
      return READ_OPERATIONS.has(event.operation.op) ? [] : [tokenOf(event.operation)];
    return event.type === 'advanced' || event.type === 'upgraded' || event.type === 'restarted'
      ? [event.type]
      : [];
  });
}

/** An operation without its data, which the conditions describe. */
function tokenOf(operation: Operation): string {
  const session = 'session' in operation ? operation.session : '';
  const index = 'index' in operation ? ` ${operation.index}` : '';
  return `${operation.op} ${session}${index}${'by' in operation ? ' by another' : ''}`;
}

/** Whether `all` has every item of `some`, in any order, as often. */
function isPartOf(some: readonly string[], all: readonly string[]): boolean {
  const left = [...all];
  return some.every((one) => {
    const place = left.indexOf(one);
    if (place >= 0) left.splice(place, 1);
    return place >= 0;
  });
}

function isSubset(some: ReadonlySet<string>, all: ReadonlySet<string>): boolean {
  return [...some].every((one) => all.has(one));
}

function intersects(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return [...a].some((one) => b.has(one));
}
