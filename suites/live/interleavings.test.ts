/** The flow of a picture under any order of its calls: drawn by fast-check, executed by the embedded engine message by message. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ed25519KeyIdentity } from '@icp-sdk/core/identity';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  processImageDerivativesPure,
  uploadOriginalToICP,
  uploadToICPWithProcessing,
  type UploadOptions,
} from '../../client/index.js';
import { gradient } from '../../client/testing/pictures.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import type { Replica, Snapshot } from '../../replicas/replica.js';
import { uploadTarget } from '../../targets/upload.js';
import { PACKAGE_ROOT } from '../../package-root.js';
import { checkFlow, checkMemory, endOf, expectedOf, readMemories, type Expected } from './testing/judge.js';
import { OrderedLine, type LineFault, type LinePlan } from './testing/ordered-line.js';

const WASM = Uint8Array.from(readFileSync(resolve(PACKAGE_ROOT, 'canister/wasm/upload.wasm')));
const [ALICE, BOB] = [1, 2].map((seed) =>
  Ed25519KeyIdentity.generate(new Uint8Array(32).fill(seed)).getPrincipal().toText(),
) as [string, string];

/** Original, display and thumb. */
const UPLOADS_OF_A_FLOW = 3;
const CHUNK_BYTES = 200;

let replica: Replica;
let canister: string;
let fresh: Snapshot;
let picture: Uint8Array;
let expected: Expected;
beforeAll(async () => {
  replica = createEmbeddedReplica();
  canister = await replica.createCanister();
  const arg = uploadTarget.encodeInitArg({ chunkSize: CHUNK_BYTES });
  expect(await replica.install({ canister, mode: 'install', wasm: WASM, arg })).toMatchObject({
    kind: 'reply',
  });
  fresh = await replica.snapshot();
  picture = Uint8Array.from(await gradient(96, 64).withMetadata({ density: 300 }).png().toBuffer());
  expected = expectedOf(picture, await processImageDerivativesPure(picture));
});

async function lineOf(plan: LinePlan): Promise<OrderedLine> {
  await replica.restore(fresh);
  return new OrderedLine(replica, canister, plan);
}

const input = () => ({ bytes: picture, name: 'cat.png', modifiedAtNs: 5n });
function optionsOn(line: OrderedLine, more: UploadOptions = {}): UploadOptions {
  return {
    clock: line.clock,
    random: () => 0.5,
    ...more,
  };
}
async function upgrade(arg = uploadTarget.encodeInitArg({})): Promise<void> {
  const outcome = await replica.install({ canister, mode: 'upgrade', wasm: WASM, arg });
  expect(outcome.kind).toBe('reply');
}

const order = fc.array(fc.nat({ max: 30 }), { maxLength: 80 });
const faults = fc
  .array(
    fc.tuple(fc.nat({ max: 60 }), fc.constantFrom<LineFault>('drop-request', 'drop-answer', 'late', 'busy')),
    { maxLength: 12 },
  )
  .map((pairs) => new Map(pairs));

/** Stays the same from run to run, so that a failure of the suite can be looked into. */
const RUNS = { numRuns: 14, seed: 20_240 };

