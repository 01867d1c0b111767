/** Chunks of expired sessions are freed by the timer of the reference canister, without a call. */
import { describe, expect, it } from 'vitest';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { judge } from '../../harness/judgement/judge.js';
import { begin, call, file, put, schedule } from '../../harness/testing/schedules.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { applyMutant } from '../../replicas/embedded/mutation/apply-mutant.js';
import { findMutants } from '../../replicas/embedded/mutation/find-mutants.js';
import { planCoverage } from '../../replicas/embedded/wasm/coverage-plan.js';
import { decodeModule } from '../../replicas/embedded/wasm/module-decoder.js';
import { readModule } from '../../campaigns/subject/inputs.js';
import { BUILT_IN_WASM } from '../../campaigns/subject/subject.js';
import { uploadTarget } from '../../targets/upload.js';

/** The timer is due after an hour. */
const abandoned = schedule(
  [
    call(begin('A')),
    call(put('A', 0)),
    { do: 'drain' },
    { do: 'advance', seconds: 4_000 },
    { do: 'drain' },
    call({ op: 'stats', caller: 0 }),
  ],
  { files: [file(2_000)], limits: { chunkSize: 1_000, sessionTtlSeconds: 600 } },
);

/** The module with a timer that returns at once. */
function withoutCleanup(wasm: Uint8Array): Uint8Array {
  const module = decodeModule(wasm);
  const covered = planCoverage(module).map.functions.find(({ exports }) =>
    exports.includes('canister_global_timer'),
  );
  const mutants = covered === undefined ? [] : findMutants(module, covered);
  const mutant = mutants.find(({ operator }) => operator === 'early-return');
  if (mutant === undefined) throw new Error('the module has no timer');
  return applyMutant(module, mutant);
}

async function verdictOf(wasm: Uint8Array) {
  const replica = createEmbeddedReplica();
  const history = await new ScheduleRunner({ replica, target: uploadTarget, wasm }).run(abandoned);
  await replica.dispose();
  const timers = history.events.filter((event) => event.type === 'message' && event.kind === 'timer');
  return { timers: timers.length, verdict: judge(history, abandoned, uploadTarget) };
}

describe('a session that has expired', () => {
  const wasm = readModule(BUILT_IN_WASM);

  it('is freed by the timer of the reference canister', async () => {
    expect(await verdictOf(wasm)).toEqual({ timers: 1, verdict: { kind: 'valid' } });
  });

  it('breaks a rule if the timer frees nothing', async () => {
    const { timers, verdict } = await verdictOf(withoutCleanup(wasm));
    expect([timers, verdict.kind]).toEqual([1, 'invalid']);
    const violations = verdict.kind === 'invalid' ? verdict.violations : [];
    expect(violations.map(({ checker }) => checker)).toEqual(['outcome']);
  });
});
