/**
 * The smoke upload: one small file is begun, sent, finished, and read back. If that fails, the target or the canister is unusable, and
 * no verdict of a command would mean anything.
 */
import { chunksToPut } from '../../generators/call-rules.js';
import type { Profile } from '../../generators/profile.js';
import type { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import type { StopSignal } from '../../harness/execution/stop-signal.js';
import type { History, HistoryEvent } from '../../harness/history/history.js';
import { InputError } from '../../harness/input-error.js';
import { contentOf } from '../../model/content.js';
import { resultText } from '../../model/explain.js';
import { operationText } from '../../model/operations.js';
import {
  SCHEDULE_FORMAT_VERSION,
  type FileRecipe,
  type Limits,
  type Operation,
  type Schedule,
} from '../../model/schedule.js';
import { limitsFor } from '../../targets/limits.js';
import { operationsOf } from '../../targets/operations.js';
import type { Target } from '../../targets/target.js';
import { callLines } from './call-lines.js';

const SESSION = 'A';
/** Two whole chunks and a part of one. */
const CHUNKS = 2.5;

export interface SmokeFailure {
  /** The call that failed, and its answer. */
  readonly problem: string;
  /** Whether the canister rejected the begin or the first put, for example because of the size of chunks. */
  readonly isAtStart: boolean;
  /** All calls that were made, with their answers. */
  readonly calls: readonly string[];
}

export interface SmokeOptions {
  /** The limits that the init argument sets; default: those of the canister. */
  readonly limits?: Limits | undefined;
  readonly signal?: StopSignal | undefined;
}

/** @returns why the upload fails; `undefined` if it succeeds */
export async function smokeUpload(
  runner: ScheduleRunner,
  { limits = {}, signal }: SmokeOptions = {},
): Promise<SmokeFailure | undefined> {
  const schedule = smokeSchedule(runner.target, limits);
  return smokeFailureOf(await runner.run(schedule, signal), schedule, runner.target);
}

/**
 * Uploads under the first limits of a profile.
 * @throws InputError with every call and its answer if the upload fails
 */
export async function requireSmokeUpload(
  runner: ScheduleRunner,
  profile: Pick<Profile, 'limits'>,
): Promise<void> {
  const failure = await smokeUpload(runner, { limits: smokeLimits(profile, runner.target) });
  if (failure !== undefined) throwSmokeFailure(failure);
}

/** @throws InputError with one line that names the failed call and its answer, and with all calls as details */
export function throwSmokeFailure({ problem, calls }: SmokeFailure): never {
  throw new InputError(`the smoke upload fails: ${problem}; correct the target or the canister`, {
    details: calls,
  });
}

/** The limits of the smoke upload in a campaign with this profile. */
export function smokeLimits({ limits: [drawn = {}] }: Pick<Profile, 'limits'>, target: Target): Limits {
  return limitsFor(target, drawn);
}

function smokeSchedule(target: Target, limits: Limits): Schedule {
  const { shape } = target;
  const chunkSize = limits.chunkSize ?? target.defaultChunkSize;
  const { bytesMax = Infinity } = limits;
  const bytes = Math.min(Math.ceil(chunkSize * CHUNKS), bytesMax);
  const file: FileRecipe = { name: 'smoke.bin', bytes, content: { kind: 'random', seed: 1 } };
  const count = chunksToPut(bytes, chunkSize, {
    impliedBegin: shape.begin === 'implied',
    impliedFinish: shape.finish === 'implied',
  });
  const puts = Array.from({ length: count }, (_, index): Operation => {
    return { op: 'put', session: SESSION, index, data: { kind: 'right' } };
  });
  const all: readonly Operation[] = [
    { op: 'begin', session: SESSION, file: 0, caller: 0, key: 'smoke' },
    ...puts,
    { op: 'finish', session: SESSION, hash: 'right', lengthOff: 0 },
    { op: 'read', session: SESSION },
  ];
  const operations = operationsOf(target);
  return {
    version: SCHEDULE_FORMAT_VERSION,
    limits,
    callers: 1,
    files: [file],
    // Every call is answered before the next one.
    steps: all
      .filter(({ op }) => operations.has(op))
      .flatMap((operation) => [{ do: 'call', lane: 0, operation }, { do: 'drain' }]),
  };
}

/** What is wrong in a history of the smoke upload; `undefined` if the file was uploaded and read back. */
function smokeFailureOf(history: History, schedule: Schedule, target: Target): SmokeFailure | undefined {
  const calls = callLines(history, SESSION);
  const refused = firstUnsuccessful(history.events);
  // Without a file, the read is skipped. That nothing finished the upload says more.
  if (refused !== undefined && refused.operation.op !== 'read') {
    const { operation } = refused;
    const isAtStart = operation.op === 'begin' || (operation.op === 'put' && operation.index === 0);
    return { problem: `${operationText(operation)}: ${answerOf(refused)}`, isAtStart, calls };
  }
  const isFinished = history.events.some((event) => event.type === 'ok' && event.result.kind === 'finished');
  const problem = isFinished
    ? readProblemOf(history, schedule, operationsOf(target).has('read'))
    : `no call finishes the upload: ${calls.at(-1) ?? 'no call was made'}`;
  return problem === undefined ? undefined : { problem, isAtStart: false, calls };
}

type Unsuccessful = Extract<HistoryEvent, { type: 'fail' | 'info' | 'skipped' }>;

function isUnsuccessful(event: HistoryEvent): event is Unsuccessful {
  return event.type === 'fail' || event.type === 'info' || event.type === 'skipped';
}

/** The earliest call without success. Calls that were left out come last, because an earlier call is the reason. */
function firstUnsuccessful(events: readonly HistoryEvent[]): Unsuccessful | undefined {
  const unsuccessful = events.filter(isUnsuccessful);
  const [earliest] = unsuccessful
    .flatMap((event) => (event.type === 'skipped' ? [] : [event]))
    .toSorted((a, b) => a.call - b.call);
  return earliest ?? unsuccessful[0];
}

function answerOf(event: Unsuccessful): string {
  return event.type === 'fail' ? resultText(event.result) : event.reason;
}

/** The upload was finished, so a file that is not found is sought under another id. */
function readHint(event: Unsuccessful): string {
  const isRefused =
    event.type === 'fail' && (event.result.kind === 'error' || event.result.kind === 'rejected');
  return isRefused ? ' (is blobId or shape.readBy wrong?)' : '';
}

function readProblemOf({ events }: History, { files }: Schedule, canRead: boolean): string | undefined {
  const [file] = files;
  if (!canRead || file === undefined) return undefined;
  const failed = events.find(isUnsuccessful);
  if (failed !== undefined)
    return `${operationText(failed.operation)}: ${answerOf(failed)}${readHint(failed)}`;
  const read = events.findLast((event) => event.type === 'ok' && event.operation.op === 'read');
  if (read?.type !== 'ok' || read.result.kind !== 'blob') return 'the file was not read back';
  const sha256 = Buffer.from(contentOf(file).sha256()).toString('hex');
  if (read.result.sha256 === sha256) return undefined;
  return `the file reads back as ${resultText(read.result)} instead of ${file.bytes} B with SHA-256 ${sha256}`;
}
