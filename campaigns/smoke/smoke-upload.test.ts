import { describe, expect, it } from 'vitest';
import { PROFILES } from '../../generators/profile.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { InputError } from '../../harness/input-error.js';
import { FakeReplica, fakeTarget } from '../../harness/testing/fake-replica.js';
import type { ReferenceBug } from '../../harness/testing/reference-bugs.js';
import type { Target } from '../../targets/target.js';
import { requireSmokeUpload } from './smoke-upload.js';

async function failureOf(
  changes: Partial<Target> = {},
  bug?: ReferenceBug,
  replica = new FakeReplica({ bug }),
): Promise<InputError | undefined> {
  const target = { ...fakeTarget, ...changes };
  const runner = new ScheduleRunner({ replica, target, wasm: new Uint8Array() });
  try {
    await requireSmokeUpload(runner, PROFILES.default);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  return undefined;
}

describe('the smoke upload', () => {
  it('succeeds on a correct canister', async () => {
    expect(await failureOf()).toBeUndefined();
  });

  it('fails if no upload can begin, and contains the call and its answer', async () => {
    const failure = await failureOf({
      decode: (request, outcome, call) =>
        request.op === 'begin'
          ? { kind: 'error', error: 'Unauthorized', text: 'no' }
          : fakeTarget.decode(request, outcome, call),
    });
    expect(failure?.message).toBe(
      'the smoke upload fails: begin A: Unauthorized (no); correct the target or the canister',
    );
    expect(failure?.details[0]).toBe('begin A: Unauthorized (no)');
  });

  it('names the begin if it is never answered, not the put that is left out for that reason', async () => {
    class Silent extends FakeReplica {
      override async deliverable() {
        return (await super.deliverable()).filter(({ method }) => !method.startsWith('begin'));
      }
    }
    expect((await failureOf({}, undefined, new Silent()))?.message).toMatch(
      /^the smoke upload fails: begin A: no answer when everything in flight was delivered;/,
    );
  });

  it('fails if the file reads back with other bytes', async () => {
    const failure = await failureOf({}, 'read-drops-last-byte');
    expect(failure?.message).toMatch(
      /^the smoke upload fails: the file reads back as 39 B with SHA-256 .* instead of 40 B/,
    );
    expect(failure?.details.map((line) => line.split(':')[0])).toEqual([
      'begin A',
      'put A[0]',
      'put A[1]',
      'put A[2]',
      'finish A',
      'read A',
    ]);
  });

  it('says what may be wrong in the target if the finished file is not found', async () => {
    const failure = await failureOf({
      decode: (request, outcome, call) => {
        const result = fakeTarget.decode(request, outcome, call);
        return result.kind === 'finished' ? { ...result, blobId: result.size ?? '' } : result;
      },
    });
    expect(failure?.message).toMatch(
      /^the smoke upload fails: read A: NotFound.* \(is blobId or shape\.readBy wrong\?\); correct the target or the canister$/,
    );
  });

  it('fails if the target decodes a wrong kind of result', async () => {
    const failure = await failureOf({
      decode: (request, outcome, call) =>
        request.op === 'finish' ? { kind: 'done' } : fakeTarget.decode(request, outcome, call),
    });
    expect(failure?.message).toContain('the smoke upload fails: no call finishes the upload: finish A: Ok;');
  });
});
