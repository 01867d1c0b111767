/**
 * A relation compares two executions of one canister, without a model: a schedule, the base, and a variant of it that must get the same
 * answers. A relation says which changes make a variant. If the answers differ, the search narrows the changes down to one.
 */
import type { CallRecord } from '../history/calls.js';
import type { History } from '../history/history.js';
import type { Schedule } from '../../model/schedule.js';
import type { Ability } from '../../replicas/replica.js';
import type { JudgedTarget } from '../judgement/applicable-rules.js';
import { firstDifference, type CompareOptions, type Difference } from './compare.js';
import type { CallInsertion, Insertion } from './insertions.js';
import { executionOf, isSerial, type Execution } from './execution.js';
import { outlivedCalls } from './lifetimes.js';

export { recordsOf } from './execution.js';

/** Runs a schedule on a canister in its first state. */
export type RunSchedule = (schedule: Schedule) => Promise<History>;

export interface RelationContext {
  readonly target: JudgedTarget;
  readonly run: RunSchedule;
}

export interface Relation {
  /** For example `rejected-calls`. */
  readonly name: string;
  /** The rule, one sentence: `rejected calls have no effect`. */
  readonly rule: string;
  /** What the target must promise, in words. */
  readonly requires: string;
  readonly isMet: (target: JudgedTarget) => boolean;
  /** Abilities of the replica without which the relation is skipped. */
  readonly needs: readonly Ability[];
  /** Whether the base is an executed schedule in its serial form, or as it is. */
  readonly base: 'serial form' | 'as it is';
  /** The first breach that is found. */
  readonly check: (base: Execution, context: RelationContext) => Promise<Breach | undefined>;
}

/** Two executions whose answers differ. */
export interface Breach {
  readonly difference: Difference;
  readonly variant: Execution;
  readonly counterparts: ReadonlyMap<number, number>;
  readonly words: VariantWords;
}

export interface VariantWords {
  /** Which of the executions shows the answer that is right. */
  readonly right: 'base' | 'variant';
  /** The execution with the right answer: `without the rejected put A[2]`. */
  readonly rightText: string;
  /** The other one: `with it`. */
  readonly wrongText: string;
  /** What the difference follows, without ids and numbers: `after a rejected put`. Part of the fingerprint. */
  readonly cause: string;
}

export interface Variant<Change = unknown> extends CompareOptions {
  readonly schedule: Schedule;
  readonly words: VariantWords;
  /** Whether the execution of the variant shows that the change is one that the relation is about; default: every change is. */
  readonly isFit?: ((change: Change, executed: Execution) => boolean) | undefined;
}

/** A family of variants: any of the changes may be made, alone or together. */
export interface Changes<Change> {
  readonly changes: readonly Change[];
  /** A variant with some of the changes, at least one. */
  readonly vary: (changes: readonly Change[]) => Variant<Change>;
}

type Declaration = Pick<Relation, 'name' | 'rule' | 'requires' | 'isMet'> & Partial<Pick<Relation, 'needs'>>;

/**
 * A relation between serial schedules. Each element of `familiesOf`, and `insertionsOf`, costs one execution, unless it has no changes.
 */
export function serialRelation<Change, Added extends Insertion = CallInsertion>(
  declaration: Declaration & {
    readonly familiesOf: (base: Execution, target: JudgedTarget) => readonly Changes<Change>[];
    /** What is inserted into the schedule if it has none. The base is then the execution without it. */
    readonly insertionsOf?: (base: Execution, target: JudgedTarget) => Changes<Added>;
  },
): Relation {
  const { familiesOf, insertionsOf, ...rest } = declaration;
  return {
    needs: [],
    ...rest,
    base: 'serial form',
    async check(base, context) {
      if (!isSerial(base)) return undefined;
      for (const family of familiesOf(base, context.target)) {
        const breach = await searchBreach(family, base, context);
        if (breach !== undefined) return breach;
      }
      const insertions = insertionsOf?.(base, context.target);
      return insertions && searchBreach(insertions, base, context);
    },
  };
}

/**
 * Makes all changes, and if the answers differ, halves the changes as long as one half suffices. Without those that turn out not to be
 * fit, it starts again.
 */
async function searchBreach<Change>(
  { changes, vary }: Changes<Change>,
  base: Execution,
  context: RelationContext,
): Promise<Breach | undefined> {
  if (changes.length === 0) return undefined;
  const variant = vary(changes);
  const executed = await execute(variant, context);
  const fit = changes.filter((change) => variant.isFit?.(change, executed) !== false);
  if (fit.length < changes.length) return searchBreach({ changes: fit, vary }, base, context);
  const breach = breachOf(variant, { base, executed }, context);
  if (breach === undefined || changes.length === 1) return breach;
  const middle = Math.ceil(changes.length / 2);
  for (const half of [changes.slice(0, middle), changes.slice(middle)]) {
    const smaller = await searchBreach({ changes: half, vary }, base, context);
    if (smaller !== undefined) return smaller;
  }
  return breach;
}

async function execute(
  { schedule }: Pick<Variant, 'schedule'>,
  { run, target }: RelationContext,
): Promise<Execution> {
  return executionOf(schedule, await run(schedule), target.defaultChunkSize);
}

function breachOf<Change>(
  { words, ...options }: Variant<Change>,
  { base, executed: variant }: { readonly base: Execution; readonly executed: Execution },
  { target }: RelationContext,
): Breach | undefined {
  const outlived = outlivedCalls(base, target);
  const isCompared = (record: CallRecord): boolean =>
    !outlived.has(record.call) && options.isCompared?.(record) !== false;
  const difference = firstDifference(base, variant, { ...options, isCompared });
  return difference && { difference, variant, words, counterparts: options.counterparts };
}
