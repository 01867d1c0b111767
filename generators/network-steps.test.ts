import { describe, expect, it } from 'vitest';
import { OPERATION_NAMES } from '../model/operations.js';
import { scheduleSchema, type Schedule, type Step } from '../model/schedule.js';
import { PROFILES } from './profile.js';
import { scheduleFor } from './schedule-for.js';
import type { Abilities } from './schedule.js';

const one: Abilities = {
  operations: new Set(OPERATION_NAMES),
  defaultChunkSize: 100,
  time: true,
  upgrade: true,
  restart: true,
  capsules: false,
};
const several: Abilities = { ...one, network: true, canisters: ['bucket/0', 'bucket/1'] };

function schedules(abilities: Abilities): readonly Schedule[] {
  return Array.from({ length: 200 }, (_, index) => scheduleFor(PROFILES.quick, 1, index, abilities));
}
const kindsOf = (steps: readonly Step[]) => new Set(steps.map((step) => step.do));
const all = schedules(several);

describe('schedules for several canisters', () => {
  it('lose messages, and have outages of each canister in each condition', () => {
    const steps = all.flatMap((schedule) => schedule.steps);
    expect(kindsOf(steps)).toContain('lose');
    const outages = steps.flatMap((step) =>
      step.do === 'outage' ? [`${step.condition} ${step.canister ?? ''}`] : [],
    );
    expect(new Set(outages).size).toBe(9);
  });

  it('end each outage', () => {
    for (const { steps } of all) {
      const begun = steps.findIndex((step) => step.do === 'outage');
      if (begun >= 0) expect(steps.findIndex((step) => step.do === 'recover')).toBeGreaterThan(begun);
    }
  });

  it('put the canisters on several subnets in some cases', () => {
    const apart = all.filter(({ subnets }) => subnets === 'apart').length;
    expect(apart).toBeGreaterThan(10);
    expect(apart).toBeLessThan(100);
  });

  it('are valid, and some have no condition of the network', () => {
    for (const schedule of all) expect(scheduleSchema.safeParse(schedule).success).toBe(true);
    const calm = all.filter(({ steps }) => !steps.some((step) => step.do === 'lose' || step.do === 'outage'));
    expect(calm.length).toBeGreaterThan(20);
  });
});

describe('schedules for one canister', () => {
  it('do not depend on conditions of the network', () => {
    expect(schedules({ ...one, network: true })).toEqual(schedules(one));
    const kinds = kindsOf(schedules({ ...one, network: true }).flatMap(({ steps }) => steps));
    expect([...kinds].filter((kind) => kind === 'lose' || kind === 'outage')).toEqual([]);
  });
});
