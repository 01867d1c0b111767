/** Turns a request into a reply: finds the endpoint, runs it in the queue of its instance, and formats errors as the server does. */
import { emptyReply, HttpError, jsonReply, textReply, type HttpReply } from '../http/reply.js';
import { Blobstore } from './blobstore.js';
import { ENDPOINTS } from './endpoints.js';
import { Gateways, type GatewayInfo } from './gateways/gateways.js';
import { jsonError, operationError } from './errors.js';
import {
  AutoProgressConfig,
  readHttpGatewayConfig,
  readInstanceConfig,
  type InstanceGatewayConfig,
} from './instance-config.js';
import { Instances, type CreateBackend, type Instance } from './instances.js';
import { decodeBase64 } from './json/base64.js';
import { SYNC_WAIT_MS, type Ticket } from './operations.js';
import { serveApi } from './instance-http.js';
import { readBody, type Body } from './read-body.js';
import { verifySignature } from './verify-signature.js';

export interface Request {
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

const NOT_FOUND = new HttpError(404, '');
/** Length of a state label in bytes. */
const STATE_LABEL_BYTES = 16;

export class Router {
  readonly #blobs = new Blobstore();
  readonly #instances: Instances;
  readonly #gateways: Gateways;

  constructor(createBackend: CreateBackend) {
    this.#instances = new Instances(createBackend);
    this.#gateways = new Gateways({
      find: (id) => this.#instances.find(id),
      forward: (id, { path, ...request }) => this.handle({ ...request, path: `/instances/${id}${path}` }),
    });
  }

  /** Never throws. */
  async handle(request: Request): Promise<HttpReply> {
    try {
      return await this.#route(request);
    } catch (error) {
      if (error instanceof HttpError) return error.toReply();
      return jsonReply(
        JSON.stringify({ message: error instanceof Error ? error.message : String(error) }),
        500,
      );
    }
  }

  /** For callers in the same thread. @throws {HttpError} if no instance has this id */
  instance(id: number): Instance {
    return this.#instances.get(id);
  }

  async dispose(): Promise<void> {
    await this.#gateways.stopAll();
    await this.#instances.disposeAll();
    this.#blobs.clear();
  }

  async #route(request: Request): Promise<HttpReply> {
    const [, first, second, ...rest] = request.path.split('/');
    switch (first) {
      case 'status':
        return atEnd([second, ...rest], () => only(request, 'GET', () => emptyReply()));
      case 'blobstore':
        return this.#blobstore(request, second, rest);
      case 'verify_signature':
        return atEnd([second, ...rest], () => only(request, 'POST', () => verifySignature(bodyOf(request))));
      case 'read_graph':
        return only(request, 'GET', () => this.#readGraph(ticketOf(second, rest)));
      case 'prune_graph':
        return only(request, 'DELETE', () => this.#pruneGraph(ticketOf(second, rest)));
      case 'http_gateway':
        return await this.#gateway(request, second, rest);
      case 'instances':
        if (second === undefined) return await this.#collection(request);
        if (second === '') throw NOT_FOUND;
        return await this.#instance(request, instanceId(second), rest.map((part) => `/${part}`).join(''));
      default:
        throw NOT_FOUND;
    }
  }

  async #gateway(request: Request, id: string | undefined, rest: readonly string[]): Promise<HttpReply> {
    if (id !== undefined && id !== '') {
      if (rest.length !== 1 || rest[0] !== 'stop') throw NOT_FOUND;
      return await only(request, 'POST', async () => {
        await this.#gateways.stop(instanceId(id));
        return jsonReply('null');
      });
    }
    if (rest.length > 0) throw NOT_FOUND;
    if (request.method === 'GET') return jsonReply(JSON.stringify(this.#gateways.list()));
    return await only(request, 'POST', async () => {
      const created = await this.#gateways.create(readHttpGatewayConfig(bodyOf(request)));
      return jsonReply(JSON.stringify({ Created: created }), 201);
    });
  }

  async #collection(request: Request): Promise<HttpReply> {
    if (request.method === 'GET') return jsonReply(JSON.stringify(this.#instances.list()));
    return await only(request, 'POST', async () => {
      const config = readInstanceConfig(bodyOf(request));
      const instance = await this.#instances.create(config);
      const gateway = await this.#createGateway(instance.id, config.http_gateway_config);
      return jsonReply(
        JSON.stringify({
          Created: {
            instance_id: instance.id,
            topology: instance.topology.toWire(),
            http_gateway_info: gateway,
          },
        }),
        201,
      );
    });
  }

  /** An instance whose gateway cannot be created does not remain. */
  async #createGateway(id: number, config: InstanceGatewayConfig | undefined): Promise<GatewayInfo | null> {
    if (!config) return null;
    try {
      const target = { kind: 'PocketIcInstance', value: BigInt(id) } as const;
      return await this.#gateways.create({ ...config, forward_to: target });
    } catch (error) {
      await this.#instances.delete(id);
      throw error instanceof HttpError ? new HttpError(400, error.message, error.contentType) : error;
    }
  }

  async #instance(request: Request, id: number, path: string): Promise<HttpReply> {
    if (path === '' || path === '/') {
      return await only(request, 'DELETE', async () => {
        await this.#gateways.stopAll(id);
        await this.#instances.delete(id);
        return emptyReply();
      });
    }
    if (path === '/auto_progress') return await this.#autoProgress(request, id);
    if (path === '/stop_progress') {
      return await only(request, 'POST', async () => {
        await this.#instances.get(id).progress.stop();
        return jsonReply('null');
      });
    }
    if (path.startsWith('/api/')) return await this.#api(request, id, path);
    return await this.#operation(request, id, path);
  }

  #api({ method, body }: Request, id: number, path: string): Promise<HttpReply> {
    return serveApi({ method, path, body }, () => {
      const instance = this.#instances.find(id);
      // The errors of these endpoints are text.
      if (typeof instance === 'string') throw new HttpError(400, instance);
      return instance;
    });
  }

  async #autoProgress(request: Request, id: number): Promise<HttpReply> {
    if (request.method === 'GET') return jsonReply(String(this.#instances.get(id).progress.isEnabled));
    return await only(request, 'POST', async () => {
      const { artificial_delay_ms: delayMs = 0n } = readBody(AutoProgressConfig, bodyOf(request));
      if (!(await this.#instances.get(id).progress.start(Number(delayMs))))
        throw jsonError(400, { message: 'Auto progress mode has already been enabled.' });
      return jsonReply('null');
    });
  }

  async #operation(request: Request, id: number, path: string): Promise<HttpReply> {
    // The endpoints below /read and /update exist with and without a trailing slash.
    const endpoint = ENDPOINTS.get(path) ?? ENDPOINTS.get(path.replace(/^(\/(?:read|update)\/.+)\/$/, '$1'));
    if (!endpoint) throw NOT_FOUND;
    if (request.method !== endpoint.method) throw new HttpError(405, '');
    const run = endpoint.prepare({ body: bodyOf(request), blobs: this.#blobs });
    const instance: Instance = this.#instances.get(id);
    const json = await instance.queue.execute({
      name: path.replace(/\/$/, '').replace(/^.*\//, ''),
      run: () => run(instance),
      syncWaitMs: syncWaitMs(request),
      waitIfBusy: endpoint.waitIfBusy === true,
    });
    return jsonReply(json);
  }

  #blobstore(request: Request, id: string | undefined, rest: readonly string[]): HttpReply {
    if (id === undefined || (id === '' && rest.length === 0))
      return only(request, 'POST', () => this.#keepBlob(request));
    return atEnd(rest, () =>
      only(request, 'GET', () => {
        if (!/^(?:[0-9a-fA-F]{2})*$/.test(id)) throw new HttpError(400, '');
        const blob = this.#blobs.get(id.toLowerCase());
        if (!blob) throw NOT_FOUND;
        return { status: 200, contentType: 'application/octet-stream', body: blob.data };
      }),
    );
  }

  #keepBlob({ headers, body }: Request): HttpReply {
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'gzip')
      throw new HttpError(400, "Bad encoding: Only 'gzip' content encoding is supported");
    return textReply(200, this.#blobs.put({ data: new Uint8Array(body), gzip: encoding === 'gzip' }));
  }

  #readGraph(ticket: Ticket): HttpReply {
    const problem = labelProblem(ticket.state_label);
    if (problem === 'not base64') throw new HttpError(400, 'Malformed state label.');
    if (problem !== undefined) throw operationError('Malformed state label.');
    const result = this.#instances.results.get(ticket) ?? fail(unknownTicket(ticket));
    if (result.kind === 'failed') throw result.error;
    return jsonReply(result.json);
  }

  #pruneGraph(ticket: Ticket): HttpReply {
    if (labelProblem(ticket.state_label) !== undefined) throw operationError('Malformed state label.');
    if (!this.#instances.results.delete(ticket)) throw unknownTicket(ticket);
    return jsonReply('null');
  }
}

function only<T>(request: Request, method: string, handle: () => T): T {
  if (request.method !== method) throw new HttpError(405, '');
  return handle();
}

/** A path may end in one slash. */
function atEnd<T>(rest: readonly (string | undefined)[], handle: () => T): T {
  const parts = rest.filter((part) => part !== undefined);
  if (parts.length > 1 || (parts[0] ?? '') !== '') throw NOT_FOUND;
  return handle();
}

function fail(error: HttpError): never {
  throw error;
}

function ticketOf(label: string | undefined, rest: readonly string[]): Ticket {
  const [id] = rest;
  if (label === undefined || id === undefined || rest.length > 1) throw NOT_FOUND;
  return { state_label: decodePart(label), op_id: decodePart(id) };
}

/** A label is base64 with the alphabet for URLs. */
function labelProblem(label: string): 'not base64' | 'wrong length' | undefined {
  if (/[+/]/.test(label)) return 'not base64';
  const bytes = decodeBase64(label.replaceAll('-', '+').replaceAll('_', '/'));
  if (typeof bytes === 'string') return 'not base64';
  return bytes.length === STATE_LABEL_BYTES ? undefined : 'wrong length';
}

function unknownTicket({ state_label, op_id }: Ticket): HttpError {
  return jsonError(404, { message: `state_label / op_id not found: ${state_label} / ${op_id}` });
}

function bodyOf(request: Request): Body {
  const type = request.headers['content-type'];
  return { contentType: Array.isArray(type) ? type[0] : type, bytes: request.body };
}

function instanceId(part: string): number {
  if (!/^\d{1,9}$/.test(part)) throw new HttpError(400, `Invalid URL: Cannot parse \`${part}\` to a \`u64\``);
  return Number(part);
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new HttpError(400, 'Invalid URL');
  }
}

function syncWaitMs(request: Request): number {
  const header = request.headers['processing-timeout-ms'];
  if (header === undefined) return SYNC_WAIT_MS;
  const wait = Number(header);
  return Number.isInteger(wait) && wait >= 0 ? Math.min(wait, 2 ** 31 - 1) : SYNC_WAIT_MS;
}
