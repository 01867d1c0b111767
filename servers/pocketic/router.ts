/** Turns a request into a reply: finds the endpoint, runs it in the queue of its instance, and formats errors as the server does. */
import { emptyReply, HttpError, jsonReply, textReply, type HttpReply } from '../http/reply.js';
import { Blobstore } from './blobstore.js';
import { ENDPOINTS } from './endpoints.js';
import { jsonError } from './errors.js';
import { Instances, type CreateBackend } from './instances.js';
import { SYNC_WAIT_MS } from './operations.js';
import { readCreateInstance } from './requests.js';

export interface Request {
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export class Router {
  readonly #blobs = new Blobstore();
  readonly #instances: Instances;

  constructor(createBackend: CreateBackend) {
    this.#instances = new Instances(createBackend);
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

  async dispose(): Promise<void> {
    await this.#instances.disposeAll();
    this.#blobs.clear();
  }

  async #route(request: Request): Promise<HttpReply> {
    // The server accepts every path with and without a trailing slash.
    const path = request.path.replace(/(?<=.)\/$/, '');
    const [, first, second, ...rest] = path.split('/');
    switch (first) {
      case 'status':
        return this.#only(request, 'GET', () => emptyReply());
      case 'blobstore':
        return this.#blobstore(request, second);
      case 'read_graph':
        return this.#only(request, 'GET', () => this.#readGraph(second, rest[0]));
      case 'instances':
        if (second === undefined) return await this.#collection(request);
        return await this.#instance(
          request,
          instanceId(second),
          rest.length === 0 ? '' : `/${rest.join('/')}`,
        );
      default:
        throw new HttpError(404, '');
    }
  }

  #only<T>(request: Request, method: string, handle: () => T): T {
    if (request.method !== method) throw new HttpError(405, '');
    return handle();
  }

  async #collection(request: Request): Promise<HttpReply> {
    if (request.method === 'GET') return jsonReply(JSON.stringify(this.#instances.list()));
    return await this.#only(request, 'POST', async () => {
      const instance = await this.#instances.create(readCreateInstance(bodyOf(request)));
      return jsonReply(
        JSON.stringify({
          Created: {
            instance_id: instance.id,
            topology: instance.topology.toWire(),
            http_gateway_info: null,
          },
        }),
        201,
      );
    });
  }

  async #instance(request: Request, id: number, path: string): Promise<HttpReply> {
    if (path === '') {
      return await this.#only(request, 'DELETE', async () => {
        await this.#instances.delete(id);
        return emptyReply();
      });
    }
    const endpoint = ENDPOINTS.get(path);
    if (!endpoint) throw new HttpError(404, '');
    if (request.method !== endpoint.method) throw new HttpError(405, '');
    const instance = this.#instances.get(id);
    const run = endpoint.prepare({ instance, body: bodyOf(request), blobs: this.#blobs });
    const name = path.slice(path.lastIndexOf('/') + 1);
    return jsonReply(
      await instance.queue.execute({
        name,
        run,
        syncWaitMs: syncWaitMs(request),
        waitIfBusy: endpoint.waitIfBusy === true,
      }),
    );
  }

  #blobstore(request: Request, id: string | undefined): HttpReply {
    if (id !== undefined) {
      return this.#only(request, 'GET', () => {
        const blob = this.#blobs.get(id);
        if (!blob) throw new HttpError(404, '');
        return { status: 200, contentType: 'application/octet-stream', body: blob.data };
      });
    }
    return this.#only(request, 'POST', () => {
      const encoding = request.headers['content-encoding'];
      if (encoding !== undefined && encoding !== 'gzip') {
        throw new HttpError(400, "Bad encoding: Only 'gzip' content encoding is supported");
      }
      return textReply(
        200,
        this.#blobs.put({ data: new Uint8Array(request.body), gzip: encoding === 'gzip' }),
      );
    });
  }

  #readGraph(label: string | undefined, id: string | undefined): HttpReply {
    if (label === undefined || id === undefined) throw new HttpError(404, '');
    const ticket = { state_label: decodePart(label), op_id: decodePart(id) };
    const result = this.#instances.results.get(ticket);
    if (!result) {
      throw jsonError(404, {
        message: `state_label / op_id not found: ${ticket.state_label} / ${ticket.op_id}`,
      });
    }
    if (result.kind === 'failed') throw result.error;
    return jsonReply(result.json);
  }
}

function bodyOf(request: Request): { contentType: string | undefined; text: string } {
  const type = request.headers['content-type'];
  return { contentType: Array.isArray(type) ? type[0] : type, text: request.body.toString('utf8') };
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
