/** Set pieces that do one thing over and over: what a cycle takes in stable memory and heap, the next one must find given back. */
import type { Operation } from '../model/schedule.js';
import type { Scenario } from './scenario.js';
import { beginOperation, call, type LaneStep, type UploadContext } from './upload.js';

const CYCLES = 8;
const SESSION_TTL_SECONDS = 600;

/** Chunks so large that eight that were not given back show in the size of stable memory, which grows by 512 KiB. */
const CHUNK_SIZE = 100_000;

/** Nothing is hashed, which would take long: the first chunk stays away. */
const unhashedPuts = ({ session }: UploadContext): LaneStep[] => [1, 2].map((index) => put(session, index));

function put(session: string, index: number): LaneStep {
  return prompt({ op: 'put', session, index, data: { kind: 'right' } });
}
const prompt = (operation: Operation): LaneStep => ({ ...call(operation), isPrompt: true });

function cycles(cycle: (context: UploadContext, number: number) => LaneStep[]) {
  return (context: UploadContext): LaneStep[] =>
    Array.from({ length: CYCLES }, (_, number) => cycle(context, number)).flat();
}

const limits = { chunkSize: CHUNK_SIZE, hashBytesPerCall: 64, sessionTtlSeconds: SESSION_TTL_SECONDS };

/** Begun, sent in part, aborted. */
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

/** Begun, sent in part, forgotten until it expires and is cleaned up. */
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

/** Uploaded and deleted: by another key each time, for a finished session keeps its own. */
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

/** Deletions hash what they upload, so they come less often. */
export const CYCLE_SCENARIOS: readonly Scenario[] = [ABORTS, EXPIRIES, ABORTS, EXPIRIES, DELETIONS];
