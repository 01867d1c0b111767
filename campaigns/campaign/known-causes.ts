/**
 * The causes of failures that a campaign knows.
 *
 * One defect shows in many ways: several rules reject one answer, a lost put shows in `status` and in `finish`, and other schedules fail
 * with the same wrong answer. One wrong answer can also have several causes. Therefore a violation is recognised by its wrong answer
 * and by the conditions under which it occurs. Whether a violation that no known cause explains shows a new cause is decided after
 * shrinking, when only what the failure needs is left (`shown-failure.ts`).
 */
import type { Violation } from '../../harness/evidence/verdict.js';
import type { Failure } from './campaign-shrink.js';
import {
  followsFrom,
  isNeededBy,
  shownFailure,
  signOf,
  type ShownFailure,
  type Sign,
} from './shown-failure.js';

export interface Cause<Shown> {
  /** The failure that represents the cause. */
  readonly shown: Shown;
  /** Shrunk failures of this cause of which none needs more than another one. */
  readonly failures: readonly ShownFailure[];
  readonly signs: readonly Sign[];
}

/** Number of failures with one wrong answer that are shrunk in vain before the answer counts as known under all conditions. */
const FRUITLESS_MAX = 5;

export class KnownCauses<Shown> {
  readonly causes: Cause<Shown>[] = [];
  readonly #fruitless = new Map<string, number>();
  readonly #defaultChunkSize: number;

  /** @param defaultChunkSize in bytes, of the target */
  constructor(defaultChunkSize: number) {
    this.#defaultChunkSize = defaultChunkSize;
  }

  /** The sign of a violation in its run: only conditions count that may matter to the session that fails. */
  signOf(violation: Violation, run: Pick<Failure, 'schedule' | 'history'>): Sign {
    return signOf(violation, run, this.#defaultChunkSize);
  }

  /** Number of conditions that a shrunk failure needs. */
  conditionCount(shrunk: Failure): number {
    return shownFailure(shrunk, this.#defaultChunkSize).conditions.size;
  }

  /** Whether a known cause explains the sign, so that shrinking the failure would only find that cause again. */
  isExplained(sign: Sign): boolean {
    const isWornOut = (this.#fruitless.get(sign.answer) ?? 0) >= FRUITLESS_MAX;
    return isWornOut || this.causes.some(({ signs }) => signs.some((known) => explains(known, sign)));
  }

  /**
   * The known causes of a shrunk failure. If it needs no more than several known failures do, their causes are one. If it needs more
   * than they do, it may combine them, and only the first counts.
   */
  causesOf(shrunk: Failure): readonly Cause<Shown>[] {
    const failure = shownFailure(shrunk, this.#defaultChunkSize);
    const thoseWith = (isMeant: (one: ShownFailure) => boolean) =>
      this.causes.filter(({ failures }) => failures.some(isMeant));
    const needingMore = thoseWith((one) => isNeededBy(failure, one));
    if (needingMore.length > 0) return needingMore;
    const needingLess = thoseWith((one) => isNeededBy(one, failure));
    return (needingLess.length > 0 ? needingLess : thoseWith((one) => followsFrom(failure, one))).slice(0, 1);
  }

  /** @param found the sign of the failure before it was shrunk */
  add(shrunk: Failure, shown: Shown, found: Sign): void {
    const failure = shownFailure(shrunk, this.#defaultChunkSize);
    this.causes.push({ shown, failures: [failure], signs: signsOf(failure, found) });
  }

  /** Records another failure of known causes, which become one. */
  addTo(causes: readonly Cause<Shown>[], shown: Shown, shrunk: Failure, found: Sign): void {
    const failure = shownFailure(shrunk, this.#defaultChunkSize);
    const known = causes.flatMap(({ failures }) => failures);
    const others = known.filter((one) => isNeededBy(one, failure) || !isNeededBy(failure, one));
    const isMore = known.some((one) => isNeededBy(one, failure) && !isNeededBy(failure, one));
    const united = {
      shown,
      failures: isMore ? known : [...others, failure],
      signs: [...causes.flatMap(({ signs }) => signs), ...signsOf(failure, found)],
    };
    this.causes.splice(0, Infinity, ...this.causes.filter((cause) => !causes.includes(cause)), united);
    this.#fruitless.set(found.answer, (this.#fruitless.get(found.answer) ?? 0) + 1);
  }
}

function signsOf({ answers, conditions }: ShownFailure, found: Sign): readonly Sign[] {
  // The conditions of a session in a large run may be fewer than those of the shrunk schedule.
  const shared = new Set([...conditions].filter((one) => found.conditions.has(one)));
  return [
    ...[...answers].map((answer) => ({ answer, conditions })),
    { answer: found.answer, conditions: shared },
  ];
}

/** Whether a failure with the known sign explains one with the other sign. */
export function explains(known: Sign, { answer, conditions }: Sign): boolean {
  return known.answer === answer && [...known.conditions].every((one) => conditions.has(one));
}
