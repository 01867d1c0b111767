import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UploadOptions } from './context.js';
import { type DerivativeError } from './derivative-error.js';
import {
  finalizeAllAssets,
  processImageDerivativesToICP,
  uploadOriginalToICP,
  uploadToICPWithProcessing,
  type UploadedPicture,
  type UploadInput,
} from './flow.js';
import { FlowError } from './flow-error.js';
import { FakeCanister } from './testing/fake-canister.js';
import { connectFake, type Fault, type FaultyConnection } from './testing/faulty-connection.js';
import { faults } from './testing/faults.js';
import { bomb, drawing, gradient, noise } from './testing/pictures.js';
import { VirtualClock } from './testing/virtual-clock.js';
import type { Memory } from './types.js';
import { UploadError } from './upload-error.js';
import { uploadFilesOver } from './upload-files.js';

let folder: string;
let photo: Uint8Array;
let picture: Uint8Array;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flow-'));
  photo = await noise(600, 400)
    .withMetadata({ density: 240, orientation: 6 })
    .withExifMerge({ IFD0: { Make: 'Acme' } })
    .jpeg()
    .toBuffer();
  picture = await gradient(40, 30).png().toBuffer();
});
afterAll(() => rm(folder, { recursive: true }));

function options(clock: VirtualClock, more: UploadOptions = {}): UploadOptions {
  return {
    clock,
    random: () => 0.5,
    ...more,
  };
}

/** Checks that a memory has four assets with the right bytes. */
async function expectWhole(canister: FakeCanister, memory: Memory, original: Uint8Array): Promise<void> {
  expect(memory.assets.map(({ kind }) => kind)).toEqual(['Original', 'Display', 'Thumb', 'Placeholder']);
  const [first, display, thumb, placeholder] = memory.assets;
  expect(canister.blobs.get(first!.blobId!)!.bytes).toEqual(Uint8Array.from(original));
  for (const [asset, most] of [
    [display!, 2048],
    [thumb!, 512],
  ] as const) {
    const { bytes, mimeType } = canister.blobs.get(asset.blobId!)!;
    const { format, width, height } = await sharp(bytes).metadata();
    expect([format, mimeType, asset.mimeType]).toEqual(['webp', 'image/webp', 'image/webp']);
    expect(Math.max(width, height)).toBeLessThanOrEqual(most);
    expect(asset.size).toBe(BigInt(bytes.length));
  }
  const inside = await sharp(placeholder!.inlineBytes!).metadata();
  expect(Math.max(inside.width, inside.height)).toBeLessThanOrEqual(32);
  expect(placeholder).toMatchObject({ blobId: null, mimeType: 'image/webp' });
}

function fourOf(canister: FakeCanister): Memory[] {
  return [...canister.memories.values()].filter(({ assets }) => assets.length !== 1);
}

