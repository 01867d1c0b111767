import { createHash } from 'node:crypto';
import { renameSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UploadConnection } from './connection.js';
import type { UploadOptions } from './context.js';
import { uploadOriginalToICP, type UploadInput } from './flow.js';
import { formatProgress, type LaneProgress } from './progress.js';
import { FakeCanister } from './testing/fake-canister.js';
import { connectFake, type Fault, type LineOptions } from './testing/faulty-connection.js';
import { VirtualClock } from './testing/virtual-clock.js';
import type { UploadConfig } from './types.js';
import { UploadError } from './upload-error.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uploader-'));
});
afterAll(() => rm(folder, { recursive: true }));

const bytesOf = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (at * 7 + (at >> 8)) & 255);
const sha256 = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from(createHash('sha256').update(bytes).digest());

interface Lab {
  readonly canister: FakeCanister;
  readonly clock: VirtualClock;
  connect(line?: Partial<LineOptions>): ReturnType<typeof connectFake>;
  upload(
    connection: UploadConnection,
    input: UploadInput,
    options?: UploadOptions,
  ): ReturnType<typeof uploadOriginalToICP>;
  fails(connection: UploadConnection, input: UploadInput, options?: UploadOptions): Promise<UploadError>;
}

function lab(config: Partial<UploadConfig> = { chunkSize: 10n }): Lab {
  const canister = new FakeCanister(config);
  const clock = new VirtualClock();
  const upload: Lab['upload'] = (connection, input, options = {}) =>
    clock.run(uploadOriginalToICP(connection, input, { clock, random: () => 0.5, ...options }));
  return {
    canister,
    clock,
    connect: (line = {}) => connectFake(canister, { clock, ...line }),
    upload,
    fails: async (connection, input, options) => {
      const error: unknown = await upload(connection, input, options).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(UploadError);
      return error as UploadError;
    },
  };
}

/** The n-th call of a method meets the fault. */
const nth = (method: string, n: number, fault: Fault): NonNullable<LineOptions['faultOf']> => {
  let seen = 0;
  return (called) => (called === method && (seen += 1) === n ? fault : undefined);
};
const putsOf = (connection: ReturnType<typeof connectFake>): number[] =>
  connection.sent.flatMap(({ method, index }) => (method === 'uploads_put_chunk' ? [index!] : []));

