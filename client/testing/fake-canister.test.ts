/** Compares the fake with the real canister: random calls must get the same answers from both. */
import { createHash } from 'node:crypto';
import { Ed25519KeyIdentity } from '@icp-sdk/core/identity';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { UploadConnection } from '../connection.js';
import type { AssetKind, AssetMetadata } from '../types.js';
import { FakeCanister } from './fake-canister.js';
import { connectFake } from './faulty-connection.js';
import { startLiveCanister, type LiveCanister } from './live-canister.js';
import { VirtualClock } from './virtual-clock.js';

const CHUNK = 10;

let live: LiveCanister;
beforeAll(async () => {
  live = await startLiveCanister({ chunkSize: BigInt(CHUNK), maxActiveSessions: 4 });
});
afterAll(() => live.stop());

const FILE = Uint8Array.from({ length: 25 }, (_, at) => at);
const KINDS: AssetKind[] = ['Original', 'Display', 'Thumb', 'Placeholder'];
function hashOf(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(bytes).digest());
}

function metadata(name: string, bytes: number, kind: AssetKind): AssetMetadata {
  return {
    kind: 'Document',
    base: {
      name,
      mimeType: 'text/plain',
      bytes: BigInt(bytes),
      assetType: kind,
      width: null,
      height: null,
      sha256: null,
      tags: [],
      description: null,
      createdAt: 0n,
      updatedAt: 0n,
    },
  };
}

/** One of the two canisters, with the ids that it returned, in order. */
interface Side {
  readonly connection: UploadConnection;
  readonly capsules: string[];
  readonly sessions: bigint[];
  readonly blobs: string[];
  readonly memories: string[];
}

type Step = (side: Side) => Promise<unknown>;

/** The part of an answer that both canisters share: it has no ids, times, or texts. */
function seen<T>(
  answer: { ok: true; value: T } | { ok: false; error: { kind: string } },
  of: (value: T) => unknown,
) {
  return answer.ok ? of(answer.value) : answer.error.kind;
}

const pick = fc.nat({ max: 3 });
function at<T>(list: readonly T[], index: number, none: T): T {
  return list.length === 0 ? none : list[index % list.length]!;
}

const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .record({
      name: fc.constantFrom('a', 'b', ''),
      size: fc.constantFrom(0, 5, 20, 25),
      chunks: fc.constantFrom(0, 1, 2, 3),
      right: fc.constantFrom(true, true, true, false),
      key: fc.constantFrom('k1', 'k2', 'k3', ''),
      kind: fc.constantFrom(...KINDS),
    })
    .map(({ name, size, chunks, right, key, kind }): Step => async (side) => {
      const expected = right ? Math.ceil(size / CHUNK) : chunks;
      const answer = await side.connection.begin(
        at(side.capsules, 0, 'capsule_0'),
        metadata(name, size, kind),
        expected,
        key,
      );
      return seen(answer, (id) => {
        if (!side.sessions.includes(id)) side.sessions.push(id);
        return side.sessions.indexOf(id);
      });
    }),
  ...Array.from({ length: 3 }, () =>
    fc
      .record({ which: pick, index: fc.nat({ max: 3 }), flip: fc.constantFrom(false, false, false, true) })
      .map(({ which, index, flip }): Step => async (side) => {
        const id = at(side.sessions, which, 999_999n);
        const status = await side.connection.status(id);
        const size = status.ok ? Number(status.value.bytesExpected) : 25;
        const bytes = FILE.slice(index * CHUNK, Math.min((index + 1) * CHUNK, size)).map((byte) =>
          flip ? byte ^ 1 : byte,
        );
        return seen(await side.connection.putChunk(id, index, bytes), () => 'put');
      }),
  ),
  ...Array.from({ length: 2 }, () =>
    fc
      .record({
        which: pick,
        wrong: fc.constantFrom(false, false, true),
        total: fc.constantFrom(null, null, null, 7n),
      })
      .map(({ which, wrong, total }): Step => async (side) => {
        const id = at(side.sessions, which, 999_999n);
        const status = await side.connection.status(id);
        const size = status.ok ? Number(status.value.bytesExpected) : 25;
        const hash = wrong ? hashOf(Uint8Array.of(1)) : hashOf(FILE.subarray(0, size));
        const answer = await side.connection.finish(id, hash, total ?? BigInt(size));
        return seen(answer, ({ blobId, memoryId, sha256 }) => {
          if (!side.blobs.includes(blobId)) side.blobs.push(blobId);
          if (!side.memories.includes(memoryId)) side.memories.push(memoryId);
          return [side.blobs.indexOf(blobId), side.memories.indexOf(memoryId), sha256];
        });
      }),
  ),
  fc
    .record({ which: pick, what: fc.constantFrom('abort', 'pause', 'resume') })
    .map(({ which, what }): Step => async (side) => {
      const id = at(side.sessions, which, 999_999n);
      return seen(await side.connection[what](id), () => what);
    }),
  fc
    .record({
      kinds: fc.array(fc.constantFrom(...KINDS), { maxLength: 5 }),
      which: pick,
      inline: fc.constantFrom(0, 30, 40_000),
    })
    .map(({ kinds, which, inline }): Step => async (side) => {
      const assets = kinds.map((kind) =>
        kind === 'Placeholder'
          ? { kind, inlineBytes: new Uint8Array(inline), mimeType: null }
          : { kind, blobId: at(side.blobs, which, 'blob_0'), mimeType: null },
      );
      const answer = await side.connection.memoriesCreate(at(side.capsules, 0, 'capsule_0'), assets);
      return seen(answer, ({ memoryId, assets: made }) => [
        side.memories.push(memoryId),
        made.map(({ kind, size }) => [kind, size]),
      ]);
    }),
  pick.map(
    (which): Step =>
      async (side) =>
        seen(await side.connection.memoriesDelete(at(side.memories, which, 'memory_0')), () => 'deleted'),
  ),
);

