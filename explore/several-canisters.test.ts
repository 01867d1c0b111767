/** Exploring a system of several canisters: conditions of the network are choices. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { abilitiesOf } from '../campaigns/campaign/abilities.js';
import target from '../examples/index-and-buckets/target.js';
import { ScheduleRunner } from '../harness/execution/schedule-runner.js';
import { judge } from '../harness/judgement/judge.js';
import type { Schedule } from '../model/schedule.js';
import { createEmbeddedReplica } from '../replicas/embedded/embedded-replica.js';
import { generatedWorkloads } from './generated-workloads.js';
import { namedWorkload } from './named-workloads.js';
import { findCriticalChoice } from './critical-choice.js';
import { explored, referenceRunner, referenceWorkload } from './testing/explored.js';
import { workloadOf, type Workload } from './workload.js';

function pair(fault?: string): ScheduleRunner {
  const suffix = fault === undefined ? '' : '-faults';
  const path = `../examples/index-and-buckets/wasm/index-and-buckets${suffix}.wasm.gz`;
  const wasm = new Uint8Array(readFileSync(new URL(path, import.meta.url)));
  return new ScheduleRunner({ replica: createEmbeddedReplica(), target, wasm, fault });
}

function workload(name: string, runner: ScheduleRunner): Workload {
  return namedWorkload(name, { shape: target.shape, ...abilitiesOf(target, runner) });
}

describe('exploring a system of several canisters', () => {
  it('loses each message of an upload that may be lost, and the correct canisters pass', async () => {
    const runner = pair();
    const { result, verdicts } = await explored(runner, workload('lost-answer', runner));
    // The request and the response of `open`, those of `commit`, and none.
    expect(result).toMatchObject({ isComplete: true, orders: 5, failing: 0 });
    expect(verdicts).toEqual(['valid']);
  });

  it('judges no begin whose calls to the buckets miss their deadlines', async () => {
    const begin = (session: string, lane: number) =>
      ({
        do: 'call',
        lane,
        operation: { op: 'begin', session, file: 0, caller: 0, key: `key-${session}` },
      }) as const;
    const deliver = { do: 'deliver', pick: 0 } as const;
    const wait = { do: 'advance', seconds: 360 } as const;
    const schedule: Schedule = {
      version: 1,
      limits: { chunkSize: 1, activeSessionsMax: 2 },
      callers: 1,
      files: [{ name: 'file-A', bytes: 0, content: { kind: 'zero' } }],
      steps: [begin('A', 0), deliver, deliver, begin('B', 1), wait, deliver, wait],
    };
    const history = await pair().run(schedule);
    expect(JSON.stringify(history.events)).toContain('Call deadline has expired');
    expect(judge(history, schedule, target).kind).toBe('valid');
  });

  it('finds no violation in the orders of a finish and an abort', async () => {
    const runner = pair();
    const { result } = await explored(runner, workload('abort-during-finish', runner));
    expect(result).toMatchObject({ isComplete: true, failing: 0 });
  });

  it.each([
    ['unknown-as-success', 'lost-answer', 'listing-is-true'],
    ['ended-forgotten-too-early', 'lost-quota', 'usage-is-exact'],
    ['cancel-ignores-lock', 'abort-during-finish', 'listing-is-true'],
    ['reject-settles-unknown', 'loss-and-outage', 'upload-succeeds'],
  ])('finds the fault %s with the workload %s', async (fault, name, rule) => {
    const runner = pair(fault);
    const { result } = await explored(runner, workload(name, runner));
    const rules = result.failures.flatMap(({ verdict }) =>
      verdict.kind === 'invalid' ? verdict.violations.map(({ checker }) => checker) : [],
    );
    expect(rules).toContain(rule);
  });

  it('shows the loss that makes the difference', async () => {
    const runner = pair('unknown-as-success');
    const { result } = await explored(runner, workload('lost-answer', runner));
    const [failing] = result.failures;
    const choice = await findCriticalChoice({
      runner,
      schedule: failing!.schedule,
      fails: (history, schedule) => judge(history, schedule, target).kind === 'invalid',
    });
    expect(choice?.failing[0]).toBe('lose the request commit of lane 0: finish A');
    expect(choice?.passing[0]).toBe('deliver the request commit of lane 0: finish A');
  });

  it.each(['lost-quota', 'abort-during-finish', 'loss-and-outage'])(
    'finds the same answers and verdicts in %s without reduction and without recognised states',
    async (name) => {
      const runner = pair();
      const plain = { reduces: false, recognisesStates: false };
      const [reduced, whole] = [
        await explored(runner, workload(name, runner)),
        await explored(runner, workload(name, runner), plain),
      ];
      expect(reduced.answers).toEqual(whole.answers);
      expect(reduced.verdicts).toEqual(whole.verdicts);
      expect(reduced.result.orders).toBeLessThanOrEqual(whole.result.orders);
    },
  );

  it('has no loss without a number of losses', async () => {
    const runner = pair();
    const { losses: _losses, ...rest } = workload('lost-answer', runner);
    const { result } = await explored(runner, rest);
    expect(result).toMatchObject({ isComplete: true, orders: 1 });
  });

  it('does not fit a target of one canister', () => {
    expect(() => referenceWorkload('lost-answer', referenceRunner())).toThrow(
      'workload lost-answer: the target has one canister; use another workload',
    );
  });
});

describe('workloads made from schedules', () => {
  it('may lose as many messages as the schedule loses', () => {
    const steps = [
      { do: 'lose', pick: 0 } as const,
      { do: 'drain' } as const,
      { do: 'lose', pick: 1 } as const,
    ];
    const plan = { version: 1, limits: {}, callers: 1, files: [], steps } as const;
    const advance = { do: 'advance', seconds: 1 } as const;
    const made = workloadOf('made', { ...plan, steps: [...steps, advance] });
    expect(made).toMatchObject({ losses: 2, lanes: [[advance]] });
  });

  it('lose at most one message if they are generated', () => {
    const workloads = generatedWorkloads(1, abilitiesOf(target, pair()), { count: 20 });
    expect(new Set(workloads.map(({ losses }) => losses))).toEqual(new Set([undefined, 1]));
  });
});
