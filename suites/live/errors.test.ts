/** Failures injected into uploads over the agent. The upload survives each one, or reports its cause and succeeds when it is repeated. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
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
import { CONTROLLER, identityOf, serveUploads, UPLOAD_WASM } from './testing/places.js';
import { pseudorandomBytes } from '../../client/testing/pseudorandom-bytes.js';
import { upgradeOverNetwork } from './testing/upgrade.js';

const CHUNK_BYTES = 60_000;
const arg = uploadTarget.encodeInitArg({ chunkSize: CHUNK_BYTES });
/** No call reaches this deadline on a busy machine: a lost request is found by other means. */
const CALL_TIMEOUT_MS = 300_000;
/** A request that is taken for lost is only asked for again. */
const UNKNOWN_MS_MAX = 1_000;
const retry = { delayFirstMs: 20, delayMaxMs: 300, attemptsMax: 10, callTimeoutMs: CALL_TIMEOUT_MS };

/** Servers and proxies of the test, closed after it in reverse order. */
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const place of open.splice(0).reverse()) await place.close();
});

async function serve(port = 0): Promise<CanisterServer> {
  const server = await serveUploads({ arg, port });
  open.push(server);
  return server;
}

let shared: Promise<CanisterServer> | undefined;
/** One server for the tests that neither restart nor upgrade it. Each of them has users of its own. */
function serveAll(): Promise<CanisterServer> {
  return (shared ??= serveUploads({ arg }));
}
afterAll(async () => (await shared)?.close());

async function proxyTo(server: CanisterServer): Promise<FaultyProxy> {
  const proxy = await startFaultyProxy(server.url);
  open.push(proxy);
  return proxy;
}

function connectTo(
  { canister }: CanisterServer,
  host: string,
  identity = identityOf('user'),
  unknownMsMax?: number,
) {
  return connectAgent({ host, canister, identity, ...(unknownMsMax !== undefined && { unknownMsMax }) });
}

async function refuseOneConnection(port: number): Promise<void> {
  const server = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
  await once(server, 'connection');
  server.close();
  await once(server, 'close');
}

/** Four chunks. */
const photo = async () => Uint8Array.from(await noise(500, 400).jpeg({ quality: 95 }).toBuffer());

