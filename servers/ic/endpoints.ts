/** The endpoints of the IC's HTTP interface. Each takes a body and returns a reply; `http-handler.ts` handles HTTP itself. */
import type { Outcome, Reject } from '../../replicas/replica.js';
import { authenticate, type Targets } from './authenticate.js';
import type { IcBackend, SubnetFacts } from './backend.js';
import { equalBytes, toHex, utf8 } from '../../certification/bytes.js';
import type { CborInput } from '../../certification/cbor.js';
import { callOf } from './chain.js';
import type { ChainView } from './chain-view.js';
import type { Delegation } from './certificate.js';
import {
  type CanisterRequest,
  type ReadStateRequest,
  readCanisterRequest,
  readReadStateRequest,
} from './envelope.js';
import { type HttpReply, HttpError, emptyReply, textReply } from '../http/reply.js';
import { GATEWAY_TEXT, cborReply } from './cbor-reply.js';
import { MANAGEMENT_CANISTER, principalToBytes, principalToText } from './principals.js';
import { checkCanisterPaths, checkSubnetPaths } from './read-state-paths.js';
import type { SubnetIdentity } from './subnet-identity.js';
import { createRangeCheck } from './canister-ranges.js';

/** Time that a synchronous call waits for its answer (`ingress_message_certificate_timeout_seconds`, 10 s). */
export const SYNC_CALL_TIMEOUT_MS = 10_000;

/** Which facts about the subnet its delegation shows: the key, and by default the canister ranges as well. */
export type DelegationScope = 'key-and-ranges' | 'key';

/** The version of the endpoints for the state. */
export type ApiVersion = 'v2' | 'v3';

export interface EndpointOptions {
  readonly backend: Pick<IcBackend, 'query'> & { readonly subnet: Pick<SubnetFacts, 'ingressBytesMax'> };
  /** Inclusive ranges of the canister ids that `checkRoute` accepts. Default: none. */
  readonly canisterRanges?: SubnetFacts['canisterRanges'];
  readonly chain: ChainView;
  readonly identity: SubnetIdentity;
  /** Nanoseconds since 1970. */
  readonly now: () => bigint;
  readonly syncCallTimeoutMs: number;
  /** The key of the root subnet in DER. Default: the subnet is the root subnet. */
  readonly rootKeyDer?: Uint8Array;
  /** The id of the root subnet. Default: that of the subnet. */
  readonly rootSubnetId?: Uint8Array;
  /** Returns the delegation of the subnet. Default: it is the root subnet, which has none. */
  readonly delegation?: (scope: DelegationScope) => Delegation | undefined;
  /** If false, expiries and signatures of requests are not checked. Default: true. */
  readonly validatesIngress?: boolean;
}

function rejectFields({ code, text, errorCode }: Reject): Readonly<Record<string, CborInput>> {
  return { error_code: errorCode, reject_message: text, reject_code: code };
}

/** A synchronous call that has its answer already, or that waits for a block. */
export type StartedCall =
  | { readonly kind: 'answered'; readonly reply: HttpReply }
  | { readonly kind: 'started'; readonly requestId: Uint8Array };

const MANAGEMENT_ID = principalToBytes(MANAGEMENT_CANISTER);

/** The methods that a request may send to a subnet in place of a canister (IC interface specification, "Effective subnet id"). */
const SUBNET_METHODS = {
  call: new Set(['create_canister', 'provisional_create_canister_with_cycles']),
  query: new Set(['list_canisters']),
} as const;

