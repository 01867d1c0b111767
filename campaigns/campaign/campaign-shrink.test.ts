/** Counterexamples of seeded faults are small, and none of their steps can be removed. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Schedule } from '../../model/schedule.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { uploadTarget } from '../../targets/upload.js';
import { runCampaign } from './campaign.js';
import { contextSwitches, operationCount } from '../../harness/counterexamples/describe-schedule.js';
import { replay } from '../../harness/counterexamples/replay.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';

const wasm = Uint8Array.from(
  readFileSync(new URL('../../canister/wasm/upload-faults.wasm', import.meta.url)),
);

describe('a shrunk counterexample', () => {
  it.each([
    // Is found in a schedule with an upgrade that it does not need.
    'canary',
    // Needs enough bytes for a finish of several messages: one large chunk.
    'finishing-takes-chunks',
    'shared-finish-slot',
    // Needs at most one jump of time.
    'cleanup-takes-callers-sessions',
  ])(
    'of %s has at most 6 operations and 2 context switches, and fails in another way or not at all without any one step',
    async (fault) => {
      const runner = new ScheduleRunner({
        replica: createEmbeddedReplica(),
        target: uploadTarget,
        wasm,
        fault,
      });
      const sha256 = '00'.repeat(32);
      const { findings } = await runCampaign({
        runner,
        wasmSha256: sha256,
        fault,
        seed: 1,
        findingsMax: 1,
        shrinkMsMax: Infinity,
      });
      const { counterexample } = findings[0]!;
      const { schedule, isMinimal, context } = counterexample;
      expect(isMinimal).toBe(true);
      expect(operationCount(schedule)).toBeLessThanOrEqual(6);
      expect(contextSwitches(schedule)).toBeLessThanOrEqual(2);
      expect(context!.sessions.length).toBeGreaterThan(0);
      const outcomeOf = async (candidate: Schedule) =>
        (await replay(runner, { ...counterexample, schedule: candidate })).outcome;
      expect(await outcomeOf(schedule)).toBe('same');
      for (const place of schedule.steps.keys()) {
        const without = { ...schedule, steps: schedule.steps.toSpliced(place, 1) };
        expect(await outcomeOf(without), `without step ${place + 1}`).not.toBe('same');
      }
    },
  );
});
