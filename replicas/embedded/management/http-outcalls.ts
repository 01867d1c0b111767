/**
 * HTTP outcalls (`http_request`). The engine sends nothing to the network: an outcall waits until the operator answers it with
 * `Engine.answerHttpOutcall`, as a mock does on PocketIC.
 *
 * Source: IC interface spec, "IC method http_request"; PocketIC 10.0.0, rs/execution_environment/src/execution_environment.rs.
 */
import type { RejectCode } from '../../replica.js';
import { EMPTY_BYTES } from '../bytes.js';
import { errorCodeText, ERROR, userError } from '../errors.js';
import { runQuery } from '../execution/query.js';
import { flushTransit, respond } from '../execution/routing.js';
import { blobToBytes, type CandidHttpRequest } from '../management-interface/arguments.js';
import { decodeResult, encodeResult, encodeTransformArgument } from '../management-interface/candid-types.js';
import { BYTES } from '../params.js';
import { MANAGEMENT_CANISTER } from '../principals.js';
import type { HttpHeader, HttpOutcall, HttpOutcallResponse } from '../state/http-outcall.js';
import { plainReject, rejectWith, reply, type Response } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { outcallFee } from '../accounting/prices.js';
import { cyclesText } from '../accounting/account-errors.js';
import { failed, type MethodOutcome, type SubnetCall } from './method.js';

/** The reject code of a response that exceeds the size limit: SYS_FATAL. */
const TOO_LARGE_CODE = 1;

export function requestOutcall({ subnet, input, argument }: SubnetCall<'http_request'>): MethodOutcome {
  const responseBytesMax = argument.max_response_bytes[0];
  const fee = outcallFee(
    subnet.profile,
    BigInt(chargedBytes(argument)),
    responseBytesMax ?? BigInt(BYTES.httpResponseMax),
  );
  if (input.cycles < fee) {
    const text = `http_request request sent with ${cyclesText(input.cycles)} cycles, but ${cyclesText(fee)} cycles are required.`;
    return failed(userError(ERROR.canisterRejectedMessage, text));
  }
  const [transform] = argument.transform;
  const id = subnet.record.nextHttpOutcall++;
  subnet.httpOutcalls.set(id, {
    request: {
      id,
      canister: input.caller,
      method: 'get' in argument.method ? 'GET' : 'head' in argument.method ? 'HEAD' : 'POST',
      url: argument.url,
      headers: argument.headers,
      body: blobToBytes(argument.body[0] ?? EMPTY_BYTES),
      responseBytesMax: responseBytesMax === undefined ? undefined : Number(responseBytesMax),
      isReplicated: argument.is_replicated[0] ?? true,
    },
    transform: transform && { method: transform.function[1], context: blobToBytes(transform.context) },
    input,
    refund: input.cycles - fee,
  });
  return { kind: 'later' };
}

/** The bytes of a request that the fee counts. */
function chargedBytes({ url, headers, body, transform: [transform] }: CandidHttpRequest): number {
  const headerBytes = headers.reduce(
    (sum, { name, value }) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );
  const transformBytes = transform ? transform.context.length + Buffer.byteLength(transform.function[1]) : 0;
  return Buffer.byteLength(url) + headerBytes + (body[0]?.length ?? 0) + transformBytes;
}

/** Answers an outcall. The response passes through the transform function of the canister, which runs at once. */
export function answerOutcall(subnet: Subnet, outcall: HttpOutcall, given: HttpOutcallResponse): void {
  const { input, refund, request } = outcall;
  subnet.httpOutcalls.delete(request.id);
  const response = responseTo(subnet, outcall, given);
  respond(subnet, MANAGEMENT_CANISTER, input.origin, input.method, input.root, response, refund);
  flushTransit(subnet);
}

function responseTo(subnet: Subnet, outcall: HttpOutcall, given: HttpOutcallResponse): Response {
  if (given.kind === 'reject') {
    return rejectWithCode(given.code, given.text);
  }
  const limit = outcall.request.responseBytesMax ?? BYTES.httpResponseMax;
  if (given.body.length > limit) {
    const text = `Http body exceeds size limit of ${limit} bytes.`;
    return rejectWithCode(TOO_LARGE_CODE, text);
  }
  const { status, headers, body } = given;
  return transformed(subnet, outcall, { status: BigInt(status), headers, body });
}

function rejectWithCode(code: RejectCode, text: string): Response {
  return { ...plainReject(userError(ERROR.canisterRejectedMessage, text)), code };
}

function transformed(
  subnet: Subnet,
  { transform, request }: HttpOutcall,
  response: { readonly status: bigint; readonly headers: readonly HttpHeader[]; readonly body: Uint8Array },
): Response {
  if (!transform) return reply(encodeResult('http_request', response));
  const { method, context } = transform;
  const arg = encodeTransformArgument({ response, context });
  const answer = runQuery(subnet, { canister: request.canister, method, arg, caller: MANAGEMENT_CANISTER });
  if (answer.kind === 'reject') {
    const { code, text } = answer.error;
    return rejectWith(code, `${errorCodeText(code)}: ${text}`);
  }
  try {
    decodeResult('http_request', answer.bytes);
    return answer;
  } catch (error) {
    const text = `Failed to decode transformed response: ${(error as Error).message}`;
    return rejectWith(ERROR.invalidManagementPayload, text);
  }
}
