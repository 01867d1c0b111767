/**
 * The IC's HTTP interface of an instance: the endpoints of each subnet, and the delegations by which the root subnet confirms the keys of
 * the others. The caller has found the subnet of a request.
 */
import { toOutcome } from '../../../replicas/embedded/embedded-replica.js';
import type { Engine } from '../../../replicas/embedded/engine.js';
import type { Call, Outcome, PrincipalText } from '../../../replicas/replica.js';
import { utf8 } from '../../../certification/bytes.js';
import { HttpError, type HttpReply } from '../../http/reply.js';
import { findApiRoute } from '../../ic/api-routes.js';
import type { Delegation } from '../../ic/certificate.js';
import {
  createEndpoints,
  SYNC_CALL_TIMEOUT_MS,
  type DelegationScope,
  type Endpoints,
  type StartedCall,
} from '../../ic/endpoints.js';
import { principalToBytes } from '../../ic/principals.js';
import { subnetOptionsOf } from '../topology.js';
import type { CertifiedSubnet } from './certified-subnet.js';
import { InstanceChain } from './instance-chain.js';

/** A request to a path of the HTTP interface, for one subnet. */
export interface ApiRequest {
  /** For example `/api/v2/canister/CANISTER/call`. */
  readonly path: string;
  readonly subnet: PrincipalText;
  /** The id in the path. */
  readonly effectiveId: Uint8Array;
  readonly body: Uint8Array;
}

export interface InstanceApiOptions {
  readonly engine: Engine;
  /** By id, in the order of their creation. */
  readonly subnets: ReadonlyMap<PrincipalText, CertifiedSubnet>;
  /** Whether expiries and signatures of requests are checked. */
  readonly validatesIngress: boolean;
}

export class InstanceApi {
  readonly #engine: Engine;
  readonly #validatesIngress: boolean;
  readonly #subnets: ReadonlyMap<PrincipalText, CertifiedSubnet>;
  readonly #endpoints = new Map<PrincipalText, Endpoints>();

  constructor({ engine, subnets, validatesIngress }: InstanceApiOptions) {
    this.#engine = engine;
    this.#subnets = subnets;
    this.#validatesIngress = validatesIngress;
  }

  /** Serves a request, except for the wait of a synchronous call. @throws {Error} if the path has no endpoint */
  async start({ path, subnet, effectiveId, body }: ApiRequest): Promise<StartedCall> {
    const route = findApiRoute(path);
    if (!route) throw new Error(`no endpoint has the path ${path}`);
    const endpoints = this.#endpointsOf(subnet);
    try {
      if (/^v[34]\/canister\/call$/.test(route.name)) return await endpoints.startCall(effectiveId, body);
      return { kind: 'answered', reply: await route.serve(endpoints, effectiveId, body) };
    } catch (error) {
      if (error instanceof HttpError) return { kind: 'answered', reply: error.toReply() };
      throw error;
    }
  }

  /** Waits for the answer of a synchronous call. */
  finish(subnet: PrincipalText, requestId: Uint8Array): Promise<HttpReply> {
    return this.#endpointsOf(subnet).finishCall(requestId);
  }

  /** Executes a query, which may read a certificate. */
  query(subnet: PrincipalText, call: Call): Outcome {
    const certified = this.#subnet(subnet);
    const { end, ...use } = certified.certificates.use(certified.live, call, () => {
      const delegation = this.#delegation(certified, 'key-and-ranges');
      return certified.state().dataCertificate(principalToBytes(call.canister), delegation);
    });
    const response = this.#engine.query({ ...call, ...use }, subnet);
    end();
    return toOutcome(response);
  }

  #subnet(id: PrincipalText): CertifiedSubnet {
    const subnet = this.#subnets.get(id);
    if (!subnet) throw new Error(`the instance has no subnet ${id}`);
    return subnet;
  }

  get #root(): CertifiedSubnet {
    const [root] = this.#subnets.values();
    if (!root) throw new Error('the instance has no subnet');
    return root;
  }

  #endpointsOf(id: PrincipalText): Endpoints {
    const known = this.#endpoints.get(id);
    if (known) return known;
    const subnet = this.#subnet(id);
    const endpoints = createEndpoints({
      backend: {
        subnet: { ingressBytesMax: subnetOptionsOf(subnet.facts).profile.limits.ingressBytesMax },
        query: async (call) => this.query(id, call),
      },
      chain: new InstanceChain(this.#engine, subnet),
      identity: subnet.identity,
      now: () => this.#engine.timeNs,
      syncCallTimeoutMs: SYNC_CALL_TIMEOUT_MS,
      rootKeyDer: this.#root.record.publicKeyDer,
      rootSubnetId: this.#root.record.id,
      validatesIngress: this.#validatesIngress,
      delegation: (scope) => this.#delegation(subnet, scope),
    });
    this.#endpoints.set(id, endpoints);
    return endpoints;
  }

  #delegation(subnet: CertifiedSubnet, scope: DelegationScope): Delegation | undefined {
    const root = this.#root;
    if (subnet === root) return undefined;
    const { id } = subnet.record;
    const names = scope === 'key' ? ['public_key'] : ['public_key', 'canister_ranges'];
    const paths = names.map((name) => [utf8('subnet'), id, utf8(name)]);
    return { subnetId: id, certificate: root.state().certificate(paths) };
  }
}
