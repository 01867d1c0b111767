/**
 * The management canister aaaaa-aa: dispatch, access control, and the shape of its answers.
 *
 * Source: IC interface spec, "The IC management canister"; PocketIC 10.0.0, rs/execution_environment/src/
 * {execution_environment,canister_manager}.rs.
 */
import type { Call, PrincipalText } from '../../replica.js';
import { canisterNotFound, ERROR, userError, type UserError } from '../errors.js';
import type { Effect } from '../execution/execute-call.js';
import { respond } from '../execution/routing.js';
import { bytesToPrincipal, MANAGEMENT_CANISTER } from '../principals.js';
import type { Canister } from '../state/canister.js';
import { plainReject, reply, type CallInput } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import {
  decodeArgument,
  encodeResult,
  isManagementMethod,
  UNAVAILABLE_METHODS,
  UNFINISHED_METHODS,
  type ManagementMethod,
} from './candid-types.js';
import type { MethodOutcome } from './method.js';
import { CANISTER_METHODS, SUBNET_METHODS } from './methods.js';
import { targetOf } from './target.js';

/** Methods that only canisters may call. */
const CANISTERS_ONLY: ReadonlySet<string> = new Set([
  'create_canister',
  'deposit_cycles',
  'raw_rand',
  'http_request',
]);
/** Methods that the canister itself may call besides its controllers. */
const SELF_SERVICE: ReadonlySet<string> = new Set([
  'canister_status',
  'upload_chunk',
  'stored_chunks',
  'clear_chunk_store',
]);
/** Methods about a canister that anyone may call. */
const OPEN: ReadonlySet<string> = new Set(['provisional_top_up_canister', 'deposit_cycles', 'canister_info']);

/** Execute one call to aaaaa-aa and answer it, now or (stop_canister) later. */
export function executeManagement(subnet: Subnet, input: CallInput): Effect {
  const { failure, outcome, instructions } = perform(subnet, input);
  if (failure) {
    answer(subnet, input, plainReject(failure), input.cycles);
    return { instructions, failure };
  }
  if (outcome?.kind === 'done')
    answer(subnet, input, reply(outcome.bytes), input.cycles - outcome.cyclesAccepted);
  return { instructions, failure: undefined };
}

function answer(
  subnet: Subnet,
  input: CallInput,
  response: Parameters<typeof respond>[5],
  refund: bigint,
): void {
  respond(subnet, MANAGEMENT_CANISTER, input.origin, input.method, input.root, response, refund);
}

interface Performed {
  readonly failure?: UserError;
  readonly outcome?: Exclude<Finished, { kind: 'failed' }>;
  readonly instructions: number;
}

type Finished = Exclude<MethodOutcome, { kind: 'value' }>;

function perform(subnet: Subnet, input: CallInput): Performed {
  const { method } = input;
  const isUser = input.origin.kind === 'ingress';
  if (UNFINISHED_METHODS.has(method)) {
    return { failure: userError(ERROR.unknownManagementMessage, 'Not yet implemented'), instructions: 0 };
  }
  if (!isManagementMethod(method)) return { failure: unknownMethod(method, isUser), instructions: 0 };
  let argument: unknown;
  try {
    argument = input.argument ?? decodeArgument(method, input.arg);
  } catch (error) {
    const text = `Error decoding candid: ${(error as Error).message}`;
    return { failure: userError(ERROR.invalidManagementPayload, text), instructions: 0 };
  }
  const outcome = dispatch(subnet, input, method, argument);
  const instructions = outcome.instructions ?? 0;
  return outcome.kind === 'failed' ? { failure: outcome.error, instructions } : { outcome, instructions };
}

