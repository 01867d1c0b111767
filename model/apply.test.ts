import { describe, expect, test } from 'vitest';
import { applyUpgrade } from './apply.js';
import { finishAfterAll } from './finish.js';
import type { SessionState } from './result.js';
import { ModelBench, ORACLE, begin, finish, on, put } from './testing/drive-model.js';

const chunks = [put(2), put(0), put(1)];

/** A session in each state. */
const inState: Readonly<Record<Exclude<SessionState, 'Finishing'>, () => ModelBench>> = {
  Initiated: () => new ModelBench().do(begin()),
  Uploading: () => new ModelBench().do(begin(), put(0)),
  Paused: () => new ModelBench().do(begin(), put(0), on('pause')),
  Completed: () => new ModelBench().do(begin(), ...chunks, finish()),
  Failed: () => new ModelBench().do(begin(), put(0)).pass(1000),
  Cancelled: () => new ModelBench().do(begin(), put(0), on('abort')),
};

/** A session whose finish takes several messages. */
function finishing(): ModelBench {
  const bench = new ModelBench().do(begin(), ...chunks);
  const meanwhile = bench.allowed(finish())[0]?.meanwhile;
  if (meanwhile === undefined) throw new Error('a finish that reaches the hash may take several messages');
  bench.state = meanwhile;
  return bench;
}

describe('operations in every state', () => {
  test.each([
    ['Initiated', 'done', 'InvalidState: state', 'InvalidState: state', 'done', 'InvalidArgument: missing'],
    ['Uploading', 'done', 'done', 'InvalidState: state', 'done', 'InvalidArgument: missing'],
    ['Paused', 'InvalidState: state', 'InvalidState: state', 'done', 'done', 'InvalidState: state'],
    [
      'Completed',
      'InvalidState: state',
      'InvalidState: state',
      'InvalidState: state',
      'InvalidState: state',
      'finished',
    ],
    [
      'Failed',
      'InvalidState: state',
      'InvalidState: state',
      'InvalidState: state',
      'done',
      'InvalidState: state',
    ],
    [
      'Cancelled',
      'InvalidState: state',
      'InvalidState: state',
      'InvalidState: state',
      'done',
      'InvalidState: state',
    ],
  ] as const)('%s: put %s, pause %s, resume %s, abort %s, finish %s', (state, ...answers) => {
    const requests = [put(1), on('pause'), on('resume'), on('abort'), finish()];
    expect(requests.map((request) => inState[state]().answer(request))).toEqual(answers);
    const status = inState[state]().allowed(on('status'))[0]?.answer;
    expect(status).toMatchObject({ kind: 'status', status: { state } });
  });

  test('Finishing refuses everything but status', () => {
    for (const request of [put(1), on('pause'), on('resume'), on('abort'), finish()]) {
      expect(finishing().answer(request)).toBe('InvalidState: state');
    }
    expect(finishing().answer(on('status'))).toBe('status');
  });
});

describe('errors in their order', () => {
  test('NotFound before Unauthorized before InvalidState before InvalidArgument before Conflict', () => {
    const bench = inState.Paused();
    expect(bench.answer(put(9, { sessionId: '7', by: 1 }))).toBe('NotFound: no-session');
    expect(bench.answer(put(9, { by: 1 }))).toBe('Unauthorized: not-owner');
    expect(bench.answer(put(9))).toBe('InvalidState: state');
    expect(bench.do(on('resume')).answer(put(9))).toBe('InvalidArgument: index-past-end');
    expect(bench.answer(put(0, { data: { kind: 'short' } }))).toBe('InvalidArgument: wrong-length');
    expect(bench.answer(put(0, { data: { kind: 'flipped', at: 5 } }))).toBe('Conflict: other-bytes');
  });

  test('begin: Unauthorized, InvalidArgument, ResourceExhausted, Conflict; the same again is Ok whatever the limits', () => {
    const bench = new ModelBench().do(begin(), begin({ key: 'l' }));
    expect(bench.answer(begin({ file: 1, capsuleOf: 1, chunksOff: 1 }))).toBe('Unauthorized: not-owner');
    expect(bench.answer(begin({ file: 1, chunksOff: 1 }))).toBe('InvalidArgument: wrong-chunk-count');
    expect(bench.answer(begin({ file: 1 }))).toBe('ResourceExhausted: active-limit');
    expect(bench.answer(begin())).toBe('begun');
    expect(bench.do(on('abort')).answer(begin({ file: 1, key: 'l' }))).toBe('Conflict: key-in-use');
  });

  test('begin: limits of bytes and chunks', () => {
    expect(new ModelBench({ chunkSize: 100, bytesMax: 249 }).answer(begin())).toBe(
      'ResourceExhausted: over-limit',
    );
    expect(new ModelBench({ chunkSize: 100, chunksMax: 2 }).answer(begin())).toBe(
      'ResourceExhausted: over-limit',
    );
    expect(new ModelBench({ chunkSize: 100, bytesMax: 250, chunksMax: 3 }).answer(begin())).toBe('begun');
  });

  test('an error changes nothing at all', () => {
    const bench = inState.Uploading();
    for (const request of [
      put(9),
      put(0, { data: { kind: 'flipped', at: 0 } }),
      finish(),
      on('resume'),
      on('status', 1),
    ]) {
      expect(bench.allowed(request)[0]?.next).toBe(bench.state);
    }
  });
});

