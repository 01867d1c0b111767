/** Tests the client with the real canister over HTTP. The agent verifies certificates and query signatures. */
import { createServer, connect as connectSocket, type AddressInfo, type Server } from 'node:net';
import { Ed25519KeyIdentity as IdentityOfLine3 } from '@dfinity/identity';
import { Ed25519KeyIdentity } from '@icp-sdk/core/identity';
import { Ed25519KeyIdentity as IdentityOfCore6 } from 'icp-sdk-core-6/identity';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { uploadOriginalToICP, uploadToICPWithProcessing } from './flow.js';
import { FlowError } from './flow-error.js';
import { developmentIdentity } from './identity.js';
import { noise } from './testing/pictures.js';
import { pseudorandomBytes } from './testing/pseudorandom-bytes.js';
import { startLiveCanister, type LiveCanister } from './testing/live-canister.js';
import { UploadError } from './upload-error.js';

let live: LiveCanister;
let photo: Uint8Array;
beforeAll(async () => {
  live = await startLiveCanister({ controller: developmentIdentity().getPrincipal().toText() });
  photo = await noise(300, 200).withMetadata({ orientation: 6, density: 300 }).jpeg().toBuffer();
});
afterAll(() => live.stop());

const user = (name: string) => Ed25519KeyIdentity.generate(pseudorandomBytes(32, name));

test('uploads 4 MB in chunks, reads them back, and sends nothing the second time', async () => {
  const connection = await live.connect();
  const input = { bytes: pseudorandomBytes(4_000_000, 'lane A'), name: 'a.bin' };
  expect(await uploadOriginalToICP(connection, input)).toMatchObject({ putsSent: 3, verified: true });
  expect(await uploadOriginalToICP(connection, input)).toMatchObject({
    putsSent: 0,
    bytesResumed: 4_000_000,
  });
});

test.each([
  ['@dfinity/identity 3', IdentityOfLine3],
  ['@icp-sdk/core 6', IdentityOfCore6],
])('uploads as an identity of %s', async (_, Ed25519) => {
  const identity = Ed25519.generate(pseudorandomBytes(32, 'other library'));
  const connection = await live.connect(identity);
  expect(connection.caller).toBe(identity.getPrincipal().toText());
  const input = { bytes: pseudorandomBytes(3_000, 'other library'), name: 'c.bin' };
  expect(await uploadOriginalToICP(connection, input)).toMatchObject({ verified: true });
});

test('uploads an empty file', async () => {
  const connection = await live.connect();
  const asset = await uploadOriginalToICP(connection, { bytes: new Uint8Array(), name: 'empty' });
  expect(asset).toMatchObject({ size: 0, putsSent: 0, verified: true });
});

test('creates a memory of four assets with an inline placeholder and the sent metadata', async () => {
  const connection = await live.connect(user('flow'));
  const options = { keepUploadMemories: true };
  const done = await uploadToICPWithProcessing(connection, { bytes: photo, name: 'cat.jpg' }, options);
  const memory = await connection.memoriesRead(done.memory.memoryId);
  expect(memory.ok && memory.value.assets.map(({ kind, size }) => [kind, Number(size)])).toEqual([
    ['Original', photo.length],
    ['Display', done.derivatives.display.size],
    ['Thumb', done.derivatives.thumb.size],
    ['Placeholder', done.derivatives.placeholder.bytes.length],
  ]);
  const placeholder = memory.ok ? memory.value.assets[3]!.inlineBytes! : new Uint8Array();
  expect(Buffer.from(placeholder).equals(done.derivatives.placeholder.bytes)).toBe(true);
  const single = await connection.memoriesRead(done.original.memoryId);
  expect(single.ok && single.value.metadata).toEqual(done.original.metadata);
});

test('works for three users who upload the same file with the same name at the same time', async () => {
  const names = Array.from({ length: 3 }, (_, index) => `user ${index}`);
  const connections = await Promise.all(names.map((name) => live.connect(user(name))));
  const uploads = connections.map((connection) =>
    uploadToICPWithProcessing(connection, { bytes: photo, name: 'cat.jpg' }),
  );
  const done = await Promise.all(uploads);
  expect(new Set(done.map(({ original }) => original.blobId)).size).toBe(3);
  for (const { memory, original } of done) {
    expect(original.verified).toBe(true);
    expect(memory.assets).toHaveLength(4);
    expect(memory.memoriesLeft).toEqual([]);
  }
});

