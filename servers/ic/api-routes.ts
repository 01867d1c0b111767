/** The paths of the IC's HTTP interface (IC interface specification, "HTTPS Interface"). */
import type { HttpReply } from '../http/reply.js';
import type { Endpoints } from './endpoints.js';

export interface ApiRoute {
  /** For example `v2/canister/call`. */
  readonly name: string;
  readonly scope: 'status' | 'canister' | 'subnet';
  /** The id in the path, as text. */
  readonly id: string;
  readonly serve: ServeApi;
}

export type ServeApi = (
  endpoints: Endpoints,
  effectiveId: Uint8Array,
  body: Uint8Array,
) => Promise<HttpReply>;

/** By version, scope, and operation. The versions differ in delegations, and in which paths of the state may be read. */
const SERVE: ReadonlyMap<string, ServeApi> = new Map<string, ServeApi>([
  ['v2/canister/call', (endpoints, id, body) => endpoints.callAsync(id, body)],
  ['v3/canister/call', (endpoints, id, body) => endpoints.callSync(id, body)],
  ['v4/canister/call', (endpoints, id, body) => endpoints.callSync(id, body)],
  ['v4/subnet/call', (endpoints, id, body) => endpoints.callSubnet(id, body)],
  ['v3/subnet/query', (endpoints, id, body) => endpoints.querySubnet(id, body)],
  ['v2/canister/query', (endpoints, id, body) => endpoints.query(id, body)],
  ['v3/canister/query', (endpoints, id, body) => endpoints.query(id, body)],
  ['v2/canister/read_state', (endpoints, id, body) => endpoints.readCanisterState(id, body, 'v2')],
  ['v3/canister/read_state', (endpoints, id, body) => endpoints.readCanisterState(id, body, 'v3')],
  ['v2/subnet/read_state', (endpoints, id, body) => endpoints.readSubnetState(id, body, 'v2')],
  ['v3/subnet/read_state', (endpoints, id, body) => endpoints.readSubnetState(id, body, 'v3')],
]);

export function findApiRoute(path: string): ApiRoute | undefined {
  if (path === '/api/v2/status') {
    return { name: 'v2/status', scope: 'status', id: '', serve: async (endpoints) => endpoints.status() };
  }
  const match = /^\/api\/(v\d)\/(canister|subnet)\/([^/]+)\/(\w+)$/.exec(path);
  if (!match) return undefined;
  const [, version = '', scope = '', id = '', operation = ''] = match;
  const name = `${version}/${scope}/${operation}`;
  const serve = SERVE.get(name);
  return serve && { name, scope: scope === 'subnet' ? 'subnet' : 'canister', id, serve };
}
