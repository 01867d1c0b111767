/** The differences of a comparison, grouped by cause. */
import type { AcceptedDifference } from './accepted-differences.js';
import { causeOf } from './cause.js';
import type { Difference } from './compare.js';
import type { DifferentialFinding, SeenDifference } from './finding.js';

export interface CausesOptions {
  readonly accepted?: readonly AcceptedDifference[];
  /** Number of causes after which the comparison ends, those accepted not counted. */
  readonly causesMax: number;
}

export class Causes {
  readonly #options: CausesOptions;
  readonly #findings: Omit<DifferentialFinding, 'schedules'>[] = [];
  /** Number of schedules by cause. */
  readonly #schedules = new Map<string, number>();

  constructor(options: CausesOptions) {
    this.#options = options;
  }

  /** Counts the difference. Returns whether its cause is neither accepted nor found before. */
  count(difference: Difference): boolean {
    const cause = causeOf(difference);
    const before = this.#schedules.get(cause) ?? 0;
    this.#schedules.set(cause, before + 1);
    return before === 0 && !this.#accepted.some(({ fingerprint }) => fingerprint === cause);
  }

  add(finding: Omit<DifferentialFinding, 'schedules' | 'fingerprint'>): void {
    this.#findings.push({ ...finding, fingerprint: causeOf(finding.difference) });
  }

  get isFull(): boolean {
    return this.#findings.length >= this.#options.causesMax;
  }

  get findings(): readonly DifferentialFinding[] {
    return this.#findings.map((finding) => ({ ...finding, schedules: this.#count(finding.fingerprint) }));
  }

  /** The accepted causes, with the number of schedules that show them. */
  get accepted(): readonly SeenDifference[] {
    return this.#accepted.map((one) => ({ ...one, schedules: this.#count(one.fingerprint) }));
  }

  get #accepted(): readonly AcceptedDifference[] {
    return this.#options.accepted ?? [];
  }

  #count(cause: string): number {
    return this.#schedules.get(cause) ?? 0;
  }
}
