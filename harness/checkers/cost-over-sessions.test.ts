import { describe, expect, it } from 'vitest';
import type { Operation } from '../../model/schedule.js';
import type { Result } from '../../model/result.js';
import type { Violation } from '../evidence/verdict.js';
import { judge } from '../judgement/judge.js';
import { HistoryBuilder, TARGET, begin, begun, done, failed, put } from '../testing/history-builder.js';

const FILES = [
  { name: 'f', bytes: 1000, content: { kind: 'zero' } },
  { name: 'g', bytes: 1000, content: { kind: 'zero' } },
] as const;
const only = new Set(['instruction-cost']);
/** More sessions than the checker needs before it compares. */
const SESSIONS = 150;
const CHEAP = 50_000;
const EXPENSIVE = 100_000;

function violationIn(built: HistoryBuilder): Violation | undefined {
  const verdict = judge(built.history, { limits: { chunkSize: 100 }, files: FILES }, TARGET, { only });
  return verdict.kind === 'invalid' ? verdict.violations[0] : undefined;
}

/** Cheap in early sessions, expensive in late ones. */
function growing(session: number): number {
  return session < 75 ? CHEAP : EXPENSIVE;
}

/** Sessions, each with what `add` adds to it after its begin. */
function sessions(add: (built: HistoryBuilder, name: string, session: number) => void): HistoryBuilder {
  const built = new HistoryBuilder();
  for (let session = 0; session < SESSIONS; session++) {
    built.call(begin(`S${session}`), begun(String(session)));
    add(built, `S${session}`, session);
  }
  return built;
}

/** Issues the calls in this order and delivers them in the other order. */
function delivered(
  built: HistoryBuilder,
  operations: readonly (readonly [Operation, Result, number])[],
  order: readonly number[],
): void {
  const calls = operations.map(([operation]) => built.start(operation));
  for (const place of order) built.deliver(calls[place] ?? 0, operations[place]?.[2]);
  for (const [place, [, result]] of operations.entries()) built.end(calls[place] ?? 0, result);
}

describe('the comparison of costs over sessions', () => {
  it('states both costs and both numbers of sessions', () => {
    const bad = sessions((built, name, session) => built.call(put(name, 0), done, growing(session)));
    expect(violationIn(bad)).toMatchObject({
      expected: 'put S80[0]: at most 65000 instructions, because with 1 sessions it took 50000',
      expectedKind: 'a constant cost',
      seen: 'put S80[0]: at least 100000, with 81 sessions',
      seenKind: 'growth with the sessions',
    });
  });

  it('compares puts in the order in which they were delivered', () => {
    const bad = sessions((built, name, session) => {
      const cost = growing(session);
      const puts = [
        [put(name, 0), done, cost],
        [put(name, 1), done, cost],
      ] as const;
      // Both are delivered as 0, 1.
      if (session < 75) delivered(built, puts, [0, 1]);
      else delivered(built, puts.toReversed(), [1, 0]);
    });
    expect(violationIn(bad)?.expected).toContain('put S80[0]: at most 65000');
  });

  it('accepts other costs of puts that were issued in the same order and delivered in another', () => {
    const good = sessions((built, name, session) => {
      const cost = growing(session);
      const puts = [
        [put(name, 0), done, cost],
        [put(name, 1), done, cost],
      ] as const;
      delivered(built, puts, session < 75 ? [0, 1] : [1, 0]);
    });
    expect(violationIn(good)).toBeUndefined();
  });

  it('compares sessions by when their calls are delivered, not by when they were begun', () => {
    const built = new HistoryBuilder();
    const putIn = (session: number, cost: number) => built.call(put(`S${session}`, 0), done, cost);
    for (let session = 0; session < SESSIONS; session++) {
      built.call(begin(`S${session}`), begun(String(session)));
      if (session >= 16) putIn(session, CHEAP);
    }
    for (let session = 0; session < 16; session++) putIn(session, EXPENSIVE);
    expect(violationIn(built)?.seen).toMatch(/^put S\d+\[0\]: at least 100000, with \d+ sessions$/);
  });

  it('does not compare calls on different files', () => {
    const built = new HistoryBuilder();
    for (let session = 0; session < SESSIONS; session++) {
      const file = session < 75 ? 0 : 1;
      built.call(begin(`S${session}`, { file }), begun(String(session)), file === 0 ? 200_000 : 900_000);
      built.call(put(`S${session}`, 0), done, growing(session));
    }
    expect(violationIn(built)).toBeUndefined();
  });

  it('compares the first four puts of a session and no later ones', () => {
    const withGrowthIn = (place: number) =>
      sessions((built, name, session) => {
        for (let index = 0; index < 5; index++)
          built.call(put(name, index), done, index === place ? growing(session) : CHEAP);
      });
    expect(violationIn(withGrowthIn(3))?.expected).toContain('put S80[3]: at most 65000');
    expect(violationIn(withGrowthIn(4))).toBeUndefined();
  });

  it('does not compare the calls of a session after one that was refused', () => {
    const good = sessions((built, name, session) => {
      built.call(put(name, 2), failed('Unavailable'), CHEAP);
      built.call(put(name, 0), done, growing(session));
    });
    expect(violationIn(good)).toBeUndefined();
  });

  it('compares the calls of a session after one that was never delivered', () => {
    const tooLarge: Result = { kind: 'rejected', code: 1, errorCode: '', text: 'the request is too large' };
    const bad = sessions((built, name, session) => {
      built.sized(put(name, 2), 3_000_000, tooLarge);
      built.call(put(name, 0), done, growing(session));
    });
    expect(violationIn(bad)?.expected).toContain('put S80[0]: at most 65000');
  });

  it('does not compare the calls of a session after a put of wrong bytes or of a chunk that is stored', () => {
    const wrongBytes = sessions((built, name, session) => {
      built.call(put(name, 2, { kind: 'of-index', index: 1 }), done, CHEAP);
      built.call(put(name, 0), done, growing(session));
    });
    const twice = sessions((built, name, session) => {
      built.call(put(name, 0), done, CHEAP).call(put(name, 0), done, CHEAP);
      built.call(put(name, 1), done, growing(session));
    });
    expect(violationIn(wrongBytes)).toBeUndefined();
    expect(violationIn(twice)).toBeUndefined();
  });

  it('does not compare the calls of fewer than 72 sessions', () => {
    const withSessions = (count: number) => {
      const built = new HistoryBuilder();
      for (let session = 0; session < count; session++) {
        built.call(begin(`S${session}`), begun(String(session)));
        built.call(put(`S${session}`, 0), done, session < 64 ? CHEAP : EXPENSIVE);
      }
      return violationIn(built);
    };
    expect(withSessions(71)).toBeUndefined();
    expect(withSessions(72)?.expected).toContain('put S64[0]: at most 65000');
  });
});
