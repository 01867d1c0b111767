/** What the functions `ok` of a table of calls may return, and how the messages name them. */
import { IDL } from '@icp-sdk/core/candid';
import { describe, expect, it } from 'vitest';
import type { CallDefinitions } from './candid-calls.js';
import { defineTarget } from './define-target.js';
import { guardedTarget } from './guarded-target.js';
import type { Request } from './target.js';

const OPERATIONS = ['begin', 'put', 'finish', 'status', 'readMeta', 'readChunk', 'list', 'usage'] as const;
const idl = () => IDL.Service({ call: IDL.Func([], [], []) });

/** The compiler accepts numbers of every kind. */
const TYPED: CallDefinitions = {
  finish: { call: () => ['call'], ok: () => ({ blobId: 'a', size: 12n }) },
  status: { call: () => ['call'], ok: () => ({ state: 'Uploading', bytesReceived: 12, chunksReceived: 2n }) },
  readMeta: { call: () => ['call'], ok: () => ({ size: 12n, chunkCount: 3n }) },
};

/** What the target makes of a success, if each `ok` returns this value. */
function decoded(op: (typeof OPERATIONS)[number], value: unknown): unknown {
  const entry = { call: () => ['call'] as const, ok: () => value };
  const calls = { ...TYPED, ...Object.fromEntries(OPERATIONS.map((name) => [name, entry])) };
  const target = guardedTarget(
    defineTarget({ name: 'mine', idl, promises: { limits: { chunkSize: 1 } }, calls }),
    'mine.ts',
  );
  const request = { op } as Request;
  return target.decode(
    request,
    { kind: 'reply', bytes: Uint8Array.from(IDL.encode([], [])) },
    { kind: 'update', method: 'call', arg: new Uint8Array() },
  );
}

describe('the function ok of a call', () => {
  it('may return lengths and counts as numbers, bigints, and texts', () => {
    for (const size of [12, 12n, '12']) {
      expect(decoded('finish', { blobId: 'a', size })).toEqual({ kind: 'finished', blobId: 'a', size: '12' });
      expect(decoded('put', { blobId: 'a', size })).toEqual({ kind: 'finished', blobId: 'a', size: '12' });
      const lengths = { bytesReceived: size, chunkSize: size };
      expect(decoded('status', { state: 'Uploading', ...lengths, chunksReceived: 2n })).toEqual({
        kind: 'status',
        state: 'Uploading',
        bytesReceived: '12',
        chunkSize: '12',
        chunksReceived: 2,
      });
      expect(decoded('readMeta', { size, chunkCount: 3n })).toEqual({
        kind: 'meta',
        size: 12,
        chunkCount: 3,
      });
    }
    expect(decoded('usage', { openUploads: 1n, bytes: 2 })).toEqual({
      kind: 'usage',
      openUploads: 1,
      bytes: 2,
    });
  });

  it.each([
    ['begin', 'n', 'a string; it must return { sessionId }'],
    ['begin', Promise.resolve({}), 'a promise; it must return { sessionId } at once'],
    ['begin', undefined, 'undefined; it must return { sessionId }'],
    ['put', 3n, 'a bigint; it must return nothing, { receipt }, or { blobId }'],
    ['finish', ['a'], 'an array; it must return { blobId }'],
    ['readMeta', null, 'null; it must return { size, chunkCount }'],
    ['readChunk', 'abc', 'a string; it must return the bytes'],
    ['list', {}, 'an object; it must return a list of ids'],
    [
      'status',
      { state: 'Uploading', bytesReceived: true },
      '{"kind":"status","state":"Uploading","bytesReceived":true}: bytesReceived is wrong',
    ],
  ] as const)('of %s is named in a message if it returns %s', (op, value, text) => {
    expect(() => decoded(op, value)).toThrow(`target mine.ts: calls.${op}.ok returns ${text}`);
  });
});
