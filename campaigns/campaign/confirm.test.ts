import { describe, expect, it } from 'vitest';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { FakeReplica, fakeTarget } from '../../harness/testing/fake-replica.js';
import { begin, call, drain, file, finish, put, schedule } from '../../harness/testing/schedules.js';
import { confirm, type ConfirmOptions } from './confirm.js';

const outOfOrder = schedule(
  [begin('A'), put('A', 1), put('A', 0), finish('A')].flatMap((operation) => [call(operation), drain]),
  { files: [file(150)] },
);

/** A second replica on which a schedule fails that was valid on the first one. */
function confirmed(options: Partial<ConfirmOptions> = {}) {
  const replica = new FakeReplica({ bug: 'hash-in-arrival-order' });
  return confirm({
    runner: new ScheduleRunner({ replica, target: fakeTarget, wasm: new Uint8Array() }),
    counterexamples: [],
    samples: [{ runIndex: 0, schedule: outOfOrder }],
    origin: { wasmSha256: '00'.repeat(32), fault: null, profile: 'quick', seed: 1 },
    ...options,
  });
}

describe('the confirmation on a second replica', () => {
  it('reports a schedule that is valid on the first one only', async () => {
    const { divergences } = await confirmed();
    expect(divergences).toMatchObject([{ replica: { name: 'fake' }, campaign: { runIndex: 0 } }]);
  });

  it('judges only the selected rules', async () => {
    expect((await confirmed({ rules: new Set(['no-trap']) })).divergences).toEqual([]);
    const { divergences } = await confirmed({ rules: new Set(['upload-succeeds']) });
    expect(divergences).toMatchObject([{ checker: 'upload-succeeds' }]);
  });
});
