/** Reads a file of a canister through `http_request` and its streaming callback, as a gateway does. */
import { createHash } from 'node:crypto';
import { certificationProblem } from '../../../certification/http-certification.js';
import type { Outcome, PrincipalText, Replica } from '../../../replicas/replica.js';
import {
  decodeResponse,
  decodeStreamingPart,
  encodeQueryRequest,
} from '../../../targets/http-gateway-candid.js';

const ANONYMOUS = '2vxsx-fae';

export interface HttpRead {
  readonly status: number;
  readonly body: string;
  /** Why a gateway would not accept the response; `undefined` if it would. */
  readonly problem: string | undefined;
}

/** @param between runs once, after the first part */
export async function readOverHttp(
  replica: Replica,
  canister: PrincipalText,
  path: string,
  between?: () => Promise<unknown>,
): Promise<HttpRead> {
  const query = async (method: string, arg: Uint8Array): Promise<Uint8Array> =>
    replyOf(await replica.query({ canister, method, arg, caller: ANONYMOUS }));
  const request = { method: 'GET', url: path, headers: [], body: new Uint8Array(0) };
  const { status, headers, body, streaming } = decodeResponse(
    await query('http_request', encodeQueryRequest(request)),
  );
  const parts = [body];
  if (streaming !== undefined) await between?.();
  for (let next = streaming; next !== undefined;) {
    const part = decodeStreamingPart(await query(next.method, next.arg), next);
    if (part !== undefined) parts.push(part.body);
    next = part?.next;
  }
  const whole = Buffer.concat(parts);
  const bodySha256 = createHash('sha256').update(whole).digest();
  return {
    status,
    body: whole.toString(),
    problem: certificationProblem({ path, status, headers, bodySha256 }),
  };
}

function replyOf(outcome: Outcome): Uint8Array {
  if (outcome.kind === 'reject') throw new Error(outcome.text);
  return outcome.bytes;
}