describe('the upload of a picture', () => {
  test('creates one memory of four assets and deletes the memories of one asset', async () => {
    const canister = new FakeCanister({ chunkSize: 20_000n });
    const clock = new VirtualClock();
    const connection = connectFake(canister, { clock });
    const done = await clock.run(
      uploadToICPWithProcessing(connection, { bytes: photo, name: 'cat.jpg' }, options(clock)),
    );
    expect([...canister.memories.keys()]).toEqual([done.memory.memoryId]);
    await expectWhole(canister, canister.memories.get(done.memory.memoryId)!, photo);
    expect(done.memory).toMatchObject({ created: true, memoriesLeft: [] });
    expect(done.memory.memoriesRemoved).toHaveLength(3);
    expect(canister.blobs.size).toBe(3);
    expect(done.original.metadata).toMatchObject({
      kind: 'Image',
      dpi: 240,
      orientation: 6,
      base: { name: 'cat.jpg', mimeType: 'image/jpeg', width: 600, height: 400, bytes: BigInt(photo.length) },
    });
    expect(done.derivatives.display.metadata.base).toMatchObject({
      name: 'cat-display.webp',
      width: 400,
      height: 600,
    });
    expect(done.derivatives.thumb.metadata.base).toMatchObject({
      name: 'cat-thumb.webp',
      width: 341,
      height: 512,
    });
  });

  test('keeps the memories of one asset on request, with their metadata', async () => {
    const canister = new FakeCanister();
    const clock = new VirtualClock();
    const work = uploadToICPWithProcessing(
      connectFake(canister, { clock }),
      { bytes: photo, name: 'cat.jpg' },
      options(clock, { keepUploadMemories: true }),
    );
    const { memory, original } = await clock.run(work);
    expect(memory).toMatchObject({ memoriesRemoved: [] });
    expect(canister.memories.size).toBe(4);
    expect(canister.memories.get(original.memoryId)!.metadata).toEqual(original.metadata);
  });

  test('creates and sends nothing when it is repeated', async () => {
    const canister = new FakeCanister();
    const clock = new VirtualClock();
    const path = join(folder, 'again.jpg');
    await writeFile(path, photo);
    const first = await clock.run(
      uploadToICPWithProcessing(connectFake(canister, { clock }), path, options(clock)),
    );
    const connection = connectFake(canister, { clock });
    const second = await clock.run(uploadToICPWithProcessing(connection, path, options(clock)));
    expect(second.memory).toMatchObject({ memoryId: first.memory.memoryId, created: false });
    expect(
      connection.sent.some(({ method }) => ['uploads_put_chunk', 'memories_create'].includes(method)),
    ).toBe(false);
    expect(canister.memories.size).toBe(1);
  });

  test('has the same result step by step as in one call', async () => {
    const canister = new FakeCanister();
    const clock = new VirtualClock();
    const connection = connectFake(canister, { clock });
    const input = { bytes: photo, name: 'cat.jpg' };
    const original = await clock.run(uploadOriginalToICP(connection, input, options(clock)));
    const lane = await clock.run(processImageDerivativesToICP(connection, input, options(clock)));
    const memory = await clock.run(finalizeAllAssets(connection, { original, ...lane }, options(clock)));
    const atOnce = await clock.run(uploadToICPWithProcessing(connection, input, options(clock)));
    expect(atOnce.memory.memoryId).toBe(memory.memoryId);
    await expectWhole(canister, canister.memories.get(memory.memoryId)!, photo);
  });

  test('keeps separate blobs for two pictures with equal thumbs', async () => {
    const canister = new FakeCanister();
    const clock = new VirtualClock();
    const connection = connectFake(canister, { clock });
    const same = await sharp(picture).png({ compressionLevel: 0 }).toBuffer();
    const done: UploadedPicture[] = [];
    for (const bytes of [picture, same]) {
      done.push(
        await clock.run(uploadToICPWithProcessing(connection, { bytes, name: 'a.png' }, options(clock))),
      );
    }
    const [one, two] = done;
    expect(one!.derivatives.thumb.sha256).toEqual(two!.derivatives.thumb.sha256);
    expect(one!.derivatives.thumb.blobId).not.toBe(two!.derivatives.thumb.blobId);
  });

  test('works for two users who upload the same file with the same name at the same time', async () => {
    const canister = new FakeCanister();
    const clock = new VirtualClock();
    const both = ['alice', 'bob'].map((caller) =>
      uploadToICPWithProcessing(
        connectFake(canister, { clock, caller }),
        { bytes: photo, name: 'cat.jpg' },
        options(clock),
      ),
    );
    for (const { memory } of await clock.run(Promise.all(both))) {
      await expectWhole(canister, canister.memories.get(memory.memoryId)!, photo);
    }
    expect(canister.blobs.size).toBe(6);
  });
});

