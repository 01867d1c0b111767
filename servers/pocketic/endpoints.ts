/** The endpoints of an instance: how each decodes its request, runs, and replies. `rs/pocket_ic_server/src/pocket_ic.rs`. */
import type { PrincipalText } from '../../replicas/replica.js';
import type { Absence, InstanceBackend } from './backend.js';
import { plainBytes, type Blobstore } from './blobstore.js';
import { checkBlockmakers } from './blockmakers.js';
import { awaitMessage, queryCall, submitCall, type RoutedCall } from './calls.js';
import { conversionError, debugPrincipal, jsonError, operationError } from './errors.js';
import type { Instance } from './instances.js';
import {
  httpOutcallsReply,
  NOTHING,
  blobReply,
  controllersReply,
  cyclesReply,
  outcomeReply,
  publicKeyReply,
  refusedReply,
  submittedReply,
  subnetReply,
  timeReply,
} from './replies.js';
import * as requests from './requests.js';
import type { Body } from './read-body.js';
import type { MessageReference } from './requests.js';
import { routeMessage } from './routing.js';
import { readTick, type TickRequest } from './tick.js';
import { SUBNET_KINDS } from './subnet-kinds.js';
import type { SubnetFacts } from './topology.js';

export interface EndpointContext {
  readonly body: Body;
  readonly blobs: Blobstore;
}

/** Runs on an instance. Returns the JSON text of the reply. */
export type Operation = (instance: Instance) => Promise<string>;

export interface Endpoint {
  readonly method: 'GET' | 'POST';
  /** Decodes the request immediately, so that a malformed one fails without waiting, and also without an instance. */
  readonly prepare: (context: EndpointContext) => Operation;
  /** If set, a request waits for a busy instance instead of failing. */
  readonly waitIfBusy?: true;
}

function get(run: (instance: Instance) => Promise<string>): Endpoint {
  return { method: 'GET', prepare: () => run };
}

function post<T>(
  read: (body: Body) => T,
  run: (instance: Instance, request: T, context: EndpointContext) => Promise<string>,
): Endpoint {
  return {
    method: 'POST',
    prepare: (context) => {
      const request = read(context.body);
      return (instance) => run(instance, request, context);
    },
  };
}

/** An endpoint of a later server, which fails with a reason. */
function unsupported(what: string): Endpoint {
  return {
    method: 'POST',
    prepare: () => () =>
      Promise.reject(operationError(`this server does not support ${what}; use a PocketIC server`)),
  };
}

const topology: Endpoint = {
  ...get(({ topology: subnets }) => Promise.resolve(JSON.stringify(subnets.toWire()))),
  waitIfBusy: true,
};

/** By path below `/instances/{id}`. */
export const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map([
  ['/_/topology', topology],
  ['/read/topology', topology],
  ['/read/get_time', get(async ({ backend }) => timeReply(await backend.time()))],
  [
    '/read/get_canister_http',
    get(async ({ backend, topology: { hasLaterFields } }) =>
      httpOutcallsReply(await backend.httpOutcalls(), hasLaterFields),
    ),
  ],
  ['/read/query', post(requests.readCall, query)],
  ['/read/ingress_status', post(requests.readIngressStatus, ingressStatus)],
  ['/read/get_cycles', post(requests.readCanisterId, getCycles)],
  ['/read/get_controllers', post(requests.readCanisterId, getControllers)],
  ['/read/get_subnet', post(requests.readCanisterId, getSubnet)],
  ['/read/pub_key', post(requests.readSubnetId, publicKey)],
  ['/read/get_stable_memory', post(requests.readCanisterId, getStableMemory)],
  ['/update/submit_ingress_message', post(requests.readCall, submit)],
  ['/update/await_ingress_message', post(requests.readMessageReference, awaitIngress)],
  ['/update/tick', post(readTick, tick)],
  ['/update/set_time', post(requests.readTime, ({ backend }, timeNs) => setTime(backend, timeNs, false))],
  [
    '/update/set_certified_time',
    post(requests.readTime, ({ backend }, timeNs) => setTime(backend, timeNs, true)),
  ],
  ['/update/add_cycles', post(requests.readAddCycles, addCycles)],
  ['/update/set_stable_memory', post(requests.readSetStableMemory, setStableMemory)],
  ['/update/mock_canister_http', post(requests.readMockHttp, mockHttp)],
  ['/update/mock_flexible_canister_http', unsupported('flexible HTTP outcalls')],
  ['/update/delete_subnet', post(requests.readSubnetId, deleteSubnet)],
  ['/update/canister_snapshot_download', unsupported('snapshots in folders')],
  ['/update/canister_snapshot_upload', unsupported('snapshots in folders')],
]);

async function submit(instance: Instance, request: RoutedCall): Promise<string> {
  const submission = await submitCall(instance, request);
  return submission.kind === 'accepted'
    ? submittedReply(submission.subnet, submission.messageId)
    : refusedReply(submission.reject);
}

async function query(instance: Instance, request: RoutedCall): Promise<string> {
  return outcomeReply(await queryCall(instance, request), false);
}

