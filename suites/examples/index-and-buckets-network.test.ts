/** The faults of examples/index-and-buckets at await points: for each a schedule on which a rule reports it, and the correct canisters pass. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import target from '../../examples/index-and-buckets/target.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { judge } from '../../harness/judgement/judge.js';
import { begin, call, file, finish, put, schedule } from '../../harness/testing/schedules.js';
import type { Operation, Schedule, Step } from '../../model/schedule.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';

const deliver: Step = { do: 'deliver', pick: 0 };
const second: Step = { do: 'deliver', pick: 1 };
const lose: Step = { do: 'lose', pick: 0 };
const drain: Step = { do: 'drain' };
const abort: Operation = { op: 'abort', session: 'A' };
const usage: Operation = { op: 'usage', caller: 0 };
const listFiles: Operation = { op: 'listFiles', caller: 0 };
function outage(canister?: string): Step {
  return {
    do: 'outage',
    condition: 'stopped',
    ...(canister === undefined ? {} : { canister }),
  };
}
function recover(canister?: string): Step {
  return {
    do: 'recover',
    ...(canister === undefined ? {} : { canister }),
  };
}

/** An upload of an empty file, which a finish completes. */
const [EMPTY, TWO_CHUNKS] = [0, 1];
const begun = [call(begin('A', EMPTY)), drain];

/** By fault: the rule that reports it, and the steps. */
const CASES: Readonly<Record<string, readonly [rule: string, steps: readonly Step[]]>> = {
  'begin-before-open': ['upload-succeeds', [call(begin('A', EMPTY)), call(finish('A'))]],
  'cancel-ignores-lock': [
    'listing-is-true',
    [
      call(begin('A', TWO_CHUNKS)),
      call(put('A', 0)),
      call(put('A', 1)),
      call(finish('A')),
      deliver,
      deliver,
      call(abort),
      drain,
    ],
  ],
  'commit-not-repeatable': ['listing-is-true', [...begun, call(finish('A')), deliver, lose]],
  'ended-forgotten-too-early': [
    'usage-is-exact',
    [...begun, call(abort), lose, call(usage), deliver, deliver, lose],
  ],
  'file-id-on-heap': [
    'upload-succeeds',
    [...begun, call(finish('A')), { do: 'upgrade', canister: 'bucket/0' }],
  ],
  'quota-kept-after-reject': [
    'usage-is-exact',
    [outage('bucket/0'), call(begin('A', EMPTY)), drain, recover('bucket/0')],
  ],
  'quota-written-after-await': [
    'usage-is-exact',
    [call(begin('A', TWO_CHUNKS)), call(begin('B', EMPTY), 1), second, second, drain, call(usage)],
  ],
  'reject-as-success': ['listing-is-true', [...begun, outage(), call(finish('A')), drain, recover()]],
  'reject-settles-unknown': [
    'upload-succeeds',
    [...begun, call(finish('A')), deliver, lose, { do: 'restart' }],
  ],
  'release-not-remembered': ['usage-is-exact', [...begun, outage(), call(abort), drain, recover()]],
  'reply-before-commit': ['listing-is-true', [...begun, call(finish('A')), call(listFiles)]],
  'retry-commits-twice': ['listing-is-true', [...begun, call(finish('A')), deliver, lose]],
  'stop-ends-finish': [
    'status-is-true',
    [
      call(begin('A', TWO_CHUNKS)),
      call(put('A', 0)),
      call(put('A', 1)),
      call(finish('A')),
      { do: 'restart', canister: 'bucket/0' },
    ],
  ],
  'trap-after-commit': [
    'no-trap',
    [call(begin('A', TWO_CHUNKS)), call(put('A', 0)), call(put('A', 1)), call(finish('A'))],
  ],
  'two-buckets-for-one-upload': [
    'upload-succeeds',
    [outage('bucket/0'), call(begin('A', EMPTY)), drain, recover('bucket/0'), call(finish('A'))],
  ],
  'unknown-as-failure': ['upload-succeeds', [...begun, call(finish('A')), deliver, lose]],
  'unknown-as-success': ['listing-is-true', [...begun, call(finish('A')), lose]],
};

async function rulesBroken(
  steps: readonly Step[],
  fault?: string,
  more: Partial<Schedule> = {},
): Promise<readonly string[]> {
  const suffix = fault === undefined ? '' : '-faults';
  const folder = '../../examples/index-and-buckets/wasm/';
  const wasm = new Uint8Array(
    readFileSync(new URL(`${folder}index-and-buckets${suffix}.wasm.gz`, import.meta.url)),
  );
  const runner = new ScheduleRunner({ replica: createEmbeddedReplica(), target, wasm, fault });
  const whole = schedule(steps, {
    limits: { chunkSize: 128, hashBytesPerCall: 128 },
    files: [file(0), file(200)],
    epilogue: { chunksMax: 16, readsFinished: true },
    ...more,
  });
  const verdict = judge(await runner.run(whole), whole, target);
  return verdict.kind === 'invalid' ? verdict.violations.map(({ checker }) => checker) : [];
}

describe('an index with buckets', () => {
  it.each(Object.entries(CASES))('shows the fault %s in a short schedule', async (fault, [rule, steps]) => {
    expect(steps.length).toBeLessThanOrEqual(8);
    expect(await rulesBroken(steps)).toEqual([]);
    expect(await rulesBroken(steps, fault)).toContain(rule);
    expect(await rulesBroken(steps, undefined, { subnets: 'apart' })).toEqual([]);
  });
});
