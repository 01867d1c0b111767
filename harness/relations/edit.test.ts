import { describe, expect, it } from 'vitest';
import { begin, call, drain, finish, put, schedule } from '../testing/schedules.js';
import { DRAIN, rewrite, withoutCalls, withoutSteps } from './edit.js';

const base = schedule([call(begin('A')), drain, call(put('A', 0)), drain, call(finish('A'))]);

describe('edits of schedules', () => {
  it('leaves out calls by number, and maps the others to the original', () => {
    const edited = withoutCalls(base, new Set([1]));
    expect(edited.schedule.steps).toEqual([call(begin('A')), drain, drain, call(finish('A'))]);
    expect([...edited.counterparts]).toEqual([
      [0, 0],
      [1, 2],
    ]);
  });

  it('leaves out other steps by place', () => {
    const edited = withoutSteps(base, new Set([1]));
    expect(edited.schedule.steps).toEqual([call(begin('A')), call(put('A', 0)), drain, call(finish('A'))]);
    expect([...edited.counterparts.keys()]).toEqual([0, 1, 2]);
  });

  it('maps a repeated call twice, and a new call not at all', () => {
    const { counterparts } = rewrite(base, {
      before: [{ step: call(begin('Z')) }],
      call: (of, step) => (of === 1 ? [{ step, of }, DRAIN, { step, of }] : [{ step, of }]),
    });
    expect([...counterparts]).toEqual([
      [1, 0],
      [2, 1],
      [3, 1],
      [4, 2],
    ]);
  });
});
