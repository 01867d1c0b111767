import { describe, expect, it } from 'vitest';
import { HistoryBuilder, begin, begun, done, failed, on, put, trapped } from '../testing/history-builder.js';

const rule = 'well-formed-replies';

function undecodableStatus(): HistoryBuilder {
  return new HistoryBuilder()
    .call(begin('A'), begun('1'))
    .call(on('status', 'A'), { kind: 'undecodable', text: 'progress 100 with 4 of 5 chunks' });
}

describe('the well-formed-replies checker', () => {
  it('reports a reply that cannot be decoded', () => {
    expect(undecodableStatus().violation(rule)).toMatchObject({
      operation: 'status',
      expected: 'status A: a reply in the form that the interface declares',
      seen: expect.stringContaining('progress 100 with 4 of 5 chunks') as unknown,
    });
  });

  it('reports each operation once', () => {
    const twice = undecodableStatus().call(on('status', 'A'), { kind: 'undecodable', text: 'another' });
    const verdict = twice.judged([rule]);
    expect(verdict.kind === 'invalid' && verdict.violations).toHaveLength(1);
  });

  it('accepts successes, errors of the interface, rejects, and lost answers', () => {
    const built = new HistoryBuilder().call(begin('A'), begun('1')).call(put('A', 0), done);
    built.call(put('A', 9), failed('InvalidArgument')).call(put('A', 1), trapped);
    built.lose(built.start(put('A', 2)));
    expect(built.violation(rule)).toBeUndefined();
  });
});