describe('a good line', () => {
  test.each([0, 1, 9, 10, 11, 95, 1000])('%i bytes arrive whole and are read back', async (length) => {
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

  test('a file is read once, chunk by chunk, whatever its size', async () => {
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

  test('no more calls are in flight than asked for', async () => {
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
    // 30 chunks, 3 at a time, 50 ms each: the time is that of 10.
    expect(clock.now()).toBe(500);
  });

  test('the same file again is found, not sent', async () => {
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

  test('the same file after its blob was deleted is sent again', async () => {
    const { connect, upload, canister } = lab();
    const first = await upload(connect(), { bytes: bytesOf(95), name: 'a' });
    canister.memoriesDelete('alice', first.memoryId);
    expect(canister.blobs.size).toBe(0);
    const again = await upload(connect(), { bytes: bytesOf(95), name: 'a' });
    expect(again.blobId).not.toBe(first.blobId);
    const third = await upload(connect(), { bytes: bytesOf(95), name: 'a' });
    expect(third.blobId).toBe(again.blobId);
  });

  test('two users with the same file and name at the same time both get it whole', async () => {
    const { connect, canister, clock } = lab();
    const bytes = bytesOf(95);
    const one = uploadOriginalToICP(connect({ caller: 'alice' }), { bytes, name: 'a' }, { clock });
    const two = uploadOriginalToICP(connect({ caller: 'bob' }), { bytes, name: 'a' }, { clock });
    const [a, b] = await clock.run(Promise.all([one, two]));
    expect(a.blobId).not.toBe(b.blobId);
    for (const { blobId } of [a, b]) expect(canister.blobs.get(blobId)!.bytes).toEqual(bytes);
  });

  test('two processes of one user with the same file end with the same blob', async () => {
    const { connect, clock, canister } = lab();
    const bytes = bytesOf(95);
    const one = uploadOriginalToICP(connect(), { bytes, name: 'a' }, { clock });
    const two = uploadOriginalToICP(connect(), { bytes, name: 'a' }, { clock });
    const [a, b] = await clock.run(Promise.all([one, two]));
    expect(a.blobId).toBe(b.blobId);
    expect(canister.blobs.size).toBe(1);
  });
});

describe('chunk sizes', () => {
  test('the canister has its 1.8 MB, whatever the client would like', async () => {
    const { connect, upload } = lab({});
    const asset = await upload(connect(), { bytes: new Uint8Array(2_000_000), name: 'a' });
    expect(asset).toMatchObject({ chunkSize: 1_800_000, putsSent: 2 });
  });

  test('a chunk size above what a message carries is an error before anything is begun', async () => {
    const { connect, fails, upload, canister } = lab({ chunkSize: 3_000_000n });
    const error = await fails(connect(), { bytes: new Uint8Array(2_500_000), name: 'a' });
    expect(error.reason).toBe('limit');
    expect(error.message).toContain('wants chunks of 3000000 B and one message carries at most 2096128 B');
    expect(canister.sessions).toHaveLength(0);
    // A file that fits a message goes through all the same.
    await upload(connect(), { bytes: new Uint8Array(2_000), name: 'b' });
  });

  test('a file over the canister limits is refused before anything is begun', async () => {
    const { connect, fails } = lab({ chunkSize: 10n, maxBytes: 100n, maxChunks: 5 });
    const large = await fails(connect(), { bytes: bytesOf(101), name: 'a' });
    expect(large.message).toContain('the file has 101 B, the canister takes at most 100 B');
    const many = await fails(connect(), { bytes: bytesOf(60), name: 'a' });
    expect(many.message).toContain('6 chunks of 10 B, the canister takes at most 5');
  });

  test('a chunk size that changes between asking and beginning is asked again', async () => {
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

  test('a session begun under another chunk size goes on with its own', async () => {
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

describe('a bad line', () => {
  const kinds: Fault[] = [
    { kind: 'drop-response' },
    { kind: 'silence' },
    { kind: 'slow', ms: 3_000 },
    { kind: 'twice', ms: 3_000 },
  ];
  test.each(kinds)('a put that arrived is not sent again: $kind', async (fault) => {
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

  test('an interrupted upload goes on where it was, in another process', async () => {
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

  test('a paused session is resumed by the next upload, and stops one that runs', async () => {
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

  test('a session that expires on the way is begun anew', async () => {
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

  test('a session that somebody aborts is not begun anew', async () => {
    const { connect, fails, canister } = lab();
    const connection = connect({ onCall: (_, index) => void (index === 5 && canister.abort('alice', 1n)) });
    const error = await fails(connection, { bytes: bytesOf(95), name: 'a' });
    expect(error.reason).toBe('session-cancelled');
    expect(error.failure.session?.state).toBe('Cancelled');
  });

  test('a long finish whose answer is lost is waited for', async () => {
    const { connect, upload, canister } = lab();
    canister.finishSteps = 7;
    const connection = connect();
    await upload(connection, { bytes: bytesOf(95), name: 'a' });
    expect(canister.blobs.size).toBe(1);
    expect(connection.sent.filter(({ method }) => method === 'uploads_finish')).toHaveLength(2);
  });

  test('a finish that an upgrade cut short is asked for again', async () => {
    const { connect, upload, canister } = lab();
    canister.finishesCutShort = 2;
    expect(await upload(connect(), { bytes: bytesOf(95), name: 'a' })).toMatchObject({ putsSent: 10 });
  });
});

describe('the file', () => {
  test('one that is written to on the way is an error, and its session is given back', async () => {
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
        // At once: a virtual clock does not wait for the disk.
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

  test('one that is replaced on the way is an error', async () => {
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

  test('one whose bytes changed since an interrupted upload is sent whole', async () => {
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

  test('a missing one, and a folder, are unreadable', async () => {
    const { connect, fails } = lab();
    for (const path of [join(folder, 'missing'), folder]) {
      const error = await fails(connect(), path);
      expect(error).toMatchObject({ reason: 'file-unreadable', lane: 'A', step: 'read' });
    }
  });
});

describe('failures', () => {
  test('a canister that stores other bytes is found out by reading back', async () => {
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

  test('a canister that hashes other bytes than were sent is a checksum error with both hashes', async () => {
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

  test('a chunk that the canister lost after it arrived is sent again', async () => {
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

  test('the report has lane, step, reject, session and log lines', async () => {
    const { connect, clock } = lab();
    const connection = connect();
    const { CallFailure } = await import('./connection.js');
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

  test('a log that may not be read is said to be so', async () => {
    const { connect, fails } = lab();
    const connection = connect({
      logsReadable: false,
      faultOf: (_, index) => (index === 0 ? { kind: 'drop-request' } : undefined),
    });
    const error = await fails(connection, { bytes: bytesOf(5), name: 'a' });
    expect(error.report()).toContain('log could not be read: Caller is not allowed to access canister logs');
  });

  test('the anonymous caller is told which call refused it', async () => {
    const { connect, fails, canister } = lab();
    canister.capsulesCreate = () => ({ ok: false, error: { kind: 'Unauthorized' } });
    const error = await fails(connect(), { bytes: bytesOf(5), name: 'a' });
    expect(error).toMatchObject({ step: 'capsule', reason: 'canister-error' });
    expect(error.failure).toMatchObject({
      method: 'capsules_create',
      canisterError: { kind: 'Unauthorized' },
    });
  });

  test('a stop ends the upload at once and keeps the session', async () => {
    const { connect, upload, fails, canister } = lab();
    const controller = new AbortController();
    const connection = connect({
      faultOf: (_, index) => (index === 4 ? { kind: 'silence' } : undefined),
      onCall: (_, index) => void (index === 4 && controller.abort()),
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

describe('progress', () => {
  test('tells bytes, rate and time left', async () => {
    const { connect, upload } = lab();
    const seen: LaneProgress[] = [];
    const line = connect({
      faultOf: (method) => (method === 'uploads_put_chunk' ? { kind: 'slow', ms: 1_000 } : undefined),
    });
    await upload(
      line,
      { bytes: bytesOf(95), name: 'a' },
      { parallel: 1, onProgress: (progress) => seen.push(progress) },
    );
    const uploading = seen.filter(({ phase }) => phase === 'uploading');
    expect(uploading.map(({ bytesDone }) => bytesDone)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95]);
    expect(uploading[3]).toMatchObject({ bytesPerSecond: 10, secondsLeft: 6.5, bytesTotal: 95, lane: 'A' });
    expect(seen.map(({ phase }) => phase).filter((phase, at, all) => phase !== all[at - 1])).toEqual([
      'uploading',
      'verifying',
      'done',
    ]);
    expect(seen.at(-1)).toMatchObject({ phase: 'done', bytesDone: 95, bytesTotal: 95 });
  });

  test('one line shows it', () => {
    const progress = {
      lane: 'A',
      name: 'cat.jpg',
      phase: 'uploading',
      bytesDone: 8_800_000,
      bytesTotal: 21_000_000,
      bytesResumed: 0,
    } as const;
    expect(formatProgress({ ...progress, bytesPerSecond: 2_100_000, secondsLeft: 5.8 })).toBe(
      'A cat.jpg  [########------------]   41 %  8.8 of 21.0 MB  2.1 MB/s  6 s left',
    );
    expect(
      formatProgress({ ...progress, bytesPerSecond: null, secondsLeft: 4000, phase: 'verifying' }, 4),
    ).toBe('A cat.jpg  [##--]   41 %  8.8 of 21.0 MB  1 h 6 min left  verifying');
  });
});
