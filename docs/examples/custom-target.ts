/**
 * A target for an interface other than canister/upload.did: a file store whose uploads are opened, written in parts, and closed.
 * docs/custom-target.md explains it.
 *
 *   type Error = variant { not_found; forbidden; wrong_state : text; bad_argument : text; full; taken; bad_hash };
 *   service : (record { part_size : nat32 }) -> {
 *     open : (record { name : text; size : nat64; request_id : text }) -> (variant { ok : text; err : Error });
 *     write : (text, nat32, blob) -> (variant { ok; err : Error });
 *     close : (text, sha256 : blob, size : nat64) -> (variant { ok : record { key : text; size : nat64 }; err : Error });
 *     cancel : (text) -> (variant { ok; err : Error });
 *     info : (key : text) -> (variant { ok : record { size : nat64; parts : nat32 }; err : Error }) query;
 *     part : (key : text, nat32) -> (variant { ok : blob; err : Error }) query;
 *   }
 */
import { IDL } from '@icp-sdk/core/candid';
import {
  defineTarget,
  type EncodedRequest,
  type ErrorKind,
  type ReadResult,
  type Request,
  type Result,
  type Target,
} from 'canister-upload-stress';

const PART_SIZE_DEFAULT = 1_000_000;

// ---- the interface ----

const Failure = IDL.Variant({
  not_found: IDL.Null,
  forbidden: IDL.Null,
  wrong_state: IDL.Text,
  bad_argument: IDL.Text,
  full: IDL.Null,
  taken: IDL.Null,
  bad_hash: IDL.Null,
});
const answer = (ok: IDL.Type) => IDL.Variant({ ok, err: Failure });
const Blob = IDL.Vec(IDL.Nat8);

/** Arguments and reply of every method. The fake canister of the test uses the same table. */
export const METHODS = {
  open: {
    kind: 'update',
    arguments: [IDL.Record({ name: IDL.Text, size: IDL.Nat64, request_id: IDL.Text })],
    reply: answer(IDL.Text),
  },
  write: { kind: 'update', arguments: [IDL.Text, IDL.Nat32, Blob], reply: answer(IDL.Null) },
  close: {
    kind: 'update',
    arguments: [IDL.Text, Blob, IDL.Nat64],
    reply: answer(IDL.Record({ key: IDL.Text, size: IDL.Nat64 })),
  },
  cancel: { kind: 'update', arguments: [IDL.Text], reply: answer(IDL.Null) },
  info: {
    kind: 'query',
    arguments: [IDL.Text],
    reply: answer(IDL.Record({ size: IDL.Nat64, parts: IDL.Nat32 })),
  },
  part: { kind: 'query', arguments: [IDL.Text, IDL.Nat32], reply: answer(Blob) },
} as const;

export const InitArg = IDL.Record({ part_size: IDL.Nat32 });

// ---- operations to calls ----

function call(method: keyof typeof METHODS, ...values: unknown[]): EncodedRequest {
  const { kind, arguments: types } = METHODS[method];
  return { kind, method, arg: Uint8Array.from(IDL.encode([...types], values)) };
}

function encode(request: Request): EncodedRequest | undefined {
  switch (request.op) {
    case 'begin':
      // This interface has no capsules, and `open` takes neither a hash nor a number of parts.
      return call('open', { name: request.name, size: BigInt(request.bytes), request_id: request.key });
    case 'put':
      return call('write', request.sessionId, request.index, request.data);
    case 'finish':
      return call('close', request.sessionId, request.sha256, BigInt(request.totalLength));
    case 'abort':
      return call('cancel', request.sessionId);
    case 'readMeta':
      return call('info', request.blobId);
    case 'readChunk':
      return call('part', request.blobId, request.index);
    default:
      // The interface does not support the request. Generators draw only what `operations` lists.
      return undefined;
  }
}

// ---- replies to results ----

/** The kind of error for each error of the interface. */
export const ERRORS: Readonly<Record<string, ErrorKind>> = {
  not_found: 'NotFound',
  forbidden: 'Unauthorized',
  wrong_state: 'InvalidState',
  bad_argument: 'InvalidArgument',
  full: 'ResourceExhausted',
  taken: 'Conflict',
  bad_hash: 'ChecksumMismatch',
};

interface Answer {
  readonly ok?: unknown;
  readonly err?: Readonly<Record<string, unknown>>;
}

function decode(request: Request, outcome: Parameters<Target['decode']>[1]): Result | ReadResult {
  if (outcome.kind === 'reject') {
    return { kind: 'rejected', code: outcome.code, errorCode: outcome.errorCode, text: outcome.text };
  }
  try {
    const method = encode(request)?.method as keyof typeof METHODS;
    // IDL.decode needs an array that owns its buffer, hence the copy.
    const [{ ok, err }] = IDL.decode([METHODS[method].reply], Uint8Array.from(outcome.bytes)) as unknown as [
      Answer,
    ];
    if (err === undefined) return decodeOk(request, ok);
    const [[tag, detail]] = Object.entries(err) as [[string, unknown]];
    return { kind: 'error', error: ERRORS[tag] ?? 'other', text: typeof detail === 'string' ? detail : tag };
  } catch (error) {
    return { kind: 'undecodable', text: String(error) };
  }
}

function decodeOk(request: Request, ok: unknown): Result | ReadResult {
  switch (request.op) {
    case 'begin':
      return { kind: 'begun', sessionId: ok as string };
    case 'finish': {
      const { key, size } = ok as { key: string; size: bigint };
      return { kind: 'finished', blobId: key, memoryId: undefined, size: size.toString(), sha256: undefined };
    }
    case 'readMeta': {
      const { size, parts } = ok as { size: bigint; parts: number };
      return { kind: 'meta', size: Number(size), chunkCount: parts };
    }
    case 'readChunk':
      return { kind: 'chunk', data: ok as Uint8Array };
    default:
      return { kind: 'done' };
  }
}

export default defineTarget({
  name: 'file-store',
  operations: new Set(['begin', 'put', 'finish', 'abort', 'readMeta', 'readChunk']),
  shape: { finishTakesLength: true },
  // Only what the interface guarantees. It promises neither idempotency nor expiry, so these are not judged.
  promises: {
    limits: { chunkSize: 'init' },
    chunkOrder: 'any',
    incompleteFinish: 'rejected',
    wrongHash: 'rejected',
    access: { put: 'owner', finish: 'owner', abort: 'owner' },
    upgrade: 'everything',
    uploads: 'independent',
  },
  defaultChunkSize: PART_SIZE_DEFAULT,
  encodeInitArg: ({ chunkSize = PART_SIZE_DEFAULT }) =>
    Uint8Array.from(IDL.encode([InitArg], [{ part_size: chunkSize }])),
  encode,
  decode,
});
