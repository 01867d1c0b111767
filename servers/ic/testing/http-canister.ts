/**
 * A canister with fixed HTTP answers. Each method uses the first rule whose text occurs in the argument. A rule without a reply traps. A
 * test supplies the replies, well-formed or not.
 */
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { compileWat } from '../../../replicas/embedded/testing/compile-wat.js';

export interface HttpRule {
  /** A text in the argument. An empty text matches any argument. */
  readonly on: string;
  readonly reply: Uint8Array | undefined;
}

export interface HttpCanisterRules {
  readonly query?: readonly HttpRule[];
  readonly update?: readonly HttpRule[];
  /** Rules of the query method `next`, the streaming callback. */
  readonly next?: readonly HttpRule[];
}

export interface ResponseFields {
  readonly status?: number;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string | Uint8Array;
  readonly upgrade?: boolean;
  /** The token of the callback `next`, with its type. */
  readonly token?: readonly [IDL.Type, unknown];
  readonly canister?: string;
}

function bytesOf(body: string | Uint8Array): Uint8Array {
  return typeof body === 'string' ? new TextEncoder().encode(body) : body;
}

/** Encodes the reply of `http_request` and `http_request_update`. */
export function httpReply(fields: ResponseFields): Uint8Array {
  const {
    status = 200,
    headers = [],
    body = '',
    upgrade,
    token,
    canister = 'lxzze-o7777-77777-aaaaa-cai',
  } = fields;
  const Token = token?.[0] ?? IDL.Null;
  const callback = IDL.Func([Token], [IDL.Opt(IDL.Record({ body: IDL.Vec(IDL.Nat8) }))], ['query']);
  const type = IDL.Record({
    status_code: IDL.Nat16,
    headers: IDL.Vec(IDL.Tuple(IDL.Text, IDL.Text)),
    body: IDL.Vec(IDL.Nat8),
    upgrade: IDL.Opt(IDL.Bool),
    streaming_strategy: IDL.Opt(IDL.Variant({ Callback: IDL.Record({ callback, token: Token }) })),
  });
  const strategy =
    token === undefined
      ? []
      : [{ Callback: { callback: [Principal.fromText(canister), 'next'], token: token[1] } }];
  const value = {
    status_code: status,
    headers,
    body: bytesOf(body),
    upgrade: upgrade === undefined ? [] : [upgrade],
    streaming_strategy: strategy,
  };
  return Uint8Array.from(IDL.encode([type], [value]));
}

/** Encodes the reply of `next`. */
export function partReply(body: string, token?: readonly [IDL.Type, unknown]): Uint8Array {
  const type = IDL.Opt(IDL.Record({ body: IDL.Vec(IDL.Nat8), token: IDL.Opt(token?.[0] ?? IDL.Null) }));
  const value = { body: bytesOf(body), token: token === undefined ? [] : [token[1]] };
  return Uint8Array.from(IDL.encode([type], [[value]]));
}

export function compileHttpCanister(rules: HttpCanisterRules): Promise<Uint8Array> {
  const data: string[] = [];
  let end = DATA_START;
  const place = (bytes: Uint8Array): string => {
    const start = end;
    const text = [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
    data.push(`(data (i32.const ${start}) "${text}")`);
    end += bytes.length;
    return `(i32.const ${start}) (i32.const ${bytes.length})`;
  };
  const method = (name: string, list: readonly HttpRule[] = []): string => {
    const cases = list.map(({ on, reply }) => {
      const then =
        reply === undefined ? 'unreachable' : `(call $append ${place(reply)}) (call $reply) (return)`;
      return `(if (call $occurs ${place(bytesOf(on))}) (then ${then}))`;
    });
    return `(func (export "${name}") (call $copy (i32.const 0) (i32.const 0) (call $size)) ${cases.join('\n')} unreachable)`;
  };
  const methods = [
    method('canister_query http_request', rules.query),
    method('canister_update http_request_update', rules.update),
    method('canister_query next', rules.next),
  ];
  return compileWat(`(module
    (import "ic0" "msg_arg_data_size" (func $size (result i32)))
    (import "ic0" "msg_arg_data_copy" (func $copy (param i32 i32 i32)))
    (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
    (import "ic0" "msg_reply" (func $reply))
    (memory ${Math.ceil(end / 65_536) + 1})
    ${data.join('\n')}
    (func $equal (param $a i32) (param $b i32) (param $length i32) (result i32)
      (loop $next
        (if (i32.eqz (local.get $length)) (then (return (i32.const 1))))
        (local.set $length (i32.sub (local.get $length) (i32.const 1)))
        (br_if $next (i32.eq
          (i32.load8_u (i32.add (local.get $a) (local.get $length)))
          (i32.load8_u (i32.add (local.get $b) (local.get $length))))))
      (i32.const 0))
    (func $occurs (param $text i32) (param $length i32) (result i32) (local $at i32)
      (loop $next
        (if (call $equal (local.get $at) (local.get $text) (local.get $length)) (then (return (i32.const 1))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br_if $next (i32.le_s (i32.add (local.get $at) (local.get $length)) (call $size))))
      (i32.const 0))
    ${methods.join('\n')})`);
}

/** Address above the longest argument. */
const DATA_START = 2_200_000;
