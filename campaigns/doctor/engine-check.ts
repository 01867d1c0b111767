/** Checks that the embedded engine works on this machine: it installs the reference canister, uploads a file, and reads it back. */
import { readFileSync } from 'node:fs';
import { judge } from '../../harness/judgement/judge.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { SCHEDULE_FORMAT_VERSION, type Operation, type Schedule } from '../../model/schedule.js';
import { uploadTarget } from '../../targets/upload.js';
import { errorLine } from '../error-line.js';
import { createCachingEngine } from '../subject/replicas.js';
import { BUILT_IN_WASM } from '../subject/subject.js';

export interface EngineCheck {
  readonly ok: boolean;
  readonly version: string;
  readonly detail: string;
}

const CHUNK_SIZE = 100;
const OPERATIONS: readonly Operation[] = [
  { op: 'begin', session: 'A', file: 0, caller: 0, key: 'key-A' },
  ...[2, 0, 1].map((index): Operation => ({ op: 'put', session: 'A', index, data: { kind: 'right' } })),
  { op: 'finish', session: 'A', hash: 'right', lengthOff: 0 },
  { op: 'read', session: 'A' },
];
const SCHEDULE: Schedule = {
  version: SCHEDULE_FORMAT_VERSION,
  limits: { chunkSize: CHUNK_SIZE },
  callers: 1,
  files: [{ name: 'check.bin', bytes: 2.5 * CHUNK_SIZE, content: { kind: 'random', seed: 1 } }],
  steps: OPERATIONS.map((operation) => ({ do: 'call', lane: 0, operation })),
};

export async function checkEngine(): Promise<EngineCheck> {
  const replica = createCachingEngine();
  const { version } = replica.info;
  try {
    const wasm = Uint8Array.from(readFileSync(BUILT_IN_WASM));
    const history = await new ScheduleRunner({ replica, target: uploadTarget, wasm }).run(SCHEDULE);
    const verdict = judge(history, SCHEDULE, uploadTarget);
    const wasRead = history.events.some((event) => event.type === 'ok' && event.operation.op === 'read');
    const ok = verdict.kind === 'valid' && wasRead;
    const detail = ok
      ? 'installs the reference canister, uploads three chunks, and reads them back'
      : `the verdict on an upload of three chunks is ${verdict.kind}`;
    return { ok, version, detail };
  } catch (error) {
    return { ok: false, version, detail: errorLine(error) };
  } finally {
    await replica.dispose();
  }
}
