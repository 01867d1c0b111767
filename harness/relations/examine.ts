/** Runs a schedule, judges its history, and checks relations on it. */
import type { Schedule } from '../../model/schedule.js';
import type { Target } from '../../targets/target.js';
import type { ReplicaInfo } from '../../replicas/replica.js';
import { hasNetworkSteps } from '../execution/network.js';
import type { ScheduleRunner } from '../execution/schedule-runner.js';
import type { StopSignal } from '../execution/stop-signal.js';
import type { Verdict, Violation } from '../evidence/verdict.js';
import { byEvent } from '../evidence/violations.js';
import type { History } from '../history/history.js';
import { isSelected, type RuleSelection } from '../judgement/applicable-rules.js';
import { judge, readerOption } from '../judgement/judge.js';
import { checkRelations } from './check-relations.js';
import { executionOf, type Execution } from './execution.js';
import type { Relation } from './relation.js';
import { RELATIONS } from './relations.js';
import { serialForm } from './serialize.js';

export interface ExamineOptions {
  /** The rules and relations to judge, of those that apply to the target; default: all. */
  readonly only?: RuleSelection | undefined;
  readonly signal?: StopSignal | undefined;
}

export interface Examination {
  readonly history: History;
  readonly verdict: Verdict;
}

/**
 * Runs the schedule and judges its history.
 * @param relation the relation to check on the schedule as it is, by its name; other names check none
 * @throws Interrupted if asked to stop
 */
export async function examine(
  runner: ScheduleRunner,
  schedule: Schedule,
  { relation, ...options }: ExamineOptions & { readonly relation?: string | undefined } = {},
): Promise<Examination> {
  const relations = RELATIONS.filter(({ name }) => name === relation);
  return examineWith(runner, schedule, relations, options);
}

/**
 * Runs the schedule, judges its history, and checks every relation that applies on the schedule as it is.
 * @throws Interrupted if asked to stop
 */
export async function examineFully(
  runner: ScheduleRunner,
  schedule: Schedule,
  options: ExamineOptions = {},
): Promise<Examination> {
  const relations = applicableRelations(runner.target, runner.replica.info, options.only);
  return examineWith(runner, schedule, relations, options);
}

async function examineWith(
  runner: ScheduleRunner,
  schedule: Schedule,
  relations: readonly Relation[],
  { only, signal }: ExamineOptions,
): Promise<Examination> {
  const history = await runner.run(schedule, signal);
  const verdict = judge(history, schedule, runner.target, { ...readerOption(runner), only });
  if (relations.length === 0) return { history, verdict };
  const violations = await breaches(runner, executionBy(runner, { schedule, history }), relations, signal);
  return { history, verdict: withViolations(verdict, violations) };
}

/** A schedule that breaks relations, with all violations in its history. */
export interface RelationFailure {
  readonly schedule: Schedule;
  readonly history: History;
  readonly violations: readonly Violation[];
}

/**
 * Checks all relations that apply: on the schedule, or on its serial form, which is executed first.
 * @throws Interrupted if asked to stop
 */
export async function relationFailures(
  runner: ScheduleRunner,
  executed: Pick<RelationFailure, 'schedule' | 'history'>,
  { only, signal }: ExamineOptions = {},
): Promise<readonly RelationFailure[]> {
  const { target } = runner;
  // In a variant, a loss would meet another message, and an outage other calls.
  if (hasNetworkSteps(executed.schedule)) return [];
  const relations = applicableRelations(target, runner.replica.info, only);
  const execution = executionBy(runner, executed);
  const asItIs = await failureOf(
    runner,
    execution,
    relations.filter(({ base }) => base === 'as it is'),
    { only, signal },
  );
  const serial = relations.filter(({ base }) => base === 'serial form');
  const form = serial.length === 0 ? undefined : serialForm(execution, target);
  if (form === undefined) return asItIs;
  const base = executionBy(runner, { schedule: form, history: await runner.run(form, signal) });
  return [...asItIs, ...(await failureOf(runner, base, serial, { only, signal }))];
}

async function failureOf(
  runner: ScheduleRunner,
  base: Execution,
  relations: readonly Relation[],
  { only, signal }: ExamineOptions,
): Promise<readonly RelationFailure[]> {
  const violations = await breaches(runner, base, relations, signal);
  if (violations.length === 0) return [];
  const { schedule, history } = base;
  const verdict = judge(history, schedule, runner.target, { ...readerOption(runner), only });
  const whole = withViolations(verdict, violations);
  return whole.kind === 'invalid' ? [{ schedule, history, violations: whole.violations }] : [];
}

function executionBy(
  { target }: Pick<ScheduleRunner, 'target'>,
  { schedule, history }: Pick<RelationFailure, 'schedule' | 'history'>,
): Execution {
  return executionOf(schedule, history, target.defaultChunkSize);
}

function breaches(
  runner: ScheduleRunner,
  base: Execution,
  relations: readonly Relation[],
  signal: StopSignal | undefined,
): Promise<readonly Violation[]> {
  const { target } = runner;
  return checkRelations(relations, base, { target, run: (variant) => runner.run(variant, signal) });
}

function withViolations(verdict: Verdict, added: readonly Violation[]): Verdict {
  const before = verdict.kind === 'invalid' ? verdict.violations : [];
  const [first, ...others] = [...before, ...added].sort(byEvent);
  return first === undefined ? verdict : { kind: 'invalid', violations: [first, ...others] };
}

// ---- which relations apply ----

/** Why a relation is not checked. */
export interface SkippedRelation {
  readonly name: string;
  readonly reason: string;
}

export function applicableRelations(
  target: Target,
  replica: ReplicaInfo,
  only?: RuleSelection,
): readonly Relation[] {
  return RELATIONS.filter(
    (relation) => isChosen(relation, only) && reasonToSkip(relation, target, replica) === undefined,
  );
}

/** The relations that are selected but not checked, with reasons. */
export function skippedRelations(
  target: Target,
  replica: ReplicaInfo,
  only?: RuleSelection,
): readonly SkippedRelation[] {
  return RELATIONS.filter((relation) => isChosen(relation, only)).flatMap((relation) => {
    const reason = reasonToSkip(relation, target, replica);
    return reason === undefined ? [] : [{ name: relation.name, reason }];
  });
}

function isChosen({ name }: Relation, only: RuleSelection | undefined): boolean {
  return isSelected(only, name, 'relation');
}

function reasonToSkip(
  { isMet, requires, needs }: Relation,
  target: Target,
  { name, abilities }: ReplicaInfo,
): string | undefined {
  // Both executions start from the same state, which a service in use does not have.
  if (name === 'live') return 'not supported for HTTP services';
  if (!isMet(target)) return `it requires ${requires}`;
  const missing = needs.find((ability) => !abilities.has(ability));
  return missing === undefined ? undefined : `replica ${name} lacks ${missing}`;
}
