/** Reads through `http_request`, with replies as canisters encode them. */
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../replicas/replica.js';
import { decodeHttpRead, encodeHttpRead } from './http-read.js';
import type { EncodedRequest } from './target.js';

const CANISTER = 'rrkah-fqaaa-aaaaa-aaaaq-cai';
const Bytes = IDL.Vec(IDL.Nat8);
const Headers = IDL.Vec(IDL.Tuple(IDL.Text, IDL.Text));
/** A token of a type that the suite does not know. */
const Token = IDL.Record({ path: IDL.Text, part: IDL.Nat });
const Callback = IDL.Func([Token], [], ['query']);
const Response = IDL.Record({
  status_code: IDL.Nat16,
  headers: Headers,
  body: Bytes,
  streaming_strategy: IDL.Opt(IDL.Variant({ Callback: IDL.Record({ callback: Callback, token: Token }) })),
});
const Part = IDL.Record({ body: Bytes, token: IDL.Opt(Token) });

function reply(type: IDL.Type, value: unknown): Outcome {
  return { kind: 'reply', bytes: Uint8Array.from(IDL.encode([type], [value])) };
}
function response(status: number, body: string, part?: number): Outcome {
  const callback = [Principal.fromText(CANISTER), 'next_part'];
  const strategy = part === undefined ? [] : [{ Callback: { callback, token: { path: '/a', part } } }];
  const value = { status_code: status, headers: [], body: Buffer.from(body), streaming_strategy: strategy };
  return reply(Response, value);
}

describe('read over http_request', () => {
  const read = encodeHttpRead('/a%20b?v=1');

  it('asks for the file with a GET query', () => {
    expect(read).toMatchObject({ kind: 'query', method: 'http_request' });
    const Request = IDL.Record({ method: IDL.Text, url: IDL.Text, headers: Headers, body: Bytes });
    const [request] = IDL.decode([Request], Uint8Array.from(read.arg));
    expect(request).toMatchObject({ method: 'GET', url: '/a%20b?v=1', headers: [] });
  });

  it('returns the whole file if there is no streaming strategy', () => {
    expect(decodeHttpRead(response(200, 'abc'), read)).toEqual({
      kind: 'part',
      data: Uint8Array.from(Buffer.from('abc')),
      next: undefined,
    });
  });

  it('names the call of the callback, with the token that the canister supplied, until there is no token', () => {
    const first = decodeHttpRead(response(200, 'abc', 1), read);
    if (first.kind !== 'part') throw new Error(first.kind);
    expect(first.next).toMatchObject({ kind: 'query', canister: CANISTER, method: 'next_part' });
    expect(IDL.decode([Token], Uint8Array.from(first.next!.arg))).toEqual([{ path: '/a', part: 1n }]);

    const second = decodeHttpRead(reply(Part, { body: [1], token: [{ path: '/a', part: 2 }] }), first.next!);
    if (second.kind !== 'part') throw new Error(second.kind);
    expect(second.data).toEqual(Uint8Array.of(1));
    expect(second.next).toMatchObject({ canister: CANISTER, method: 'next_part' });
    expect(IDL.decode([Token], Uint8Array.from(second.next!.arg))).toEqual([{ path: '/a', part: 2n }]);

    const last = decodeHttpRead(reply(IDL.Opt(Part), [{ body: [2], token: [] }]), second.next!);
    expect(last).toEqual({ kind: 'part', data: Uint8Array.of(2), next: undefined });
  });

  it('checks the certification of the whole file only if its URL is given', () => {
    const unchecked = decodeHttpRead(response(200, 'abc'), read);
    expect(unchecked).not.toHaveProperty('problemOf');
    const checked = decodeHttpRead(response(200, 'abc'), read, '/a%20b?v=1');
    if (checked.kind !== 'part') throw new Error(checked.kind);
    expect(checked.problemOf?.(new Uint8Array(32))).toBe('the response has no IC-Certificate header');
  });

  it('ends at a callback that returns null', () => {
    const call: EncodedRequest = { kind: 'query', method: 'next_part', arg: new Uint8Array(0) };
    const end = { kind: 'part', data: new Uint8Array(0), next: undefined };
    expect(decodeHttpRead(reply(IDL.Opt(Part), []), call)).toEqual(end);
  });

  it('returns an error for another status, a reject as it is, and undecodable for other bytes', () => {
    expect(decodeHttpRead(response(404, 'not found'), read)).toMatchObject({
      kind: 'error',
      error: 'NotFound',
    });
    expect(decodeHttpRead(response(500, 'oops'), read)).toMatchObject({
      error: 'other',
      text: 'HTTP status 500',
    });
    const reject = { kind: 'reject', code: 5, errorCode: 'IC0503', text: 'trapped' } as const;
    expect(decodeHttpRead(reject, read)).toEqual({ ...reject, kind: 'rejected' });
    const garbage: Outcome = { kind: 'reply', bytes: Uint8Array.of(1, 2, 3) };
    expect(decodeHttpRead(garbage, read)).toMatchObject({ kind: 'undecodable' });
  });
});
