/** What goes wrong on the way, over the agent: each failure injected is outlived, or reported with its cause and mended by the next try. */
import { afterEach, describe, expect, test } from 'vitest';
import { connectAgent } from '../../client/agent-connection.js';
import {
  FlowError,
  processImageDerivativesPure,
  UploadError,
  uploadOriginalToICP,
  uploadToICPWithProcessing,
  type LaneProgress,
  type UploadConnection,
  type UploadOptions,
} from '../../client/index.js';
import { bomb, noise } from '../../client/testing/pictures.js';
import type { CanisterServer } from '../../servers/ic/canister-server.js';
import { createEmbeddedBackend } from '../../servers/ic/embedded-backend.js';
import { startLiveServer } from '../../servers/ic/live-server.js';
import { uploadTarget } from '../../targets/upload.js';
import { startFaultyProxy, type FaultyProxy, type HttpFault } from './testing/faulty-proxy.js';
import { checkFlow, endOf, expectedOf, readBlob } from './testing/judge.js';
import { bytesOf, CONTROLLER, identityOf, serveUploads, UPLOAD_WASM } from './testing/places.js';
import { upgradeOverNetwork } from './testing/upgrade.js';

const CHUNK_BYTES = 60_000;
const arg = uploadTarget.encodeInitArg({ chunkSize: CHUNK_BYTES });
const retry = { delayFirstMs: 20, delayMaxMs: 300, attemptsMax: 10, callTimeoutMs: 2_000 };

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const place of open.splice(0).reverse()) await place.close();
});

async function serve(port = 0): Promise<CanisterServer> {
  const server = await serveUploads({ arg, port });
  open.push(server);
  return server;
}

async function proxyTo(server: CanisterServer): Promise<FaultyProxy> {
  const proxy = await startFaultyProxy(server.url);
  open.push(proxy);
  return proxy;
}

function connectTo({ canister }: CanisterServer, host: string, identity = identityOf('user')) {
  return connectAgent({ host, canister, identity });
}

const photo = async () => Uint8Array.from(await noise(500, 400).jpeg({ quality: 95 }).toBuffer());

/** Calls back once, when so many bytes of the lane are over. */
function when(lane: LaneProgress['lane'], bytes: number, act: () => void): UploadOptions {
  let done = false;
  return {
    onProgress: (progress) => {
      if (done || progress.lane !== lane || progress.phase !== 'uploading' || progress.bytesDone < bytes)
        return;
      done = true;
      act();
    },
  };
}

async function failureOf(work: Promise<unknown>): Promise<UploadError> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  const failure = error instanceof FlowError ? error.failures[0] : error;
  expect(failure).toBeInstanceOf(UploadError);
  return failure as UploadError;
}

describe('processing fails', () => {
  test.each([
    ['no picture at all', async () => bytesOf(150_000, 'none'), 'not a JPEG'],
    ['a picture cut short', async () => (await photo()).slice(0, 90_000), ''],
    ['a decompression bomb', async () => Uint8Array.from(bomb(60_000)), 'pixels'],
  ])('%s: lane B says why, the original is kept, and there is no memory of four', async (_, make, says) => {
    const server = await serve();
    const connection = await connectTo(server, server.url);
    const bytes = await make();
    const end = await endOf(uploadToICPWithProcessing(connection, { bytes, name: 'cat.jpg' }));
    const { failures, arrived } = (end as { error: FlowError }).error;
    expect(failures).toMatchObject([{ lane: 'B', step: 'process', reason: 'not-an-image' }]);
    expect(failures[0]!.report()).toContain(says);
    expect((await readBlob(connection, arrived[0]!.blobId)).equals(bytes)).toBe(true);
    await checkFlow(connection, end, {
      Original: bytes,
      Display: bytes,
      Thumb: bytes,
      Placeholder: bytes,
    });
  });
});

