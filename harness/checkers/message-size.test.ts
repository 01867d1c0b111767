import { describe, expect, it } from 'vitest';
import type { Result } from '../../model/result.js';
import type { Schedule } from '../../model/schedule.js';
import { judge } from '../judgement/judge.js';
import type { ReferenceBug } from '../testing/reference-bugs.js';
import { runReference } from '../testing/run-reference.js';
import {
  begin as beginStep,
  call,
  file,
  finish as finishStep,
  put as putStep,
  schedule,
} from '../testing/schedules.js';
import { RULES, begunA, blob, done, failed, on, put, TARGET } from '../testing/history-builder.js';

const MIB = 1_048_576;
const tooLarge: Result = {
  kind: 'rejected',
  code: 1,
  errorCode: '',
  text: 'BadIngressMessage("Request 0x5a is too large. Message byte size 2097316 is larger than the max allowed 2097152.")',
};

describe('the message-size checker', () => {
  it('expects an argument of more than 2 MiB to be refused, and a shorter one not to be', () => {
    expect(
      begunA()
        .sized(put('A', 0), 2 * MIB + 1, tooLarge)
        .violation('message-size'),
    ).toBeUndefined();
    expect(
      begunA()
        .sized(put('A', 0), 2 * MIB + 1, done)
        .violation('message-size')?.seen,
    ).toBe('put A[0]: it was executed');
    expect(begunA().sized(put('A', 0), 1_000_000, tooLarge).violation('message-size')?.expected).toBe(
      'put A[0]: not refused for its length of 1000000 B',
    );
    // Close to 2 MiB it depends on the envelope.
    for (const result of [done, tooLarge])
      expect(
        begunA()
          .sized(put('A', 0), 2 * MIB - 500, result)
          .violation('message-size'),
      ).toBeUndefined();
  });

  it('reports a refused call that has an effect', () => {
    const good = begunA()
      .log('BEGIN_OK sid=1')
      .sized(put('A', 0), 3 * MIB, tooLarge);
    expect(good.violation('message-size')).toBeUndefined();
    const bad = begunA().sized(put('A', 0), 3 * MIB, tooLarge, undefined, (one) => one.log('PUT_OK sid=1'));
    expect(bad.violation('message-size')?.seen).toBe('put A[0]: the call had an effect on the canister');
  });

  it('allows replies of 2 MiB, of 3 MiB for a query, and of 2,000,000 B for a whole blob', () => {
    const update = (bytes: number) => begunA().sized(put('A', 0), 100, done, bytes).violation('message-size');
    expect(update(2 * MIB)).toBeUndefined();
    expect(update(2 * MIB + 1)?.seen).toBe('put A[0]: a reply of 2097153 B');
    const list = { kind: 'sessions', sessionIds: ['1'] } as const;
    const query = (bytes: number) =>
      begunA().sized({ op: 'list', caller: 0 }, 10, list, bytes).violation('message-size');
    expect(query(3 * MIB)).toBeUndefined();
    expect(query(3 * MIB + 1)).toBeDefined();
    const whole = (bytes: number) => begunA().sized(on('readWhole', 'A'), 10, blob(), bytes);
    expect(whole(2_000_100).violation('message-size')).toBeUndefined();
    expect(whole(2_100_000).violation('message-size')).toBeDefined();
  });

  it('accepts an error for a blob that is too large to be read whole', () => {
    const refused = begunA().sized(on('readWhole', 'A'), 10, failed('ResourceExhausted'), 40);
    expect(refused.violation('message-size')).toBeUndefined();
  });
});

describe('the message-size checker on the reference canister', () => {
  const only = new Set(RULES);
  const firstChecker = (one: Schedule, bug?: ReferenceBug) => {
    const verdict = judge(runReference(one, { isOrdered: true, ...(bug && { bug }) }), one, TARGET, { only });
    return verdict.kind === 'invalid' ? verdict.violations[0].checker : verdict.kind;
  };
  const upload = (bytes: number, chunkSize: number, chunks: number) =>
    schedule(
      [
        call(beginStep('A')),
        ...Array.from({ length: chunks }, (_, index) => call(putStep('A', index))),
        call({ op: 'status', session: 'A' }),
        call(finishStep('A')),
        call({ op: 'readWhole', session: 'A' }),
      ],
      { limits: { chunkSize }, files: [file(bytes)] },
    );

  it('finds a canister that stores a chunk larger than a message can carry', () => {
    const large = upload(3_000_100, 3_000_000, 2);
    expect(firstChecker(large)).toBe('valid');
    expect(firstChecker(large, 'takes-oversize-messages')).toBe('message-size');
  });

  it('finds a canister that returns a blob of more than 2,000,000 B whole', () => {
    expect(firstChecker(upload(2_000_000, 1_000_000, 2))).toBe('valid');
    expect(firstChecker(upload(2_002_000, 1_001_000, 2))).toBe('valid');
    expect(firstChecker(upload(2_002_000, 1_001_000, 2), 'reads-whole-without-limit')).toBe('message-size');
  });
});
