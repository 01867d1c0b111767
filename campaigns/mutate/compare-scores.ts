/** A mutation score compared with a limit, and with the mutants of an earlier report. */
import type { MutationReport, MutationResult } from '../../reports/documents/mutation-report.js';

export interface ScoreLimits {
  /** Percent. */
  readonly minScore: number | undefined;
  readonly baseline: MutationReport | undefined;
}

/** The mutants of one function that the earlier report detected and the later one does not. */
export interface DroppedFunction {
  readonly name: string;
  readonly undetected: readonly MutationResult[];
  /** Number of mutants of the function that the earlier report detected and that ran again. */
  readonly compared: number;
}

const NAMES_MAX = 10;

/** One line for each limit that is not kept. */
export function scoreProblems(
  report: MutationReport,
  { minScore, baseline }: ScoreLimits,
): readonly string[] {
  const problems: string[] = [];
  const { score } = report;
  if (minScore !== undefined && (score === null || score < minScore)) {
    const reached = score === null ? 'there is no score' : `the score is ${score.toFixed(1)} %`;
    problems.push(`${reached}, and --min-score requires ${minScore} %`);
  }
  const dropped = baseline === undefined ? [] : droppedFunctions(baseline, report);
  if (dropped.length > 0) {
    const more = dropped.length > NAMES_MAX ? `, and ${dropped.length - NAMES_MAX} more functions` : '';
    problems.push(
      `mutants are no longer detected in: ${dropped.slice(0, NAMES_MAX).map(textOf).join(', ')}${more}`,
    );
  }
  return problems;
}

function textOf({ name, undetected: [first, ...rest], compared }: DroppedFunction): string {
  const all = 1 + rest.length;
  return `${name} (${all} of ${compared}: ${first?.change ?? ''}${all > 1 ? ', …' : ''})`;
}

/**
 * The functions with a mutant that the earlier report detected and the later one does not. Mutants are the same if they make the same
 * change at the same place of a function of the same name, or of the same code if it has no name. Only they are compared, because scores of
 * different samples differ by chance.
 */
export function droppedFunctions(
  baseline: MutationReport,
  report: MutationReport,
): readonly DroppedFunction[] {
  const isSameModule = baseline.wasm.sha256 === report.wasm.sha256;
  const before = byKey(baseline, isSameModule);
  const dropped = new Map<string, { readonly undetected: MutationResult[]; compared: number }>();
  for (const [key, mutant] of byKey(report, isSameModule)) {
    const earlier = before.get(key);
    if (earlier === undefined || mutant === undefined || !isDetected(earlier)) continue;
    const entry = dropped.get(mutant.function) ?? { undetected: [], compared: 0 };
    dropped.set(mutant.function, entry);
    entry.compared++;
    if (!isDetected(mutant)) entry.undetected.push(mutant);
  }
  return [...dropped]
    .filter(([, { undetected }]) => undetected.length > 0)
    .map(([name, entry]) => ({ name, ...entry }))
    .toSorted((a, b) => b.undetected.length - a.undetected.length || (a.name < b.name ? -1 : 1));
}

function isDetected({ state }: MutationResult): boolean {
  return state === 'Killed' || state === 'Timeout';
}

/** `undefined` for a key of several mutants: functions may have the same name. */
function byKey(
  { mutants, functions }: MutationReport,
  isSameModule: boolean,
): ReadonlyMap<string, MutationResult | undefined> {
  const bodies = new Map(functions.map(({ index, body }) => [index, body]));
  const found = new Map<string, MutationResult | undefined>();
  for (const mutant of mutants) {
    const isNamed = mutant.function !== `function ${mutant.functionIndex}`;
    const identity = isNamed ? mutant.function : bodies.get(mutant.functionIndex);
    if (!isSameModule && identity === undefined) continue;
    const place = mutant.id.slice(mutant.id.indexOf('+'));
    const key = JSON.stringify(
      isSameModule ? mutant.id : [identity, place, mutant.instruction, mutant.change],
    );
    found.set(key, found.has(key) ? undefined : mutant);
  }
  return found;
}
