/**
 * Makes a mutated schedule one that a generator could have built: it has no call that the target and the replica do not support, that
 * nobody has promised an answer to, or that comes before the `begin` of its session.
 */
import { operationsOf, sessionOfStep, sessionsOf, withSteps } from '../../model/edit-schedule.js';
import { viaOf, type Operation, type Schedule, type SessionLabel, type Step } from '../../model/schedule.js';
import { mustPutInOrder, type CallRules } from '../call-rules.js';
import { canUseHttp } from '../interface.js';
import { isHoldable } from '../interleaving.js';
import { permittedSteps } from '../permitted-steps.js';
import { isPossible, type Abilities } from '../schedule.js';
import { contextOf } from './session-context.js';

export function wellFormed(schedule: Schedule, abilities: Abilities): Schedule {
  const possible = schedule.steps.filter((step) => isPossible(step, abilities));
  const owners = ownersOf(schedule);
  const mayUseHttp = (operation: Operation) =>
    // An earlier version of the canister has no HTTP interface.
    schedule.from === undefined && abilities.http !== undefined && canUseHttp(operation, abilities.http);
  const plain = withBegins(withSteps(schedule, possible)).map((step) => plainCall(step, owners, mayUseHttp));
  return withPermittedHolds(withPermittedCalls(withSteps(schedule, plain), abilities), abilities.rules);
}

/** The steps without those on a session that has not begun. */
function withBegins({ steps }: Schedule): readonly Step[] {
  const begun = new Set<string>();
  return steps.filter((step) => {
    if (step.do !== 'call' || !('session' in step.operation)) return true;
    const { op, session } = step.operation;
    if (op === 'begin') begun.add(session);
    return begun.has(session);
  });
}

/** The caller of the first `begin` of each session. */
function ownersOf(schedule: Schedule): ReadonlyMap<SessionLabel, number> {
  const owners = new Map<SessionLabel, number>();
  for (const operation of operationsOf(schedule))
    if (operation.op === 'begin' && !owners.has(operation.session))
      owners.set(operation.session, operation.caller);
  return owners;
}

/** The step without an intruder who is the owner, and over HTTP only if that is possible. */
function plainCall(
  step: Step,
  owners: ReadonlyMap<SessionLabel, number>,
  mayUseHttp: (operation: Operation) => boolean,
): Step {
  if (step.do !== 'call') return step;
  let { operation } = step;
  if (viaOf(operation) !== undefined && !mayUseHttp(operation)) operation = without(operation, 'via');
  const session = sessionOfStep(step);
  const owner = session === undefined ? undefined : owners.get(session);
  if ('by' in operation && operation.by === owner) operation = without(operation, 'by');
  return operation === step.operation ? step : { ...step, operation };
}

function without(operation: Operation, field: 'by' | 'via'): Operation {
  const rest: Record<string, unknown> = { ...operation };
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a copy with one of two fields
  delete rest[field];
  return rest as unknown as Operation;
}

/** The schedule without the calls that the rules do not allow. Each session is judged by its own calls. */
function withPermittedCalls(schedule: Schedule, abilities: Abilities): Schedule {
  const { rules } = abilities;
  if (rules === undefined) return schedule;
  const left = new Set(schedule.steps);
  for (const session of sessionsOf(schedule)) {
    const own = schedule.steps.filter((step) => sessionOfStep(step) === session);
    const context = contextOf(schedule, session, abilities);
    const permitted: ReadonlySet<unknown> = new Set(
      context === undefined ? [] : permittedSteps(own, rules, context),
    );
    for (const step of own) if (!permitted.has(step)) left.delete(step);
  }
  return withSteps(
    schedule,
    schedule.steps.filter((step) => left.has(step)),
  );
}

/** Only calls wait whose answers the rest of the lane does not need. */
function withPermittedHolds(schedule: Schedule, rules: CallRules | undefined): Schedule {
  const arePutsPrompt = rules !== undefined && mustPutInOrder(rules);
  const begun = new Set<string>();
  const steps = schedule.steps.map((step): Step => {
    if (step.do !== 'call') return step;
    const { hold, ...prompt } = step;
    const { operation } = step;
    const isRepeat = operation.op === 'begin' && begun.has(operation.session);
    if (operation.op === 'begin') begun.add(operation.session);
    const mayWait = (isRepeat || isHoldable(operation.op)) && !(arePutsPrompt && operation.op === 'put');
    return hold === true && !mayWait ? prompt : step;
  });
  return withSteps(schedule, steps);
}
