/** The endpoints of the IC's HTTP interface. Each takes a body and returns a reply; `http-handler.ts` handles HTTP itself. */
import type { Outcome, Reject } from '../../replicas/replica.js';
import { authenticate } from './authenticate.js';
import type { IcBackend } from './backend.js';
import { equalBytes, toHex, utf8 } from '../../certification/bytes.js';
import type { CborInput } from '../../certification/cbor.js';
import { type Chain, callOf } from './chain.js';
import { type CanisterRequest, readCanisterRequest, readReadStateRequest } from './envelope.js';
import { type HttpReply, HttpError, emptyReply, textReply } from '../http/reply.js';
import { GATEWAY_TEXT, cborReply } from './cbor-reply.js';
import { MANAGEMENT_CANISTER, principalToBytes, principalToText } from './principals.js';
import { checkCanisterPaths, checkSubnetPaths } from './read-state-paths.js';
import type { SubnetIdentity } from './subnet-identity.js';
import { createRangeCheck } from './canister-ranges.js';

/** Time that a synchronous call waits for its answer (`ingress_message_certificate_timeout_seconds`, 10 s). */
export const SYNC_CALL_TIMEOUT_MS = 10_000;

export interface EndpointOptions {
  readonly backend: IcBackend;
  readonly chain: Chain;
  readonly identity: SubnetIdentity;
  /** Nanoseconds since 1970. */
  readonly now: () => bigint;
  readonly syncCallTimeoutMs: number;
}

function rejectFields({ code, text, errorCode }: Reject): Readonly<Record<string, CborInput>> {
  return { error_code: errorCode, reject_message: text, reject_code: code };
}

const MANAGEMENT_ID = principalToBytes(MANAGEMENT_CANISTER);

/** The methods that a request may send to a subnet in place of a canister (IC interface specification, "Effective subnet id"). */
const SUBNET_METHODS = {
  call: new Set(['create_canister', 'provisional_create_canister_with_cycles']),
  query: new Set(['list_canisters']),
} as const;

export function createEndpoints({ backend, chain, identity, now, syncCallTimeoutMs }: EndpointOptions) {
  const rootKeyDer = identity.key.publicKeyDer;
  const isHosted = createRangeCheck(backend.subnet.canisterRanges);

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
    authenticate(request, { nowNs: now(), rootKeyDer });
    return { request, acceptance: await chain.submit(request) };
  };

  const callAsync = async (effectiveId: Uint8Array, body: Uint8Array): Promise<HttpReply> => {
    const { acceptance } = await accept(body, (request) => checkReceiver(request, effectiveId));
    if (acceptance.kind === 'refused') return cborReply(rejectFields(acceptance.reject));
    return emptyReply(202);
  };

  const callSync = (effectiveId: Uint8Array, body: Uint8Array): Promise<HttpReply> =>
    answerCall(body, (request) => checkReceiver(request, effectiveId));

  const callSubnet = (subnetId: Uint8Array, body: Uint8Array): Promise<HttpReply> =>
    answerCall(body, (request) => checkSubnetRequest('call', request, subnetId));

  const answerCall = async (
    body: Uint8Array,
    checkTarget: (request: CanisterRequest) => void,
  ): Promise<HttpReply> => {
    const { request, acceptance } = await accept(body, checkTarget);
    if (acceptance.kind === 'refused') {
      return cborReply({ status: 'non_replicated_rejection', ...rejectFields(acceptance.reject) });
    }
    if (acceptance.kind === 'known' && !chain.history.isTerminal(request.requestId)) {
      return textReply(202, 'Duplicate request. Message is already being tracked and executed.');
    }
    if (!(await chain.answered(request.requestId, syncCallTimeoutMs))) {
      return textReply(
        202,
        'Message did not complete execution and certification within the replica defined timeout.',
      );
    }
    const state = await chain.state();
    const certificate = state.certificate([[utf8('request_status'), request.requestId]]);
    return cborReply({ status: 'replied', certificate });
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
    authenticate(request, { nowNs: now(), rootKeyDer });
    const state = await chain.settledState();
    const outcome = await backend.query(callOf(request), () => state.dataCertificate(request.canister));
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

  const readCanisterState = async (effectiveId: Uint8Array, body: Uint8Array): Promise<HttpReply> => {
    const request = readReadStateRequest(body);
    const targets = authenticate(request, { nowNs: now(), rootKeyDer });
    const state = await chain.state();
    checkCanisterPaths({ request, targets, effectiveId, state, history: chain.history });
    return cborReply({ certificate: state.certificate(request.paths) });
  };

  /** The signature of a request matters only for paths that are not public. */
  const readSubnetState = async (effectiveId: Uint8Array, body: Uint8Array): Promise<HttpReply> => {
    const request = readReadStateRequest(body);
    const state = await chain.state();
    const targetsOf = () => authenticate(request, { nowNs: now(), rootKeyDer });
    checkSubnetPaths({ request, targetsOf, effectiveId, history: chain.history });
    return cborReply({ certificate: state.certificate(request.paths) });
  };

  const status = (): HttpReply =>
    cborReply({
      root_key: identity.key.publicKeyDer,
      replica_health_status: chain.failure === undefined ? 'healthy' : 'certified_state_behind',
    });

  return {
    checkRoute,
    callAsync,
    callSync,
    callSubnet,
    query,
    querySubnet,
    readCanisterState,
    readSubnetState,
    status,
  };
}

export type Endpoints = ReturnType<typeof createEndpoints>;