describe('the connection breaks in the middle', () => {
  const kinds: HttpFault[] = ['drop-request', 'drop-answer', 'delay', 'twice', 'overtaken'];

  test('dropped, delayed, doubled and overtaken requests: the memory of four is there and whole', async () => {
    const server = await serve();
    const proxy = await proxyTo(server);
    const bytes = await photo();
    const expected = expectedOf(bytes, await processImageDerivativesPure(bytes));
    for (let round = 0; round < 3; round += 1) {
      const identity = identityOf(`round ${round}`);
      const connection = await connectTo(server, proxy.url, identity);
      // Another fault for every second request, in another order in each round.
      proxy.begin((number) =>
        number % 2 === 0 ? undefined : kinds[(number * 3 + round * 7 + (number >> 3)) % kinds.length],
      );
      const end = await endOf(
        uploadToICPWithProcessing(connection, { bytes, name: 'cat.jpg' }, { retry, parallel: 3 }),
      );
      proxy.begin(() => undefined);
      expect(end.kind === 'failed' ? String(end.error) : 'done').toBe('done');
      await checkFlow(await connectTo(server, server.url, identity), end, expected);
    }
    for (const kind of kinds) expect(proxy.met[kind], kind).toBeGreaterThan(2);
  });

  test('what arrived is not sent again: no more puts are repeated than requests were lost', async () => {
    const server = await serve();
    const proxy = await proxyTo(server);
    const connection = await connectTo(server, proxy.url);
    proxy.begin((number, path) => {
      if (!path.endsWith('/call') || number % 3 !== 0) return undefined;
      return number % 2 === 0 ? 'drop-answer' : 'drop-request';
    });
    const input = { bytes: bytesOf(40 * CHUNK_BYTES, 'puts'), name: 'a' };
    const asset = await uploadOriginalToICP(connection, input, { retry });
    expect(asset).toMatchObject({ size: 40 * CHUNK_BYTES, verified: true });
    expect(proxy.met['drop-answer']).toBeGreaterThan(2);
    expect(asset.putsRepeated).toBeLessThanOrEqual(proxy.met['drop-request']);
  });

  test('a line that stays down is said, with lane, step and session; the next try goes on', async () => {
    const server = await serve();
    const proxy = await proxyTo(server);
    const connection = await connectTo(server, proxy.url);
    const input = { bytes: bytesOf(20 * CHUNK_BYTES, 'down'), name: 'a.bin', modifiedAtNs: 1n };
    const down = when('A', 5 * CHUNK_BYTES, () => proxy.begin(() => 'drop-request'));
    const options = { ...down, retry: { ...retry, attemptsMax: 3 } };
    const failure = await failureOf(uploadOriginalToICP(connection, input, options));
    expect(failure).toMatchObject({ lane: 'A', step: 'put', reason: 'unreachable' });
    expect(failure.report()).toMatch(
      /^a\.bin \(Original\): lane A, put of chunk \d+ failed: unreachable: \S/,
    );
    expect(failure.report()).toMatch(/session {2}1, its state could not be asked/);
    const again = await uploadOriginalToICP(await connectTo(server, server.url), input);
    expect(again.bytesResumed).toBeGreaterThanOrEqual(5 * CHUNK_BYTES);
    expect(again.putsSent).toBe((input.bytes.length - again.bytesResumed) / CHUNK_BYTES);
    expect(again.verified).toBe(true);
  });
});

