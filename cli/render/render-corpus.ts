/** Lines about the past failures that `run` replays first. */
import { basename } from 'node:path';
import type { CorpusReplay } from '../../campaigns/campaign/corpus-replay.js';
import type { PastFailures } from '../../campaigns/run/past-failures.js';

export function omittedLine({ count, reason }: NonNullable<PastFailures['omitted']>): string {
  return `corpus: ${failures(count)} not replayed: ${reason}`;
}

export function corpusLines({ replayed, failing, skipped }: CorpusReplay): string[] {
  const passing = replayed - failing.length;
  return [
    ...(replayed > 0 ? [`corpus: ${passing} of ${failures(replayed)} pass`] : []),
    ...failing.map(({ path, counterexample }) => `corpus: ${basename(path)} fails: ${counterexample.rule}`),
    ...skipped.map(({ path, reason }) => `corpus: ${basename(path)} skipped: ${reason}`),
  ];
}

function failures(count: number): string {
  return `${count} past ${count === 1 ? 'failure' : 'failures'}`;
}
