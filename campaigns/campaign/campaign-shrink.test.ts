/** Counterexamples of seeded faults are small, and none of their steps can be removed. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Schedule } from '../../model/schedule.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { uploadTarget } from '../../targets/upload.js';
import { runCampaign } from './campaign.js';
import { contextSwitches, operationCount } from '../../harness/counterexamples/describe-schedule.js';
import { examine } from '../../harness/relations/examine.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';

const wasm = Uint8Array.from(
  readFileSync(new URL('../../canister/wasm/upload-faults.wasm', import.meta.url)),
);

describe('a shrunk counterexample', () => {
  it.each([
    // Is found in a schedule with an upgrade that it does not need.
    'canary',
    'hasher-removed-before-comparison',
    // Needs enough bytes for a finish of several messages: one large chunk.
    'finishing-takes-chunks',
    'shared-finish-slot',
    'finish-stuck-after-interruption',
    // Needs at most one jump of time.
    'cleanup-takes-callers-sessions',
    'chunk-key-by-name',
  ])(
    'of %s has at most 6 operations and 2 context switches, and passes if any step is removed',
    async (fault) => {
      const runner = new ScheduleRunner({
        replica: createEmbeddedReplica(),
        target: uploadTarget,
        wasm,
        fault,
      });
      const { findings } = await runCampaign({ runner, wasmSha256: '00'.repeat(32), fault, seed: 1 });
      const { schedule, isMinimal, context, checker } = findings[0]!.counterexample;
      expect(isMinimal).toBe(true);
      expect(operationCount(schedule)).toBeLessThanOrEqual(6);
      expect(contextSwitches(schedule)).toBeLessThanOrEqual(2);
      expect(context!.sessions.length).toBeGreaterThan(0);
      const verdictOf = async (candidate: Schedule) =>
        (await examine(runner, candidate, { relation: checker })).verdict.kind;
      expect(await verdictOf(schedule)).toBe('invalid');
      for (const place of schedule.steps.keys()) {
        const without = { ...schedule, steps: schedule.steps.toSpliced(place, 1) };
        expect(await verdictOf(without), `without step ${place + 1}`).toBe('valid');
      }
    },
  );
});