describe('a failed upload of a picture', () => {
  const fail = async (
    input: UploadInput,
    line: { faultOf?: (method: string) => Fault | undefined } = {},
    more: UploadOptions = {},
  ) => {
    const canister = new FakeCanister();
    const clock = new VirtualClock();
    const connection = connectFake(canister, { clock, ...line });
    const work = uploadToICPWithProcessing(connection, input, options(clock, more));
    const error: unknown = await clock.run(work).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FlowError);
    expect(fourOf(canister)).toEqual([]);
    return { canister, error: error as FlowError };
  };

  test.each([
    ['a text', () => Buffer.from('hello, this is no picture'), 'not-an-image'],
    ['a cut file', () => Buffer.from(photo.subarray(0, 20_000)), 'truncated'],
    ['a decompression bomb', () => bomb(60_000), 'too-many-pixels'],
  ] as const)('%s fails on lane B, and its original is kept', async (_, make, reason) => {
    const bytes = make();
    const { canister, error } = await fail({ bytes, name: 'cat.jpg' });
    expect(error.failures).toHaveLength(1);
    const [failure] = error.failures;
    expect(failure).toMatchObject({ lane: 'B', step: 'process', reason: 'not-an-image' });
    expect((failure!.cause as DerivativeError).reason).toBe(reason);
    expect(error.arrived.map(({ kind }) => kind)).toEqual(['Original']);
    const { blobId, memoryId } = error.arrived[0]!;
    expect(canister.blobs.get(blobId)!.bytes).toEqual(Uint8Array.from(bytes));
    expect(canister.memories.has(memoryId)).toBe(true);
    expect(error.report()).toContain(`arrived and readable: Original as ${blobId}`);
  });

  test('leaves three readable blobs after a failed finalize, and the next run completes it', async () => {
    const faultOf = (method: string): Fault | undefined =>
      method === 'memories_create' ? { kind: 'drop-request' } : undefined;
    const { canister, error } = await fail({ bytes: photo, name: 'cat.jpg' }, { faultOf });
    expect(error.failures[0]).toMatchObject({ step: 'finalize', reason: 'unreachable' });
    expect(error.arrived.map(({ kind }) => kind)).toEqual(['Original', 'Display', 'Thumb']);
    for (const { blobId } of error.arrived) expect(canister.blobs.has(blobId)).toBe(true);
    const clock = new VirtualClock();
    const connection = connectFake(canister, { clock });
    const done = await clock.run(
      uploadToICPWithProcessing(connection, { bytes: photo, name: 'cat.jpg' }, options(clock)),
    );
    expect(done.original.blobId).toBe(error.arrived[0]!.blobId);
    expect([...canister.memories.keys()]).toEqual([done.memory.memoryId]);
  });

  test('reports a stop for both lanes', async () => {
    const controller = new AbortController();
    const faultOf = (method: string): Fault | undefined => {
      if (method === 'uploads_put_chunk') controller.abort();
      return undefined;
    };
    const { error } = await fail(
      { bytes: photo, name: 'cat.jpg' },
      { faultOf },
      { signal: controller.signal },
    );
    expect(error.failures.every(({ reason }) => reason === 'stopped')).toBe(true);
  });

  test('reports a placeholder above the inline limit as an error of finalize', async () => {
    const canister = new FakeCanister({ inlineMax: 10n });
    const clock = new VirtualClock();
    const work = uploadToICPWithProcessing(
      connectFake(canister, { clock }),
      { bytes: photo, name: 'a' },
      options(clock),
    );
    const error = await clock.run(work).catch((reason: unknown) => reason as FlowError);
    expect((error as FlowError).failures[0]).toMatchObject({ step: 'finalize', reason: 'limit' });
  });
});