/** Reads the whole observable state of a canister. */
async function look(side: Side): Promise<unknown> {
  const sessions = side.sessions.map(async (id) =>
    seen(
      await side.connection.status(id),
      ({ state, missing, chunksReceived, bytesReceived, expectedChunks }) => {
        // The README does not specify the counts of a session that has ended.
        const open = !['Cancelled', 'Failed', 'Completed'].includes(state);
        return open ? { state, missing, chunksReceived, bytesReceived, expectedChunks } : { state };
      },
    ),
  );
  const blobs = side.blobs.map(async (id) =>
    seen(await side.connection.blobMeta(id), ({ name, size, references, sha256, chunkCount, chunkSize }) => ({
      name,
      size,
      references,
      sha256,
      chunkCount,
      chunkSize,
    })),
  );
  const memories = side.memories.map(async (id) =>
    seen(await side.connection.memoriesRead(id), ({ assets, metadata: made }) => [
      made,
      assets.map(({ kind, mimeType, size, inlineBytes }) => ({ kind, mimeType, size, inlineBytes })),
    ]),
  );
  return Promise.all([...sessions, ...blobs, ...memories]);
}

test('returns the same answers from the fake and from the canister for random calls', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      run += 1;
      const fake = new FakeCanister({ chunkSize: BigInt(CHUNK), maxActiveSessions: 4 });
      const seed = hashOf(new TextEncoder().encode(`fake ${run}`));
      const connections = [
        connectFake(fake, { clock: new VirtualClock() }),
        await live.connect(Ed25519KeyIdentity.generate(seed)),
      ];
      const sides = connections.map((connection): Side => ({
        connection,
        capsules: [],
        sessions: [],
        blobs: [],
        memories: [],
      }));
      for (const side of sides) {
        const capsule = await side.connection.capsulesCreate(null);
        if (capsule.ok) side.capsules.push(capsule.value.id);
      }
      for (const one of steps) {
        const [ours, real] = await Promise.all(sides.map(one));
        expect(ours).toEqual(real);
      }
      const [ours, real] = await Promise.all(sides.map(look));
      expect(ours).toEqual(real);
    }),
    { numRuns: 4 },
  );
});
