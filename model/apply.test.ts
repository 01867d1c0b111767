import { describe, expect, test } from 'vitest';
import { applyTimer, applyUpgrade } from './apply.js';
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

describe('operations in each state of a session', () => {
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
    const status = inState[state]().allowed(on('status'))[0]?.expected;
    expect(status).toMatchObject({ kind: 'status', status: { state } });
  });

  test('a Finishing session rejects every operation but status', () => {
    for (const request of [put(1), on('pause'), on('resume'), on('abort'), finish()]) {
      expect(finishing().answer(request)).toBe('InvalidState: state');
    }
    expect(finishing().answer(on('status'))).toBe('status');
  });
});

describe('the order of errors', () => {
  test('is NotFound, Unauthorized, InvalidState, InvalidArgument, Conflict', () => {
    const bench = inState.Paused();
    expect(bench.answer(put(9, { sessionId: '7', by: 1 }))).toBe('NotFound: no-session');
    expect(bench.answer(put(9, { by: 1 }))).toBe('Unauthorized: not-owner');
    expect(bench.answer(put(9))).toBe('InvalidState: state');
    expect(bench.do(on('resume')).answer(put(9))).toBe('InvalidArgument: index-past-end');
    expect(bench.answer(put(0, { data: { kind: 'short' } }))).toBe('InvalidArgument: wrong-length');
    expect(bench.answer(put(0, { data: { kind: 'flipped', at: 5 } }))).toBe('Conflict: other-bytes');
  });

  test('is Unauthorized, InvalidArgument, ResourceExhausted, Conflict for begin, and a repeated begin succeeds at any limit', () => {
    const bench = new ModelBench().do(begin(), begin({ key: 'l' }));
    expect(bench.answer(begin({ file: 1, capsuleOf: 1, chunksOff: 1 }))).toBe('Unauthorized: not-owner');
    expect(bench.answer(begin({ file: 1, chunksOff: 1 }))).toBe('InvalidArgument: wrong-chunk-count');
    expect(bench.answer(begin({ file: 1 }))).toBe('ResourceExhausted: active-limit');
    expect(bench.answer(begin())).toBe('begun');
    expect(bench.do(on('abort')).answer(begin({ file: 1, key: 'l' }))).toBe('Conflict: key-in-use');
  });

  test('a begin above the limits of bytes or chunks returns ResourceExhausted', () => {
    expect(new ModelBench({ chunkSize: 100, bytesMax: 249 }).answer(begin())).toBe(
      'ResourceExhausted: over-limit',
    );
    expect(new ModelBench({ chunkSize: 100, chunksMax: 2 }).answer(begin())).toBe(
      'ResourceExhausted: over-limit',
    );
    expect(new ModelBench({ chunkSize: 100, bytesMax: 250, chunksMax: 3 }).answer(begin())).toBe('begun');
  });

  test('an error leaves the state unchanged', () => {
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

describe('a finish', () => {
  const uploaded = (): ModelBench => new ModelBench().do(begin(), ...chunks);

  test('requires every index, the length, and the hash', () => {
    expect(uploaded().answer(finish())).toBe('finished');
    expect(uploaded().answer(finish({ lengthOff: -1 }))).toBe('InvalidArgument: wrong-total');
    expect(uploaded().answer(finish({ hash: 'short' }))).toBe('InvalidArgument: hash-size');
    expect(uploaded().answer(finish({ hash: 'flipped' }))).toBe('ChecksumMismatch: hash-wrong');
    expect(uploaded().answer(finish({ hash: 'other-file' }))).toBe('ChecksumMismatch: hash-wrong');
    expect(new ModelBench().do(begin(), put(0), put(2)).answer(finish())).toBe('InvalidArgument: missing');
  });

  test('compares the hash with the stored bytes', () => {
    const bench = new ModelBench().do(begin(), put(0, { data: { kind: 'flipped', at: 1 } }), put(1), put(2));
    expect(bench.answer(finish())).toBe('ChecksumMismatch: hash-wrong');
    expect(bench.answer(put(0))).toBe('Conflict: other-bytes');
  });

  test('returns the same result for the same arguments, and Conflict for other arguments', () => {
    const bench = inState.Completed();
    expect(bench.answer(finish())).toBe('finished');
    expect(bench.answer(finish({ file: 3 }))).toBe('finished');
    expect(bench.answer(finish({ hash: 'flipped' }))).toBe('Conflict: finished-other');
    expect(bench.answer(finish({ lengthOff: 1 }))).toBe('InvalidArgument|Conflict: finished-other');
  });

  test('of an empty file succeeds in state Initiated', () => {
    const bench = new ModelBench().do(begin({ file: 2 }));
    expect(bench.answer(put(0, { file: 2, data: { kind: 'empty' } }))).toBe(
      'InvalidArgument: index-past-end',
    );
    expect(bench.do(finish({ file: 2 })).session().state).toBe('Completed');
  });

  test('of several messages has the same result as one of a single message, unless an upgrade cuts it short', () => {
    const now = { from: 0n, to: 0n };
    const request = finish();
    if (request.op !== 'finish') throw new Error('not a finish');
    expect(finishAfterAll(finishing().state, request, now, ORACLE).expected.kind).toBe('finished');
    const cut = applyUpgrade(finishing().state);
    expect(cut.sessions[0]?.state).toBe('Uploading');
    expect(finishAfterAll(cut, request, now, ORACLE).reason.code).toBe('cut-short');
    expect(applyUpgrade(cut)).toBe(cut);
  });
});

describe('the effect of time', () => {
  test('starts anew with a begin, a stored chunk, a pause, and a resume only', () => {
    const bench = inState.Initiated().pass(600).do(put(0)).pass(600).do(put(0)).pass(399.999999999);
    expect(bench.do(on('pause')).pass(999).do(on('resume')).pass(999).answer(put(1))).toBe('done');
    expect(bench.pass(1).answer(put(1))).toBe('InvalidState: state');
  });

  test('removes the record of an ended session after a day and keeps its blob', () => {
    const bench = inState.Completed().pass(86_399);
    expect(bench.answer(finish())).toBe('finished');
    expect(bench.pass(1).answer(finish())).toBe('NotFound: record-gone');
    expect(bench.answer(on('read'))).toBe('blob');
    expect(bench.answer(on('read', 1))).toBe('Unauthorized: not-owner');
  });

  test('makes an expired session inactive and frees its key', () => {
    const bench = new ModelBench().do(begin(), begin({ key: 'l' })).pass(1000);
    expect(bench.answer(begin({ file: 1 }))).toBe('begun');
    expect(bench.do(begin({ file: 1 })).session(2).id).toBe('3');
  });

  test('leaves both results open if the time of an expiry is uncertain', () => {
    const bench = inState.Uploading();
    const { from } = bench.session().updated;
    const span = { from, to: from + 1000n * 10n ** 9n };
    const errorsOf = bench.allowed(put(1), span).map(({ expected }) => expected.kind);
    expect(errorsOf).toEqual(['done', 'error']);
    expect(bench.allowed(put(1), { from, to: span.to - 1n })).toHaveLength(1);
  });
});

describe('a run of the timer', () => {
  const cleanedAt = (bench: ModelBench, from: bigint, to: bigint) =>
    applyTimer(bench.state, { from, to }).sessions.map(({ isCleaned, state }) => [isCleaned, state]);
  const opened = () => new ModelBench().do(begin(), put(0));
  const endOf = ({ state: { sessions } }: ModelBench) =>
    (sessions[0]?.updated.to ?? 0n) + (sessions[0]?.sessionTtlNs ?? 0n);

  test('frees a session that has expired, and no other', () => {
    const end = endOf(opened());
    expect(cleanedAt(opened(), end, end)).toEqual([[true, 'Failed']]);
    expect(cleanedAt(opened(), end - 1n, end - 1n)).toEqual([[false, 'Uploading']]);
    expect(cleanedAt(inState.Cancelled(), end, end)).toEqual([[false, 'Cancelled']]);
  });

  test('leaves open whether a session is freed that may have expired', () => {
    const end = endOf(opened());
    expect(cleanedAt(opened(), end - 1n, end)).toEqual([[false, 'Uploading']]);
  });
});