/** Acts once, as soon as this number of bytes of the lane has arrived. */
function whenArrived(lane: LaneProgress['lane'], bytes: number, act: () => void): UploadOptions {
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

describe('an upload whose processing fails', () => {
  it.each([
    ['a file that is not a picture', async () => pseudorandomBytes(150_000, 'none'), 'not a JPEG'],
    ['a truncated picture', async () => (await photo()).slice(0, 90_000), ''],
    ['a decompression bomb', async () => Uint8Array.from(bomb(60_000)), 'pixels'],
  ])(
    'keeps the original of %s, reports the reason on lane B, and makes no memory of four',
    async (title, make, says) => {
      const server = await serveAll();
      const connection = await connectTo(server, server.url, identityOf(title));
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
    },
  );
});

describe('an upload over a faulty connection', () => {
  const kinds: HttpFault[] = ['drop-request', 'drop-answer', 'delay', 'twice', 'overtaken'];

  it('makes the whole memory of four although requests are dropped, delayed, doubled, and reordered', async () => {
    const server = await serveAll();
    const proxy = await proxyTo(server);
    const bytes = await photo();
    const expected = expectedOf(bytes, await processImageDerivativesPure(bytes));
    for (let round = 0; round < 2; round += 1) {
      const identity = identityOf(`round ${round}`);
      const connection = await connectTo(server, proxy.url, identity);
      // Every second request has a fault, in a different order in each round.
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
    for (const kind of kinds) expect(proxy.met[kind], kind).toBeGreaterThan(1);
  });

  it('repeats no more puts than requests and answers were lost', async () => {
    const server = await serveAll();
    const proxy = await proxyTo(server);
    const connection = await connectTo(server, proxy.url, identityOf('lost puts'));
    let calls = 0;
    proxy.begin((_, path) => {
      if (!path.endsWith('/call') || ++calls % 3 !== 0) return undefined;
      return calls % 2 === 0 ? 'drop-answer' : 'drop-request';
    });
    const input = { bytes: pseudorandomBytes(10 * CHUNK_BYTES, 'puts'), name: 'a' };
    const asset = await uploadOriginalToICP(connection, input, { retry });
    expect(asset).toMatchObject({ size: 10 * CHUNK_BYTES, verified: true });
    expect(proxy.met['drop-answer']).toBeGreaterThan(1);
    // On a slow machine the status may be asked before the put whose answer was lost has been executed.
    const lost = proxy.met['drop-request'] + proxy.met['drop-answer'];
    expect(asset.putsRepeated).toBeLessThanOrEqual(lost);
  });

  it('reports lane, step, and session when the connection stays down, and resumes when it is repeated', async () => {
    const server = await serveAll();
    const proxy = await proxyTo(server);
    const identity = identityOf('down');
    const connection = await connectTo(server, proxy.url, identity);
    const input = { bytes: pseudorandomBytes(10 * CHUNK_BYTES, 'down'), name: 'a.bin', modifiedAtNs: 1n };
    const down = whenArrived('A', 3 * CHUNK_BYTES, () => proxy.begin(() => 'drop-request'));
    const options = { ...down, retry: { ...retry, attemptsMax: 3 } };
    const failure = await failureOf(uploadOriginalToICP(connection, input, options));
    expect(failure).toMatchObject({ lane: 'A', step: 'put', reason: 'unreachable' });
    expect(failure.report()).toMatch(
      /^a\.bin \(Original\): lane A, put of chunk \d+ failed: unreachable: \S/,
    );
    const direct = await connectTo(server, server.url, identity);
    const [session] = await direct.uploadsList();
    expect(failure.report()).toContain(`session  ${session!.sessionId}, its status is unknown`);
    const again = await uploadOriginalToICP(direct, input);
    expect(again.bytesResumed).toBeGreaterThanOrEqual(3 * CHUNK_BYTES);
    expect(again.putsSent).toBe((input.bytes.length - again.bytesResumed) / CHUNK_BYTES);
    expect(again.verified).toBe(true);
  });
});

describe('an upload whose server restarts', () => {
  it('continues by itself if the server kept its state', async () => {
    const backend = createEmbeddedBackend({
      seed: new Uint8Array(32),
      timeNs: BigInt(Date.now()) * 1_000_000n,
    });
    const canister = await backend.replica.createCanister();
    await backend.replica.install({ canister, mode: 'install', wasm: UPLOAD_WASM, arg });
    const server = await startLiveServer(backend);
    const host = server.url;
    const identity = identityOf('user');
    const connection = await connectAgent({ host, canister, identity, unknownMsMax: UNKNOWN_MS_MAX });
    let restarted: Promise<void> | undefined;
    const restart = async (): Promise<void> => {
      await server.close();
      await refuseOneConnection(server.port);
      open.push(await startLiveServer(backend, { port: server.port }));
    };
    const input = { bytes: pseudorandomBytes(10 * CHUNK_BYTES, 'restart'), name: 'a' };
    const options = whenArrived('A', 2 * CHUNK_BYTES, () => {
      restarted = restart();
    });
    const asset = await uploadOriginalToICP(connection, input, { ...options, retry });
    await restarted;
    expect(restarted).toBeDefined();
    expect(asset).toMatchObject({ size: input.bytes.length, verified: true });
  });

  it('reports what is gone if the server lost its state, and succeeds when it is repeated', async () => {
    const server = await serve();
    const proxy = await proxyTo(server);
    const connection = await connectTo(server, proxy.url, identityOf('user'), UNKNOWN_MS_MAX);
    let restarted: Promise<CanisterServer> | undefined;
    const restart = async (): Promise<CanisterServer> => {
      await server.close();
      return serve(server.port);
    };
    const input = { bytes: pseudorandomBytes(6 * CHUNK_BYTES, 'lost'), name: 'a.bin' };
    const options = whenArrived('A', 2 * CHUNK_BYTES, () => {
      restarted = restart();
      proxy.hold(restarted);
    });
    const failure = await failureOf(uploadOriginalToICP(connection, input, { ...options, retry }));
    expect(failure.report()).toMatch(/a\.bin \(Original\): lane A, \w+( of chunk \d+)? failed: .*NotFound/);
    const fresh = await connectTo((await restarted)!, server.url);
    expect(await uploadOriginalToICP(fresh, input)).toMatchObject({
      putsSent: 6,
      bytesResumed: 0,
      verified: true,
    });
  });
});

describe('an upload whose canister is upgraded', () => {
  const upgrade = (server: CanisterServer, newArg: Uint8Array) =>
    upgradeOverNetwork({
      host: server.url,
      canister: server.canister,
      identity: CONTROLLER,
      wasm: UPLOAD_WASM,
      arg: newArg,
    });

  // In `interleavings.test.ts` an upgrade comes before any other call.
  it('makes the whole memory of four after an upgrade in the middle of lane A', async () => {
    const server = await serve();
    const proxy = await proxyTo(server);
    const connection: UploadConnection = await connectTo(server, proxy.url);
    const bytes = Uint8Array.from(await noise(300, 250).png().toBuffer());
    const expected = expectedOf(bytes, await processImageDerivativesPure(bytes));
    let upgraded: Promise<void> | undefined;
    // The new code has another chunk size. Sessions that were begun before keep theirs.
    const options = whenArrived('A', 2 * CHUNK_BYTES, () => {
      upgraded = upgrade(server, uploadTarget.encodeInitArg({ chunkSize: 2 * CHUNK_BYTES }));
      proxy.hold(upgraded);
    });
    const end = await endOf(
      uploadToICPWithProcessing(connection, { bytes, name: 'cat.png' }, { ...options, retry, parallel: 2 }),
    );
    await upgraded;
    expect(upgraded).toBeDefined();
    expect(end.kind === 'failed' ? String(end.error) : 'done').toBe('done');
    expect(end).toMatchObject({ picture: { original: { chunkSize: CHUNK_BYTES } } });
    await checkFlow(connection, end, expected);
  });

  it('reports the reject, its code, and the log of the canister if the new code lacks the method', async () => {
    const server = await serve();
    const proxy = await proxyTo(server);
    const connection = await connectTo(server, proxy.url, CONTROLLER);
    // A module without any method.
    const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    let replaced: Promise<void> | undefined;
    const options = whenArrived('A', 3 * CHUNK_BYTES, () => {
      replaced = upgradeOverNetwork({
        host: server.url,
        canister: server.canister,
        identity: CONTROLLER,
        wasm: empty,
        arg: new Uint8Array(),
      });
      // Without this the upload may end before the canister is replaced.
      proxy.hold(replaced);
    });
    const input = { bytes: pseudorandomBytes(12 * CHUNK_BYTES, 'gone'), name: 'a.bin', modifiedAtNs: 1n };
    const failure = await failureOf(uploadOriginalToICP(connection, input, { ...options, retry }));
    await replaced;
    expect(failure).toMatchObject({ lane: 'A', step: 'put', reason: 'rejected' });
    // Depending on what was in flight, a put or the status that follows a failed put meets the new code first.
    expect(failure.report()).toMatch(
      /reject {3}code 5 IC0536: .*no (update method 'uploads_put_chunk'|query method 'uploads_status')/,
    );
    expect(failure.report()).toMatch(/log {6}PUT_OK sid=1/);
    await upgrade(server, arg);
    const again = await uploadOriginalToICP(connection, input, { retry });
    expect(again.bytesResumed).toBeGreaterThanOrEqual(3 * CHUNK_BYTES);
    expect(again.verified).toBe(true);
  });
});
