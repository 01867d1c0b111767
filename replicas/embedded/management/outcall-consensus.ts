/**
 * Decides how an HTTP outcall ends: enough nodes agree on a response, too many nodes disagree, or its time is over.
 *
 * Source: public documentation of HTTPS outcalls; the texts and the hashes are recorded: trace 14, "thirteen answers that differ" and "no
 * answer".
 */
import { createHash } from 'node:crypto';
import { PRINCIPAL_BYTES_MAX, principalToBytes } from '../principals.js';
import { COUNTS, TIMES_NS } from '../params.js';
import type { HttpOutcall } from '../state/http-outcall.js';
import { rejectWithCode, type Response } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { answerOutcall } from './http-outcalls.js';

/** SYS_TRANSIENT. */
const TRANSIENT_CODE = 2;
const HASH_DOMAIN = 'ic-canister-http-response-domain';

/** The end of an outcall, which a round delivers. */
export interface OutcallAnswer {
  readonly id: number;
  readonly response: Response;
}

/** The outcalls that the next round answers, in its order. */
export function decideOutcalls(subnet: Subnet): readonly OutcallAnswer[] {
  if (subnet.httpOutcalls.size === 0) return [];
  const outcalls = [...subnet.httpOutcalls.values()];
  const agreed: OutcallAnswer[] = [];
  const disputed: OutcallAnswer[] = [];
  for (const outcall of outcalls) {
    const { responses } = outcall;
    if (!responses || subnet.timeNs >= expiryOf(outcall)) continue;
    if (agreed.length + disputed.length >= COUNTS.httpAnswersMax) break;
    const { id } = outcall.request;
    const response = agreementOn(subnet, outcall, responses);
    if (response) agreed.push({ id, response });
    else disputed.push({ id, response: dispute(outcall, responses) });
  }
  const late = outcalls.filter(
    ({ requestedAtNs }) => subnet.timeNs > requestedAtNs + TIMES_NS.httpOutcallTimeout,
  );
  const timedOut = rejectWithCode(TRANSIENT_CODE, 'Canister http request timed out');
  return [...agreed, ...late.map(({ request }) => ({ id: request.id, response: timedOut })), ...disputed];
}

/** Answers the outcalls. The network takes them from the end, and an outcall that is already answered stays answered. */
export function answerOutcalls(subnet: Subnet, answers: readonly OutcallAnswer[]): void {
  subnet.executedMessages += answers.length;
  for (const { id, response } of [...answers].reverse()) answerOutcall(subnet, id, response);
}

/** The time from which responses are not accepted. */
function expiryOf({ requestedAtNs }: HttpOutcall): bigint {
  return requestedAtNs + TIMES_NS.httpResponseTtl;
}

/** The response that two thirds of the nodes gave, or that of the one node which was asked. */
function agreementOn(
  subnet: Subnet,
  { node }: HttpOutcall,
  responses: readonly Response[],
): Response | undefined {
  if (node !== undefined) return responses[node];
  const { nodes } = subnet.profile;
  const threshold = nodes - Math.floor((nodes - 1) / 3);
  const [largest] = [...byContent(responses).values()].sort((a, b) => b.length - a.length);
  return largest && largest.length >= threshold ? largest[0] : undefined;
}

/** Without agreement of two thirds, more than a third of the nodes contradict the largest group, because each node has a response. */
function dispute(outcall: HttpOutcall, responses: readonly Response[]): Response {
  const groups = [...byContent(responses).values()].flatMap(([first, ...others]) =>
    first ? [{ hash: contentHash(outcall, first), count: others.length + 1 }] : [],
  );
  groups.sort((a, b) => b.count - a.count || (a.hash < b.hash ? 1 : -1));
  const hashes = groups.map(({ hash, count }) => `[${hash}: ${count}]`).join(', ');
  const details = `request_id: ${outcall.request.id}, timeout: ${expiryOf(outcall)}, hashes: ${hashes}`;
  return rejectWithCode(
    TRANSIENT_CODE,
    `No consensus could be reached. Replicas had different responses. Details: ${details}`,
  );
}

function byContent(responses: readonly Response[]): ReadonlyMap<string, readonly Response[]> {
  const groups = new Map<string, Response[]>();
  for (const response of responses) {
    const key =
      response.kind === 'reply'
        ? Buffer.from(response.bytes).toString('latin1')
        : `${response.code} ${response.textForCanisters}`;
    const group = groups.get(key);
    if (group) group.push(response);
    else groups.set(key, [response]);
  }
  return groups;
}

/** The hash by which the nodes compare responses, in hex. */
function contentHash(outcall: HttpOutcall, response: Response): string {
  const { id, canister } = outcall.request;
  const sender = principalToBytes(canister);
  const padded = new Uint8Array(PRINCIPAL_BYTES_MAX);
  padded.set(sender);
  return createHash('sha256')
    .update(Uint8Array.of(HASH_DOMAIN.length))
    .update(HASH_DOMAIN)
    .update(wordsOf(BigInt(id), expiryOf(outcall), BigInt(sender.length), BigInt(PRINCIPAL_BYTES_MAX)))
    .update(padded)
    .update(contentBytes(response))
    .digest('hex');
}

function contentBytes(response: Response): Uint8Array {
  if (response.kind === 'reply') {
    return Buffer.concat([wordsOf(0n, BigInt(response.bytes.length)), response.bytes]);
  }
  const { code, textForCanisters } = response;
  return Buffer.concat([wordsOf(1n, BigInt(code)), Buffer.from(textForCanisters), Uint8Array.of(0xff)]);
}

/** Numbers as 8 little-endian bytes each. */
function wordsOf(...words: readonly bigint[]): Buffer {
  const bytes = Buffer.alloc(words.length * 8);
  for (const [index, word] of words.entries()) bytes.writeBigUInt64LE(word, index * 8);
  return bytes;
}
