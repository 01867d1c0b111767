import { expect, it } from 'vitest';
import type { Operation, Schedule } from '../../model/schedule.js';
import { SITUATIONS, type Situation } from './situations.js';
import { STATE_NAMES, statesReached } from './states-reached.js';
import {
  FILES,
  HistoryBuilder,
  LIMITS,
  begin,
  begun,
  begunA,
  done,
  failed,
  finish,
  finished,
  memory,
  on,
  onMemory,
  original,
  put,
  remembered,
} from '../testing/history-builder.js';

const schedule: Schedule = { version: 1, limits: LIMITS, callers: 2, files: FILES, steps: [] };
function reached(built: HistoryBuilder, more: Partial<Schedule> = {}): ReadonlySet<string> {
  return statesReached(built.history, { ...schedule, ...more }, { defaultChunkSize: 100 });
}

it('declares more than forty situations, each with a name of its own', () => {
  expect(Object.keys(SITUATIONS).length).toBeGreaterThanOrEqual(40);
  expect(new Set(STATE_NAMES).size).toBe(STATE_NAMES.length);
});

it('reaches no situation with a plain upload', () => {
  const plain = new HistoryBuilder().uploaded('A', '1').call(finish('A'), finished(1));
  expect([...reached(plain)].sort()).toEqual(['Completed', 'Initiated', 'Uploading']);
});

const tooLarge = { kind: 'rejected', code: 1, errorCode: '', text: 'Request 0x5a is too large.' } as const;
const stopped = { kind: 'rejected', code: 5, errorCode: 'IC0509', text: 'Canister is stopping' } as const;

const overHttp = <T extends Operation>(operation: T): T => ({ ...operation, via: 'http' });

it.each<[Situation, () => HistoryBuilder]>([
  ['a put larger than a message', () => begunA().sized(put('A', 0), 3_000_000, tooLarge)],
  [
    'a session finished after the schedule',
    () => new HistoryBuilder().uploaded('A', '1').epilogue().call(finish('A'), finished(1)),
  ],
  [
    'a session used over both interfaces',
    () =>
      begunA()
        .call(put('A', 0), done)
        .call(overHttp(put('A', 1)), done),
  ],
  [
    'a put over HTTP during a finish through Candid',
    () => {
      const built = new HistoryBuilder().uploaded('A', '1');
      const call = built.start(finish('A'));
      built.deliver(call).call(overHttp(put('A', 0)), failed('InvalidState'));
      return built.end(call, finished(1));
    },
  ],
  [
    'a finish over HTTP of chunks put through Candid',
    () => new HistoryBuilder().uploaded('A', '1').call(overHttp(finish('A')), finished(1)),
  ],
  [
    'a request over HTTP without a token',
    () => begunA().call({ ...put('A', 0), via: 'http-no-token' } as Operation, failed('Unauthenticated')),
  ],
  ['an expired token', () => begunA().call(overHttp(put('A', 0)), failed('Unauthenticated'))],
  ['a restart with open sessions', () => begunA().stopping().restarted()],
  [
    'a call refused by a stopping canister',
    () => {
      const built = begunA();
      const call = built.start(put('A', 0));
      return built.stopping().deliver(call).end(call, stopped).restarted();
    },
  ],
  [
    'a restart during finish',
    () => {
      const built = new HistoryBuilder().uploaded('A', '1');
      const call = built.start(finish('A'));
      return built.deliver(call).stopping().end(call, failed('Internal', 'interrupted')).restarted();
    },
  ],
  [
    'a finish with one gap',
    () =>
      begunA()
        .call(put('A', 0), done)
        .call(put('A', 2), done)
        .call(finish('A'), failed('InvalidArgument', '1')),
  ],
  [
    'a finish with several gaps',
    () => begunA().call(put('A', 1), done).call(finish('A'), failed('InvalidArgument', '0')),
  ],
  ['a finish with nothing stored', () => begunA().call(finish('A'), failed('InvalidArgument', '0'))],
  ['chunks out of order', () => begunA().call(put('A', 1), done).call(put('A', 0), done)],
  ['a repeated chunk', () => begunA().call(put('A', 1), done).call(put('A', 1), done)],
  [
    'a put after abort',
    () => begunA().call(on('abort', 'A'), done).call(put('A', 0), failed('InvalidState')),
  ],
  ['a repeated abort', () => begunA().call(on('abort', 'A'), done).call(on('abort', 'A'), done)],
  [
    'a put while paused',
    () =>
      begunA().call(put('A', 0), done).call(on('pause', 'A'), done).call(put('A', 1), failed('InvalidState')),
  ],
  [
    'expiry between an accepted chunk and finish',
    () => begunA().call(put('A', 0), done).advance(1000).call(finish('A'), failed('InvalidState')),
  ],
  ['a stranger on a session', () => begunA().call(on('abort', 'A', 1), failed('Unauthorized'))],
  ['an upgrade with open sessions', () => begunA().upgrade()],
  ['a new chunk size with open sessions', () => begunA().upgrade(undefined, { chunkSize: 50 })],
  ['a put after an upgrade into an older session', () => begunA().upgrade().call(put('A', 0), done)],
  ['one key used by two callers', () => begunA().call(begin('B', { caller: 1, key: 'A' }), begun('2'))],
  ['a repeated key while its session is open', () => begunA().call(begin('A'), begun('1'))],
  ['two open sessions of one file', () => begunA().call(begin('B'), begun('2'))],
  [
    'a blob read after one of its memories was deleted',
    () =>
      new HistoryBuilder()
        .uploaded('A', '1')
        .call(finish('A'), finished(1))
        .call(memory('M', [{ kind: 'Original', blobOf: 'A' }]), remembered('memory_2', original('blob_1')))
        .call(onMemory('deleteMemory', 'A'), done)
        .call(on('read', 'A'), { kind: 'blob', size: '250', sha256: '' }),
  ],
])('reaches the situation %s', (name, built) => {
  expect(reached(built())).toContain(name);
});

it('counts a call as during finish between the first message of the finish and its answer', () => {
  const built = new HistoryBuilder().uploaded('A', '1');
  const call = built.start(finish('A'));
  built
    .deliver(call)
    .call(put('A', 0), failed('InvalidState'))
    .upgrade()
    .message(call)
    .end(call, finished(1));
  const names = reached(built);
  for (const name of [
    'a put during finish',
    'a repeated chunk during finish',
    'an upgrade during finish',
    'a finish in several messages',
  ])
    expect(names).toContain(name);
  expect(names).not.toContain('a put after finish');
});

it('counts one key in flight twice if both begins were submitted before the first was executed', () => {
  const built = new HistoryBuilder();
  const [first, second] = [built.start(begin('A')), built.start(begin('A'))];
  built.deliver(first).end(first, begun('1')).deliver(second).end(second, begun('1'));
  expect(reached(built)).toContain('one key in flight twice');
});

it('counts the older layout only if an upgrade leaves it with open sessions', () => {
  expect(reached(begunA().upgrade(), { from: 'older layout' })).toContain(
    'the older layout with open sessions',
  );
  expect(reached(begunA(), { from: 'older layout' })).not.toContain('the older layout with open sessions');
});
