/**
 * Composite queries: queries that call other queries. Their changes last until the root query ends. Then every canister of the call
 * graph is restored to its previous state.
 *
 * Source of the limits: PocketIC 10.0.0, rs/config/src/execution_environment.rs.
 */
import { concatBytes, EMPTY_BYTES } from '../bytes.js';
import { frozenForQueries } from '../accounting/account-errors.js';
import {
  canisterNotFound,
  cleanupFailed,
  ERROR,
  methodNotFound,
  userError,
  wasmModuleNotFound,
  type Fault,
} from '../errors.js';
import { BYTES, COUNTS, INSTRUCTIONS } from '../params.js';
import type { Canister, CanisterCheckpoint } from '../state/canister.js';
import { plainReject, type Response } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { CONTEXT } from '../system-api/contexts.js';
import type { Answer, Closure, OutgoingCall } from '../system-api/message-context.js';
import { answerToResponse, faultToResponse } from './call-context.js';
import { isFrozen } from './canister-account.js';
import { methodOf } from './execute-call.js';
import { noResponse, readsOf, type QueryInput } from './query-input.js';
import { run, type RunInput } from './run.js';

/** The call graph of one root query. */
interface Graph {
  readonly subnet: Subnet;
  /** The canister of the root query has its certificate in every query of the graph. Recorded: trace 03, exchange 61. */
  readonly root: Pick<QueryInput, 'canister' | 'certificate' | 'onMessage'>;
  /** The canisters of the graph with their states before the root query. */
  readonly touched: Map<Canister, CanisterCheckpoint>;
  /** Instructions of all messages and calls so far. */
  instructions: number;
}

/** Plain queries of the graph run like composite ones. Recorded: trace 03, exchange 60. */
const COMPOSITE_CONTEXT = { context: CONTEXT.CQ, mode: 'composite query' } as const;

export function runCompositeQuery(subnet: Subnet, input: QueryInput): Response {
  subnet.network.watch?.begin();
  const graph: Graph = { subnet, root: input, touched: new Map(), instructions: 0 };
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
  const fail = (fault: Fault): Response => faultToResponse(canister, input.caller, fault);
  if (!canister.machine) return fail(wasmModuleNotFound());
  const method = methodOf(canister.machine.module, input.method);
  if (!method || method.kind === 'update') return fail(methodNotFound('query', input.method));
  if (isFrozen(canister)) return plainReject(frozenForQueries(canister.id));

  const first = step(graph, canister, method.exportName, {
    ...COMPOSITE_CONTEXT,
    caller: input.caller,
    arg: input.arg,
    ...certificateFor(graph, input),
  });
  if (first.fault) return fail(first.fault);
  const outcome = runCalls(graph, canister, input, depth, first);
  if (outcome.fault) return fail(outcome.fault);
  return outcome.answer ? answerToResponse(outcome.answer) : noResponse(canister);
}

function certificateFor({ root }: Graph, { canister }: QueryInput): Pick<QueryInput, 'certificate'> {
  return canister === root.canister && root.certificate ? { certificate: root.certificate } : {};
}

interface Outcome {
  readonly fault: Fault | undefined;
  readonly answer: Answer | undefined;
}

/** Runs the calls of one composite query and their callbacks, in the order in which the calls were made. */
function runCalls(graph: Graph, canister: Canister, input: QueryInput, depth: number, first: Step): Outcome {
  const waiting = [...first.calls];
  let { answer } = first;
  let fault: Fault | undefined;
  for (let call = waiting.shift(); call; call = waiting.shift()) {
    graph.instructions += INSTRUCTIONS.perCompositeCall;
    const response = evaluate(
      graph,
      {
        canister: call.callee,
        method: call.method,
        arg: concatBytes(call.payload, call.payloadBytes),
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
    arg: isReply ? response.bytes : EMPTY_BYTES,
    answeredBefore,
    ...(isReply ? {} : { rejectCode: response.code, rejectText: response.error.text }),
  });
  if (!returned.fault || !call.onCleanup) return returned;
  const cleaned = step(graph, canister, call.onCleanup, {
    context: CONTEXT.cC,
    mode: 'composite cleanup',
    caller,
    arg: EMPTY_BYTES,
  });
  return cleaned.fault ? { ...returned, fault: cleanupFailed(returned.fault, cleaned.fault) } : returned;
}

interface Step extends Outcome {
  readonly calls: readonly OutgoingCall[];
}

/** Executes one message of the graph. The following messages see its changes. */
function step(
  graph: Graph,
  canister: Canister,
  entry: string | Closure,
  input: Omit<RunInput, 'instructionLimit'>,
): Step {
  const done = run(graph.subnet, canister, canister.installedMachine, entry, {
    ...input,
    continuesMessage: true,
    instructionLimit: Math.max(0, canister.profile.limits.queryMax - graph.instructions),
    isSliced: false,
    replyBytesMax: BYTES.queryReplyMax,
    stableDirtyBytesMax: BYTES.stableAccessMaxQuery,
  });
  graph.instructions += done.instructions;
  graph.root.onMessage?.(readsOf(canister, done.message));
  if (done.fault) {
    canister.revert(done.machine, done.before);
    return { fault: done.fault, answer: undefined, calls: [] };
  }
  canister.commitHeap(done.machine);
  return { fault: undefined, answer: done.message.answer, calls: done.message.calls };
}
