/** Interfaces of other shapes than the reference canister's: they run end to end on the engine. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { contentOf } from '../../model/content.js';
import type { Result } from '../../model/result.js';
import type { FileRecipe, Schedule, Step } from '../../model/schedule.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { loadTarget } from '../../targets/load-target.js';
import type { History } from '../history/history.js';
import { begin, call, drain, file, finish, put, read, schedule } from '../testing/schedules.js';
import { ScheduleRunner } from './schedule-runner.js';

async function runnerOf(example: string): Promise<ScheduleRunner> {
  const folder = new URL(`../../examples/${example}/`, import.meta.url);
  const loaded = await loadTarget(new URL('target.ts', folder).pathname);
  if (loaded.kind !== 'target') throw new Error(loaded.defects.join('\n'));
  const wasm = Uint8Array.from(readFileSync(new URL(`wasm/${example}.wasm.gz`, folder)));
  return new ScheduleRunner({ replica: createEmbeddedReplica(), target: loaded.target, wasm });
}

const [LONG, EMPTY, OTHER] = [file(250), file(0), file(200, 3, 'f250')];
const LIMITS = { chunkSize: 100 };

function blobOf(recipe: FileRecipe): Result {
  const sha256 = createHash('sha256').update(contentOf(recipe).slice(0, recipe.bytes)).digest('hex');
  return { kind: 'blob', size: String(recipe.bytes), sha256 };
}

/** The results of the calls of one operation. */
function results({ events }: History, op: string): readonly Result[] {
  return events.flatMap((event) => ('result' in event && event.operation.op === op ? [event.result] : []));
}

function plan(steps: readonly Step[], fields: Partial<Schedule> = {}): Schedule {
  return schedule(steps, { files: [LONG, EMPTY, OTHER], limits: LIMITS, callers: 2, ...fields });
}

describe('keys, with implied begin and finish', () => {
  let runner: ScheduleRunner;
  beforeAll(async () => {
    runner = await runnerOf('motoko-keys');
  });

  const upload = (session: string, index: number, chunks: number): readonly Step[] => [
    call(begin(session, index)),
    ...Array.from({ length: chunks }, (_, chunk) => call(put(session, chunk))),
    call(read(session)),
  ];

  it('binds the label without a call, and the last put finishes the file', async () => {
    const history = await runner.run(plan(upload('A', 0, 3)));
    expect(results(history, 'begin')).toEqual([
      { kind: 'begun', sessionId: 'key-A of caller 0', implied: true },
    ]);
    expect(history.events.some(({ type }) => type === 'delivered')).toBe(true);
    const ofBegin = history.events.filter((event) => 'operation' in event && event.operation.op === 'begin');
    expect(ofBegin.map(({ type }) => type)).toEqual(['invoke', 'ok']);
    expect(results(history, 'put').map(({ kind }) => kind)).toEqual(['done', 'done', 'finished']);
    expect(results(history, 'read')).toEqual([blobOf(LONG)]);
  });

  it('finishes an empty file by one empty put', async () => {
    const history = await runner.run(plan(upload('A', 1, 1)));
    expect(results(history, 'read')).toEqual([blobOf(EMPTY)]);
  });

  it('completes an upload after the schedule by what the canister has acknowledged', async () => {
    const steps = [call(begin('A')), call(put('A', 1)), call(begin('B', 1)), ...upload('C', 2, 2)];
    const epilogue = { chunksMax: 10, readsFinished: true } as const;
    const history = await runner.run(plan(steps, { epilogue }));
    const after = history.events.slice(history.events.findIndex(({ type }) => type === 'epilogue'));
    const made = after.flatMap((event) => (event.type === 'ok' ? [event.operation] : []));
    expect(
      made.map((one) => `${one.op} ${'session' in one ? one.session : ''}${'index' in one ? one.index : ''}`),
    ).toEqual(['put A0', 'put A2', 'read A', 'put B0', 'read B', 'read C']);
  });
});

describe('an index canister with buckets', () => {
  let runner: ScheduleRunner;
  beforeAll(async () => {
    runner = await runnerOf('index-and-buckets');
  });
  const half = [call(begin('A')), call(put('A', 0)), call(put('A', 1))];
  const rest = [call(put('A', 2)), call(finish('A')), drain, call(read('A'))];

  it('calls the canister that the begin names, and reads the file back', async () => {
    const history = await runner.run(plan([...half, ...rest]));
    expect(results(history, 'finish').map(({ kind }) => kind)).toEqual(['finished']);
    expect(results(history, 'read')).toEqual([blobOf(LONG)]);
  });

  it('upgrades and restarts the canister that a step names', async () => {
    const between: readonly Step[] = [
      { do: 'upgrade', canister: 'bucket/0' },
      { do: 'upgrade', canister: 'bucket/1' },
      { do: 'restart', canister: 'bucket/1' },
    ];
    const history = await runner.run(plan([...half, ...between, ...rest]));
    const changed = history.events.filter(({ type }) => type === 'upgraded' || type === 'restarted');
    expect(changed).toMatchObject([
      { canister: 'bucket/0', failure: undefined },
      { canister: 'bucket/1', failure: undefined },
      { canister: 'bucket/1', failure: undefined },
    ]);
    expect(results(history, 'read')).toEqual([blobOf(LONG)]);
  });

  it('adds up the memory of all canisters', async () => {
    const [measured] = (await runner.run(plan([]))).events.filter(({ type }) => type === 'metrics');
    const { replica } = runner;
    const history = await runner.run(plan(half));
    const begun = results(history, 'begin')[0];
    if (begun?.kind !== 'begun' || measured?.type !== 'metrics') throw new Error('nothing was begun');
    const bucket = begun.sessionId.split('/')[1] ?? '';
    expect(measured.heapBytes).toBeGreaterThan((await replica.metrics(bucket)).heapBytes);
  });

  it('rejects a step that names a canister which does not exist', async () => {
    const steps: readonly Step[] = [{ do: 'upgrade', canister: 'bucket/7' }];
    await expect(runner.run(plan(steps))).rejects.toThrow(
      'there is no canister "bucket/7"; known: main, bucket/0, bucket/1',
    );
  });
});
