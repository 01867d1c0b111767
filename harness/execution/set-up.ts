/** Calls before a schedule: the set-up of the target and the permissions of the callers, which the controller makes. */
import type { Call, Outcome, PrincipalText, Replica } from '../../replicas/replica.js';
import { CandidVariant, createDecoder } from '../../targets/candid/decoder.js';
import { ERROR_TAGS } from '../../targets/candid-calls.js';
import type { EncodedRequest, InitContext, Target } from '../../targets/target.js';
import { InputError } from '../input-error.js';
import { principalNamed, type InstalledSystem } from './canisters.js';
import { ROUNDS_MAX } from './in-flight.js';

/** All of them, in their order. */
export function controllerCalls(
  target: Target,
  context: InitContext,
  callers: readonly PrincipalText[],
): readonly EncodedRequest[] {
  const granted = callers.flatMap((caller) => target.grantCaller?.(caller, context) ?? []);
  return [...(target.setUp?.(context) ?? []), ...granted];
}

const replyDecoder = createDecoder([...ERROR_TAGS]);

/** @throws InputError if the call was rejected, or its reply is an error variant; it names the method */
export function expectSuccess({ method }: EncodedRequest, outcome: Outcome): void {
  if (outcome.kind === 'reject') {
    const { errorCode, text } = outcome;
    throw new InputError(`the target's set-up call ${method} was rejected: ${errorCode} ${firstLine(text)}`);
  }
  const tag = errorTag(outcome.bytes);
  if (tag !== undefined) throw new InputError(`the target's set-up call ${method} answered ${tag}`);
}

function errorTag(reply: Uint8Array): string | undefined {
  try {
    const [value] = replyDecoder.decode(reply);
    return value instanceof CandidVariant && ERROR_TAGS.has(value.tag) ? value.tag : undefined;
  } catch {
    // A reply of a type that the decoder does not know is no error variant.
    return undefined;
  }
}

/** Executes a call until it returns. */
export async function callOnce(
  replica: Replica,
  system: InstalledSystem,
  caller: PrincipalText,
  { kind, method, arg, canister }: EncodedRequest,
): Promise<Outcome> {
  const call: Call = { canister: principalNamed(system, canister), method, arg, caller };
  return kind === 'query' ? replica.query(call) : callToEnd(replica, call);
}

async function callToEnd(replica: Replica, call: Call): Promise<Outcome> {
  const submission = await replica.submit(call);
  if (submission.kind === 'refused') return submission.reject;
  for (let rounds = 0; rounds < ROUNDS_MAX; rounds++) {
    await replica.round();
    const outcome = await replica.poll(submission.id);
    if (outcome !== undefined) return outcome;
  }
  throw new InputError(`the canister does not answer ${call.method} within ${ROUNDS_MAX} rounds`);
}

export function firstLine(text: string): string {
  const [line = ''] = text.split('\n');
  return line;
}
