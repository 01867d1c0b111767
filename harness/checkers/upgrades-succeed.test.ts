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

  it('accepts that an upgrade fails in an outage, also after another canister has recovered', () => {
    const frozen = begunA().freeze().freeze('bucket/0').recover('bucket/0').upgrade('IC0207 out of cycles');
    expect(frozen.violation(rule)).toBeUndefined();
    const recovered = begunA().freeze().recover().upgrade('IC0207 out of cycles');
    expect(recovered.violation(rule)?.seen).toBe('IC0207 out of cycles');
  });

  it('does not judge canisters that keep nothing', () => {
    const failed = begunA().upgrade('IC0503 trapped');
    expect(failed.violation(rule, LIMITS, targetOf({}, { upgrade: 'nothing' }))).toBeUndefined();
  });
});