describe('over a faulty connection', () => {
  const expectNever3 = (canister: FakeCanister): void => {
    for (const { assets } of canister.memories.values()) expect([1, 4]).toContain(assets.length);
  };

  test('a flow creates a correct memory of four assets, or fails and reports what arrived', async () => {
    let whole = 0;
    let failed = 0;
    const runs = fc.record({
      list: faults(80),
      attemptsMax: fc.integer({ min: 1, max: 6 }),
      parallel: fc.integer({ min: 1, max: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(runs, async ({ list, attemptsMax, parallel }) => {
        const canister = new FakeCanister({ chunkSize: 100n });
        const clock = new VirtualClock();
        const rest = [...list];
        const connection = connectFake(canister, { clock, faultOf: () => rest.shift() });
        const settings = options(clock, { parallel, retry: { attemptsMax } });
        const input = { bytes: picture, name: 'a.png' };
        const outcome = await clock
          .run(uploadToICPWithProcessing(connection, input, settings))
          .catch((error: unknown) => error);
        expectNever3(canister);
        if (outcome instanceof FlowError || outcome instanceof UploadError) {
          failed += 1;
          const { arrived } = outcome instanceof FlowError ? outcome : { arrived: [] };
          for (const { blobId } of arrived) expect(canister.blobs.has(blobId)).toBe(true);
          expect(outcome.report()).toMatch(/unreachable|rejected/);
        } else {
          whole += 1;
          const { memory } = outcome as UploadedPicture;
          await expectWhole(canister, canister.memories.get(memory.memoryId)!, picture);
        }
        // Without faults, the next run completes the flow.
        const again = await clock.run(
          uploadToICPWithProcessing(connectFake(canister, { clock }), input, options(clock)),
        );
        await expectWhole(canister, canister.memories.get(again.memory.memoryId)!, picture);
        expect(fourOf(canister)).toHaveLength(1);
        expectNever3(canister);
      }),
      { seed: 1, numRuns: 40 },
    );
    expect(whole).toBeGreaterThan(10);
    expect(failed).toBeGreaterThan(5);
  });

  test('two processes with the same picture get the same memory of four assets', async () => {
    await fc.assert(
      fc.asyncProperty(faults(30), faults(30), async (one, two) => {
        const canister = new FakeCanister({ chunkSize: 100n });
        const clock = new VirtualClock();
        const flows = [one, two].map((list) => {
          const rest = list.map((fault): Fault => (fault.kind === 'slow' ? fault : { kind: 'none' }));
          const connection: FaultyConnection = connectFake(canister, { clock, faultOf: () => rest.shift() });
          return uploadToICPWithProcessing(connection, { bytes: picture, name: 'a.png' }, options(clock));
        });
        const [a, b] = await clock.run(Promise.all(flows));
        expect(a!.memory.memoryId).toBe(b!.memory.memoryId);
        expect(fourOf(canister)).toHaveLength(1);
        await expectWhole(canister, canister.memories.get(a!.memory.memoryId)!, picture);
      }),
      { numRuns: 20 },
    );
  });
});

describe('the upload of several files', () => {
  test('creates derivatives only for pictures and continues after a failed file', async () => {
    const canister = new FakeCanister();
    const connection = connectFake(canister, { clock: new VirtualClock() });
    const files = ['one.png', 'two.txt', 'broken.png', 'three.gif'].map((name) => join(folder, name));
    await writeFile(files[0]!, await drawing(300, 200).png().toBuffer());
    await writeFile(files[1]!, 'words');
    await writeFile(files[2]!, picture.subarray(0, 100));
    await writeFile(files[3]!, await gradient(50, 40).gif().toBuffer());
    const seen: string[] = [];
    const outcomes = await uploadFilesOver(connection, { files, onOutcome: ({ kind }) => seen.push(kind) });
    expect(seen).toEqual(['picture', 'original', 'failed', 'picture']);
    expect(outcomes.map(({ file }) => file)).toEqual(files);
    const always = await uploadFilesOver(connection, { files: [files[1]!], derivatives: 'always' });
    expect(always[0]!.kind).toBe('failed');
    const never = await uploadFilesOver(connection, { files: [files[0]!], derivatives: 'never' });
    expect(never[0]!.kind).toBe('original');
  });

  test('reports a missing file before it sends anything', async () => {
    const connection = connectFake(new FakeCanister(), { clock: new VirtualClock() });
    await expect(uploadFilesOver(connection, { files: [join(folder, 'none')] })).rejects.toThrow(
      /^cannot read .*none/,
    );
    expect(connection.sent).toEqual([]);
  });
});
