import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { IdleClock } from './idle-clock.js';

describe('IdleClock', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
  });

  it('reports a server without requests after the time', () => {
    const onIdle = vi.fn();
    new IdleClock({ afterMs: 1000, onIdle }).start();
    vi.advanceTimersByTime(999);
    expect(onIdle).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(onIdle).toHaveBeenCalledOnce();
  });

  it('stands still while a request is open, and starts again after the last one', () => {
    const onIdle = vi.fn();
    const clock = new IdleClock({ afterMs: 1000, onIdle });
    clock.start();
    clock.begin();
    clock.begin();
    vi.advanceTimersByTime(5000);
    clock.end();
    vi.advanceTimersByTime(5000);
    expect(onIdle).not.toHaveBeenCalled();
    clock.end();
    vi.advanceTimersByTime(1000);
    expect(onIdle).toHaveBeenCalledOnce();
  });

  it('reports nothing after it was stopped', () => {
    const onIdle = vi.fn();
    const clock = new IdleClock({ afterMs: 1000, onIdle });
    clock.start();
    clock.begin();
    clock.stop();
    clock.end();
    vi.advanceTimersByTime(5000);
    expect(onIdle).not.toHaveBeenCalled();
  });

  it('never reports without options', () => {
    new IdleClock(undefined).start();
    expect(vi.getTimerCount()).toBe(0);
  });
});
