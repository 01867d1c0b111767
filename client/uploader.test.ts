import { truncateSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { uploadOriginalToICP } from './flow.js';
import type { Fault } from './testing/faulty-connection.js';
import { bytesOf, lab, nth, putsOf, sha256 } from './testing/lab.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uploader-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('without faults', () => {
  test.each([0, 1, 9, 10, 11, 95, 1000])('uploads %i bytes and reads them back', async (length) => {
    const { canister, connect, upload } = lab();
    const connection = connect();
    const bytes = bytesOf(length);
    const asset = await upload(connection, { bytes, name: 'a.bin' });
    expect(asset).toMatchObject({ kind: 'Original', size: length, verified: true, putsRepeated: 0 });
    expect(asset.sha256).toEqual(sha256(bytes));
    expect(canister.blobs.get(asset.blobId)!.bytes).toEqual(bytes);
    expect(putsOf(connection).sort((a, b) => a - b)).toEqual(
      Array.from({ length: Math.ceil(length / 10) }, (_, i) => i),
    );
  });

  test('uploads a large file in chunks', async () => {
    const { canister, connect, upload } = lab({ chunkSize: 4_096n });
    const bytes = bytesOf(100_000);
    const path = join(folder, 'big.pdf');
    await writeFile(path, bytes);
    const asset = await upload(connect(), path);
    expect(canister.blobs.get(asset.blobId)!.bytes).toEqual(bytes);
    expect(asset).toMatchObject({
      name: 'big.pdf',
      mimeType: 'application/pdf',
      metadata: { kind: 'Document' },
    });
  });

  test('uploads 384 MB with less than 150 MB of memory', async () => {
    const path = join(folder, 'sparse.bin');
    await writeFile(path, '');
    truncateSync(path, 384 * 1024 * 1024);
    const { canister, connect } = lab({});
    const connection = connect();
    // Drops all chunks, so that only the client uses memory.
    connection.putChunk = async () => ({ ok: true, value: null });
    connection.finish = async (_, sha256, size) => ({
      ok: true,
      value: { blobId: 'blob_1', memoryId: 'memory_1', size, sha256, uploadedAt: 0n },
    });
    const before = process.memoryUsage();
    let most = 0;
    const onProgress = (): void => {
      const { rss } = process.memoryUsage();
      most = Math.max(most, rss - before.rss);
    };
    const asset = await uploadOriginalToICP(connection, path, { verify: false, onProgress });
    await rm(path);
    expect(asset).toMatchObject({ size: 402_653_184, putsSent: 224 });
    expect(canister.sessions).toHaveLength(1);
    expect(most).toBeLessThan(150_000_000);
  });

  test('limits the number of calls in flight', async () => {
    const { connect, upload, clock } = lab();
    let open = 0;
    let most = 0;
    const connection = connect({
      faultOf: (method) => (method === 'uploads_put_chunk' ? { kind: 'slow', ms: 50 } : undefined),
    });
    const plain = connection.putChunk;
    connection.putChunk = async (...args) => {
      most = Math.max(most, (open += 1));
      return plain(...args).finally(() => (open -= 1));
    };
    await upload(connection, { bytes: bytesOf(300), name: 'a' }, { parallel: 3 });
    expect(most).toBe(3);
    // 30 chunks of 50 ms each, 3 at a time, take the time of 10 chunks.
    expect(clock.now()).toBe(500);
  });

  test('sends nothing for a file that was already uploaded', async () => {
    const { connect, upload, canister } = lab();
    const first = await upload(connect(), { bytes: bytesOf(95), name: 'a' });
    const connection = connect();
    const again = await upload(connection, { bytes: bytesOf(95), name: 'a' });
    expect(again).toMatchObject({ blobId: first.blobId, putsSent: 0, bytesResumed: 95, verified: true });
    expect(putsOf(connection)).toEqual([]);
    const salted = await upload(connect(), { bytes: bytesOf(95), name: 'a' }, { salt: 'once more' });
    expect(salted.blobId).not.toBe(first.blobId);
    expect(canister.capsules).toHaveLength(1);
  });

  test('sends a file again after its blob was deleted', async () => {
    const { connect, upload, canister } = lab();
    const first = await upload(connect(), { bytes: bytesOf(95), name: 'a' });
    canister.memoriesDelete('alice', first.memoryId);
    expect(canister.blobs.size).toBe(0);
    const again = await upload(connect(), { bytes: bytesOf(95), name: 'a' });
    expect(again.blobId).not.toBe(first.blobId);
    const third = await upload(connect(), { bytes: bytesOf(95), name: 'a' });
    expect(third.blobId).toBe(again.blobId);
  });

  test('works for two users who upload the same file with the same name at the same time', async () => {
    const { connect, canister, clock } = lab();
    const bytes = bytesOf(95);
    const one = uploadOriginalToICP(connect({ caller: 'alice' }), { bytes, name: 'a' }, { clock });
    const two = uploadOriginalToICP(connect({ caller: 'bob' }), { bytes, name: 'a' }, { clock });
    const [a, b] = await clock.run(Promise.all([one, two]));
    expect(a.blobId).not.toBe(b.blobId);
    for (const { blobId } of [a, b]) expect(canister.blobs.get(blobId)!.bytes).toEqual(bytes);
  });

  test('creates one blob for two processes of one user with the same file', async () => {
    const { connect, clock, canister } = lab();
    const bytes = bytesOf(95);
    const one = uploadOriginalToICP(connect(), { bytes, name: 'a' }, { clock });
    const two = uploadOriginalToICP(connect(), { bytes, name: 'a' }, { clock });
    const [a, b] = await clock.run(Promise.all([one, two]));
    expect(a.blobId).toBe(b.blobId);
    expect(canister.blobs.size).toBe(1);
  });
});

