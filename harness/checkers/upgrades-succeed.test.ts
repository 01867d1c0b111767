import { describe, expect, it } from 'vitest';
import { HistoryBuilder, LIMITS, begunA, finish, targetOf } from '../testing/history-builder.js';

const rule = 'upgrades-succeed';

describe('the upgrades-succeed checker', () => {
  it('accepts upgrades and restarts that succeed', () => {
    expect(begunA().upgrade().stopping().restarted().violation(rule)).toBeUndefined();
  });

  it('reports an upgrade and a restart that fail', () => {
    expect(begunA().upgrade('IC0503 trapped').violation(rule)?.seen).toBe('IC0503 trapped');
    expect(begunA().stopping().restarted('it does not stop').violation(rule)?.operation).toBe('restart');
  });

  it('accepts that an upgrade is refused while a call is under way', () => {
    const running = new HistoryBuilder().uploaded('A', '1');
    const call = running.start(finish('A'));
    expect(running.deliver(call).upgrade('IC0503 trapped').violation(rule)).toBeUndefined();
  });

  it('does not judge canisters that keep nothing', () => {
    const failed = begunA().upgrade('IC0503 trapped');
    expect(failed.violation(rule, LIMITS, targetOf({}, { upgrade: 'nothing' }))).toBeUndefined();
  });
});
