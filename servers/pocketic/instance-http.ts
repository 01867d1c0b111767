/**
 * The IC's HTTP interface of an instance, below `/instances/ID/api`: finds the subnet, and runs the request in the queue of the instance.
 * A synchronous call waits for its answer outside of the queue, because other requests run the rounds. Unlike on the IC, the content type
 * of a request does not matter (recorded: trace 11, exchange 49).
 */
import { MANAGEMENT_CANISTER } from '../../replicas/embedded/principals.js';
import { HttpError, type HttpReply } from '../http/reply.js';
import { findApiRoute, type ApiRoute } from '../ic/api-routes.js';
import { readCanisterRequest } from '../ic/envelope.js';
import { principalToText } from '../ic/principals.js';
import type { Instance } from './instances.js';
import { parsePrincipalText } from './principal-text.js';
import { routeCanister } from './routing.js';
import type { SubnetFacts } from './topology.js';

export interface ApiMessage {
  readonly method: string;
  /** For example `/api/v2/status`. */
  readonly path: string;
  readonly body: Uint8Array;
}

/** The limit of a request body. */
const BODY_BYTES_MAX = 4 * 1_024 * 1_024;
/** Rounds of other requests come first, so a request may wait for a long time. */
const WAIT_MS_MAX = 2 ** 31 - 1;

/**
 * `find` returns the instance.
 * @throws {HttpError} with the reply for a request that reaches no subnet
 */
export async function serveApi(message: ApiMessage, find: () => Instance): Promise<HttpReply> {
  const { path, body } = message;
  const route = findApiRoute(path.replace(/\/$/, ''));
  if (!route) throw new HttpError(404, '');
  if (message.method !== (route.scope === 'status' ? 'GET' : 'POST')) throw new HttpError(405, '');
  if (body.length > BODY_BYTES_MAX) {
    throw gatewayError(
      413,
      'payload_too_large',
      `Payload is too large: maximum body size is ${BODY_BYTES_MAX} bytes.`,
    );
  }
  const effectiveId = idInPath(route);
  const instance = find();
  const started = await runInQueue(instance, route.name.replaceAll('/', '_'), async () => {
    const { id: subnet } = await subnetOf(instance, route, effectiveId, body);
    const request = { path: path.replace(/\/$/, ''), subnet, effectiveId, body };
    return { subnet, ...(await instance.backend.startApi(request)) };
  });
  return started.kind === 'answered'
    ? started.reply
    : await instance.backend.finishApi(started.subnet, started.requestId);
}

/** Runs as an operation of the instance, after the operations that run already. */
export async function runInQueue<T>(
  instance: Pick<Instance, 'queue'>,
  name: string,
  run: () => Promise<T>,
): Promise<T> {
  const results: T[] = [];
  await instance.queue.execute({
    name,
    run: async () => {
      results.push(await run());
      return 'null';
    },
    syncWaitMs: WAIT_MS_MAX,
    waitIfBusy: true,
  });
  const [result] = results;
  if (result === undefined) throw new Error('the operation has no result');
  return result;
}

const PATH_NAMES = { status: '', canister: 'ecid', subnet: 'sid' } as const;

function idInPath({ scope, id }: ApiRoute): Uint8Array {
  if (scope === 'status') return new Uint8Array(0);
  const bytes = parsePrincipalText(id);
  if (typeof bytes !== 'string') return bytes;
  throw new HttpError(
    400,
    `Invalid URL: Cannot parse \`${PATH_NAMES[scope]}\` with value \`${id}\`: ${bytes}`,
  );
}

/** A call that creates a canister with an id of the mainnet creates the subnet for it. */
async function subnetOf(
  instance: Instance,
  { scope, name }: ApiRoute,
  effectiveId: Uint8Array,
  body: Uint8Array,
): Promise<SubnetFacts> {
  const { topology } = instance;
  switch (scope) {
    case 'status':
      return topology.defaultSubnet;
    case 'subnet':
      return topology.withId(principalToText(effectiveId)) ?? fail('subnet_not_found', SUBNET_NOT_FOUND);
    case 'canister': {
      const isCreation = name.endsWith('/call') && isCreationRequest(body);
      const subnet = await routeCanister(instance, principalToText(effectiveId), isCreation);
      return subnet ?? fail('canister_not_found', 'The specified canister does not exist.');
    }
  }
}

const SUBNET_NOT_FOUND = 'The specified subnet cannot be found.';

function isCreationRequest(body: Uint8Array): boolean {
  try {
    const { canister, method } = readCanisterRequest(body, 'call');
    return (
      principalToText(canister) === MANAGEMENT_CANISTER &&
      method === 'provisional_create_canister_with_cycles'
    );
  } catch {
    // The endpoint answers malformed requests.
    return false;
  }
}

function fail(cause: string, details: string): never {
  throw gatewayError(400, cause, details);
}

function gatewayError(status: number, cause: string, details: string): HttpError {
  return new HttpError(status, `error: ${cause}\ndetails: ${details}`);
}
