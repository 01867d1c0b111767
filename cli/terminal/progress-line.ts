/** The live line of a campaign: schedules, rate, findings, time left, and operations by kind. */
import type { Progress } from '../../campaigns/campaign/campaign-result.js';
import type { Colors } from './terminal.js';

/** The line must fit 80 columns. The summary lists all kinds. */
const KINDS_SHOWN_MAX = 2;

export interface ProgressGoal {
  readonly runsMax: number | undefined;
  readonly budgetMs: number | undefined;
  readonly colors: Colors;
}

export function progressLine(progress: Progress, { runsMax, budgetMs, colors }: ProgressGoal): string {
  const { runs, schedulesPerSecond, operations, shrinking, findings } = progress;
  const of = runsMax === undefined ? '' : ` of ${runsMax}`;
  const byCount = Object.entries(operations).sort((a, b) => b[1] - a[1]);
  const shown = byCount.slice(0, KINDS_SHOWN_MAX).map(([kind, count]) => `${kind} ${count}`);
  const kinds = [...shown, ...(byCount.length > shown.length ? ['…'] : [])].join(' ');
  const left = secondsLeft(progress, runsMax, budgetMs);
  const parts = [
    `${runs}${of} schedules`,
    `${schedulesPerSecond.toFixed(0)}/s`,
    ...(findings > 0 ? [colors.red(`${findings} found`)] : []),
    shrinking === undefined
      ? left === undefined
        ? ''
        : `${left} s left`
      : colors.yellow(`shrinking: ${shrinking.steps} steps after ${shrinking.executions} tries`),
    kinds,
  ];
  return parts.filter((part) => part !== '').join(colors.dim(' | '));
}

function secondsLeft(
  { runs, elapsedMs }: Progress,
  runsMax: number | undefined,
  budgetMs: number | undefined,
): number | undefined {
  const byBudget = budgetMs === undefined ? Infinity : budgetMs - elapsedMs;
  const byRuns = runsMax === undefined || runs === 0 ? Infinity : ((runsMax - runs) * elapsedMs) / runs;
  const left = Math.min(byBudget, byRuns);
  return Number.isFinite(left) ? Math.max(0, Math.ceil(left / 1000)) : undefined;
}
