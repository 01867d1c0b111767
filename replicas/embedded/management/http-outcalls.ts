/**
 * `http_request`: nothing goes to the outside. The call waits until somebody answers it (PocketIC's mocks), for ever if nobody does.
 *
 * Source: IC interface spec, "IC method http_request"; PocketIC 10.0.0, rs/execution_environment/src/execution_environment.rs.
 */
import type { Principal } from '@dfinity/principal';
import { errorCodeText, ERROR, userError } from '../errors.js';
import { runQuery } from '../execution/query.js';
import { flushTransit, respond } from '../execution/routing.js';
import { BYTES } from '../params.js';
import { MANAGEMENT_CANISTER } from '../principals.js';
import type { HttpHeader, HttpOutcall, HttpOutcallResponse } from '../state/http-outcall.js';
import { plainReject, rejectWith, reply, type Response } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { httpRequestFee } from '../system-api/cycles-functions.js';
import { decodeResult, encodeResult, encodeTransformArgument } from './candid-types.js';
import { failed, toBytes, type MethodOutcome, type SubnetCall } from './method.js';

/** As `@dfinity/candid` decodes it. */
interface CandidHttpRequest {
  readonly url: string;
  readonly max_response_bytes: [] | [bigint];
  readonly method: object;
  readonly headers: readonly HttpHeader[];
  readonly body: [] | [Uint8Array];
  readonly transform: [] | [{ readonly function: [Principal, string]; readonly context: Uint8Array }];
}

const NOTHING = new Uint8Array(0);

export function requestOutcall({ subnet, input, argument }: SubnetCall): MethodOutcome {
  const asked = argument as CandidHttpRequest;
  const responseBytesMax = asked.max_response_bytes[0];
  const fee = httpRequestFee(
    subnet.profile,
    BigInt(variablePartsBytes(asked)),
    responseBytesMax ?? BigInt(BYTES.httpResponseMax),
  );
  if (input.cycles < fee) {
    const text = `http_request request sent with ${input.cycles} cycles, but ${fee} cycles are required.`;
    return failed(userError(ERROR.canisterRejectedMessage, text));
  }
  const [transform] = asked.transform;
  const id = subnet.record.nextHttpOutcall++;
  subnet.httpOutcalls.set(id, {
    request: {
      id,
      canister: input.caller,
      method: Object.keys(asked.method)[0]!.toUpperCase() as 'GET' | 'HEAD' | 'POST',
      url: asked.url,
      headers: asked.headers,
      body: toBytes(asked.body[0] ?? NOTHING),
      responseBytesMax: responseBytesMax === undefined ? undefined : Number(responseBytesMax),
    },
    transform: transform && { method: transform.function[1], context: toBytes(transform.context) },
    input,
    refund: input.cycles - fee,
  });
  return { kind: 'later' };
}

/** What of a request is charged by its size. */
function variablePartsBytes({ url, headers, body, transform: [transform] }: CandidHttpRequest): number {
  const headerBytes = headers.reduce(
    (sum, { name, value }) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );
  const transformBytes = transform ? transform.context.length + Buffer.byteLength(transform.function[1]) : 0;
  return Buffer.byteLength(url) + headerBytes + (body[0]?.length ?? 0) + transformBytes;
}

export function answerOutcall(subnet: Subnet, outcall: HttpOutcall, given: HttpOutcallResponse): void {
  const { input, refund, request } = outcall;
  subnet.httpOutcalls.delete(request.id);
  const response = responseTo(subnet, outcall, given);
  respond(subnet, MANAGEMENT_CANISTER, input.origin, input.method, input.root, response, refund);
  flushTransit(subnet);
}

function responseTo(subnet: Subnet, outcall: HttpOutcall, given: HttpOutcallResponse): Response {
  if (given.kind === 'reject') {
    return {
      ...plainReject(userError(ERROR.canisterRejectedMessage, given.text)),
      code: given.code,
    } as Response;
  }
  const limit = outcall.request.responseBytesMax ?? BYTES.httpResponseMax;
  if (given.body.length > limit) {
    const text = `Http body exceeds size limit of ${limit} bytes.`;
    return { ...plainReject(userError(ERROR.canisterRejectedMessage, text)), code: 1 } as Response;
  }
  const { status, headers, body } = given;
  return transformed(subnet, outcall, { status: BigInt(status), headers, body });
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
