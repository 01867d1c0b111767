import { expect, it } from 'vitest';
import { MessageTimer } from './message-timer.js';

const PROGRESS = {
  canister: 'lxzze-o7777-77777-aaaaa-cai',
  what: 'canister_update put',
  instructions: 31_200_000_000,
  instructionLimit: 40e9,
};

it('ends a message that exceeds the limit, and names it and its progress once', () => {
  let now = 1_000;
  const seen: string[] = [];
  const timer = new MessageTimer({ limitMs: 60_000, clock: () => now, onOverdue: (text) => seen.push(text) });
  timer.begin();
  now += 59_999;
  expect(timer.check(PROGRESS)).toBeUndefined();
  expect(timer.takeOverdue()).toBeUndefined();
  now++;
  const text =
    'canister_update put of canister lxzze-o7777-77777-aaaaa-cai did not end within 60 s; it had executed 31,200,000,000 of at most 40,000,000,000 instructions';
  expect(timer.check(PROGRESS)).toBe(text);
  expect([timer.takeOverdue(), timer.takeOverdue(), seen]).toEqual([text, undefined, [text]]);
});

it('measures each message from its begin', () => {
  let now = 0;
  const timer = new MessageTimer({ limitMs: 10, clock: () => now });
  for (let message = 0; message < 3; message++) {
    timer.begin();
    now += 9;
    expect(timer.check(PROGRESS)).toBeUndefined();
  }
});
