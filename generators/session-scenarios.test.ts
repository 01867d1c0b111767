import { describe, expect, it } from 'vitest';
import { OPERATION_NAMES } from '../model/operations.js';
import type { Limits, Schedule, Step } from '../model/schedule.js';
import { PROFILES } from './profile.js';
import { scheduleFor } from './schedule-for.js';
import type { Abilities } from './schedule.js';

const abilities: Abilities = {
  operations: new Set(OPERATION_NAMES),
  defaultChunkSize: 16,
  time: true,
  upgrade: true,
  capsules: false,
  sessionScenarios: true,
};

/** The schedules that have such a scenario are those whose only lane begins all its sessions under this limit. */
function scenarios(
  adapt: (drawn: Limits) => Limits = (drawn) => drawn,
  activeSessionsMax = 1,
): readonly Schedule[] {
  const schedules = Array.from({ length: 600 }, (_, run) =>
    scheduleFor(PROFILES.default, 1, run, { ...abilities, limitsFor: adapt }),
  );
  const most = adapt({ activeSessionsMax }).activeSessionsMax;
  return schedules.filter(
    ({ limits, steps }) => limits.activeSessionsMax === most && steps.every(isOfLaneZero),
  );
}

function isOfLaneZero(step: Step): boolean {
  return step.do !== 'call' || step.lane === 0;
}

/** The most sessions that are open at one time. */
function openMost({ steps, limits: { sessionTtlSeconds = 0 } }: Schedule): number {
  const open = new Set<string>();
  let most = 0;
  for (const step of steps) {
    if (step.do === 'advance' && step.seconds > sessionTtlSeconds) open.clear();
    if (step.do !== 'call' || !('session' in step.operation)) continue;
    const { op, session } = step.operation;
    if (op === 'begin') open.add(session);
    if (op === 'abort' || op === 'finish') open.delete(session);
    most = Math.max(most, open.size);
  }
  return most;
}

function begins({ steps }: Schedule): number {
  return steps.filter((step) => step.do === 'call' && step.operation.op === 'begin').length;
}

function aborts({ steps }: Schedule): boolean {
  return steps.some((step) => step.do === 'call' && step.operation.op === 'abort');
}

function waits({ steps }: Schedule): number {
  return steps.filter((step) => step.do === 'advance').length;
}

describe('the scenarios about sessions', () => {
  it('begin more sessions than may be open, and never have more open than that', () => {
    const found = scenarios();
    expect(found.map(openMost)).toEqual(found.map(() => 1));
    expect(found.filter((schedule) => begins(schedule) > 1).some(aborts)).toBe(true);
    expect(found.some((schedule) => begins(schedule) > 1 && waits(schedule) === 1)).toBe(true);
    expect(found.some((schedule) => begins(schedule) > 1 && !aborts(schedule) && waits(schedule) === 0)).toBe(
      true,
    );
  });

  it('include a session with pauses that are together longer than its lifetime', () => {
    const paused = scenarios().find((schedule) => waits(schedule) > 1);
    expect(begins(paused!)).toBe(1);
    const pauses = paused!.steps.flatMap((step) => (step.do === 'advance' ? step.seconds : []));
    expect(Math.max(...pauses)).toBeLessThan(600);
    expect(pauses.reduce((sum, one) => sum + one)).toBeGreaterThan(600);
  });

  it('include a session that begins while another one is older than its lifetime and kept alive', () => {
    const beside = scenarios(undefined, 2).find(
      (schedule) => waits(schedule) === 2 && begins(schedule) === 2,
    );
    const order = beside!.steps.flatMap((step) => {
      if (step.do === 'advance') return ['wait'];
      return step.do === 'call' && 'session' in step.operation
        ? [`${step.operation.op} ${step.operation.session}`]
        : [];
    });
    expect(order.slice(0, 7)).toEqual(['begin A', 'wait', 'put A', 'wait', 'begin B', 'put B', 'put A']);
  });

  it('follow the limit of a canister whose limit is fixed', () => {
    const found = scenarios((drawn) => ({ ...drawn, activeSessionsMax: 4 }));
    const atLimit = found.filter((schedule) => begins(schedule) === 5 && openMost(schedule) === 4);
    expect(atLimit.some((schedule) => waits(schedule) === 1)).toBe(true);
  });

  it('are absent by default', () => {
    const { sessionScenarios: _, ...others } = abilities;
    const schedules = Array.from({ length: 200 }, (_unused, run) =>
      scheduleFor(PROFILES.default, 1, run, others),
    );
    expect(schedules.filter(({ limits }) => limits.activeSessionsMax === 1)).toEqual([]);
  });
});
