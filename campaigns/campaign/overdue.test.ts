/** Campaigns on a canister that does not end. */
import { describe, expect, it } from 'vitest';
import { ScheduleRunner, type ScheduleRunnerOptions } from '../../harness/execution/schedule-runner.js';
import { FakeReplica, fakeTarget } from '../../harness/testing/fake-replica.js';
import { OverdueError } from '../../replicas/replica.js';
import { runCampaign } from './campaign.js';

const wasm = new Uint8Array();
const TEXT = 'canister_update put of canister x did not end within 60 s';

/** A replica on which the message with this number does not end. */
class SlowReplica extends FakeReplica {
  #messages = 0;
  readonly #slow: number;

  constructor(slow: number) {
    super();
    this.#slow = slow;
  }

  override async deliver(id: string) {
    if (++this.#messages === this.#slow) throw new OverdueError(TEXT);
    return super.deliver(id);
  }
}

function campaignWith(options: Partial<ScheduleRunnerOptions>) {
  const runner = new ScheduleRunner({ replica: new FakeReplica(), target: fakeTarget, wasm, ...options });
  return runCampaign({ runner, wasmSha256: '00'.repeat(32), seed: 5, runs: 40 });
}

describe('a campaign', () => {
  it('ends without a verdict at a message that does not end, and names it', async () => {
    const result = await campaignWith({ replica: new SlowReplica(500) });
    expect(result).toMatchObject({ verdict: 'unknown', isComplete: false, overdue: TEXT, findings: [] });
    expect(result.unknowns).toEqual({ runs: 1, firstReason: TEXT, indices: [result.runs - 1] });
    expect(result.runs).toBeLessThan(40);
  });

  it('ends without a verdict at a schedule that does not end', async () => {
    let schedules = 0;
    const timeLimit = () => ({ aborted: ++schedules > 3, text: '600 s' });
    const { verdict, overdue } = await campaignWith({ timeLimit });
    expect(verdict).toBe('unknown');
    expect(overdue).toMatch(
      /^the calls of a schedule of \d+ steps did not end within 600 s; it was in step \d+/,
    );
  });

  it('is complete if everything ends in time', async () => {
    const timeLimit = () => ({ aborted: false, text: '600 s' });
    expect(await campaignWith({ timeLimit })).toMatchObject({
      verdict: 'valid',
      isComplete: true,
      overdue: undefined,
    });
  });
});