describe('finish', () => {
  const uploaded = (): ModelBench => new ModelBench().do(begin(), ...chunks);

  test('needs every index, the length and the hash', () => {
    expect(uploaded().answer(finish())).toBe('finished');
    expect(uploaded().answer(finish({ lengthOff: -1 }))).toBe('InvalidArgument: wrong-total');
    expect(uploaded().answer(finish({ hash: 'short' }))).toBe('InvalidArgument: hash-size');
    expect(uploaded().answer(finish({ hash: 'flipped' }))).toBe('ChecksumMismatch: hash-wrong');
    expect(uploaded().answer(finish({ hash: 'other-file' }))).toBe('ChecksumMismatch: hash-wrong');
    expect(new ModelBench().do(begin(), put(0), put(2)).answer(finish())).toBe('InvalidArgument: missing');
  });

  test('is over what was stored, not over what should have been', () => {
    const bench = new ModelBench().do(begin(), put(0, { data: { kind: 'flipped', at: 1 } }), put(1), put(2));
    expect(bench.answer(finish())).toBe('ChecksumMismatch: hash-wrong');
    expect(bench.answer(put(0))).toBe('Conflict: other-bytes');
  });

  test('again: the same answer for the same arguments, Conflict for others', () => {
    const bench = inState.Completed();
    expect(bench.answer(finish())).toBe('finished');
    expect(bench.answer(finish({ file: 3 }))).toBe('finished');
    expect(bench.answer(finish({ hash: 'flipped' }))).toBe('Conflict: finished-other');
    expect(bench.answer(finish({ lengthOff: 1 }))).toBe('InvalidArgument|Conflict: finished-other');
  });

  test('of an empty file goes straight from Initiated', () => {
    const bench = new ModelBench().do(begin({ file: 2 }));
    expect(bench.answer(put(0, { file: 2, data: { kind: 'empty' } }))).toBe(
      'InvalidArgument: index-past-end',
    );
    expect(bench.do(finish({ file: 2 })).session().state).toBe('Completed');
  });

  test('of several messages ends as one of a single message would, and an upgrade cuts it short', () => {
    const now = { from: 0n, to: 0n };
    const request = finish();
    if (request.op !== 'finish') throw new Error('not a finish');
    expect(finishAfterAll(finishing().state, request, now, ORACLE).answer.kind).toBe('finished');
    const cut = applyUpgrade(finishing().state);
    expect(cut.sessions[0]?.state).toBe('Uploading');
    expect(finishAfterAll(cut, request, now, ORACLE).because.code).toBe('cut-short');
    expect(applyUpgrade(cut)).toBe(cut);
  });
});

describe('time', () => {
  test('only successful updates count: begin, a stored chunk, pause, resume', () => {
    const bench = inState.Initiated().pass(600).do(put(0)).pass(600).do(put(0)).pass(399.999999999);
    expect(bench.do(on('pause')).pass(999).do(on('resume')).pass(999).answer(put(1))).toBe('done');
    expect(bench.pass(1).answer(put(1))).toBe('InvalidState: state');
  });

  test('the record of an ended session goes after a day, its blob stays', () => {
    const bench = inState.Completed().pass(86_399);
    expect(bench.answer(finish())).toBe('finished');
    expect(bench.pass(1).answer(finish())).toBe('NotFound: record-gone');
    expect(bench.answer(on('read'))).toBe('blob');
    expect(bench.answer(on('read', 1))).toBe('Unauthorized: not-owner');
  });

  test('an expired session is not active and holds no key', () => {
    const bench = new ModelBench().do(begin(), begin({ key: 'l' })).pass(1000);
    expect(bench.answer(begin({ file: 1 }))).toBe('begun');
    expect(bench.do(begin({ file: 1 })).session(2).id).toBe('3');
  });

  test('where the moment is not known, both sides of it are allowed', () => {
    const bench = inState.Uploading();
    const { from } = bench.session().updated;
    const span = { from, to: from + 1000n * 10n ** 9n };
    const errorsOf = bench.allowed(put(1), span).map(({ answer }) => answer.kind);
    expect(errorsOf).toEqual(['done', 'error']);
    expect(bench.allowed(put(1), { from, to: span.to - 1n })).toHaveLength(1);
  });
});
