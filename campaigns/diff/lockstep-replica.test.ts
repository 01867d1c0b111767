import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { ANONYMOUS } from '../../replicas/embedded/principals.js';
import type { Call } from '../../replicas/replica.js';
import { uploadTarget } from '../../targets/upload.js';
import { BUILT_IN_WASM } from '../subject/subject.js';
import { LockstepReplica } from './lockstep-replica.js';

const wasm = Uint8Array.from(readFileSync(BUILT_IN_WASM));
const BEAT_NS = 1_000_000n;

async function installed() {
  const inner = createEmbeddedReplica();
  const replica = new LockstepReplica(inner, inner.info.abilities);
  const canister = await replica.createCanister();
  await replica.install({ canister, mode: 'install', wasm, arg: uploadTarget.encodeInitArg({}) });
  const update: Call = { canister, caller: ANONYMOUS, ...uploadTarget.prepareCaller!('') };
  const query: Call = { ...update, method: 'upload_config' };
  return { inner, replica, update, query };
}

describe('a replica in lockstep', () => {
  it('runs no round before a query if nothing has happened since the latest round', async () => {
    const { inner, replica, query } = await installed();
    replica.takeRoundTimes();
    const before = await replica.time();
    expect((await replica.query(query)).kind).toBe('reply');
    expect(replica.takeRoundTimes()).toEqual([]);
    expect(await replica.time()).toBe(before);
    expect((await inner.time()) - before).toBeLessThan(BEAT_NS);
  });

  it('runs a round before a query while a message waits or is in flight', async () => {
    const { replica, update, query } = await installed();
    const submission = await replica.submit(update);
    replica.takeRoundTimes();
    await replica.query(query);
    expect(replica.takeRoundTimes()).toHaveLength(1);
    // The caller has not asked for the outcome.
    await replica.query(query);
    expect(replica.takeRoundTimes()).toHaveLength(1);
    if (submission.kind === 'refused') throw new Error(submission.reject.text);
    expect((await replica.poll(submission.id))?.kind).toBe('reply');
    replica.takeRoundTimes();
    await replica.query(query);
    expect(replica.takeRoundTimes()).toEqual([]);
  });

  it('runs rounds that follow each other at different times, one beat apart', async () => {
    const { replica } = await installed();
    replica.takeRoundTimes();
    await replica.round();
    await replica.round();
    const now = await replica.time();
    expect(replica.takeRoundTimes()).toEqual([now - BEAT_NS, now]);
  });

  it('runs the settling rounds of a new time at this time', async () => {
    const { inner, replica } = await installed();
    replica.takeRoundTimes();
    const later = (await replica.time()) + 60_000_000_000n;
    await replica.setTime(later);
    expect(replica.takeRoundTimes()).toEqual([later, later]);
    expect((await inner.time()) - later).toBeLessThan(BEAT_NS);
  });
});