describe('any order of the calls of both lanes', () => {
  test('makes a memory of four', async () => {
    const orders = new Set<string>();
    await fc.assert(
      fc.asyncProperty(order, fc.boolean(), fc.integer({ min: 1, max: 6 }), async (order, keep, parallel) => {
        const line = await lineOf({ order, uploadsTogether: UPLOADS_OF_A_FLOW });
        const options = optionsOn(line, { keepUploadMemories: keep, parallel });
        const end = await line.run(endOf(uploadToICPWithProcessing(line.connect(ALICE), input(), options)));
        expect(end.kind === 'failed' ? String(end.error) : 'done').toBe('done');
        const reader = line.connect(ALICE);
        await checkFlow(reader, end, expected);
        expect(await readMemories(reader)).toHaveLength(keep ? 4 : 1);
        orders.add(line.executed.join());
      }),
      RUNS,
    );
    expect(orders.size).toBeGreaterThan(RUNS.numRuns / 2);
  });

  test('makes all four assets, or none and a clear error, when messages are lost or late and the canister is upgraded', async () => {
    const ends = { done: 0, failed: 0 };
    const upgradeAt = fc.option(fc.nat({ max: 60 }), { nil: undefined });
    const attempts = fc.constantFrom(1, 2, 6);
    await fc.assert(
      fc.asyncProperty(order, faults, upgradeAt, attempts, async (order, faults, upgradeAt, attemptsMax) => {
        const events = new Map(upgradeAt === undefined ? [] : [[upgradeAt, () => upgrade()] as const]);
        const line = await lineOf({ order, faults, events, uploadsTogether: UPLOADS_OF_A_FLOW });
        const options = optionsOn(line, { retry: { attemptsMax }, keepUploadMemories: true });
        const end = await line.run(endOf(uploadToICPWithProcessing(line.connect(ALICE), input(), options)));
        await checkFlow(line.connect(ALICE), end, expected);
        ends[end.kind] += 1;
      }),
      { ...RUNS, numRuns: 28 },
    );
    expect(ends.done).toBeGreaterThan(5);
    expect(ends.failed).toBeGreaterThan(5);
  });

  test('is checked by a test that detects a missing asset and different bytes', async () => {
    const line = await lineOf({ order: [], uploadsTogether: UPLOADS_OF_A_FLOW });
    const user = line.connect(ALICE);
    const end = await line.run(endOf(uploadToICPWithProcessing(user, input(), optionsOn(line))));
    await checkFlow(user, end, expected);
    await expect(checkFlow(user, end, { ...expected, Thumb: picture })).rejects.toThrow(/Thumb of memory_/);
    const [four] = await readMemories(user);
    const three = four!.assets
      .slice(0, 3)
      .map(({ kind, blobId }) => ({ kind, blobId: blobId!, mimeType: null }));
    await line.run(user.memoriesCreate(four!.capsuleId, three));
    await expect(checkFlow(user, end, expected)).rejects.toThrow();
  });

  test('gives the same run for the same plan', async () => {
    const plan: LinePlan = {
      order: Array.from({ length: 60 }, (_, at) => (at * 7) % 11),
      faults: new Map([
        [4, 'late'],
        [9, 'drop-answer'],
      ]),
      uploadsTogether: UPLOADS_OF_A_FLOW,
    };
    const runs: string[][] = [];
    for (let run = 0; run < 3; run += 1) {
      const line = await lineOf(plan);
      await line.run(uploadToICPWithProcessing(line.connect(ALICE), input(), optionsOn(line)));
      runs.push(line.executed);
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
  });

  test('keeps the original of a picture that cannot be read, and fails on lane B only', async () => {
    const cut = picture.slice(0, picture.length / 2);
    await fc.assert(
      fc.asyncProperty(order, async (order) => {
        const line = await lineOf({ order, uploadsTogether: 1 });
        const work = uploadToICPWithProcessing(
          line.connect(ALICE),
          { bytes: cut, name: 'cat.png' },
          optionsOn(line),
        );
        const end = await line.run(endOf(work));
        expect(end).toMatchObject({
          kind: 'failed',
          error: {
            failures: [{ lane: 'B', step: 'process', reason: 'not-an-image' }],
            arrived: [{ kind: 'Original' }],
          },
        });
        await checkFlow(line.connect(ALICE), end, { ...expected, Original: cut });
      }),
      { ...RUNS, numRuns: 5 },
    );
  });
});

test('two users who upload the same file under the same name at once both get it whole', async () => {
  await fc.assert(
    fc.asyncProperty(order, async (order) => {
      const line = await lineOf({ order, uploadsTogether: 2 * UPLOADS_OF_A_FLOW });
      const users = [ALICE, BOB].map((caller) => line.connect(caller));
      const both = users.map((user) => uploadToICPWithProcessing(user, input(), optionsOn(line)));
      const pictures = await line.run(Promise.all(both));
      for (const [index, picture] of pictures.entries())
        await checkFlow(users[index]!, { kind: 'done', picture }, expected);
      const blobs = pictures.flatMap(({ memory }) => memory.assets.flatMap(({ blobId }) => blobId ?? []));
      expect(new Set(blobs).size).toBe(2 * UPLOADS_OF_A_FLOW);
    }),
    { ...RUNS, numRuns: 5 },
  );
});

test('a session keeps its chunk size after an upgrade, and a new session takes the new one', async () => {
  const at = (chunkSize: number) => uploadTarget.encodeInitArg({ chunkSize });
  const line = await lineOf({
    order: [],
    events: new Map([[4, () => upgrade(at(1_800_000))]]),
    uploadsTogether: 0,
  });
  await upgrade(at(1_500_000));
  const user = line.connect(ALICE);
  const bytes = Uint8Array.from({ length: 5_000_000 }, (_, index) => (index * 7 + (index >> 12)) & 255);
  const upload = (name: string) =>
    line.run(uploadOriginalToICP(user, { bytes, name }, optionsOn(line, { parallel: 1 })));
  // Capsule, begin, two puts: then the canister is upgraded.
  expect(await upload('during')).toMatchObject({ chunkSize: 1_500_000, putsSent: 4, verified: true });
  expect((await user.config()).chunkSize).toBe(1_800_000n);
  expect(await upload('after')).toMatchObject({ chunkSize: 1_800_000, putsSent: 3, verified: true });
  // Other names for the bytes of both.
  for (const memory of await readMemories(user))
    expect(await checkMemory(user, memory, { ...expected, Original: bytes })).toEqual(['Original']);
});
