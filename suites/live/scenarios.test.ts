/** The five scenarios of the product, over the agent and over the replica port. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  processImageDerivativesPure,
  processImageDerivativesToICP,
  uploadOriginalToICP,
  uploadToICPWithProcessing,
  type ImageDerivatives,
  type LaneProgress,
  type UploadConnection,
} from '../../client/index.js';
import { animated, drawing, gradient, noise, sixteenBit, turned } from '../../client/testing/pictures.js';
import { checkFlow, expectedOf, readBlob, readMemories } from './testing/judge.js';
import { PLACES, type Place } from './testing/places.js';
import { pseudorandomBytes } from '../../client/testing/pseudorandom-bytes.js';

/** A PNG whose size is about that of its pixels, because it is stored without compression. Its derivatives are small. */
async function pngOf(side: number): Promise<Uint8Array> {
  return Uint8Array.from(await gradient(side, side).png({ compressionLevel: 0 }).toBuffer());
}

/** Three chunks of 1.8 MB. */
let medium: Uint8Array;
let photo: Uint8Array;
/** Made without a canister. */
let derivativesOfPhoto: ImageDerivatives;
beforeAll(async () => {
  medium = await pngOf(1_320);
  photo = Uint8Array.from(await noise(600, 450).withMetadata({ density: 300 }).jpeg().toBuffer());
  derivativesOfPhoto = await processImageDerivativesPure(photo);
});

/** A picture of 21 MB goes only over the agent, which is the longer way. */
describe.each([
  ['agent', { megabytes: 21, chunks: 12, side: 2_640 }],
  ['port', { megabytes: 5, chunks: 3, side: 1_320 }],
] as const)('the client over the %s', (name, { megabytes, chunks, side }) => {
  let place: Place;
  beforeAll(async () => {
    place = await PLACES[name]();
  });
  afterAll(() => place.close());

  test('uploads 5 MB on lane A, reads them back, and finds them the next time', async () => {
    const connection = await place.connect('lane A');
    const size = 5_000_000;
    const input = { bytes: pseudorandomBytes(size, 'A'), name: 'a.bin', modifiedAtNs: 1n };
    const upload = () => place.run(uploadOriginalToICP(connection, input, place.options));
    const first = await upload();
    expect(first).toMatchObject({
      size,
      putsSent: 3,
      putsRepeated: 0,
      verified: true,
    });
    expect(await upload()).toMatchObject({
      blobId: first.blobId,
      putsSent: 0,
      bytesResumed: size,
      verified: true,
    });
  });

  test('uploads on lane B the derivatives that it makes without a canister', async () => {
    const connection = await place.connect('lane B');
    const made = derivativesOfPhoto;
    const input = { bytes: photo, name: 'b.jpg' };
    const sent = await place.run(processImageDerivativesToICP(connection, input, place.options));
    for (const kind of ['display', 'thumb'] as const) {
      expect((await readBlob(connection, sent[kind].blobId)).equals(made[kind].bytes)).toBe(true);
      expect(sent[kind].verified).toBe(true);
    }
    expect(Buffer.from(sent.placeholder.bytes).equals(made.placeholder.bytes)).toBe(true);
  });

  test('uploads on both lanes at the same time', async () => {
    const connection = await place.connect('both lanes');
    const lanes: LaneProgress['lane'][] = [];
    const options = {
      ...place.options,
      parallel: 2,
      onProgress: ({ lane, phase }: LaneProgress) => {
        if (phase !== 'done') lanes.push(lane);
      },
    };
    const { original, derivatives } = await place.run(
      bothLanes(connection, { bytes: medium, name: 'both.png' }, options),
    );
    expect([original, derivatives.display, derivatives.thumb].every(({ verified }) => verified)).toBe(true);
    expect(lanes.indexOf('B')).toBeLessThan(lanes.lastIndexOf('A'));
    expect(lanes.indexOf('A')).toBeLessThan(lanes.lastIndexOf('B'));
    expect((await readBlob(connection, original.blobId)).equals(medium)).toBe(true);
  });

  test(`makes a memory of four for a picture of ${megabytes} MB`, async () => {
    const connection = await place.connect('complete');
    const large = await pngOf(side);
    const expected = expectedOf(large, await processImageDerivativesPure(large));
    const work = uploadToICPWithProcessing(connection, { bytes: large, name: 'large.png' }, place.options);
    const picture = await place.run(work);
    expect(picture.original.putsSent).toBe(chunks);
    await checkFlow(connection, { kind: 'done', picture }, expected);
  });

  // The bytes of a picture do not change the way to the canister, so the shorter way is enough.
  test.runIf(name === 'port')('makes a memory of four for every supported picture format', async () => {
    const pictures: Record<string, Uint8Array> = {
      'turned.jpg': await turned(6),
      'deep.png': await sixteenBit(90, 60),
      'alpha.png': await drawing(300, 200).png().toBuffer(),
      'drawing.avif': await drawing(300, 200).avif().toBuffer(),
      'moving.gif': await animated('gif'),
      'moving.webp': await animated('webp'),
      'photo.tiff': await noise(80, 60).tiff().toBuffer(),
    };
    for (const [file, bytes] of Object.entries(pictures)) {
      const connection = await place.connect(file);
      const expected = expectedOf(bytes, await processImageDerivativesPure(bytes));
      const work = uploadToICPWithProcessing(connection, { bytes, name: file }, place.options);
      await checkFlow(connection, { kind: 'done', picture: await place.run(work) }, expected);
    }
  });

  test('gives all four assets to a later client of the owner and none to a stranger, also after an upgrade', async () => {
    const writer = await place.connect('retrieval');
    const expected = expectedOf(photo, derivativesOfPhoto);
    const work = uploadToICPWithProcessing(writer, { bytes: photo, name: 'photo.jpg' }, place.options);
    const picture = await place.run(work);
    for (const later of ['as it is', 'upgraded']) {
      if (later === 'upgraded') await place.upgrade();
      const reader = await place.connect('retrieval');
      await checkFlow(reader, { kind: 'done', picture }, expected);
      const stranger = await place.connect('stranger');
      const refused = { ok: false, error: { kind: 'Unauthorized' } };
      expect(await stranger.memoriesRead(picture.memory.memoryId)).toMatchObject(refused);
      expect(await stranger.blobReadChunk(picture.original.blobId, 0)).toMatchObject(refused);
    }
    expect(await place.run(writer.memoriesDelete(picture.memory.memoryId))).toMatchObject({ ok: true });
    expect(await readMemories(writer)).toEqual([]);
    expect(await writer.blobMeta(picture.original.blobId)).toMatchObject({ error: { kind: 'NotFound' } });
  });
});

async function bothLanes(
  connection: UploadConnection,
  input: { bytes: Uint8Array; name: string },
  options: Parameters<typeof uploadOriginalToICP>[2],
) {
  const [original, derivatives] = await Promise.all([
    uploadOriginalToICP(connection, input, options),
    processImageDerivativesToICP(connection, input, options),
  ]);
  return { original, derivatives };
}