describe('a failed upload', () => {
  test('are reported with the answer, and with the log lines if the caller may read them', async () => {
    const connection = await live.connect();
    await uploadOriginalToICP(connection, { bytes: pseudorandomBytes(10, 'log'), name: 'a' });
    const input = { bytes: pseudorandomBytes(10, 'other'), name: 'b' };
    const error = await uploadOriginalToICP(connection, input, { capsule: 'capsule_999' }).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(UploadError);
    const report = (error as UploadError).report();
    expect(report).toContain('b (Original): lane A, begin failed: canister-error: NotFound');
    expect(report).toMatch(/log {6}FINISH_HASH_OK sid=/);
    const stranger = await live.connect(user('stranger'));
    const other = await uploadOriginalToICP(stranger, input, { capsule: 'capsule_999' }).catch(
      (e: unknown) => e,
    );
    expect((other as UploadError).report()).toMatch(/log could not be read: .*not allowed/);
  });

  test('in lane B leave the original of a file that is not a picture readable', async () => {
    const connection = await live.connect(user('no picture'));
    const input = { bytes: pseudorandomBytes(1_000, 'text'), name: 'cat.jpg' };
    const error = await uploadToICPWithProcessing(connection, input).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(FlowError);
    const { arrived, failures } = error as FlowError;
    expect(failures.map(({ lane }) => lane)).toEqual(['B']);
    const chunk = await connection.blobReadChunk(arrived[0]!.blobId, 0);
    expect(chunk.ok && Buffer.from(chunk.value).equals(input.bytes)).toBe(true);
  });

  test('are reported before the begin if a chunk does not fit into a message', async () => {
    const large = await startLiveCanister({ chunkSize: 5_000_000n });
    const connection = await large.connect();
    const work = uploadOriginalToICP(connection, { bytes: new Uint8Array(5_000_000), name: 'a' });
    await expect(work).rejects.toThrow('requires chunks of 5000000 B, but a message holds at most 2096128 B');
    expect(await connection.uploadsList()).toEqual([]);
    await large.stop();
  });

  test('do not occur with the largest chunk that the client sends', async () => {
    const large = await startLiveCanister({ chunkSize: 2_096_128n });
    const connection = await large.connect();
    const input = { bytes: pseudorandomBytes(2_096_128 + 5, 'fits'), name: 'a' };
    expect(await uploadOriginalToICP(connection, input)).toMatchObject({ putsSent: 2, verified: true });
    await large.stop();
  });
});

test('uploads everything through a proxy that breaks connections, with few repeated puts', async () => {
  const small = await startLiveCanister({ chunkSize: 100_000n });
  const proxy = await breakingProxy(Number(new URL(small.url).port));
  const connection = await small.connect(developmentIdentity(), proxy.url);
  proxy.begin();
  const retry = { delayFirstMs: 20, attemptsMax: 12 };
  const input = { bytes: pseudorandomBytes(1_500_000, 'proxy'), name: 'a' };
  const asset = await uploadOriginalToICP(connection, input, { retry });
  expect(asset).toMatchObject({ size: 1_500_000, verified: true });
  // A put whose answer was lost has arrived. Only a break before its last byte causes a second put.
  expect(asset.putsRepeated).toBeLessThanOrEqual(proxy.requestsBroken());
  expect(proxy.answersBroken()).toBeGreaterThan(2);
  proxy.server.close();
  await small.stop();
});

interface BreakingProxy {
  readonly url: string;
  readonly server: Server;
  begin(): void;
  requestsBroken(): number;
  answersBroken(): number;
}

/** A proxy that breaks the connection at every 9th piece of a response and every 40th piece of a request. */
async function breakingProxy(port: number): Promise<BreakingProxy> {
  let armed = false;
  const seen = { request: 0, answer: 0 };
  const broken = { request: 0, answer: 0 };
  const breaks = (way: 'request' | 'answer', every: number): boolean => {
    if (!armed || (seen[way] += 1) % every !== 0) return false;
    broken[way] += 1;
    return true;
  };
  const server = createServer((client) => {
    const upstream = connectSocket(port, '127.0.0.1');
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
    client.on('data', (data) => (breaks('request', 40) ? end() : upstream.write(data)));
    upstream.on('data', (data) => (breaks('answer', 9) ? end() : client.write(data)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    begin: () => void (armed = true),
    requestsBroken: () => broken.request,
    answersBroken: () => broken.answer,
  };
}
