/**
 * The order in which the minimiser prefers schedules. It is declared here and nowhere else.
 *
 * Schedules are compared by one criterion after the other; the first criterion in which they differ decides. The criteria come in
 * the order in which a reader of a counterexample needs them: first how much happens, then in how many places at once, then who
 * acts, then with which data, and names last. A change is therefore worth a cost in any later criterion: leaving a put out is
 * worth larger chunks, and delivering a call at once is worth a context switch.
 */
import { viaOf, type Limits, type Operation, type Schedule, type Step } from '../../model/schedule.js';
import { canonicalJson } from '../history/canonical-json.js';
import { withCanonicalLanes, withCanonicalNames } from './canonical-names.js';
import { callersOf, operationsOf, sessionOfStep, sessionsOf } from '../../model/edit-schedule.js';

/** A measure of a schedule, of which less is simpler. Non-negative. */
type Criterion = (schedule: Schedule) => number;

/** The criteria by name, the most important first. */
export const CRITERIA = {
  // How much happens.
  operations: (schedule) => operationsOf(schedule).length,
  steps: ({ steps }) => steps.length,
  epilogue: ({ epilogue }) => (epilogue === undefined ? 0 : 1),
  subnets: ({ subnets }) => (subnets === undefined ? 0 : 1),
  olderLayout: ({ from }) => (from === undefined ? 0 : 1),
  // In how many places at once. Held calls come first: releasing one may take a context switch.
  sessions: (schedule) => sessionsOf(schedule).length,
  heldCalls: ({ steps }) => count(steps, (step) => step.do === 'call' && step.hold === true),
  contextSwitches: ({ steps }) => {
    const sessions = steps.map(sessionOfStep).filter((session) => session !== undefined);
    return count(sessions, (session, index) => index > 0 && session !== sessions[index - 1]);
  },
  deliveryPicks: ({ steps }) => sum(steps, (step) => (step.do === 'deliver' ? step.pick : 0)),
  losePicks: ({ steps }) => sum(steps, (step) => (step.do === 'lose' ? step.pick : 0)),
  unusualOutages: ({ steps }) => count(steps, (step) => step.do === 'outage' && step.condition !== 'stopped'),
  // Who acts, and through which interface.
  http: (schedule) => sum(operationsOf(schedule), httpCost),
  intruders: (schedule) => count(operationsOf(schedule), (operation) => 'by' in operation),
  callersNamed: (schedule) => new Set(operationsOf(schedule).flatMap(callersOf)).size,
  callersDeclared: ({ callers }) => callers,
  callerNumbers: (schedule) => sum(operationsOf(schedule).flatMap(callersOf), (caller) => caller),
  // With which data.
  files: ({ files }) => files.length,
  bytes: ({ files }) => sum(files, ({ bytes }) => bytes),
  assets: (schedule) => operationsOf(schedule).flatMap(assetsOf).length,
  inlineBytes: (schedule) => sum(operationsOf(schedule).flatMap(assetsOf), inlineBytesOf),
  wrongArguments: (schedule) => sum(operationsOf(schedule), argumentCost),
  seconds: ({ steps }) => sum(steps, (step) => (step.do === 'advance' ? step.seconds : 0)),
  limits: ({ limits, steps }) => limitCount(limits) + sum(steps, upgradeLimitCount),
  chunkSize: ({ limits }) => limits.chunkSize ?? 0,
  nonZeroFiles: ({ files }) => count(files, ({ content }) => content.kind !== 'zero'),
  // A small seed reads better than a large one.
  seeds: ({ files }) => sum(files, ({ content }) => (content.kind === 'random' ? content.seed : 0)),
  // Names.
  unusualLanes: (schedule) => differentSteps(schedule, withCanonicalLanes(schedule)),
  unusualNames: (schedule) => differentSteps(schedule, withCanonicalNames(schedule)),
} as const satisfies Readonly<Record<string, Criterion>>;

/** Whether `a` is strictly simpler than `b`. A strict weak order: some different schedules are equally simple. */
export function isSimpler(a: Schedule, b: Schedule): boolean {
  for (const criterion of Object.values<Criterion>(CRITERIA)) {
    const [ofA, ofB] = [criterion(a), criterion(b)];
    if (ofA !== ofB) return ofA < ofB;
  }
  return false;
}

function httpCost(operation: Operation): number {
  switch (viaOf(operation)) {
    case undefined:
      return 0;
    case 'http':
      return 1;
    case 'http-no-token':
      return 2;
  }
}

type Asset = Extract<Operation, { op: 'memory' }>['assets'][number];

function assetsOf(operation: Operation): readonly Asset[] {
  return operation.op === 'memory' ? operation.assets : [];
}

function inlineBytesOf(asset: Asset): number {
  return 'inlineBytes' in asset ? asset.inlineBytes : 0;
}

/** Arguments that are not what a well-behaved caller sends: 1 for the plainest deviation, 2 for any other. */
function argumentCost(operation: Operation): number {
  const cost = 'capsuleOf' in operation ? 1 : 0;
  switch (operation.op) {
    case 'begin':
      return cost + (operation.chunksOff === undefined ? 0 : 1);
    case 'put': {
      const { data } = operation;
      if (data.kind === 'right') return 0;
      return data.kind === 'flipped' && data.at === 0 ? 1 : 2;
    }
    case 'finish': {
      const { hash, lengthOff } = operation;
      const hashCost = hash === 'right' ? 0 : hash === 'flipped' ? 1 : 2;
      return hashCost + Math.min(2, Math.abs(lengthOff));
    }
    default:
      return cost;
  }
}

function limitCount(limits: Limits): number {
  return Object.keys(limits).length;
}

function upgradeLimitCount(step: Step): number {
  return step.do === 'upgrade' ? limitCount(step.limits ?? {}) : 0;
}

function differentSteps(a: Schedule, b: Schedule): number {
  return count(a.steps, (step, index) => canonicalJson(step) !== canonicalJson(b.steps[index]));
}

function sum<T>(items: readonly T[], measure: (item: T) => number): number {
  return items.reduce((total, item) => total + measure(item), 0);
}

function count<T>(items: readonly T[], holds: (item: T, index: number) => boolean): number {
  return items.filter(holds).length;
}
