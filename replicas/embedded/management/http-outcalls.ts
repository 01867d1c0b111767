/**
 * HTTP outcalls (`http_request`). The engine sends nothing to the network: an outcall waits until the operator answers it, as a mock does
 * on PocketIC, or until its time is over. `outcall-consensus.ts` decides which answer the canister gets.
 *
 * Source: IC interface spec, "IC method http_request"; the texts and rounds are recorded: trace 14.
 */
import { EMPTY_BYTES } from '../bytes.js';
import { ERROR, errorCodeText, userError, type UserError } from '../errors.js';
import { runQuery } from '../execution/query.js';
import { drawBelow } from '../execution/randomness.js';
import { respond } from '../execution/send.js';
import {
  blobToBytes,
  type CandidHttpHeader,
  type CandidHttpRequest,
} from '../management-interface/arguments.js';
import { encodeResult, encodeTransformArgument } from '../management-interface/candid-types.js';
import { BYTES, COUNTS } from '../params.js';
import { MANAGEMENT_CANISTER } from '../principals.js';
import type { HttpOutcall, HttpOutcallResponse } from '../state/http-outcall.js';
import { plainReject, rejectWithCode, reply, type CallInput, type Response } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { outcallFee } from '../accounting/prices.js';
import { cyclesText } from '../accounting/account-errors.js';
import { failed, type MethodOutcome, type SubnetCall } from './method.js';

/** The reject code of a response that exceeds the size limit: SYS_FATAL. */
const TOO_LARGE_CODE = 1;
const REJECTED_CODE = 4;

export function requestOutcall({ subnet, input, argument }: SubnetCall<'http_request'>): MethodOutcome {
  const refusal = headerViolation(argument) ?? requestViolation(input, argument);
  if (refusal) return failed(refusal);
  const responseBytesMax = argument.max_response_bytes[0];
  const fee = outcallFee(
    subnet.profile,
    BigInt(chargedBytes(argument)),
    responseBytesMax ?? BigInt(BYTES.httpResponseMax),
  );
  // The network draws the node before it looks at the cycles.
  const node = argument.is_replicated[0] === false ? drawBelow(subnet, subnet.profile.nodes) : undefined;
  const unpaid = capacityViolation(subnet, input, fee);
  if (unpaid) return failed(unpaid);
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
    requestedAtNs: subnet.timeNs,
    node,
    responses: undefined,
  });
  return { kind: 'later' };
}

/** The reason why the headers are not a value of their bounded type. */
function headerViolation({ headers }: CandidHttpRequest): UserError | undefined {
  const problem = (what: string, max: number): UserError =>
    userError(
      ERROR.invalidManagementPayload,
      `Error decoding candid: Fail to decode argument 0: Deserialize error: The ${what} exceeds maximum allowed ${max}`,
    );
  let total = 0;
  for (const [index, header] of headers.entries()) {
    if (index >= COUNTS.httpHeadersMax) return problem('number of elements', COUNTS.httpHeadersMax);
    const size = headerBytes(header);
    if (size > BYTES.httpHeaderMax) return problem('single element data size', BYTES.httpHeaderMax);
    total += size;
    if (total > BYTES.httpHeadersMax) return problem('total data size', BYTES.httpHeadersMax);
  }
  return undefined;
}

function headerBytes({ name, value }: CandidHttpHeader): number {
  return Buffer.byteLength(name) + Buffer.byteLength(value);
}

function requestViolation(
  { caller }: CallInput,
  { url, headers, body, transform: [transform], max_response_bytes: [max] }: CandidHttpRequest,
): UserError | undefined {
  const refuse = (text: string): UserError => userError(ERROR.canisterRejectedMessage, text);
  const principal = transform?.function[0].toText();
  if (principal !== undefined && principal !== caller) {
    return refuse(`transform principal id expected to be ${caller}, got ${principal}`);
  }
  if (max !== undefined && max > BigInt(BYTES.httpResponseMax)) {
    return refuse(`max_response_bytes expected to be in the range [0..${BYTES.httpResponseMax}], got ${max}`);
  }
  const urlBytes = Buffer.byteLength(url);
  if (urlBytes > BYTES.httpUrlMax) return refuse(`url size ${urlBytes} exceeds ${BYTES.httpUrlMax}`);
  const text = contentViolation(headers, body[0]?.length ?? 0);
  return text === undefined ? undefined : refuse(text);
}

