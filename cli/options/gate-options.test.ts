import { describe, expect, it } from 'vitest';
import { addTolerance, parseShard } from './gate-options.js';

describe('parseShard', () => {
  it('returns index and count', () => {
    expect(parseShard('2/4')).toEqual({ index: 2, count: 4 });
  });

  it.each(['0/2', '3/2', '1/0', '1', 'a/b', '1/101', '-1/2'])('rejects %s', (text) => {
    expect(() => parseShard(text)).toThrow(/give i\/n/);
  });
});

describe('addTolerance', () => {
  it('accepts a counter, or a counter of one scenario, and keeps the tolerances before it', () => {
    const first = addTolerance('cycles=2');
    expect(addTolerance('upload 0 B/instructions=0.5%', first)).toEqual({
      cycles: 2,
      'upload 0 B/instructions': 0.5,
    });
  });

  it.each([
    ['cycles', /give counter=percent/],
    ['cycles=-1', /give counter=percent/],
    ['seconds=2', /there is no counter "seconds"; the counters are calls/],
    ['nothing/cycles=2', /there is no scenario "nothing"/],
  ])('rejects %s and lists the valid names', (text, message) => {
    expect(() => addTolerance(text)).toThrow(message);
  });
});
