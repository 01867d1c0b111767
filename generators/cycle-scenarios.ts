/** Scenarios that repeat one cycle: the memory that a cycle takes must be free again when the next one starts. */
import type { Operation } from '../model/schedule.js';
import type { Scenario } from './scenario.js';
import { beginOperation, call, type LaneStep, type UploadContext } from './upload.js';

const CYCLES = 8;
const SESSION_TTL_SECONDS = 600;

/** In bytes. Stable memory grows by 512 KiB, so eight chunks of this size that are not reclaimed show in its size. */
const CHUNK_SIZE = 100_000;

/** If possible, the first chunk is not sent: then the canister cannot hash anything, which would take long. */
function unhashedPuts({ session, isAscending = false }: UploadContext): LaneStep[] {
  return (isAscending ? [0, 1] : [1, 2]).map((index) => put(session, index));
}

function put(session: string, index: number): LaneStep {
  return prompt({ op: 'put', session, index, data: { kind: 'right' } });
}

function prompt(operation: Operation): LaneStep {
  return { ...call(operation), isPrompt: true };
}

function cycles(cycle: (context: UploadContext, number: number) => LaneStep[]) {
  return (context: UploadContext): LaneStep[] =>
    Array.from({ length: CYCLES }, (_, number) => cycle(context, number)).flat();
}

const limits = { chunkSize: CHUNK_SIZE, hashBytesPerCall: 64, sessionTtlSeconds: SESSION_TTL_SECONDS };

/** Begin, send some chunks, abort. */
const ABORTS: Scenario = {
  chunks: 3,
  limits,
  isAlone: true,
  steps: cycles((context) => [
    prompt(beginOperation(context)),
    ...unhashedPuts(context),
    prompt({ op: 'abort', session: context.session }),
  ]),
};

/** Begin, send some chunks, let the session expire, clean up. */
const EXPIRIES: Scenario = {
  chunks: 3,
  limits,
  isAlone: true,
  steps: cycles((context) => [
    prompt(beginOperation(context)),
    ...unhashedPuts(context),
    { do: 'advance', seconds: SESSION_TTL_SECONDS },
    prompt({ op: 'cleanup', caller: context.caller }),
  ]),
};

/** Upload and delete. Each cycle has its own key, because a finished session keeps its key. */
const DELETIONS: Scenario = {
  chunks: 2,
  limits: { chunkSize: CHUNK_SIZE },
  isAlone: true,
  steps: cycles((context, number) => [
    prompt({ ...beginOperation(context), key: `${context.key}-${number}` }),
    ...[0, 1].map((index) => put(context.session, index)),
    prompt({ op: 'finish', session: context.session, hash: 'right', lengthOff: 0 }),
    { do: 'drain' },
    prompt({ op: 'deleteMemory', memory: context.session }),
  ]),
};

/** Deletions hash what they upload, so they are less frequent. */
export const CYCLE_SCENARIOS: readonly Scenario[] = [ABORTS, EXPIRIES, ABORTS, EXPIRIES, DELETIONS];
