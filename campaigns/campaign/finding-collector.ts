/**
 * Turns the failing runs of a campaign into findings, one per cause, each shrunk.
 *
 * Shrinking must not starve exploration. While the campaign explores, the cost of shrinking one failure is limited, and so is that of
 * all together (`shrinking-limits.ts`). What is left then is shrunk at the end.
 */
import { InputError } from '../../harness/input-error.js';
import type { Counterexample } from '../../harness/counterexamples/counterexample.js';
import { saveCounterexample } from '../../harness/counterexamples/corpus.js';
import { bySeverity, severityOf } from '../../harness/evidence/severity.js';
import type { RuleSelection } from '../../harness/judgement/applicable-rules.js';
import { LAYERS, type Violation } from '../../harness/evidence/verdict.js';
import type { StopSignal } from '../../harness/execution/stop-signal.js';
import type { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { isSimpler } from '../../harness/minimise/is-simpler.js';
import { EXECUTIONS_MAX_DEFAULT } from '../../harness/minimise/minimise.js';
import type { Finding, Progress } from './campaign-result.js';
import { shrink, type Failure, type ShrinkInput, type Shrunk } from './campaign-shrink.js';
import { explains, KnownCauses } from './known-causes.js';
import type { RunFailure } from './run-result.js';
import { isSummary, type Sign } from './shown-failure.js';
import { shrinkingLimits, type ShrinkingLimits } from './shrinking-limits.js';
import { isSameWrongAnswer, wrongAnswers } from './wrong-answers.js';

export interface CollectorOptions {
  readonly runner: ScheduleRunner;
  /** The rules to judge; default: all that apply. */
  readonly rules?: RuleSelection | undefined;
  /** Time limit of the campaign, in milliseconds. */
  readonly budgetMs?: number | undefined;
  /** Number of findings, without accepted ones, after which no further ones are collected. */
  readonly findingsMax: number;
  /** Folder for counterexamples. Default: they are not saved. */
  readonly corpusFolder?: string | undefined;
  /** Number of schedules to execute for shrinking one finding. */
  readonly shrinkExecutionsMax?: number | undefined;
  /** Time limit for shrinking one finding, in milliseconds. Default: a number of calls instead, if the replica repeats schedules. */
  readonly shrinkMsMax?: number | undefined;
  /** Shrinks a failure in another process. Default: here, with the runner. */
  readonly shrinkElsewhere?: ((input: ShrinkInput) => Promise<Shrunk>) | undefined;
  readonly signal?: StopSignal | undefined;
  /** Milliseconds since any fixed point in time. */
  readonly clock: () => number;
  readonly counterexampleOf: (failure: Failure, parts: CounterexampleParts) => Counterexample;
  /** Number of calls of the runs so far. Default: shrinking may cost as much as it needs. */
  readonly exploredCalls?: (() => number) | undefined;
  readonly isAccepted: (fingerprint: string) => boolean;
  readonly onFailing?: ((counterexample: Counterexample, id: number) => void) | undefined;
  readonly onDismissed?: ((id: number) => void) | undefined;
  readonly onFinding?: ((finding: Finding) => void) | undefined;
  readonly onShrinking: (shrinking: NonNullable<Progress['shrinking']>) => void;
}

export type CounterexampleParts = Pick<Counterexample, 'originalSteps' | 'isMinimal'> & {
  readonly runIndex: number;
};

/** A failure on its way to becoming a finding. */
interface Candidate {
  readonly id: number;
  readonly runIndex: number;
  readonly originalSteps: number;
  readonly sign: Sign;
  readonly smallest: Failure;
  readonly executions: number;
  /** Cost of shrinking so far. */
  readonly cost: number;
  readonly isMinimal: boolean;
  /** Number of conditions that the failure needs. */
  readonly conditions: number;
}

export class FindingCollector {
  readonly #options: CollectorOptions;
  readonly #known: KnownCauses<Candidate>;
  readonly #unfinished: Candidate[] = [];
  readonly #limits: ShrinkingLimits;
  /** Whether the fingerprint of a candidate is an accepted deviation. */
  readonly #accepted = new WeakMap<Candidate, boolean>();
  /** Cost of all shrinking so far. */
  #cost = 0;
  #nextId = 0;

  constructor(options: CollectorOptions) {
    const { runner, shrinkMsMax, budgetMs } = options;
    const { abilities } = runner.replica.info;
    this.#options = options;
    this.#known = new KnownCauses(runner.target.defaultChunkSize);
    this.#limits = shrinkingLimits({ abilities, shrinkMsMax, budgetMs });
  }

  /** Number of causes so far, with failures that are not shrunk yet. */
  get count(): number {
    return this.#known.causes.length + this.#unfinished.length;
  }

  get isFull(): boolean {
    const found = this.#known.causes.filter(({ shown }) => !this.#isAccepted(shown));
    return found.length + this.#unfinished.length >= this.#options.findingsMax;
  }

  /** This is asked before every run, and a counterexample is expensive. */
  #isAccepted(candidate: Candidate): boolean {
    const known = this.#accepted.get(candidate);
    if (known !== undefined) return known;
    const isAccepted = this.#options.isAccepted(this.#counterexampleOf(candidate).fingerprint ?? '');
    this.#accepted.set(candidate, isAccepted);
    return isAccepted;
  }

  /** Collects the violations of a run that no known cause explains. Violations of one wrong answer count once. */
  async take(run: RunFailure, runIndex: number): Promise<void> {
    for (const { violation, together } of wrongAnswers(run)) {
      if (this.isFull || this.#options.signal?.aborted === true) return;
      const signs = [violation, ...together].map((one) => this.#known.signOf(one, run));
      const [sign] = signs;
      if (sign === undefined || signs.some((one) => this.#isExplained(one))) continue;
      const smallest = { ...run, violation };
      const candidate = {
        id: this.#nextId++,
        runIndex,
        originalSteps: run.schedule.steps.length,
        sign,
        smallest,
      };
      await this.#look({ ...candidate, executions: 0, cost: 0, isMinimal: false, conditions: Infinity });
    }
  }

  /** Shrinks what exploration left, the worst first, and returns the findings, the worst first. Call it once, after the last run. */
  async finish(): Promise<readonly Finding[]> {
    const left = this.#unfinished.splice(0).toSorted(bySeverityOfCandidate);
    const costMax = this.#cost + this.#limits.allAtEnd;
    for (const [index, candidate] of left.entries()) {
      const share = (costMax - this.#cost) / (left.length - index);
      this.#settle(await this.#shrink(candidate, Math.min(share, this.#limits.one - candidate.cost)));
    }
    const findings: Finding[] = [];
    for (const { shown, signs } of this.#known.causes.toSorted((a, b) =>
      bySeverityOfCandidate(a.shown, b.shown),
    )) {
      const finding = await this.#findingOf(shown, signs);
      findings.push(finding);
      this.#options.onFinding?.(finding);
    }
    return findings;
  }

  #isExplained(sign: Sign): boolean {
    return this.#known.isExplained(sign) || this.#unfinished.some((other) => explains(other.sign, sign));
  }

  async #look(candidate: Candidate): Promise<void> {
    const { exploredCalls = () => Infinity, signal } = this.#options;
    const { one, oneExploring, allExploring } = this.#limits;
    this.#announce(candidate);
    const limit = Math.max(0, Math.min(oneExploring, allExploring(exploredCalls()) - this.#cost));
    const shrunk = await this.#shrink(candidate, limit);
    const mayContinue = !shrunk.isMinimal && shrunk.cost >= limit && limit < one;
    if (mayContinue && signal?.aborted !== true) this.#unfinished.push(shrunk);
    else this.#settle(shrunk);
  }

  /** @param costMax what this attempt may cost */
  async #shrink(candidate: Candidate, costMax: number): Promise<Candidate> {
    const { smallest, executions, cost } = candidate;
    const { clock, shrinkElsewhere, shrinkExecutionsMax = EXECUTIONS_MAX_DEFAULT } = this.#options;
    const started = clock();
    const input = {
      failure: smallest,
      executionsMax: shrinkExecutionsMax - executions,
      ...this.#within(costMax),
    };
    const shrunk = await (shrinkElsewhere?.(input) ?? this.#shrinkHere(input, executions));
    const spent = this.#limits.unit === 'calls' ? shrunk.calls : clock() - started;
    this.#cost += spent;
    return {
      ...candidate,
      smallest: { ...shrunk, violation: mostTelling(shrunk) },
      executions: executions + shrunk.executions,
      cost: cost + spent,
      isMinimal: shrunk.isMinimal,
    };
  }

  #within(costMax: number): Pick<ShrinkInput, 'callsMax' | 'msMax'> {
    return this.#limits.unit === 'calls' ? { callsMax: costMax } : { msMax: costMax };
  }

  /** @param executed number of schedules that were executed for this failure before */
  #shrinkHere({ failure, msMax = Infinity, ...limits }: ShrinkInput, executed: number): Promise<Shrunk> {
    const { clock, runner, rules, signal, onShrinking } = this.#options;
    const started = clock();
    let shrinking = { executions: executed, steps: failure.schedule.steps.length };
    return shrink(failure, {
      ...{ runner, rules, signal, ...limits },
      shouldStop: () => signal?.aborted === true || clock() - started >= msMax,
      onCandidate: () => {
        shrinking = { ...shrinking, executions: shrinking.executions + 1 };
        onShrinking(shrinking);
      },
      onBetter: ({ steps }) => (shrinking = { ...shrinking, steps: steps.length }),
    });
  }

  /** Adds a shrunk failure to its cause. The worst and simplest failure represents the cause. */
  #settle(settled: Candidate): void {
    const { smallest, sign } = settled;
    const candidate = { ...settled, conditions: this.#known.conditionCount(smallest) };
    const causes = this.#known.causesOf(smallest);
    const shown = causes.reduce((best, { shown: one }) => (isBetterThan(one, best) ? one : best), candidate);
    if (causes.length === 0) this.#known.add(smallest, candidate, sign);
    else this.#known.addTo(causes, shown, smallest, sign);
    for (const { id } of [candidate, ...causes.map((cause) => cause.shown)])
      if (id !== shown.id) this.#options.onDismissed?.(id);
    if (shown === candidate) this.#announce(candidate);
  }

  #announce(candidate: Candidate): void {
    this.#options.onFailing?.(this.#counterexampleOf(candidate), candidate.id);
  }

  #counterexampleOf({ smallest, runIndex, originalSteps, isMinimal }: Candidate): Counterexample {
    return this.#options.counterexampleOf(smallest, { runIndex, originalSteps, isMinimal });
  }

  async #findingOf(candidate: Candidate, signs: readonly Sign[]): Promise<Finding> {
    const counterexample = this.#counterexampleOf(candidate);
    const { smallest, id, executions } = candidate;
    return {
      id,
      counterexample,
      fingerprint: counterexample.fingerprint ?? '',
      severity: severityOf(smallest.violation),
      signs: [...new Set(signs.map(({ answer }) => answer))],
      executions,
      ...(await this.#save(counterexample)),
    };
  }

  /** Saves the counterexample. A finding that cannot be saved is still reported. */
  async #save(counterexample: Counterexample): Promise<Pick<Finding, 'path' | 'writeFailure'>> {
    const { corpusFolder } = this.#options;
    if (corpusFolder === undefined) return { path: undefined, writeFailure: undefined };
    try {
      return { path: await saveCounterexample(corpusFolder, counterexample), writeFailure: undefined };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return { path: undefined, writeFailure: error.message };
    }
  }
}

