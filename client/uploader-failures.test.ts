import { renameSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { uploadOriginalToICP } from './flow.js';
import { CallFailure } from './connection.js';
import { bytesOf, lab } from './testing/lab.js';
import type { UploadError } from './upload-error.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uploader-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a file that cannot be uploaded', () => {
  test('is reported if it changes during the upload, and its session is aborted', async () => {
    const { connect, fails, canister } = lab();
    const path = join(folder, 'changing.bin');
    await writeFile(path, bytesOf(95));
    const changes: [string, () => void][] = [
      ['was written to', () => utimesSync(path, 1, 1)],
      ['went from 95 B to 120 B', () => writeFileSync(path, bytesOf(120))],
      ['B and had 120 B', () => truncateSync(path, 30)],
    ];
    for (const [what, change] of changes) {
      let done = false;
      const connection = connect();
      const plain = connection.putChunk;
      connection.putChunk = async (...args) => {
        // Synchronous, because the virtual clock does not wait for the disk.
        if (!done) change();
        done = true;
        return plain(...args);
      };
      const error = await fails(connection, path, { parallel: 1 });
      expect(error.reason).toBe('file-changed');
      expect(error.message).toContain(what);
      expect(canister.sessions.at(-1)!.state).toBe('Cancelled');
    }
  });

  test('is reported if it is replaced during the upload', async () => {
    const { connect, fails } = lab();
    const path = join(folder, 'replaced.bin');
    await writeFile(path, bytesOf(95));
    await writeFile(`${path}.new`, bytesOf(95));
    let done = false;
    const connection = connect();
    const plain = connection.putChunk;
    connection.putChunk = async (...args) => {
      if (!done) renameSync(`${path}.new`, path);
      done = true;
      return plain(...args);
    };
    const error = await fails(connection, path);
    expect(error.message).toContain('was replaced');
  });

  test('is sent again completely if its bytes changed since an interrupted upload', async () => {
    const { connect, upload, fails, canister } = lab();
    const path = join(folder, 'rewritten.bin');
    await writeFile(path, bytesOf(95));
    await utimes(path, 1_600_000_000, 1_600_000_000);
    await fails(
      connect({ faultOf: (_, index) => (index === 6 ? { kind: 'drop-request' } : undefined) }),
      path,
      { parallel: 1 },
    );
    const changed = bytesOf(95).map((byte, at) => (at === 3 ? byte ^ 1 : byte));
    await writeFile(path, changed);
    await utimes(path, 1_600_000_000, 1_600_000_000);
    const asset = await upload(connect(), path);
    expect(canister.blobs.get(asset.blobId)!.bytes).toEqual(Uint8Array.from(changed));
    expect(canister.sessions.map(({ state }) => state)).toEqual(['Cancelled', 'Completed']);
  });

  test('is unreadable if it does not exist or is a folder', async () => {
    const { connect, fails } = lab();
    for (const path of [join(folder, 'missing'), folder]) {
      const error = await fails(connect(), path);
      expect(error).toMatchObject({ reason: 'file-unreadable', lane: 'A', step: 'read' });
    }
  });
});

