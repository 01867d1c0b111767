/** Scenarios with very many chunks or very many bytes. */
import type { Scenario } from './scenario.js';
import { beginOperation, call, finishStep, putStep } from './upload.js';

function ascending(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** An upload of very many chunks: the last put may cost no more than the first. */
export const CROWD: Scenario = {
  chunks: 80,
  isAlone: false,
  steps: (context) => [
    call(beginOperation(context)),
    ...ascending(CROWD.chunks).map((index) => putStep(context.session, index)),
    finishStep(context.session),
    { do: 'drain' },
    call({ op: 'read', session: context.session }),
  ],
};

/**
 * An upload of many megabytes that is never finished. The first chunk is not sent, so the canister cannot hash anything: the scenario
 * is about memory, and hashing 12 MB takes as long as a hundred schedules.
 */
export const BULK: Scenario = {
  chunks: 13,
  limits: { chunkSize: 1_000_000, hashBytesPerCall: 64 },
  isAlone: true,
  steps: (context) => [
    call(beginOperation(context)),
    ...ascending(BULK.chunks)
      .slice(1)
      .map((index) => putStep(context.session, index)),
    call({ op: 'stats', caller: context.caller }),
    call({ op: 'abort', session: context.session }),
    call({ op: 'stats', caller: context.caller }),
  ],
};
