/**
 * Composite queries: queries that call queries. What they change lives until the root query ends; then every canister
 * the call graph touched goes back to its state before.
 *
 * Source of the limits: PocketIC 10.0.0, rs/config/src/execution_environment.rs.
 */
import {
  cleanupFailed,
  canisterNotFound,
  ERROR,
  faultToUserError,
  methodNotFound,
  userError,
  wasmModuleNotFound,
  type Fault,
} from '../errors.js';
import { BYTES, COUNTS, INSTRUCTIONS } from '../params.js';
import type { Canister, CanisterCheckpoint } from '../state/canister.js';
import { faultReject, plainReject, type Response } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { CONTEXT } from '../system-api/contexts.js';
import { join } from '../system-api/message-functions.js';
import type { Answer, Closure, OutgoingCall } from '../system-api/message-context.js';
import { answerToResponse } from './call-context.js';
import { methodOf } from './execute-call.js';
import { noResponse, type QueryInput } from './query.js';
import { canReadLog, run, type RunInput } from './run.js';

/** One root query's call graph. */
interface Graph {
  readonly subnet: Subnet;
  readonly touched: Map<Canister, CanisterCheckpoint>;
  /** Instructions of all messages so far, calls included. */
  instructions: number;
}

const NOTHING = new Uint8Array(0);
const QUERY_CONTEXT = { context: CONTEXT.NQ, mode: 'non replicated query' } as const;
const COMPOSITE_CONTEXT = { context: CONTEXT.CQ, mode: 'composite query' } as const;

export function runCompositeQuery(subnet: Subnet, input: QueryInput): Response {
  const graph: Graph = { subnet, touched: new Map(), instructions: 0 };
  try {
    return evaluate(graph, input, 0);
  } finally {
    for (const [canister, checkpoint] of graph.touched) canister.restore(checkpoint);
  }
}

function evaluate(graph: Graph, input: QueryInput, depth: number): Response {
  if (depth >= COUNTS.compositeDepthMax) {
    const text = `Composite query call graph exceeded the maximum depth of ${COUNTS.compositeDepthMax}`;
    return plainReject(userError(ERROR.callGraphDepth, text));
  }
  const canister = graph.subnet.canisters.get(input.canister);
  if (!canister) return plainReject(canisterNotFound(input.canister));
  if (!graph.touched.has(canister)) graph.touched.set(canister, canister.checkpoint());
  const fail = (fault: Fault): Response =>
    faultReject(faultToUserError(canister.id, fault, canReadLog(canister, input.caller)));
  if (!canister.machine) return fail(wasmModuleNotFound());
  const method = methodOf(canister.machine.module, input.method);
  if (!method || method.kind === 'update') return fail(methodNotFound('query', input.method));

  const first = step(graph, canister, method.exportName, {
    ...(method.kind === 'query' ? QUERY_CONTEXT : COMPOSITE_CONTEXT),
    caller: input.caller,
    arg: input.arg,
    ...(depth === 0 && input.certificate ? { certificate: input.certificate } : {}),
  });
  if (first.fault) return fail(first.fault);
  const outcome = runCalls(graph, canister, input, depth, first.calls, first.answer);
  if (outcome.fault) return fail(outcome.fault);
  return outcome.answer ? answerToResponse(outcome.answer) : noResponse(canister);
}

interface Outcome {
  readonly fault: Fault | undefined;
  readonly answer: Answer | undefined;
}

/** The calls of one composite query and their callbacks, first come first served. */
function runCalls(
  graph: Graph,
  canister: Canister,
  input: QueryInput,
  depth: number,
  firstCalls: readonly OutgoingCall[],
  firstAnswer: Answer | undefined,
): Outcome {
  const waiting = [...firstCalls];
  let answer = firstAnswer;
  let fault: Fault | undefined;
  for (let call = waiting.shift(); call; call = waiting.shift()) {
    graph.instructions += INSTRUCTIONS.perCompositeCall;
    const response = evaluate(
      graph,
      {
        canister: call.callee,
        method: call.method,
        arg: join(call.payload, call.payloadBytes),
        caller: canister.id,
      },
      depth + 1,
    );
    const returned = runCallback(graph, canister, input, call, response, answer !== undefined);
    fault = returned.fault ?? fault;
    answer ??= returned.answer;
    waiting.push(...returned.calls);
  }
  return { fault: answer ? undefined : fault, answer };
}

function runCallback(
  graph: Graph,
  canister: Canister,
  { caller }: QueryInput,
  call: OutgoingCall,
  response: Response,
  answeredBefore: boolean,
): Step {
  const isReply = response.kind === 'reply';
  const returned = step(graph, canister, isReply ? call.onReply : call.onReject, {
    context: isReply ? CONTEXT.cRy : CONTEXT.cRt,
    mode: isReply ? 'composite reply callback' : 'composite reject callback',
    caller,
    arg: isReply ? response.bytes : NOTHING,
    answeredBefore,
    ...(isReply ? {} : { rejectCode: response.code, rejectText: response.textForCanisters }),
  });
  if (!returned.fault || !call.onCleanup) return returned;
  const cleaned = step(graph, canister, call.onCleanup, {
    context: CONTEXT.cC,
    mode: 'composite cleanup',
    caller,
    arg: NOTHING,
  });
  return cleaned.fault ? { ...returned, fault: cleanupFailed(returned.fault, cleaned.fault) } : returned;
}

interface Step extends Outcome {
  readonly calls: readonly OutgoingCall[];
}

/** One message of the graph; its changes stay for the next ones. */
function step(
  graph: Graph,
  canister: Canister,
  entry: string | Closure,
  input: Omit<RunInput, 'instructionLimit'>,
): Step {
  const done = run(graph.subnet, canister, canister.machine!, entry, {
    ...input,
    instructionLimit: Math.max(0, canister.profile.limits.queryMax - graph.instructions),
    isSliced: false,
    replyBytesMax: BYTES.queryReplyMax,
    stableDirtyBytesMax: BYTES.stableAccessMaxQuery,
  });
  graph.instructions += done.instructions;
  if (done.fault) {
    canister.revert(done.machine, done.before);
    return { fault: done.fault, answer: undefined, calls: [] };
  }
  canister.commitHeap(done.machine);
  return { fault: undefined, answer: done.message.answer, calls: done.message.calls };
}
