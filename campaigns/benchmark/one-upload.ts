/** Uploads one file in order, one call after the other. All benchmarks use it. */
import { chunkCount, contentOf } from '../../model/content.js';
import type { Request, UploadedFile } from '../../targets/target.js';
import { refusalOf, type CountedCall, type CountedCanister, type Refusal } from './counted-canister.js';

export interface UploadPlan {
  readonly bytes: number;
  readonly chunkSize: number;
  /** Random seed of the file's content. */
  readonly seed: number;
  /** Idempotency key. The uploads of one caller need different keys. */
  readonly key?: string;
  readonly caller?: number;
}

export type Upload =
  | {
      readonly kind: 'passed';
      /** begin, the puts in order, finish. */
      readonly calls: readonly CountedCall[];
      readonly blobId: string;
    }
  | {
      readonly kind: 'refused';
      /** The call that failed. */
      readonly at: string;
      readonly refusal: Refusal;
    };

const NAME = 'bench.bin';
const MIME_TYPE = 'application/octet-stream';
const KEY_DEFAULT = 'bench';

function beginRequest(canister: CountedCanister, plan: UploadPlan, sha256: Uint8Array): Request {
  return {
    op: 'begin',
    capsuleId: canister.capsuleOf(plan.caller ?? 0),
    name: NAME,
    mimeType: MIME_TYPE,
    bytes: plan.bytes,
    sha256,
    expectedChunks: chunkCount(plan.bytes, plan.chunkSize),
    key: plan.key ?? KEY_DEFAULT,
  };
}

function uploadedFile(plan: UploadPlan): UploadedFile {
  const { bytes, chunkSize, key = KEY_DEFAULT } = plan;
  const sha256 = contentFor(plan).sha256();
  return { name: NAME, mimeType: MIME_TYPE, bytes, sha256, key, chunkCount: chunkCount(bytes, chunkSize) };
}

/** A put of the right bytes. */
export function putRequest(plan: UploadPlan, sessionId: string, index: number): Request & { op: 'put' } {
  const offset = index * plan.chunkSize;
  const data = contentFor(plan).slice(offset, offset + plan.chunkSize);
  return { op: 'put', sessionId, index, offset, data, file: uploadedFile(plan) };
}

/** The right finish of an upload whose chunks are all stored. */
export function finishRequest(
  plan: UploadPlan,
  sessionId: string,
  receipts: readonly (string | undefined)[] = [],
): Request & { op: 'finish' } {
  const { bytes, chunkSize } = plan;
  const file = uploadedFile(plan);
  const chunks = Array.from({ length: file.chunkCount }, (_, index) => {
    const offset = index * chunkSize;
    return { index, offset, bytes: Math.min(chunkSize, bytes - offset), receipt: receipts[index] };
  });
  return { op: 'finish', sessionId, sha256: file.sha256, totalLength: bytes, file, chunks };
}

/** Begins a session. The session id is empty if the call failed. */
export async function begin(
  canister: CountedCanister,
  plan: UploadPlan,
  sha256 = contentFor(plan).sha256(),
): Promise<{ readonly call: CountedCall; readonly sessionId: string }> {
  const call = await canister.call(beginRequest(canister, plan, sha256), plan.caller);
  return { call, sessionId: call.answer.kind === 'begun' ? call.answer.sessionId : '' };
}

export async function uploadFile(
  canister: CountedCanister,
  plan: UploadPlan,
  onCall: (done: number, of: number) => void = () => undefined,
): Promise<Upload> {
  const { bytes, chunkSize, caller } = plan;
  const sha256 = contentFor(plan).sha256();
  const chunks = chunkCount(bytes, chunkSize);
  const calls: CountedCall[] = [];
  /** Counts a call. Returns the failed upload if the call failed. */
  const take = (call: CountedCall, wanted: CountedCall['answer']['kind'], at: string): Upload | undefined => {
    calls.push(call);
    onCall(calls.length, chunks + 2);
    const refusal = refusalOf(call, wanted);
    return refusal && { kind: 'refused', at, refusal };
  };
  const { call, sessionId } = await begin(canister, plan, sha256);
  const refused = take(call, 'begun', 'begin');
  if (refused !== undefined) return refused;
  const receipts: (string | undefined)[] = [];
  for (let index = 0; index < chunks; index++) {
    const put = await canister.call(putRequest(plan, sessionId, index), caller);
    receipts.push(put.answer.kind === 'done' ? put.answer.receipt : undefined);
    const failed = take(put, 'done', `put ${index}`);
    if (failed !== undefined) return failed;
  }
  const finish = await canister.call(finishRequest(plan, sessionId, receipts), caller);
  const failed = take(finish, 'finished', 'finish');
  if (failed !== undefined) return failed;
  return { kind: 'passed', calls, blobId: finish.answer.kind === 'finished' ? finish.answer.blobId : '' };
}

export function contentFor({ bytes, seed }: Pick<UploadPlan, 'bytes' | 'seed'>) {
  return contentOf({ name: 'bench.bin', bytes, content: { kind: 'random', seed } });
}
