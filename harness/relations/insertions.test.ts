import { expect, it } from 'vitest';
import { begin, call, drain, finish, put, schedule } from '../testing/schedules.js';
import { withInsertions, type Insertion } from './insertions.js';

const base = schedule([call(begin('A')), drain, call(put('A', 0)), drain, call(finish('A')), drain]);

it('inserts steps before calls, and numbers the inserted calls and the others', () => {
  const wrong: Insertion = { before: 1, step: { do: 'call', lane: 0, operation: put('A', 7) } };
  const early: Insertion = { before: 1, step: { do: 'call', lane: 0, operation: finish('A') } };
  const upgrade: Insertion = { before: 2, step: { do: 'upgrade' } };
  const edited = withInsertions(base, [wrong, upgrade, early]);
  expect(edited.schedule.steps).toEqual([
    call(begin('A')),
    drain,
    ...[call(put('A', 7)), drain, call(finish('A')), drain],
    ...[call(put('A', 0)), drain],
    ...[{ do: 'upgrade' }, drain],
    ...[call(finish('A')), drain],
  ]);
  expect([...edited.counterparts]).toEqual([
    [0, 0],
    [3, 1],
    [4, 2],
  ]);
  expect([...edited.inserted]).toEqual([
    [wrong, 1],
    [early, 2],
  ]);
});
