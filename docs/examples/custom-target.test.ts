import { IDL } from '@icp-sdk/core/candid';
import { describe, expect, it } from 'vitest';
import { runCampaign } from '../../campaigns/campaign/campaign.js';
import { FakeReplica, type FakeWire } from '../../harness/testing/fake-replica.js';
import type { ReferenceBug } from '../../harness/testing/reference-bugs.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { loadTarget } from '../../targets/load-target.js';
import type { Request } from '../../targets/target.js';
import { ERRORS, InitArg, METHODS } from './custom-target.js';

/** The file store's side of the wire: its Candid in front of the reference canister. */
function fileStore(): FakeWire {
  return {
    limitsOf(arg) {
      const [{ part_size }] = IDL.decode([InitArg], arg) as unknown as [{ part_size: number }];
      return { chunkSize: part_size, hashBytesPerCall: 64 };
    },
    requestOf({ method, arg, caller }, canister) {
      const values = IDL.decode([...METHODS[method as keyof typeof METHODS].arguments], arg) as unknown[];
      const [first, second, third] = values as [string, number, Uint8Array];
      switch (method) {
        case 'open': {
          const { name, size, request_id } = values[0] as { name: string; size: bigint; request_id: string };
          const bytes = Number(size);
          const expectedChunks = Math.ceil(bytes / canister.chunkSize);
          const capsuleId = canister.capsuleOf(caller);
          const sha256 = new Uint8Array(32);
          return {
            op: 'begin',
            capsuleId,
            name,
            mimeType: '',
            bytes,
            sha256,
            expectedChunks,
            key: request_id,
          };
        }
        case 'write':
          return { op: 'put', sessionId: first, index: second, data: third };
        case 'close':
          return {
            op: 'finish',
            sessionId: first,
            sha256: values[1] as Uint8Array,
            totalLength: Number(values[2]),
          };
        case 'cancel':
          return { op: 'abort', sessionId: first };
        case 'info':
          return { op: 'readMeta', blobId: first };
        case 'part':
          return { op: 'readChunk', blobId: first, index: second };
        default:
          throw new Error(`the file store has no ${method}`);
      }
    },
    replyBytes(method, reply) {
      const type = METHODS[method as keyof typeof METHODS].reply;
      return Uint8Array.from(IDL.encode([type], [answerOf(reply)]));
    },
  };
}

function answerOf(reply: Parameters<FakeWire['replyBytes']>[1]): unknown {
  switch (reply.kind) {
    case 'begun':
      return { ok: reply.sessionId };
    case 'done':
      return { ok: null };
    case 'finished':
      return { ok: { key: reply.blobId, size: BigInt(reply.size ?? 0) } };
    case 'meta':
      return { ok: { size: BigInt(reply.size), parts: reply.chunkCount } };
    case 'chunk':
      return { ok: reply.data };
    case 'error': {
      // The store has no error for a finish that the environment interrupts.
      const error = reply.error === 'Internal' ? 'InvalidState' : reply.error;
      const [name] = Object.entries(ERRORS).find(([, kind]) => kind === error)!;
      return { err: { [name]: ['wrong_state', 'bad_argument'].includes(name) ? reply.text : null } };
    }
    default:
      throw new Error(`the file store does not answer ${reply.kind}`);
  }
}

async function campaign(runs: number, bug?: ReferenceBug) {
  const loaded = await loadTarget('docs/examples/custom-target.ts');
  if (loaded.kind !== 'target') throw new Error(loaded.defects.join('\n'));
  const { target } = loaded;
  const replica = new FakeReplica({ wire: fileStore(), bug });
  const runner = new ScheduleRunner({ replica, target, wasm: new Uint8Array() });
  return runCampaign({ runner, wasmSha256: '00'.repeat(32), seed: 3, runs, findingsMax: 1 });
}

describe('the custom target example', () => {
  it('loads, and finds nothing in a correct file store', async () => {
    const result = await campaign(20);
    expect(result).toMatchObject({ verdict: 'valid', target: 'file-store', runs: 20 });
    const drawn = Object.keys(result.operations) as Request['op'][];
    expect(drawn.sort()).toEqual(['abort', 'begin', 'finish', 'put', 'read']);
  });

  it.each([
    'hash-not-checked',
    'chunk-key-shared-by-name',
    'gap-not-checked',
    'read-drops-last-byte',
  ] as const)('finds %s through it', async (bug) => {
    const result = await campaign(500, bug);
    expect(result.verdict).toBe('invalid');
    expect(result.findings[0]!.counterexample.schedule.steps.length).toBeLessThanOrEqual(8);
  });
});
