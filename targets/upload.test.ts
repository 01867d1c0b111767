import { IDL } from '@icp-sdk/core/candid';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uploadTarget } from './upload.js';

const OptText = IDL.Opt(IDL.Text);
const Base = IDL.Record({
  name: IDL.Text,
  mime_type: IDL.Text,
  bytes: IDL.Nat64,
  asset_type: IDL.Variant({ Original: IDL.Null, Display: IDL.Null, Thumb: IDL.Null, Placeholder: IDL.Null }),
  width: IDL.Opt(IDL.Nat32),
  height: IDL.Opt(IDL.Nat32),
  sha256: IDL.Opt(IDL.Vec(IDL.Nat8)),
  tags: IDL.Vec(IDL.Text),
  description: OptText,
  created_at: IDL.Nat64,
  updated_at: IDL.Nat64,
  deleted_at: IDL.Opt(IDL.Nat64),
  url: OptText,
});
const Metadata = IDL.Variant({
  Image: IDL.Record({ dpi: IDL.Opt(IDL.Nat32), base: Base }),
  Document: IDL.Record({ page_count: IDL.Opt(IDL.Nat32), document_type: OptText, base: Base }),
});
const CanisterError = IDL.Variant({
  Internal: IDL.Text,
  NotFound: IDL.Null,
  Unauthorized: IDL.Null,
  InvalidArgument: IDL.Text,
  Conflict: IDL.Text,
  ChecksumMismatch: IDL.Record({ expected: IDL.Vec(IDL.Nat8), computed: IDL.Vec(IDL.Nat8) }),
});
const result = (ok: IDL.Type) => IDL.Variant({ Ok: ok, Err: CanisterError });
function reply(type: IDL.Type, value: unknown) {
  return {
    kind: 'reply' as const,
    bytes: Uint8Array.from(IDL.encode([type], [value])),
  };
}
const arg = (request: Parameters<typeof uploadTarget.encode>[0]) => uploadTarget.encode(request).arg;

describe('the encoder of the upload target', () => {
  it('encodes a begin that decodes with the full interface', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.nat(),
        fc.nat(),
        fc.string(),
        (name, bytes, expectedChunks, key) => {
          const sha256 = new Uint8Array(32).fill(9);
          const request = {
            op: 'begin',
            capsuleId: 'capsule_7',
            name,
            mimeType: 'm',
            bytes,
            sha256,
            expectedChunks,
            key,
          } as const;
          const decoded = IDL.decode([IDL.Text, Metadata, IDL.Nat32, IDL.Text], arg(request)) as unknown as [
            string,
            { Document: { base: { name: string; bytes: bigint; sha256: [Uint8Array]; url: [] } } },
            number,
            string,
          ];
          expect(decoded[0]).toBe('capsule_7');
          expect(decoded[1].Document.base).toMatchObject({ name, bytes: BigInt(bytes), url: [], tags: [] });
          expect(decoded[1].Document.base.sha256[0]).toEqual(sha256);
          expect(decoded.slice(2)).toEqual([expectedChunks, key]);
        },
      ),
      { seed: 1 },
    );
  });

  it('encodes put and finish to the same bytes as IDL.encode', () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, 2n ** 64n - 1n),
        fc.nat(0xffff_ffff),
        fc.uint8Array({ maxLength: 400 }),
        (id, index, data) => {
          const sessionId = id.toString();
          expect(arg({ op: 'put', sessionId, index, data })).toEqual(
            Uint8Array.from(IDL.encode([IDL.Nat64, IDL.Nat32, IDL.Vec(IDL.Nat8)], [id, index, data])),
          );
          expect(arg({ op: 'finish', sessionId, sha256: data, totalLength: index })).toEqual(
            Uint8Array.from(IDL.encode([IDL.Nat64, IDL.Vec(IDL.Nat8), IDL.Nat64], [id, data, BigInt(index)])),
          );
        },
      ),
      { seed: 2 },
    );
  });

  it('encodes limits in the units of the init argument', () => {
    const Init = IDL.Record({
      chunk_size: IDL.Opt(IDL.Nat64),
      session_ttl_ns: IDL.Opt(IDL.Nat64),
      max_chunks: IDL.Opt(IDL.Nat32),
    });
    const decoded = IDL.decode(
      [IDL.Opt(Init)],
      uploadTarget.encodeInitArg({ chunkSize: 16, sessionTtlSeconds: 90 }),
    );
    expect(decoded).toEqual([[{ chunk_size: [16n], session_ttl_ns: [90_000_000_000n], max_chunks: [] }]]);
  });
});

describe('the decoder of init arguments', () => {
  it('returns the encoded limits', () => {
    const limits = {
      chunkSize: 64,
      chunksMax: 5,
      bytesMax: 150,
      hashBytesPerCall: 128,
      sessionTtlSeconds: 600,
    };
    expect(uploadTarget.decodeInitArg!(uploadTarget.encodeInitArg(limits))).toEqual(limits);
    expect(uploadTarget.decodeInitArg!(uploadTarget.encodeInitArg({}))).toEqual({});
  });

  it('rejects an argument of another type', () => {
    const text = Uint8Array.from(IDL.encode([IDL.Text], ['no init argument']));
    expect(() => uploadTarget.decodeInitArg!(text)).toThrow();
  });
});