function dispatch(subnet: Subnet, input: CallInput, method: ManagementMethod, argument: unknown): Finished {
  const onSubnet = SUBNET_METHODS[method];
  const stranger = onSubnet && strangerOf(subnet, input);
  if (stranger) return { kind: 'failed', error: stranger };
  if (onSubnet) return finish(method, onSubnet({ subnet, input, argument: argument as never }));
  const id = targetOf(argument);
  const canister = id === undefined ? undefined : subnet.canisters.get(id);
  if (!canister) return { kind: 'failed', error: canisterNotFound(id ?? MANAGEMENT_CANISTER) };
  if (!isAllowed(method, canister, input.caller)) {
    return { kind: 'failed', error: notController(canister, input.caller) };
  }
  const run = CANISTER_METHODS[method];
  if (!run) return { kind: 'failed', error: unknownMethod(method, input.origin.kind === 'ingress') };
  return finish(method, run({ subnet, input, canister, argument: argument as never }));
}

/** Canisters of other subnets may not use what belongs to a subnet, but for those of the root subnet. */
function strangerOf(subnet: Subnet, { caller, method, origin }: CallInput): UserError | undefined {
  if (origin.kind !== 'canister') return undefined;
  const sender = subnet.network.route(caller);
  if (sender === undefined || sender === subnet || sender === subnet.network.root) return undefined;
  const what =
    method === 'create_canister'
      ? 'Cannot create canister.'
      : `Incorrect sender subnet id: ${bytesToPrincipal(sender.identity.id)}.`;
  const text = `${what} Sender should be on the same subnet or on the NNS subnet.`;
  return userError(ERROR.contractViolation, text);
}

/** Methods return plain values; here they become Candid. */
function finish(method: ManagementMethod, outcome: MethodOutcome): Finished {
  return outcome.kind === 'value'
    ? {
        kind: 'done',
        bytes: encodeResult(method, outcome.value),
        cyclesAccepted: outcome.cyclesAccepted ?? 0n,
        instructions: outcome.instructions ?? 0,
      }
    : outcome;
}

function isAllowed(method: string, canister: Canister, caller: PrincipalText): boolean {
  return (
    OPEN.has(method) ||
    canister.record.settings.controllers.includes(caller) ||
    (SELF_SERVICE.has(method) && caller === canister.id)
  );
}

function notController({ id, record }: Canister, sender: PrincipalText): UserError {
  return userError(
    ERROR.invalidController,
    `Only the controllers of the canister ${id} can control it.\n` +
      `Canister's controllers: ${record.settings.controllers.join(' ')}\nSender's ID: ${sender}`,
  );
}

function unknownMethod(method: string, isUser: boolean): UserError {
  if (UNAVAILABLE_METHODS.has(method)) {
    return userError(
      ERROR.canisterRejectedMessage,
      `The embedded engine does not provide ic00 method ${method}`,
    );
  }
  return userError(
    ERROR.methodNotFound,
    isUser
      ? `ic00 interface does not expose method ${method}`
      : `Management canister has no method '${method}'`,
  );
}

/** Why an ingress message to aaaaa-aa is not even taken; undefined = it is. */
export function inspectManagementIngress(
  subnet: Subnet,
  { method, arg, caller }: Call,
  value?: unknown,
): UserError | undefined {
  if (method === 'canister_info') {
    return userError(ERROR.canisterRejectedMessage, `Only canisters can call ic00 method ${method}`);
  }
  if (CANISTERS_ONLY.has(method) || method === 'fetch_canister_logs' || UNAVAILABLE_METHODS.has(method)) {
    return userError(
      ERROR.canisterRejectedMessage,
      `ic00 method ${method} can not be called via ingress messages`,
    );
  }
  if (UNFINISHED_METHODS.has(method)) return undefined;
  if (!isManagementMethod(method)) return unknownMethod(method, true);
  let argument: unknown;
  try {
    argument = value ?? decodeArgument(method, arg);
  } catch (error) {
    const text = `Failed to parse payload for ic00 method ${method}: ${(error as Error).message}`;
    return userError(ERROR.invalidManagementPayload, text);
  }
  if (SUBNET_METHODS[method] || OPEN.has(method)) return undefined;
  const id = targetOf(argument);
  const canister = id === undefined ? undefined : subnet.canisters.get(id);
  if (!canister) return canisterNotFound(id ?? MANAGEMENT_CANISTER);
  if (canister.record.settings.controllers.includes(caller)) return undefined;
  return userError(
    ERROR.invalidController,
    `Only controllers of canister ${canister.id} can call ic00 method ${method}`,
  );
}