export function createEndpoints(options: EndpointOptions) {
  const { backend, chain, identity, now, syncCallTimeoutMs, validatesIngress = true } = options;
  const { rootKeyDer = identity.key.publicKeyDer, rootSubnetId = identity.id } = options;
  const { delegation = () => undefined } = options;
  const isHosted = createRangeCheck(options.canisterRanges ?? []);

  /** The gateway looks up the subnet of a canister before it reads the request. */
  const checkRoute = (effectiveId: Uint8Array): void => {
    if (equalBytes(effectiveId, MANAGEMENT_ID) || isHosted(effectiveId)) return;
    throw new HttpError(
      400,
      `Canister ${principalToText(effectiveId)} does not belong to any subnet.`,
      GATEWAY_TEXT,
    );
  };

  const checkReceiver = (request: CanisterRequest, effectiveId: Uint8Array): void => {
    if (equalBytes(request.canister, MANAGEMENT_ID) || equalBytes(request.canister, effectiveId)) return;
    const [specified, effective] = [principalToText(request.canister), principalToText(effectiveId)];
    throw new HttpError(
      400,
      `Specified CanisterId ${specified} does not match effective canister id in URL ${effective}`,
    );
  };

  const checkSubnetRequest = (
    kind: keyof typeof SUBNET_METHODS,
    { canister, method }: CanisterRequest,
    subnetId: Uint8Array,
  ): void => {
    if (!equalBytes(subnetId, identity.id))
      throw new HttpError(400, `Subnet ${principalToText(subnetId)} is not served here.`, GATEWAY_TEXT);
    if (equalBytes(canister, MANAGEMENT_ID) && SUBNET_METHODS[kind].has(method)) return;
    throw new HttpError(
      400,
      `An effective subnet id is supported only for ${[...SUBNET_METHODS[kind]].join(' and ')} of the management canister.`,
    );
  };

  /** Since v3, the ranges of a subnet stand only in `/canister_ranges`, except for the root subnet. */
  const rangesFilter = (version: ApiVersion) => (subnet: Uint8Array) =>
    version === 'v2' || equalBytes(subnet, rootSubnetId);

  const checkRequest = (request: CanisterRequest | ReadStateRequest): Targets =>
    validatesIngress ? authenticate(request, { nowNs: now(), rootKeyDer }) : undefined;

  /** Runs every check up to and including the ingress filter. `checkTarget` compares the request with the id in the URL. */
  const accept = async (body: Uint8Array, checkTarget: (request: CanisterRequest) => void) => {
    const request = readCanisterRequest(body, 'call');
    checkTarget(request);
    const { ingressBytesMax } = backend.subnet;
    if (body.length > ingressBytesMax) {
      throw new HttpError(
        413,
        `Request 0x${toHex(request.requestId)} is too large. Message byte size ${body.length} is larger than the max allowed ${ingressBytesMax}.`,
      );
    }
    checkRequest(request);
    return { request, acceptance: await chain.submit(request) };
  };

  const callAsync = async (effectiveId: Uint8Array, body: Uint8Array): Promise<HttpReply> => {
    const { acceptance } = await accept(body, (request) => checkReceiver(request, effectiveId));
    if (acceptance.kind === 'refused') return cborReply(rejectFields(acceptance.reject));
    return emptyReply(202);
  };

  const callSync = async (effectiveId: Uint8Array, body: Uint8Array): Promise<HttpReply> => {
    const started = await startCall(effectiveId, body);
    return started.kind === 'answered' ? started.reply : await finishCall(started.requestId);
  };

  const callSubnet = async (subnetId: Uint8Array, body: Uint8Array): Promise<HttpReply> => {
    const started = await start(body, (request) => checkSubnetRequest('call', request, subnetId));
    return started.kind === 'answered' ? started.reply : await finishCall(started.requestId);
  };

  /** The first part of `callSync`, which does not wait for a block. */
  const startCall = (effectiveId: Uint8Array, body: Uint8Array): Promise<StartedCall> =>
    start(body, (request) => checkReceiver(request, effectiveId));

  const start = async (
    body: Uint8Array,
    checkTarget: (request: CanisterRequest) => void,
  ): Promise<StartedCall> => {
    const { request, acceptance } = await accept(body, checkTarget);
    const { requestId } = request;
    if (acceptance.kind === 'refused') {
      const fields = { status: 'non_replicated_rejection', ...rejectFields(acceptance.reject) };
      return { kind: 'answered', reply: cborReply(fields) };
    }
    if (acceptance.kind === 'known' && !chain.history.isTerminal(requestId)) {
      const text = 'Duplicate request. Message is already being tracked and executed.';
      return { kind: 'answered', reply: textReply(202, text) };
    }
    return { kind: 'started', requestId };
  };

  const finishCall = async (requestId: Uint8Array): Promise<HttpReply> => {
    if (!(await chain.answered(requestId, syncCallTimeoutMs))) {
      return textReply(
        202,
        'Message did not complete execution and certification within the replica defined timeout.',
      );
    }
    const state = await chain.state();
    const path = [utf8('request_status'), requestId];
    return cborReply({
      status: 'replied',
      certificate: state.certificate([path], delegation('key-and-ranges')),
    });
  };

  const query = (effectiveId: Uint8Array, body: Uint8Array): Promise<HttpReply> =>
    answerQuery(body, (request) => checkReceiver(request, effectiveId));

  const querySubnet = (subnetId: Uint8Array, body: Uint8Array): Promise<HttpReply> =>
    answerQuery(body, (request) => checkSubnetRequest('query', request, subnetId));

  const answerQuery = async (
    body: Uint8Array,
    checkTarget: (request: CanisterRequest) => void,
  ): Promise<HttpReply> => {
    const request = readCanisterRequest(body, 'query');
    checkTarget(request);
    checkRequest(request);
    const state = await chain.settledState();
    const outcome = await backend.query(callOf(request), () =>
      state.dataCertificate(request.canister, delegation('key-and-ranges')),
    );
    return cborReply(signedQueryResponse(request.requestId, outcome, state.timeNs));
  };

  const signedQueryResponse = (requestId: Uint8Array, outcome: Outcome, timeNs: bigint): CborInput => {
    const [node] = identity.nodes;
    if (!node) throw new Error('the subnet has no node');
    const common = { request_id: requestId, timestamp: timeNs };
    const fields =
      outcome.kind === 'reply'
        ? { status: 'replied', reply: { arg: outcome.bytes } }
        : { status: 'rejected', ...rejectFields(outcome) };
    const signature = node.signResponse(
      outcome.kind === 'reply'
        ? { ...common, status: 'replied', reply: { arg: outcome.bytes } }
        : {
            ...common,
            status: 'rejected',
            reject_code: BigInt(outcome.code),
            reject_message: outcome.text,
            error_code: outcome.errorCode,
          },
    );
    return { ...fields, signatures: [{ timestamp: timeNs, signature, identity: node.id }] };
  };

  const readCanisterState = async (
    effectiveId: Uint8Array,
    body: Uint8Array,
    version: ApiVersion = 'v2',
  ): Promise<HttpReply> => {
    const request = readReadStateRequest(body);
    const targets = checkRequest(request);
    const state = await chain.state();
    const { history } = chain;
    const hasRanges = rangesFilter(version);
    checkCanisterPaths({ request, targets, effectiveId, state, history, hasRanges });
    return cborReply({ certificate: state.certificate(request.paths, delegation('key-and-ranges')) });
  };

  /** The signature of a request matters only for paths that are not public. */
  const readSubnetState = async (
    effectiveId: Uint8Array,
    body: Uint8Array,
    version: ApiVersion = 'v2',
  ): Promise<HttpReply> => {
    const request = readReadStateRequest(body);
    const state = await chain.state();
    const targetsOf = () => checkRequest(request);
    const { history } = chain;
    checkSubnetPaths({ request, targetsOf, effectiveId, history, hasRanges: rangesFilter(version) });
    const scope = version === 'v2' ? 'key-and-ranges' : 'key';
    return cborReply({ certificate: state.certificate(request.paths, delegation(scope)) });
  };

  const status = (): HttpReply =>
    cborReply({
      root_key: rootKeyDer,
      replica_health_status: chain.failure === undefined ? 'healthy' : 'certified_state_behind',
    });

  return {
    checkRoute,
    callAsync,
    callSync,
    callSubnet,
    startCall,
    finishCall,
    query,
    querySubnet,
    readCanisterState,
    readSubnetState,
    status,
  };
}

export type Endpoints = ReturnType<typeof createEndpoints>;
