/**
 * What a transition may touch: the canisters that execute messages in it, and the part of the specification that it is about. Two
 * transitions that touch nothing in common give the same state and the same answers in either order.
 */
import { OPERATIONS } from '../model/operations.js';
import type { Operation } from '../model/schedule.js';
import type { PrincipalText } from '../replicas/replica.js';
import type { Workload } from './workload.js';

/** What the rules may say about a transition. */
export interface Subject {
  /** The session that it is about; `undefined` if it is about more than one. */
  readonly session: string | undefined;
  readonly isRead: boolean;
  /** State that several sessions share. */
  readonly touches: readonly string[];
}

export interface Footprint {
  readonly lane: number | undefined;
  /** `undefined` for a step that is no call, which concerns everything. */
  readonly subject: Subject | undefined;
  /** The canisters that executed messages. */
  readonly canisters: ReadonlySet<PrincipalText>;
}

/** @param operation of the call at the root of the transition; `undefined` for tasks and for steps that are no calls */
export function subjectOf(operation: Operation | undefined): Subject | undefined {
  if (operation === undefined) return undefined;
  const { access, touches } = OPERATIONS[operation.op];
  const session = 'session' in operation ? operation.session : undefined;
  return { session, isRead: access === 'read', touches };
}

/**
 * Whether exchanging two neighbouring transitions may change an answer, a state, or a verdict.
 *
 * Soundness. A delivery reads and writes the state of its receiver, and appends messages to the queues of other canisters. The queue of
 * a canister does not influence a message that it already executes, and messages of different senders have no order. So deliveries to
 * different canisters commute. A query changes nothing, so two queries commute; a query and a delivery do not, because a read may ask
 * several canisters. Time and randomness are shared: a step that is no call, and a call of the management canister, touch everything.
 * The rules of the specification and the facts also read the order of calls, but only of calls on one session, or on state that the
 * table of operations declares as shared (`isJudgedByOrder`).
 */
export function mayDepend(a: Footprint, b: Footprint, clash: SharedNames): boolean {
  if (a.lane !== undefined && a.lane === b.lane) return true;
  if (isJudgedByOrder(a.subject, b.subject, clash)) return true;
  const [readsA, readsB] = [a.canisters.size === 0, b.canisters.size === 0];
  if (readsA || readsB) return !(readsA && readsB);
  return (
    [...a.canisters].some((canister) => b.canisters.has(canister) || isShared(canister)) ||
    [...b.canisters].some(isShared)
  );
}

/** Whether a rule may tell in which order two calls took effect. */
export function isJudgedByOrder(a: Subject | undefined, b: Subject | undefined, clash: SharedNames): boolean {
  if (a === undefined || b === undefined) return true;
  if (a.isRead && b.isRead) return false;
  if (a.session === undefined || b.session === undefined) return true;
  if (a.session === b.session || clash.has(a.session, b.session)) return true;
  if ([...a.touches, ...b.touches].some((one) => one === 'own sessions' || one === 'canister')) return true;
  return a.touches.some((one) => b.touches.includes(one));
}

/** The management canister, whose methods read and change the whole subnet. */
function isShared(canister: PrincipalText): boolean {
  return canister === 'aaaaa-aa';
}

/** The sessions of a workload that share a key, a name, or a label. */
export class SharedNames {
  readonly #names = new Map<string, Set<string>>();

  constructor({ lanes, files }: Pick<Workload, 'lanes' | 'files'>) {
    for (const step of lanes.flat()) {
      if (step.do !== 'call' || step.operation.op !== 'begin') continue;
      const { session, key, file } = step.operation;
      const names = this.#names.get(session) ?? new Set();
      names.add(`key ${key}`).add(`name ${files[file]?.name ?? ''}`);
      this.#names.set(session, names);
    }
  }

  has(a: string, b: string): boolean {
    const [ofA, ofB] = [this.#names.get(a), this.#names.get(b)];
    return ofA === undefined || ofB === undefined || [...ofA].some((name) => ofB.has(name));
  }
}
