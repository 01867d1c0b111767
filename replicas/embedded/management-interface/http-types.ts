/** Candid types of HTTP outcalls. */
import { IDL } from '@icp-sdk/core/candid';
import { Blob } from './canister-types.js';

const { Bool, Nat, Nat64, Null, Opt, Record, Text, Variant, Vec } = IDL;

const Header = Record({ name: Text, value: Text });
export const HttpResponse = Record({ status: Nat, headers: Vec(Header), body: Blob });
/** The argument of a canister's transform function. */
export const TransformArgument = Record({ response: HttpResponse, context: Blob });
export const HttpRequest = Record({
  url: Text,
  max_response_bytes: Opt(Nat64),
  method: Variant({ get: Null, head: Null, post: Null }),
  headers: Vec(Header),
  body: Opt(Blob),
  transform: Opt(
    Record({ function: IDL.Func([TransformArgument], [HttpResponse], ['query']), context: Blob }),
  ),
  is_replicated: Opt(Bool),
});
