/**
 * Requests and replies of the PocketIC server's instance endpoints: JSON types and their codecs. Source: server 10.0.0,
 * `packages/pocket-ic/src/common/rest.rs`. Bytes and principals are standard base64.
 */
import { Principal } from '@icp-sdk/core/principal';
import { ReplicaError, type Outcome, type PrincipalText, type Reject } from '../replica.js';
import { rejectFromWire, type WireReject } from './error-codes.js';
import { stringifyExactJson, toBigint } from './exact-json.js';

export type WireEffectivePrincipal = 'None' | { readonly SubnetId: string } | { readonly CanisterId: string };

export interface WireCall {
  readonly sender: string;
  readonly canister_id: string;
  readonly method: string;
  readonly payload: string;
  readonly effective_principal: WireEffectivePrincipal;
}

export interface WireMessageId {
  readonly effective_principal: WireEffectivePrincipal;
  readonly message_id: string;
}

export function encodeBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** The result owns its buffer, because `IDL.decode` fails on a slice of Node's pooled memory. */
export function decodeBytes(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

/** @throws {ReplicaError} if the text is not a principal */
export function encodePrincipal(principal: PrincipalText): string {
  try {
    return encodeBytes(Principal.fromText(principal).toUint8Array());
  } catch {
    throw new ReplicaError(`not a principal: ${JSON.stringify(principal)}`);
  }
}

export function decodePrincipal(base64: string): PrincipalText {
  return Principal.fromUint8Array(decodeBytes(base64)).toText();
}

export interface CanisterCall {
  readonly sender: PrincipalText;
  readonly canister: PrincipalText;
  readonly method: string;
  readonly arg: Uint8Array;
  /** The canister whose subnet receives the call. Needed for management calls whose argument does not show it to the server. */
  readonly routedTo?: PrincipalText;
}

export function encodeCall(call: CanisterCall): WireCall {
  return {
    sender: encodePrincipal(call.sender),
    canister_id: encodePrincipal(call.canister),
    method: call.method,
    payload: encodeBytes(call.arg),
    effective_principal:
      call.routedTo === undefined ? 'None' : { CanisterId: encodePrincipal(call.routedTo) },
  };
}

/** Decodes `{Ok: base64}` or `{Err: WireReject}`. */
export function decodeOutcome(value: unknown): Outcome {
  const { Ok, Err } = asRecord(value, 'a canister result');
  if (typeof Ok === 'string') return { kind: 'reply', bytes: decodeBytes(Ok) };
  return decodeReject(Err, value);
}

/** Decodes `{Ok: WireMessageId}` or `{Err: WireReject}`. */
export function decodeSubmission(
  value: unknown,
): { readonly id: WireMessageId } | { readonly reject: Reject } {
  const { Ok, Err } = asRecord(value, 'a submission');
  if (Ok === undefined) return { reject: decodeReject(Err, value) };
  const id = asRecord(Ok, 'a message id');
  if (typeof id['message_id'] !== 'string') throw unexpected('a message id', value);
  return { id: id as unknown as WireMessageId };
}

function decodeReject(err: unknown, whole: unknown): Reject {
  const { reject_code: code, reject_message: text, error_code: error } = asRecord(err, 'a reject');
  if (typeof text !== 'string' || code === undefined || error === undefined)
    throw unexpected('a reject', whole);
  try {
    return rejectFromWire(err as WireReject);
  } catch {
    throw unexpected('a reject', whole);
  }
}

/** Decodes `{Created: {instance_id}}`. */
export function decodeInstanceId(value: unknown): bigint {
  return decodeInteger(asRecord(value, 'a new instance')['Created'], 'instance_id');
}

/** Decodes `{[field]: integer}`. */
export function decodeInteger(value: unknown, field: string): bigint {
  const integer = toBigint(asRecord(value, field)[field]);
  if (integer === undefined) throw unexpected(field, value);
  return integer;
}

/** Decodes `{blob: base64}`. */
export function decodeBlob(value: unknown): Uint8Array {
  const { blob } = asRecord(value, 'a blob');
  if (typeof blob !== 'string') throw unexpected('a blob', value);
  return decodeBytes(blob);
}

function asRecord(value: unknown, expected: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unexpected(expected, value);
  return value as Record<string, unknown>;
}

function unexpected(expected: string, value: unknown): ReplicaError {
  const text = value === undefined ? 'nothing' : stringifyExactJson(value).slice(0, 200);
  return new ReplicaError(`the PocketIC server sent ${text} in place of ${expected}`);
}