describe('a failed upload', () => {
  test('is detected by reading back if the canister stores other bytes', async () => {
    const { connect, fails, canister } = lab();
    const connection = connect({
      onCall: (method) => {
        const blob = canister.blobs.get('blob_1');
        if (method === 'blob_get_meta' && blob)
          blob.bytes = blob.bytes.map((byte, at) => (at === 33 ? byte ^ 4 : byte));
      },
    });
    const error = await fails(connection, { bytes: bytesOf(95), name: 'a' }, { parallel: 1 });
    expect(error).toMatchObject({ reason: 'unverified', step: 'verify' });
    expect(error.message).toMatch(/reads back with SHA-256 [0-9a-f]{64}, what was sent has [0-9a-f]{64}/);
  });

  test('is a checksum error with both hashes if the canister hashes other bytes', async () => {
    const { connect, fails, canister } = lab();
    const connection = connect({
      onCall: (method) => {
        if (method === 'uploads_finish') canister.sessions[0]!.chunks.set(2, new Uint8Array(10));
      },
    });
    const error = await fails(connection, { bytes: bytesOf(95), name: 'a' });
    expect(error).toMatchObject({ reason: 'checksum', step: 'finish' });
    expect(error.report()).toMatch(/ChecksumMismatch: expected [0-9a-f]{64}, computed [0-9a-f]{64}/);
  });

  test('is avoided by sending a chunk again that the canister lost', async () => {
    const { connect, upload, canister } = lab();
    let lost = false;
    const connection = connect({
      onCall: (method) => {
        if (method === 'uploads_finish' && !lost) lost = canister.sessions[0]!.chunks.delete(2);
      },
    });
    expect(await upload(connection, { bytes: bytesOf(95), name: 'a' })).toMatchObject({
      putsSent: 11,
      putsRepeated: 1,
    });
  });

  test('is reported with lane, step, reject, session, and log lines', async () => {
    const { connect, clock } = lab();
    const connection = connect();
    const plain = connection.putChunk;
    connection.putChunk = async (...args) => {
      if (args[1] !== 3) return plain(...args);
      const text = 'Canister trapped: heap out of bounds';
      throw new CallFailure('reject', 'uploads_put_chunk', text, { code: 5, errorCode: 'IC0502', text });
    };
    const upload = uploadOriginalToICP(
      connection,
      { bytes: bytesOf(45), name: 'cat.jpg' },
      { clock, parallel: 1 },
    );
    const error = await clock.run(upload).catch((reason: unknown) => reason as UploadError);
    expect((error as UploadError).report().replace(/expires .*/, 'expires …')).toBe(
      [
        'cat.jpg (Original): lane A, put of chunk 3 failed: rejected: Canister trapped: heap out of bounds',
        '  call     uploads_put_chunk',
        '  reject   code 5 IC0502: Canister trapped: heap out of bounds',
        '  session  1 Uploading, 3 of 5 chunks (30 of 45 B), expires …',
        '  missing  3-4',
        '  log      BEGIN sid=1 len=45',
        '  log      PUT sid=1 index=0',
        '  log      PUT sid=1 index=1',
        '  log      PUT sid=1 index=2',
      ].join('\n'),
    );
  });

  test('is reported without log lines if the caller may not read them', async () => {
    const { connect, fails } = lab();
    const connection = connect({
      logsReadable: false,
      faultOf: (_, index) => (index === 0 ? { kind: 'drop-request' } : undefined),
    });
    const error = await fails(connection, { bytes: bytesOf(5), name: 'a' });
    expect(error.report()).toContain('log could not be read: Caller is not allowed to access canister logs');
  });

  test('names the call that refused the anonymous caller', async () => {
    const { connect, fails, canister } = lab();
    canister.capsulesCreate = () => ({ ok: false, error: { kind: 'Unauthorized' } });
    const error = await fails(connect(), { bytes: bytesOf(5), name: 'a' });
    expect(error).toMatchObject({ step: 'capsule', reason: 'canister-error' });
    expect(error.failure).toMatchObject({
      method: 'capsules_create',
      canisterError: { kind: 'Unauthorized' },
    });
  });

  test('reports that too many uploads are open', async () => {
    const { connect, upload, fails, canister } = lab({ chunkSize: 10n, maxActiveSessions: 1 });
    await upload(connect(), { bytes: bytesOf(5), name: 'done' });
    const line = connect({ faultOf: (_, index) => (index === 0 ? { kind: 'drop-request' } : undefined) });
    await fails(line, { bytes: bytesOf(5), name: 'first' });
    const error = await fails(connect(), { bytes: bytesOf(5), name: 'second' });
    expect(error).toMatchObject({ reason: 'limit', step: 'begin' });
    expect(error.message).toContain('1 uploads of this caller are open, the oldest is 2 of first');
    expect(canister.sessions).toHaveLength(2);
  });

  test('ends at once after a stop and keeps its session', async () => {
    const { connect, upload, fails, canister } = lab();
    const controller = new AbortController();
    const connection = connect({
      faultOf: (_, index) => (index === 4 ? { kind: 'silence' } : undefined),
      onCall: (_, index) => {
        if (index === 4) controller.abort();
      },
    });
    const error = await fails(
      connection,
      { bytes: bytesOf(95), name: 'a' },
      { parallel: 1, signal: controller.signal },
    );
    expect(error.reason).toBe('stopped');
    expect(canister.sessions[0]!.state).toBe('Uploading');
    expect(await upload(connect(), { bytes: bytesOf(95), name: 'a' })).toMatchObject({ bytesResumed: 50 });
    expect(
      (await fails(connect(), { bytes: bytesOf(5), name: 'b' }, { signal: AbortSignal.abort() })).reason,
    ).toBe('stopped');
  });
});
