import { describe, expect, it } from 'vitest';
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
import {
  HistoryBuilder,
  RULES,
  begin,
  begun,
  blob,
  done,
  failed,
  finish,
  finished,
  on,
  put,
  status,
  TARGET,
} from '../testing/history-builder.js';

/** A session with the first of its three chunks stored. */
const open = (): HistoryBuilder => new HistoryBuilder().call(begin('A'), begun('1')).call(put('A', 0), done);

describe('the liveness checker', () => {
  it('accepts an epilogue that sends missing chunks, finishes, and reads', () => {
    const good = open().epilogue().call(on('status', 'A'), status('Uploading', 0));
    good
      .call(put('A', 1), done)
      .call(put('A', 2), done)
      .call(finish('A'), finished(1))
      .call(on('read', 'A'), blob());
    expect(good.judged()).toEqual({ kind: 'valid' });
  });

  it('expects a paused session to be resumable', () => {
    const paused = () =>
      open().call(on('pause', 'A'), done).epilogue().call(on('status', 'A'), status('Paused', 0));
    expect(paused().call(on('resume', 'A'), done).judged()).toEqual({ kind: 'valid' });
    const stuck = paused().call(on('resume', 'A'), failed('InvalidState', 'Paused'));
    expect(stuck.violation('liveness')?.seen).toBe('after the schedule: resume A: InvalidState (Paused)');
  });

  it.each([
    ['the session is gone', failed('NotFound')],
    ['the session is Finishing although no finish is in flight', status('Finishing', 0)],
    ['the session has lost a chunk', status('Uploading')],
  ])('reports a session as stuck if its status says that %s', (_title, seen) => {
    const bad = open().epilogue().call(on('status', 'A'), seen);
    expect(bad.violation('liveness')?.expected).toContain('after the schedule: status A');
    expect(bad.violation('outcome')?.event).toBe(bad.violation('liveness')?.event);
  });

  it('reports a finish that refuses a complete upload, but not one that refuses wrong bytes', () => {
    const complete = () => new HistoryBuilder().uploaded('A', '1').epilogue();
    const refused = complete().call(finish('A'), failed('ChecksumMismatch'));
    expect(refused.violation('liveness')).toBeDefined();
    const spoilt = open()
      .call(put('A', 1, { kind: 'flipped', at: 3 }), done)
      .call(put('A', 2), done)
      .epilogue();
    spoilt.call(finish('A'), failed('ChecksumMismatch')).call(on('abort', 'A'), done);
    expect(spoilt.judged()).toEqual({ kind: 'valid' });
  });

  it('leaves sessions that have ended to the outcome checker', () => {
    const ended = open().call(on('abort', 'A'), done).epilogue().call(on('status', 'A'), failed('NotFound'));
    expect(ended.violation('liveness')).toBeUndefined();
    expect(ended.violation('outcome')).toBeDefined();
  });

  it('ignores the same answers before the end of the schedule', () => {
    expect(open().call(on('status', 'A'), failed('NotFound')).violation('liveness')).toBeUndefined();
  });

  it('allows a finish two messages for each step that it needs', () => {
    const after = (messages: number) => {
      const built = new HistoryBuilder().uploaded('A', '1').epilogue();
      const call = built.start(finish('A'));
      built.deliver(call);
      for (let count = 0; count < messages; count++) built.message(call);
      return built.end(call, finished(1)).violation('liveness', { chunkSize: 100, hashBytesPerCall: 64 });
    };
    // 250 B in steps of 64 B take four steps, and three more are allowed.
    expect(after(14)).toBeUndefined();
    expect(after(15)?.seen).toBe('after the schedule: finish A: 15 messages');
  });

  it('reports a call of the epilogue that is never answered', () => {
    const built = new HistoryBuilder().uploaded('A', '1').epilogue();
    const call = built.start(finish('A'));
    built.deliver(call).lose(call, 'no answer when everything in flight was delivered');
    expect(built.violation('liveness')?.expected).toBe('after the schedule: finish A: an answer');
  });
});

describe('the liveness checker on the reference canister', () => {
  const abandoned = schedule(
    [
      call(beginStep('A')),
      ...[2, 1, 0].map((index) => call(putStep('A', index))),
      call({ op: 'pause', session: 'A' }),
    ],
    {
      limits: { chunkSize: 1_000, hashBytesPerCall: 640 },
      files: [file(2_900)],
      epilogue: { chunksMax: 10 },
    },
  );
  const only = new Set(RULES);
  const checkersOf = (bug: ReferenceBug, one = abandoned) => {
    const verdict = judge(runReference(one, { isOrdered: true, bug }), one, TARGET, { only });
    return verdict.kind === 'invalid' ? verdict.violations.map(({ checker }) => checker) : [];
  };

  it('accepts the correct canister, whose session the epilogue finishes', () => {
    const history = runReference(abandoned, { isOrdered: true });
    expect(judge(history, abandoned, TARGET, { only })).toEqual({ kind: 'valid' });
    const issued = history.events.flatMap((one) => (one.type === 'invoke' ? [one.operation.op] : []));
    expect(issued.slice(5)).toEqual(['status', 'resume', 'finish', 'read']);
  });

  it('is the only checker that finds a finish of one block per message', () => {
    expect(checkersOf('finish-hashes-a-block-a-message')).toEqual(['liveness']);
    const finished = { ...abandoned, steps: [...abandoned.steps.slice(0, -1), call(finishStep('A'))] };
    expect(checkersOf('finish-hashes-a-block-a-message', finished)).toEqual([]);
  });

  it('is the first checker to find a session that cannot be resumed, and only in the epilogue', () => {
    expect(checkersOf('resume-refused')[0]).toBe('liveness');
    const { epilogue: _, ...plain } = abandoned;
    expect(checkersOf('resume-refused', plain)).toEqual([]);
  });
});