describe('the reply decoder of the upload target', () => {
  const finish = { op: 'finish', sessionId: '1', sha256: new Uint8Array(32), totalLength: 0 } as const;

  it('decodes every error with its text, and a checksum mismatch with both hashes', () => {
    const decode = (value: unknown) => uploadTarget.decode(finish, reply(result(IDL.Null), { Err: value }));
    expect(decode({ NotFound: null })).toEqual({ kind: 'error', error: 'NotFound', text: '' });
    expect(decode({ Conflict: 'taken' })).toEqual({ kind: 'error', error: 'Conflict', text: 'taken' });
    const mismatch = { ChecksumMismatch: { expected: Uint8Array.of(1), computed: Uint8Array.of(255) } };
    expect(decode(mismatch)).toEqual({
      kind: 'error',
      error: 'ChecksumMismatch',
      text: 'expected 01, computed ff',
    });
  });

  it('decodes an unknown error as `other`', () => {
    const type = IDL.Variant({ Ok: IDL.Null, Err: IDL.Variant({ Teapot: IDL.Null }) });
    expect(uploadTarget.decode(finish, reply(type, { Err: { Teapot: null } }))).toMatchObject({
      error: 'other',
    });
  });

  it('decodes a finish with additional fields', () => {
    const type = result(
      IDL.Record({
        blob_id: IDL.Text,
        memory_id: IDL.Text,
        size: IDL.Nat64,
        checksum_sha256: IDL.Opt(IDL.Vec(IDL.Nat8)),
        more: IDL.Vec(IDL.Text),
      }),
    );
    const value = {
      blob_id: 'blob_1',
      memory_id: 'memory_1',
      size: 12n,
      checksum_sha256: [Uint8Array.of(0xab)],
      more: ['x', 'y'],
    };
    expect(uploadTarget.decode(finish, reply(type, { Ok: value }))).toEqual({
      kind: 'finished',
      blobId: 'blob_1',
      memoryId: 'memory_1',
      size: '12',
      sha256: 'ab',
    });
  });

  it('decodes a status with its missing ranges', () => {
    const type = result(
      IDL.Record({
        state: IDL.Variant({ Uploading: IDL.Null, Paused: IDL.Null }),
        bytes_received: IDL.Nat64,
        chunks_received: IDL.Nat32,
        missing: IDL.Vec(IDL.Record({ start: IDL.Nat32, end: IDL.Nat32 })),
        chunk_size: IDL.Nat64,
      }),
    );
    const value = {
      state: { Paused: null },
      bytes_received: 5n,
      chunks_received: 1,
      missing: [{ start: 1, end: 3 }],
      chunk_size: 16n,
    };
    expect(uploadTarget.decode({ op: 'status', sessionId: '1' }, reply(type, { Ok: value }))).toEqual({
      kind: 'status',
      state: 'Paused',
      bytesReceived: '5',
      chunksReceived: 1,
      missing: [{ start: 1, end: 3 }],
      chunkSize: '16',
    });
  });

  it('decodes a chunk into one buffer that it owns', () => {
    const data = new Uint8Array(100_000).fill(3);
    const outcome = reply(result(IDL.Vec(IDL.Nat8)), { Ok: data });
    const answer = uploadTarget.decode({ op: 'readChunk', blobId: 'blob_1', index: 0 }, outcome);
    expect(answer).toEqual({ kind: 'chunk', data });
    expect(answer.kind === 'chunk' && answer.data.buffer.byteLength).toBe(data.length);
  });

  it('reports a reply that is truncated, foreign, or of another shape as undecodable', () => {
    const good = reply(result(IDL.Nat64), { Ok: 1n }).bytes;
    for (const bytes of [
      new Uint8Array(),
      good.slice(0, -1),
      Uint8Array.of(...good, 0),
      new TextEncoder().encode('hello world'),
    ]) {
      expect(uploadTarget.decode(finish, { kind: 'reply', bytes })).toMatchObject({ kind: 'undecodable' });
    }
    expect(uploadTarget.decode(finish, { kind: 'reply', bytes: good })).toMatchObject({
      kind: 'undecodable',
    });
    fc.assert(
      fc.property(fc.nat(), fc.nat(255), (at, byte) => {
        const bytes = good.slice();
        bytes[at % bytes.length] = byte;
        expect(typeof uploadTarget.decode(finish, { kind: 'reply', bytes }).kind).toBe('string');
      }),
      { seed: 3, numRuns: 2_000 },
    );
  });

  it('decodes a reject with its code and text', () => {
    const outcome = { kind: 'reject', code: 5, errorCode: 'IC0503', text: 'trapped' } as const;
    expect(uploadTarget.decode(finish, outcome)).toEqual({
      kind: 'rejected',
      code: 5,
      errorCode: 'IC0503',
      text: 'trapped',
    });
  });
});