function bySeverityOfCandidate(a: Candidate, b: Candidate): number {
  return bySeverity(severityOf(a.smallest.violation), severityOf(b.smallest.violation));
}

/** Of all violations of the wrong answer, the one that rests on the least: a fact comes before the specification. */
function mostTelling({ violation, violations }: Failure): Violation {
  const together = violations.filter((one) => one.layer !== 'relation' && isSameWrongAnswer(one, violation));
  const place = ({ layer }: Violation) => LAYERS.indexOf(layer);
  return together.reduce((best, one) => (place(one) < place(best) ? one : best), violation);
}

/**
 * Shrunk to the end comes first, then the worse violation, then one that shows in the answer of a step, and not in a summary or in the
 * epilogue, then the one that needs fewer conditions, then the simpler schedule.
 */
function isBetterThan(a: Candidate, b: Candidate): boolean {
  if (a.isMinimal !== b.isMinimal) return a.isMinimal;
  const order = bySeverityOfCandidate(a, b);
  if (order !== 0) return order < 0;
  const [indirectA, indirectB] = [isIndirect(a), isIndirect(b)];
  if (indirectA !== indirectB) return indirectB;
  const conditions = a.conditions - b.conditions;
  return conditions === 0 ? isSimpler(a.smallest.schedule, b.smallest.schedule) : conditions < 0;
}

function isIndirect({ smallest: { violation, schedule } }: Candidate): boolean {
  if (schedule.epilogue !== undefined) return true;
  return isSummary(violation) && severityOf(violation) !== 'storage leaked';
}
