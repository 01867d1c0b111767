/**
 * Conditions of the network between the canisters of a system: messages that are lost, and canisters that execute no calls for a while.
 * Also the reads that show their traces: the list of files, and the quota. They are derived from one seed after everything else, so that
 * the schedules of other canisters do not depend on them.
 */
import { OPERATIONS, type OperationName } from '../model/operations.js';
import { OUTAGES, type Step } from '../model/schedule.js';
import { Dice } from './dice.js';
import { pick } from './pick.js';

export interface NetworkInterface {
  readonly operations: ReadonlySet<OperationName>;
  /** Names of further canisters of the system. */
  readonly canisters: readonly string[];
  readonly callers: number;
  /** The lane of calls that belong to no upload. */
  readonly lane: number;
}

/** In permille of the schedules. */
const WITH_LOSSES = 450;
const WITH_OUTAGES = 450;
const WITH_AUDITS = 500;
const WITH_ABORTS = 200;
const WITH_INTERRUPTIONS = 500;
const WITH_LOST_QUOTA = 250;
const APART = 200;
/** An outage lasts for at most this many steps. */
const OUTAGE_STEPS_MAX = 6;

/** Whether each canister is on a subnet of its own. */
export function isApart(seed: number): boolean {
  return new Dice(seed ^ 0x2d6e_0a35).chance(APART);
}

export function withNetworkConditions(steps: readonly Step[], seed: number, by: NetworkInterface): Step[] {
  const dice = new Dice(seed ^ 0x51c3_9b47);
  const chances = [WITH_LOSSES, WITH_OUTAGES, WITH_AUDITS, WITH_ABORTS, WITH_INTERRUPTIONS, WITH_LOST_QUOTA];
  const [hasLosses, hasOutages, hasAudits, hasAborts, hasInterruptions, hasLostQuota] = chances.map(
    (permille) => dice.chance(permille),
  );
  const result = [...steps];
  if (hasAudits === true) addAudits(result, dice, by);
  if (hasAborts === true && by.operations.has('abort')) addAborts(result, dice);
  if (hasLostQuota === true) addLostQuota(result, dice, by);
  if (hasInterruptions === true) addInterruptions(result, dice, by);
  if (hasOutages === true) addOutage(result, dice, by);
  if (hasLosses === true) addLosses(result, dice);
  return result;
}

/** A canister fails for some steps. */
function addOutage(steps: Step[], dice: Dice, { canisters }: NetworkInterface): void {
  const name = pick(['', ...canisters], dice.below(canisters.length + 1));
  const canister = name === '' ? {} : { canister: name };
  const condition = pick(OUTAGES, dice.below(OUTAGES.length));
  const from = dice.below(steps.length + 1);
  const to = from + 1 + dice.below(OUTAGE_STEPS_MAX);
  steps.splice(from, 0, { do: 'outage', condition, ...canister });
  steps.splice(to + 1, 0, { do: 'recover', ...canister });
}

/** Messages are lost right after the calls that send them, or one delivery later. */
function addLosses(steps: Step[], dice: Dice): void {
  const losses = 1 + dice.below(3);
  for (let loss = 0; loss < losses; loss++) {
    const calls = steps.flatMap((step, place) => (callsOthers(step) ? [place] : []));
    if (calls.length === 0) return;
    const place = pick(calls, dice.below(calls.length)) + 1;
    const [isResponse, isTwice] = [dice.chance(500), dice.chance(300)];
    const lose: Step = { do: 'lose', pick: dice.below(3) };
    const deliver: Step = { do: 'deliver', pick: dice.below(3) };
    const added = isResponse ? [deliver, lose] : [lose];
    steps.splice(place, 0, ...added, ...(isTwice ? [deliver, ...added] : []));
  }
}

/** Whether the operation of the step is likely to be about more than one canister. */
function callsOthers(step: Step): boolean {
  return (
    step.do === 'call' && step.operation.op !== 'put' && OPERATIONS[step.operation.op].access === 'write'
  );
}

/** Aborts of uploads whose finish is under way. */
function addAborts(steps: Step[], dice: Dice): void {
  for (let place = steps.length - 1; place >= 0; place--) {
    const step = steps[place];
    if (step?.do !== 'call' || step.operation.op !== 'finish' || !dice.chance(300)) continue;
    const { session } = step.operation;
    const abort: Step = { do: 'call', lane: step.lane, operation: { op: 'abort', session } };
    steps.splice(place + 1 + dice.below(3), 0, abort);
  }
}

/** A stop, an upgrade, an outage, or a loss while a finish is under way. */
function addInterruptions(steps: Step[], dice: Dice, { canisters }: NetworkInterface): void {
  for (let place = steps.length - 1; place >= 0; place--) {
    const step = steps[place];
    if (step?.do !== 'call' || step.operation.op !== 'finish' || !dice.chance(500)) continue;
    const name = pick(['', ...canisters], dice.below(canisters.length + 1));
    const canister = name === '' ? {} : { canister: name };
    const delivered = Array.from({ length: dice.below(3) }, (): Step => ({ do: 'deliver', pick: 0 }));
    const interruptions: readonly (readonly Step[])[] = [
      [{ do: 'restart', ...canister }],
      [{ do: 'upgrade', ...canister }],
      [{ do: 'outage', condition: 'stopped', ...canister }, { do: 'drain' }, { do: 'recover', ...canister }],
      [{ do: 'lose', pick: 0 }],
      // The answer is lost, and a repetition of the call is rejected.
      [{ do: 'deliver', pick: 0 }, { do: 'lose', pick: 0 }, { do: 'restart' }],
    ];
    steps.splice(place + 1, 0, ...delivered, ...pick(interruptions, dice.below(interruptions.length)));
  }
}

/** An upload that is aborted, and losses of the messages that return its quota. */
function addLostQuota(steps: Step[], dice: Dice, { operations, lane }: NetworkInterface): void {
  const begins = steps.flatMap((step, place) =>
    step.do === 'call' && step.operation.op === 'begin'
      ? [{ place, lane: step.lane, ...step.operation }]
      : [],
  );
  if (begins.length === 0 || !operations.has('abort') || !operations.has('usage')) return;
  const { place, lane: own, session, caller } = pick(begins, dice.below(begins.length));
  const lose: Step = { do: 'lose', pick: 0 };
  const delivered = Array.from({ length: 1 + dice.below(3) }, (): Step => ({ do: 'deliver', pick: 0 }));
  steps.splice(
    place + 1 + dice.below(4),
    0,
    { do: 'call', lane: own, operation: { op: 'abort', session } },
    lose,
    { do: 'call', lane, operation: { op: 'usage', caller } },
    ...delivered,
    lose,
  );
}

/** Reads of the list and of the quota at any place. */
function addAudits(steps: Step[], dice: Dice, { operations, callers, lane }: NetworkInterface): void {
  const offered = (['listFiles', 'usage'] as const).filter((op) => operations.has(op));
  if (offered.length === 0) return;
  for (let count = 1 + dice.below(3); count > 0; count--) {
    const op = pick(offered, dice.below(offered.length));
    const step: Step = { do: 'call', lane, operation: { op, caller: dice.below(callers) } };
    steps.splice(dice.below(steps.length + 1), 0, step);
  }
}
