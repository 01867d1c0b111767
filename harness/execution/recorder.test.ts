import { describe, expect, it } from 'vitest';
import { traceHash } from '../history/trace-hash.js';
import { FakeReplica } from '../testing/fake-replica.js';
import { Recorder } from './recorder.js';

describe('the history of a recorder', () => {
  it('has the hash of its own events, also if it is read after further events and by a copy', () => {
    const recorder = new Recorder(new FakeReplica(), {
      canister: 'aaaaa-aa',
      wasm: new Uint8Array(0),
      initArg: () => new Uint8Array(0),
    });
    recorder.record({ type: 'advanced', seconds: 1 });
    const history = recorder.history('target');
    recorder.record({ type: 'advanced', seconds: 2 });
    expect(history.events).toHaveLength(1);
    expect(history.traceHash).toBe(traceHash(history.events));
    expect(recorder.history('target').traceHash).not.toBe(history.traceHash);
    expect(structuredClone(history)).toEqual({ ...history, traceHash: traceHash(history.events) });
    expect(JSON.parse(JSON.stringify(history))).toEqual(structuredClone(history));
  });
});
