/** The result of a run in words, shared by the terminal, the page, Markdown, JUnit, and annotations. */
import type { AcceptedFinding, Finding, RunReport } from '../documents/run-report.js';
import { countOf, formatNumber } from '../text/format-units.js';

/** The verdict of a run, with the number of schedules that it rests on. */
export function runHeadline(report: RunReport): string {
  return `${uninterruptedHeadline(report)}${report.interrupted ? ' (interrupted)' : ''}`;
}

function uninterruptedHeadline({
  runs,
  verdict,
  counterexamples,
  unknowns,
  userFile,
  neverSucceeded,
}: RunReport): string {
  const findings = counterexamples.length;
  if (findings > 0) return countOf(findings, 'finding');
  if (runs === 0) return 'no schedule was judged';
  if (verdict === 'invalid' && userFile !== null) return 'your file was not uploaded correctly';
  if (verdict === 'valid' && neverSucceeded.length > 0) return `${neverSucceeded.join(', ')} never succeeded`;
  const schedules = countOf(runs, 'schedule');
  return verdict === 'valid'
    ? `no violations in ${schedules}`
    : `${formatNumber(unknowns)} of ${schedules} could not be judged`;
}

/** What the verdict rests on: `2,000 schedules, 75,588 operations, 58 of 61 states reached`. */
export function describeTried(report: RunReport): string {
  const states = describeStates(report);
  return [
    countOf(report.runs, 'schedule'),
    countOf(operationsTotal(report), 'operation'),
    ...(states === undefined ? [] : [`${states} reached`]),
  ].join(', ');
}

/** `58 of 61 states`; `undefined` if the run recorded no states. */
export function describeStates({ states }: RunReport): string | undefined {
  const counts = Object.values(states);
  if (counts.length === 0) return undefined;
  return `${counts.filter((count) => count > 0).length} of ${counts.length} states`;
}

export function operationsTotal({ operations }: RunReport): number {
  return Object.values(operations).reduce((sum, count) => sum + count, 0);
}

/** `put 32,396, begin 10,773`: most frequent first. */
export function describeOperations({ operations }: RunReport): string {
  return Object.entries(operations)
    .sort((a, b) => b[1] - a[1])
    .map(([kind, count]) => `${kind} ${formatNumber(count)}`)
    .join(', ');
}

/** `embedded 1 and pocketic 10.0.0` */
/** `, 4 workers`, to follow a rate; empty for one. */
export function describeWorkers({ workers }: RunReport): string {
  return workers === 1 ? '' : `, ${countOf(workers, 'worker')}`;
}

/** `undefined` if the run was not guided. */
export function describeGuidance({ guidance }: RunReport): string | undefined {
  if (guidance === null) return undefined;
  const { mutated, kept, keptMutants } = guidance;
  return `${countOf(mutated, 'schedule')} mutated; ${formatNumber(kept)} kept because they reached something new, ${formatNumber(keptMutants)} of them mutants`;
}

export function describeReplicas({ replicas }: RunReport): string {
  return replicas.map(({ name, version }) => `${name} ${version}`).join(' and ');
}

export function describeConfirmation({ confirmation }: RunReport): string {
  if (confirmation.replica === null) return `none: ${confirmation.reason}`;
  const { name, version } = confirmation.replica;
  return `${name} ${version} agrees on ${confirmation.validAgreed} of ${countOf(confirmation.validSampled, 'valid schedule')}`;
}

export function describeUserFile(file: NonNullable<RunReport['userFile']>): string {
  if (file.problem !== null) return `${file.path} was not uploaded correctly: ${file.problem}`;
  const readBack =
    file.readBack === 0 ? 'not read back' : `read back unchanged ${countOf(file.readBack, 'time')}`;
  return `${file.path}, ${countOf(file.bytes, 'byte')}, ${readBack}`;
}

/** Describes runs without a verdict, and how to repeat the first one; `undefined` if every run was judged. */
export function describeUnknowns(report: RunReport): string | undefined {
  const { unknowns, unknownReason, unknownRuns, seed } = report;
  if (unknowns === 0) return undefined;
  const reason = unknownReason === null ? '' : `: ${unknownReason}`;
  const [first] = unknownRuns;
  if (first === undefined) return `${countOf(unknowns, 'run')} could not be judged${reason}`;
  const more = unknowns > unknownRuns.length ? ', …' : '';
  const repeat = `to repeat run ${first}, pass --seed ${seed} --runs ${first + 1}`;
  return `${countOf(unknowns, 'run')} could not be judged (run ${unknownRuns.join(', ')}${more})${reason}; ${repeat}`;
}

/** Marks a finding whose shrinking ran out of time; `undefined` if no step can be left out. */
export function describeShrinking({ isMinimal }: Finding): string | undefined {
  return isMinimal ? undefined : 'not minimal: the time for shrinking ran out, and steps may be unnecessary';
}

/** Why a finding does not fail the run. */
export function describeAccepted({
  fingerprint,
  reason,
}: Pick<AcceptedFinding, 'fingerprint' | 'reason'>): string {
  return `accepted: ${fingerprint} (${reason})`;
}

/** An accepted deviation that a run did not show although it was long enough. */
export function describeNotSeen({ fingerprint }: RunReport['acceptedNotSeen'][number]): string {
  return `accepted deviation no longer occurs, remove it: ${fingerprint}`;
}

/** How a counterexample behaves on the confirming replica. */
export const CONFIRMED: Readonly<Record<NonNullable<Finding['confirmed']>, string>> = {
  same: 'fails in the same way',
  different: 'fails in a different way',
  'not-reproduced': 'does not fail',
  'not-possible': 'cannot be repeated there: it has conditions of the network',
};

/** For example `checked on 12 runs; skipped: chunk-size (it requires that the client chooses the size of chunks)`. */
export function describeRelations({ relations: { runs, skipped } }: RunReport): string {
  const names = skipped.map(({ name, reason }) => `${name} (${reason})`).join(', ');
  return `checked on ${countOf(runs, 'run')}${names === '' ? '' : `; skipped: ${names}`}`;
}