describe('the chunk size', () => {
  test('is that of the canister', async () => {
    const { connect, upload } = lab({});
    const asset = await upload(connect(), { bytes: new Uint8Array(2_000_000), name: 'a' });
    expect(asset).toMatchObject({ chunkSize: 1_800_000, putsSent: 2 });
  });

  test('is refused before the begin if a chunk does not fit into a message', async () => {
    const { connect, fails, upload, canister } = lab({ chunkSize: 3_000_000n });
    const error = await fails(connect(), { bytes: new Uint8Array(2_500_000), name: 'a' });
    expect(error.reason).toBe('limit');
    expect(error.message).toContain('requires chunks of 3000000 B, but a message holds at most 2096128 B');
    expect(canister.sessions).toHaveLength(0);
    // A file that fits into a message can still be uploaded.
    await upload(connect(), { bytes: new Uint8Array(2_000), name: 'b' });
  });

  test('and the number of chunks are checked against the limits before the begin', async () => {
    const { connect, fails } = lab({ chunkSize: 10n, maxBytes: 100n, maxChunks: 5 });
    const large = await fails(connect(), { bytes: bytesOf(101), name: 'a' });
    expect(large.message).toContain('the file has 101 B, the canister accepts at most 100 B');
    const many = await fails(connect(), { bytes: bytesOf(60), name: 'a' });
    expect(many.message).toContain('6 chunks of 10 B, the canister accepts at most 5');
  });

  test('is read again if it changed before the begin', async () => {
    const { connect, upload, canister } = lab();
    const connection = connect({
      onCall: (method) => {
        if (method === 'capsules_create') canister.config = { ...canister.config, chunkSize: 7n };
      },
    });
    expect(await upload(connection, { bytes: bytesOf(50), name: 'a' })).toMatchObject({
      chunkSize: 7,
      putsSent: 8,
    });
  });

  test('of an existing session does not change', async () => {
    const { connect, upload, fails, canister } = lab();
    const broken = connect({
      faultOf: (method, index) =>
        method === 'uploads_put_chunk' && index! >= 4 ? { kind: 'drop-request' } : undefined,
    });
    await fails(broken, { bytes: bytesOf(95), name: 'a' });
    canister.config = { ...canister.config, chunkSize: 25n };
    const asset = await upload(connect(), { bytes: bytesOf(95), name: 'a' });
    expect(asset).toMatchObject({ chunkSize: 10, bytesResumed: 40, putsSent: 6 });
    expect(canister.sessions).toHaveLength(1);
  });
});

