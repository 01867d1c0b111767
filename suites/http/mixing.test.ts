/** Both interfaces on one session, judged by the same model and the same checkers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROFILES } from '../../generators/profile.js';
import { scheduleFor } from '../../generators/schedule-for.js';
import { abilitiesOf } from '../../campaigns/campaign/abilities.js';
import { runCampaign } from '../../campaigns/campaign/campaign.js';
import { describeSchedule } from '../../harness/counterexamples/describe-schedule.js';
import { judge } from '../../harness/judgement/judge.js';
import { statesReached } from '../../harness/state-coverage/states-reached.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { viaOf, type Operation, type Schedule, type Via } from '../../model/schedule.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import type { Replica } from '../../replicas/replica.js';
import { uploadTarget } from '../../targets/upload.js';
import { faultsWasm, uploadWasm } from './testing/http-canister.js';

let replica: Replica;
let runner: ScheduleRunner;
beforeAll(() => {
  replica = createEmbeddedReplica();
  runner = new ScheduleRunner({ replica, target: uploadTarget, wasm: uploadWasm });
});
afterAll(() => replica.dispose());

const A = { session: 'A' } as const;
function put(index: number, via?: Via): Operation {
  return {
    op: 'put',
    ...A,
    index,
    data: { kind: 'right' },
    ...(via && { via }),
  };
}

function scheduleOf(operations: readonly Operation[], more: Partial<Schedule> = {}): Schedule {
  return {
    version: 1,
    limits: { chunkSize: 100, hashBytesPerCall: 64 },
    callers: 2,
    files: [{ name: 'f', bytes: 250, content: { kind: 'random', seed: 1 } }],
    steps: operations.map((operation) => ({ do: 'call', lane: 0, operation })),
    ...more,
  };
}
const begin: Operation = { op: 'begin', ...A, file: 0, caller: 0, key: 'k' };

describe('a session used over both interfaces', () => {
  it('can begin over Candid, receive chunks over both, finish over HTTP, and be read over both', async () => {
    const schedule = scheduleOf([
      begin,
      { ...begin, via: 'http' },
      put(2, 'http'),
      put(0),
      { op: 'status', ...A, via: 'http' },
      { op: 'pause', ...A },
      put(1, 'http'),
      { op: 'resume', ...A, via: 'http' },
      put(1, 'http-no-token'),
      put(1, 'http'),
      { op: 'finish', ...A, hash: 'right', lengthOff: 0, via: 'http' },
      { op: 'read', ...A },
      { op: 'read', ...A, via: 'http' },
      { op: 'finish', ...A, hash: 'right', lengthOff: 0 },
      { op: 'read', ...A, by: 1, via: 'http' },
      { op: 'deleteMemory', memory: 'A', via: 'http' },
      { op: 'read', ...A, via: 'http' },
    ]);
    // A finish of several messages is over before the next step.
    const drained: Schedule = {
      ...schedule,
      steps: schedule.steps.flatMap((step) => [step, { do: 'drain' } as const]),
    };
    const history = await runner.run(drained);
    expect(judge(history, drained, uploadTarget)).toEqual({ kind: 'valid' });
    const errors = history.events.flatMap((event) =>
      event.type === 'fail'
        ? [`${event.operation.op} ${event.result.kind === 'error' ? event.result.error : ''}`]
        : [],
    );
    expect(errors).toEqual(['put InvalidState', 'put Unauthenticated', 'read Unauthorized', 'read NotFound']);
    expect(statesReached(history, drained, uploadTarget)).toContain('a session used over both interfaces');
    expect(describeSchedule(schedule)[2]).toMatch(/put A\[2\] over HTTP$/);
  });

  it('refuses a put over HTTP during a finish over Candid, and the finish succeeds', async () => {
    const finish: Operation = { op: 'finish', ...A, hash: 'right', lengthOff: 0 };
    // Out of order, so that nothing is hashed before the finish.
    const schedule = scheduleOf([
      begin,
      put(2),
      put(1),
      put(0),
      finish,
      put(0, 'http'),
      { op: 'read', ...A },
    ]);
    const read = schedule.steps.length - 1;
    const drained = { ...schedule, steps: schedule.steps.toSpliced(read, 0, { do: 'drain' } as const) };
    const history = await runner.run(drained);
    expect(judge(history, drained, uploadTarget)).toEqual({ kind: 'valid' });
    expect(statesReached(history, drained, uploadTarget)).toContain(
      'a put over HTTP during a finish through Candid',
    );
  });

  it('gives the same history, including tokens, for the same schedule', async () => {
    const schedule = scheduleOf([begin, put(0, 'http'), { op: 'status', ...A, via: 'http' }]);
    const other = new ScheduleRunner({
      replica: createEmbeddedReplica(),
      target: uploadTarget,
      wasm: uploadWasm,
    });
    expect((await other.run(schedule)).traceHash).toBe((await runner.run(schedule)).traceHash);
    await other.replica.dispose();
  });
});

describe('generated schedules', () => {
  it('mix both interfaces in more than a quarter of the default profile, and are valid', async () => {
    const abilities = abilitiesOf(uploadTarget, runner);
    const drawn = Array.from({ length: 300 }, (_, run) => scheduleFor(PROFILES.default, 1, run, abilities));
    const isMixed = ({ steps }: Schedule) =>
      steps.some((step) => step.do === 'call' && viaOf(step.operation) !== undefined);
    expect(drawn.filter(isMixed).length).toBeGreaterThan(75);
    const plain = drawn.find(({ from }) => from !== undefined);
    expect(plain && isMixed(plain)).toBe(false);
    for (const schedule of drawn.filter(isMixed).slice(0, 20))
      expect(judge(await runner.run(schedule), schedule, uploadTarget)).toEqual({ kind: 'valid' });
  });

  it.each(['http-chunk-number-from-zero', 'http-token-not-checked', 'http-range-starts-early'])(
    'find %s, and what is left needs HTTP in one step alone',
    async (fault) => {
      const mutant = new ScheduleRunner({
        replica: createEmbeddedReplica(),
        target: uploadTarget,
        wasm: faultsWasm,
        fault,
      });
      const wasmSha256 = '0'.repeat(64);
      const { findings } = await runCampaign({
        runner: mutant,
        wasmSha256,
        fault,
        seed: 11,
        runs: 300,
        findingsMax: 1,
      });
      await mutant.replica.dispose();
      const [finding] = findings;
      const vias = finding?.counterexample.schedule.steps.filter(
        (step) => step.do === 'call' && viaOf(step.operation) !== undefined,
      );
      expect(vias).toHaveLength(1);
    },
  );
});
