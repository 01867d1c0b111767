/** Uploads one file in order, one call after the other. All benchmarks use it. */
import { chunkCount, contentOf } from '../../model/content.js';
import type { Request } from '../../targets/target.js';
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

function beginRequest(canister: CountedCanister, plan: UploadPlan, sha256: Uint8Array): Request {
  return {
    op: 'begin',
    capsuleId: canister.capsuleOf(plan.caller ?? 0),
    name: 'bench.bin',
    mimeType: 'application/octet-stream',
    bytes: plan.bytes,
    sha256,
    expectedChunks: chunkCount(plan.bytes, plan.chunkSize),
    key: plan.key ?? 'bench',
  };
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
  const content = contentFor(plan);
  const sha256 = content.sha256();
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
  for (let index = 0; index < chunks; index++) {
    const data = content.slice(index * chunkSize, (index + 1) * chunkSize);
    const put = await canister.call({ op: 'put', sessionId, index, data }, caller);
    const failed = take(put, 'done', `put ${index}`);
    if (failed !== undefined) return failed;
  }
  const finish = await canister.call({ op: 'finish', sessionId, sha256, totalLength: bytes }, caller);
  const failed = take(finish, 'finished', 'finish');
  if (failed !== undefined) return failed;
  return { kind: 'passed', calls, blobId: finish.answer.kind === 'finished' ? finish.answer.blobId : '' };
}

export function contentFor({ bytes, seed }: Pick<UploadPlan, 'bytes' | 'seed'>) {
  return contentOf({ name: 'bench.bin', bytes, content: { kind: 'random', seed } });
}