describe('with faults', () => {
  const kinds: Fault[] = [
    { kind: 'drop-response' },
    { kind: 'silence' },
    { kind: 'slow', ms: 3_000 },
    { kind: 'twice', ms: 3_000 },
  ];
  test.each(kinds)('does not repeat a put that arrived: $kind', async (fault) => {
    const { connect, upload } = lab();
    const connection = connect({ faultOf: nth('uploads_put_chunk', 3, fault) });
    const asset = await upload(connection, { bytes: bytesOf(95), name: 'a' });
    expect(asset).toMatchObject({ putsSent: 10, putsRepeated: 0, verified: true });
  });

  test.each<Fault>([
    { kind: 'drop-request' },
    { kind: 'busy' },
    { kind: 'stopped' },
    { kind: 'late', ms: 60_000 },
  ])('a put that did not arrive is sent once more: $kind', async (fault) => {
    const { connect, upload } = lab();
    const connection = connect({ faultOf: nth('uploads_put_chunk', 3, fault) });
    const asset = await upload(connection, { bytes: bytesOf(95), name: 'a' });
    expect(asset).toMatchObject({ putsSent: 11, putsRepeated: 1, verified: true });
  });

  test.each([
    'uploads_begin',
    'uploads_finish',
    'capsules_create',
    'upload_config',
    'uploads_status',
    'blob_get_meta',
    'blob_read_chunk',
    'capsules_list',
  ])('a lost answer of %s leaves one session and one blob', async (method) => {
    for (const kind of ['drop-request', 'drop-response', 'silence', 'busy'] as const) {
      const { connect, upload, canister } = lab();
      await upload(connect({ faultOf: nth(method, 1, { kind }) }), { bytes: bytesOf(95), name: 'a' });
      expect(canister.sessions).toHaveLength(1);
      expect(canister.blobs.size).toBe(1);
      expect(canister.capsules).toHaveLength(1);
    }
  });

  test('resumes an interrupted upload in another process', async () => {
    const { connect, upload, fails } = lab();
    const path = join(folder, 'resumed.bin');
    await writeFile(path, bytesOf(95));
    const dead: Fault = { kind: 'drop-request' };
    const error = await fails(
      connect({
        faultOf: (_, index) => (index === 6 ? dead : undefined),
      }),
      path,
      { parallel: 1 },
    );
    expect(error.failure).toMatchObject({
      lane: 'A',
      step: 'put',
      chunk: 6,
      reason: 'unreachable',
      method: 'uploads_put_chunk',
    });
    expect(error.failure.session).toMatchObject({ state: 'Uploading', chunksReceived: 6 });
    const connection = connect();
    const asset = await upload(connection, path);
    expect(asset).toMatchObject({ bytesResumed: 60, putsSent: 4 });
    expect(putsOf(connection)).toEqual([6, 7, 8, 9]);
  });

  test('stops when its session is paused, and the next upload resumes it', async () => {
    const { connect, upload, fails, canister } = lab();
    const connection = connect({
      onCall: (method, index) => {
        if (index === 4 && method === 'uploads_put_chunk') canister.pause('alice', 1n);
      },
    });
    const error = await fails(connection, { bytes: bytesOf(95), name: 'a' }, { parallel: 1 });
    expect(error.reason).toBe('session-paused');
    expect(error.failure.session?.state).toBe('Paused');
    expect(await upload(connect(), { bytes: bytesOf(95), name: 'a' })).toMatchObject({ bytesResumed: 40 });
  });

  test('begins a new session if the old one expires during the upload', async () => {
    const { connect, upload, canister } = lab();
    let expired = false;
    const connection = connect({
      onCall: (method, index) => {
        if (!expired && index === 5 && method === 'uploads_put_chunk') {
          expired = true;
          canister.time += canister.sessionTtlNs;
        }
      },
    });
    const asset = await upload(connection, { bytes: bytesOf(95), name: 'a' });
    expect(asset.sessionId).toBe(2n);
    expect(canister.blobs.get(asset.blobId)!.bytes).toEqual(bytesOf(95));
  });

  test('does not begin a new session if another client aborts the old one', async () => {
    const { connect, fails, canister } = lab();
    const connection = connect({
      onCall: (_, index) => {
        if (index === 5) canister.abort('alice', 1n);
      },
    });
    const error = await fails(connection, { bytes: bytesOf(95), name: 'a' });
    expect(error.reason).toBe('session-cancelled');
    expect(error.failure.session?.state).toBe('Cancelled');
  });

  test('waits for a long finish whose answer was lost', async () => {
    const { connect, upload, canister } = lab();
    canister.finishSteps = 7;
    const connection = connect();
    await upload(connection, { bytes: bytesOf(95), name: 'a' });
    expect(canister.blobs.size).toBe(1);
    expect(connection.sent.filter(({ method }) => method === 'uploads_finish')).toHaveLength(2);
  });

  test('repeats a finish that an upgrade interrupted', async () => {
    const { connect, upload, canister } = lab();
    canister.finishesCutShort = 2;
    expect(await upload(connect(), { bytes: bytesOf(95), name: 'a' })).toMatchObject({ putsSent: 10 });
  });
});