async function ingressStatus(
  instance: Instance,
  { route, messageId, caller }: ReturnType<typeof requests.readIngressStatus>,
): Promise<string> {
  const status = await instance.backend.ingressStatus(messageId, routeMessage(instance, route).id);
  if (status !== undefined && caller !== undefined && caller !== status.caller) {
    const message = 'The user tries to access Request ID not signed by the caller.';
    throw jsonError(403, { message: `Forbidden(${JSON.stringify(message)})` });
  }
  return status?.outcome === undefined ? NOTHING : outcomeReply(status.outcome, true);
}

async function awaitIngress(instance: Instance, { route, messageId }: MessageReference): Promise<string> {
  const { id } = routeMessage(instance, route);
  return outcomeReply(await awaitMessage(instance, id, messageId), true);
}

async function tick({ backend, topology }: Instance, { blockmakers }: TickRequest): Promise<string> {
  await backend.tick(checkBlockmakers(blockmakers, topology));
  return NOTHING;
}

async function setTime(backend: InstanceBackend, timeNs: bigint, isCertified: boolean): Promise<string> {
  const nowNs = await backend.time();
  if (timeNs < nowNs) throw operationError(`SettingTimeIntoPast((${nowNs}, ${timeNs}))`);
  if (timeNs > nowNs) await backend.setTime(timeNs, isCertified);
  return NOTHING;
}

/**
 * Returns `value`.
 * @throws {HttpError} the server's error if the canister does not exist or has no module
 */
function present<T>(
  value: T | Absence | undefined,
  canister: PrincipalText,
): Exclude<T, Absence | undefined> {
  if (value === undefined || value === 'no-canister')
    throw operationError(`CanisterNotFound(CanisterId(${canister}))`);
  if (value === 'no-module') throw operationError(`CanisterIsEmpty(CanisterId(${canister}))`);
  return value as Exclude<T, Absence | undefined>;
}

async function getCycles({ backend }: Instance, canister: PrincipalText): Promise<string> {
  return cyclesReply(present(await backend.cycles(canister), canister));
}

async function addCycles(
  { backend }: Instance,
  { canister, amount }: { readonly canister: PrincipalText; readonly amount: bigint },
): Promise<string> {
  return cyclesReply(present(await backend.addCycles(canister, amount), canister));
}

async function getControllers({ backend }: Instance, canister: PrincipalText): Promise<string> {
  return controllersReply(present(await backend.controllers(canister), canister));
}

async function getSubnet({ backend, topology }: Instance, canister: PrincipalText): Promise<string> {
  const exists = (await backend.cycles(canister)) !== undefined;
  return subnetReply(exists ? topology.route(canister)?.id : undefined);
}

async function publicKey(instance: Instance, subnet: PrincipalText): Promise<string> {
  return publicKeyReply(existing(instance, subnet).publicKey);
}

/** @throws {HttpError} the server's error if the subnet does not exist */
function existing({ topology }: Instance, subnet: PrincipalText): SubnetFacts {
  const facts = topology.withId(subnet);
  if (!facts) throw operationError(`SubnetNotFound(${debugPrincipal(subnet)})`);
  return facts;
}

/** Only subnets that are no single subnet of the mainnet can be deleted. */
async function deleteSubnet(instance: Instance, id: PrincipalText): Promise<string> {
  const subnet = existing(instance, id);
  const { backend, topology } = instance;
  const isNamed = SUBNET_KINDS[subnet.kind].mainnetRanges.length > 0;
  if (isNamed) throw operationError(`the subnet ${id} cannot be deleted, because its kind is ${subnet.kind}`);
  if (subnet === topology.root)
    throw operationError(`the subnet ${id} cannot be deleted, because it is the root subnet`);
  topology.remove(subnet);
  await backend.deleteSubnet(id);
  return NOTHING;
}

async function getStableMemory({ backend }: Instance, canister: PrincipalText): Promise<string> {
  return blobReply(present(await backend.stableMemory(canister), canister));
}

async function setStableMemory(
  { backend }: Instance,
  { canister, blobId }: { readonly canister: PrincipalText; readonly blobId: string },
  { blobs }: EndpointContext,
): Promise<string> {
  const blob = blobs.get(blobId);
  if (!blob) throw conversionError('Bad blob id');
  const bytes = plainBytes(blob);
  if (!bytes) throw conversionError('Decompression failed');
  const absence = await backend.setStableMemory(canister, bytes);
  if (absence !== undefined) present(absence, canister);
  return NOTHING;
}

async function mockHttp(
  instance: Instance,
  { subnet, requestId, responses }: requests.MockHttpRequest,
): Promise<string> {
  const { nodes } = existing(instance, subnet);
  const outcalls = await instance.backend.httpOutcalls();
  const isPending = outcalls.some((outcall) => outcall.id === requestId && outcall.subnet === subnet);
  if (!isPending) throw operationError(`InvalidCanisterHttpRequestId((${subnet}, ${requestId}))`);
  // Every node of the subnet makes the request, so there may be one response for each node.
  if (responses.length > 1 && responses.length !== nodes) {
    throw operationError(`InvalidMockCanisterHttpResponses((${responses.length}, ${nodes}))`);
  }
  await instance.backend.answerHttpOutcall(requestId, responses, subnet);
  return NOTHING;
}