/** The reason why headers and body of a request or a response are too large. */
function contentViolation(headers: readonly CandidHttpHeader[], bodyBytes: number): string | undefined {
  const longest = (field: 'name' | 'value'): number =>
    Math.max(0, ...headers.map((header) => Buffer.byteLength(header[field])));
  if (headers.length > COUNTS.httpHeadersMax) {
    return `number of all http headers ${headers.length} exceeds ${COUNTS.httpHeadersMax}`;
  }
  for (const field of ['name', 'value'] as const) {
    const bytes = longest(field);
    if (bytes <= BYTES.httpHeaderPartMax) continue;
    return `number of bytes to represent some http header ${field} ${bytes} exceeds ${BYTES.httpHeaderPartMax}`;
  }
  const total = headers.reduce((sum, header) => sum + headerBytes(header), 0);
  if (total > BYTES.httpHeadersMax) {
    return `total number of bytes to represent all http header names and values ${total} exceeds ${BYTES.httpHeadersMax}`;
  }
  if (total + bodyBytes <= BYTES.httpRequestMax) return undefined;
  return `total number of bytes to represent all http header names and values and http body ${total + bodyBytes} exceeds ${BYTES.httpRequestMax}`;
}

function capacityViolation(subnet: Subnet, { cycles }: CallInput, fee: bigint): UserError | undefined {
  if (subnet.httpOutcalls.size >= COUNTS.httpOutcallsMax) {
    const text = `max number (${COUNTS.httpOutcallsMax}) of http requests in-flight reached.`;
    return userError(ERROR.canisterRejectedMessage, text);
  }
  if (cycles >= fee) return undefined;
  const text = `http_request request sent with ${cyclesText(cycles)} cycles, but ${cyclesText(fee)} cycles are required.`;
  return userError(ERROR.canisterRejectedMessage, text);
}

/** The bytes of a request that the fee counts. */
function chargedBytes({ url, headers, body, transform: [transform] }: CandidHttpRequest): number {
  const headersBytes = headers.reduce((sum, header) => sum + headerBytes(header), 0);
  const transformBytes = transform ? transform.context.length + Buffer.byteLength(transform.function[1]) : 0;
  return Buffer.byteLength(url) + headersBytes + (body[0]?.length ?? 0) + transformBytes;
}

/** Keeps the operator's responses, one for each node, after the transform function. The next round decides on them. */
export function mockOutcall(
  subnet: Subnet,
  outcall: HttpOutcall,
  given: readonly HttpOutcallResponse[],
): void {
  const responses = given.map((response) => responseOf(subnet, outcall, response));
  subnet.httpOutcalls.set(outcall.request.id, { ...outcall, responses });
}

/** Answers an outcall. */
export function answerOutcall(subnet: Subnet, id: number, response: Response): void {
  const outcall = subnet.httpOutcalls.get(id);
  if (!outcall) return;
  subnet.httpOutcalls.delete(id);
  const { input, refund } = outcall;
  respond(subnet, MANAGEMENT_CANISTER, input.origin, input.method, input.root, response, refund);
}

function responseOf(subnet: Subnet, outcall: HttpOutcall, given: HttpOutcallResponse): Response {
  if (given.kind === 'reject') return rejectWithCode(given.code, given.text);
  const { status, headers, body } = given;
  const problem = contentViolation(headers, body.length);
  if (problem !== undefined) return rejectWithCode(TOO_LARGE_CODE, problem);
  const payload = { status: BigInt(status), headers, body };
  return outcall.transform
    ? transformed(subnet, outcall, outcall.transform, payload)
    : reply(encodeResult('http_request', payload));
}

function transformed(
  subnet: Subnet,
  { request }: HttpOutcall,
  { method, context }: NonNullable<HttpOutcall['transform']>,
  payload: object,
): Response {
  const arg = encodeTransformArgument({ response: payload, context });
  const answer = runQuery(subnet, { canister: request.canister, method, arg, caller: MANAGEMENT_CANISTER });
  const response = answer.kind === 'reply' ? answer : transformFailure(answer.error);
  const size =
    response.kind === 'reply' ? response.bytes.length : Buffer.byteLength(response.textForCanisters);
  const limit = request.responseBytesMax ?? BYTES.httpResponseMax;
  return size > limit
    ? rejectWithCode(TOO_LARGE_CODE, `Transformed http response exceeds limit: ${limit}`)
    : response;
}

/** The canister gets its own reject as it is, and any other failure with its error code. */
function transformFailure(error: UserError) {
  if (error.code === ERROR.canisterRejectedMessage) return rejectWithCode(REJECTED_CODE, error.text);
  return plainReject({ code: error.code, text: `${errorCodeText(error.code)}: ${error.text}` });
}
