/**
 * The smoke upload: one small file is begun, sent, finished, and read back. If that fails, the target or the canister is unusable, and
 * no verdict of a campaign would mean anything.
 */
import { chunksToPut } from '../../generators/call-rules.js';
import type { Profile } from '../../generators/profile.js';
import type { Abilities } from '../../generators/schedule.js';
import type { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import type { History } from '../../harness/history/history.js';
import { InputError } from '../../harness/input-error.js';
import { contentOf } from '../../model/content.js';
import { resultText } from '../../model/explain.js';
import { operationText } from '../../model/operations.js';
import {
  SCHEDULE_FORMAT_VERSION,
  type FileRecipe,
  type Operation,
  type Schedule,
} from '../../model/schedule.js';
import { abilitiesOf } from './abilities.js';

const SESSION = 'A';
/** Two whole chunks and a part of one. */
const CHUNKS = 2.5;

/** @throws InputError with every call and its answer if the upload fails */
export async function requireSmokeUpload(runner: ScheduleRunner, profile: Profile): Promise<void> {
  const abilities = abilitiesOf(runner.target, runner);
  const schedule = smokeSchedule(profile, abilities);
  const history = await runner.run(schedule);
  const problem = problemOf(history, schedule, abilities);
  if (problem === undefined) return;
  throw new InputError(`the smoke upload fails: ${problem}; correct the target or the canister`, {
    details: callLines(history, SESSION),
  });
}

function smokeSchedule(profile: Profile, abilities: Abilities): Schedule {
  const [drawn = {}] = profile.limits;
  const limits = abilities.limitsFor?.(drawn) ?? drawn;
  const chunkSize = limits.chunkSize ?? abilities.defaultChunkSize;
  const { bytesMax = Infinity } = limits;
  const bytes = Math.min(Math.ceil(chunkSize * CHUNKS), bytesMax);
  const file: FileRecipe = { name: 'smoke.bin', bytes, content: { kind: 'random', seed: 1 } };
  const puts = Array.from(
    { length: chunksToPut(bytes, chunkSize, abilities.rules) },
    (_, index): Operation => ({
      op: 'put',
      session: SESSION,
      index,
      data: { kind: 'right' },
    }),
  );
  const operations: readonly Operation[] = [
    { op: 'begin', session: SESSION, file: 0, caller: 0, key: 'smoke' },
    ...puts,
    { op: 'finish', session: SESSION, hash: 'right', lengthOff: 0 },
    { op: 'read', session: SESSION },
  ];
  const possible = operations.filter(({ op }) => abilities.operations.has(op));
  return {
    version: SCHEDULE_FORMAT_VERSION,
    limits,
    callers: 1,
    files: [file],
    // Every call is answered before the next one.
    steps: possible.flatMap((operation) => [{ do: 'call', lane: 0, operation }, { do: 'drain' }]),
  };
}

/** The first thing that is wrong; `undefined` if the file was uploaded and read back. */
function problemOf(history: History, schedule: Schedule, { operations }: Abilities): string | undefined {
  const failed = history.events.find(({ type }) => type === 'fail' || type === 'info' || type === 'skipped');
  if (failed !== undefined && 'operation' in failed) {
    const answer = 'result' in failed ? resultText(failed.result) : 'reason' in failed ? failed.reason : '';
    return `${operationText(failed.operation)}: ${answer}`;
  }
  if (!operations.has('read')) return undefined;
  const read = history.events.findLast((event) => event.type === 'ok' && event.operation.op === 'read');
  const [file] = schedule.files;
  if (read?.type !== 'ok' || read.result.kind !== 'blob' || file === undefined)
    return 'the file was not read back';
  const sha256 = Buffer.from(contentOf(file).sha256()).toString('hex');
  if (read.result.sha256 === sha256) return undefined;
  return `the file reads back as ${resultText(read.result)} instead of ${file.bytes} B with SHA-256 ${sha256}`;
}

/** The calls on a session that were made, with their answers: `put A[1]: Ok`. */
export function callLines({ events }: History, session: string): readonly string[] {
  return events.flatMap((event) => {
    if (event.type !== 'ok' && event.type !== 'fail' && event.type !== 'info') return [];
    const { operation } = event;
    if (!('session' in operation) || operation.session !== session) return [];
    const answer = 'result' in event ? resultText(event.result) : event.reason;
    return [`${operationText(operation)}: ${answer}`];
  });
}