describe('the server restarts', () => {
  test('with its state: the upload goes on by itself', async () => {
    const backend = createEmbeddedBackend({
      seed: new Uint8Array(32),
      timeNs: BigInt(Date.now()) * 1_000_000n,
    });
    const canister = await backend.replica.createCanister();
    await backend.replica.install({ canister, mode: 'install', wasm: UPLOAD_WASM, arg });
    const server = await startLiveServer(backend);
    const connection = await connectAgent({ host: server.url, canister, identity: identityOf('user') });
    let restarted: Promise<void> | undefined;
    const restart = async (): Promise<void> => {
      await server.close();
      await new Promise((resolve) => setTimeout(resolve, 150));
      open.push(await startLiveServer(backend, { port: server.port }));
    };
    const input = { bytes: bytesOf(30 * CHUNK_BYTES, 'restart'), name: 'a' };
    const options = when('A', 8 * CHUNK_BYTES, () => (restarted = restart()));
    // No deadline helps here: the client must see by itself that the new server knows nothing of its requests.
    const patient = { ...retry, callTimeoutMs: 100_000 };
    const asset = await uploadOriginalToICP(connection, input, { ...options, retry: patient });
    await restarted;
    expect(restarted).toBeDefined();
    expect(asset).toMatchObject({ size: input.bytes.length, verified: true });
  });

  test('and has lost everything: the error says what is gone, and the next try brings it all over', async () => {
    const server = await serve();
    const connection = await connectTo(server, server.url);
    let restarted: Promise<CanisterServer> | undefined;
    const restart = async (): Promise<CanisterServer> => {
      await server.close();
      return serve(server.port);
    };
    const input = { bytes: bytesOf(30 * CHUNK_BYTES, 'lost'), name: 'a.bin' };
    const options = when('A', 8 * CHUNK_BYTES, () => (restarted = restart()));
    // The new server is there after as many attempts as it takes to start one.
    const patient = { ...retry, attemptsMax: 100 };
    const failure = await failureOf(uploadOriginalToICP(connection, input, { ...options, retry: patient }));
    expect(failure.report()).toMatch(/a\.bin \(Original\): lane A, \w+( of chunk \d+)? failed: .*NotFound/);
    const fresh = await connectTo((await restarted)!, server.url);
    expect(await uploadOriginalToICP(fresh, input)).toMatchObject({
      putsSent: 30,
      bytesResumed: 0,
      verified: true,
    });
  });
});

describe('the canister is upgraded in the middle', () => {
  const upgrade = (server: CanisterServer, newArg: Uint8Array) =>
    upgradeOverNetwork({
      host: server.url,
      canister: server.canister,
      identity: CONTROLLER,
      wasm: UPLOAD_WASM,
      arg: newArg,
    });

  test.each([2, 6, 12])(
    'after %i chunks of lane A: the memory of four is there and whole',
    async (chunks) => {
      const server = await serve();
      const connection: UploadConnection = await connectTo(server, server.url);
      const bytes = Uint8Array.from(await noise(700, 500).png().toBuffer());
      const expected = expectedOf(bytes, await processImageDerivativesPure(bytes));
      let upgraded: Promise<void> | undefined;
      // The new code wants another chunk size: what was begun goes on with its own.
      const options = when('A', chunks * CHUNK_BYTES, () => {
        upgraded = upgrade(server, uploadTarget.encodeInitArg({ chunkSize: 2 * CHUNK_BYTES }));
      });
      const end = await endOf(
        uploadToICPWithProcessing(connection, { bytes, name: 'cat.png' }, { ...options, retry, parallel: 2 }),
      );
      await upgraded;
      expect(upgraded).toBeDefined();
      expect(end.kind === 'failed' ? String(end.error) : 'done').toBe('done');
      expect(end).toMatchObject({ picture: { original: { chunkSize: CHUNK_BYTES } } });
      await checkFlow(connection, end, expected);
    },
  );

  test('to code that traps: the report has the reject, its code and the log of the canister', async () => {
    const server = await serve();
    const connection = await connectTo(server, server.url, CONTROLLER);
    // A module without any method.
    const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    let replaced: Promise<void> | undefined;
    const options = when('A', 3 * CHUNK_BYTES, () => {
      replaced = upgradeOverNetwork({
        host: server.url,
        canister: server.canister,
        identity: CONTROLLER,
        wasm: empty,
        arg: new Uint8Array(),
      });
    });
    const input = { bytes: bytesOf(30 * CHUNK_BYTES, 'gone'), name: 'a.bin', modifiedAtNs: 1n };
    const failure = await failureOf(uploadOriginalToICP(connection, input, { ...options, retry }));
    await replaced;
    expect(failure).toMatchObject({ lane: 'A', step: 'put', reason: 'rejected' });
    expect(failure.report()).toMatch(/reject {3}code 5 IC0536: .*no update method 'uploads_put_chunk'/);
    expect(failure.report()).toMatch(/log {6}PUT_OK sid=1/);
    await upgrade(server, arg);
    const again = await uploadOriginalToICP(connection, input, { retry });
    expect(again.bytesResumed).toBeGreaterThanOrEqual(3 * CHUNK_BYTES);
    expect(again.verified).toBe(true);
  });
});
