/** The HTTP gateways of a server. Ids count from 0 and are never reused. */
import { readFile } from 'node:fs/promises';
import type { TlsFiles } from '../../http/listen.js';
import { HttpError } from '../../http/reply.js';
import { jsonError } from '../errors.js';
import type { HttpGatewayConfig } from '../instance-config.js';
import type { Instance } from '../instances.js';
import {
  startGatewayListener,
  type GatewayListener,
  type GatewayListenerOptions,
} from './gateway-listener.js';

/** What the gateways need of the server. */
export interface GatewayBackend {
  /** Returns the instance, or the text of the server's error. */
  find(id: number): Instance | string;
  /** Serves a request to an instance. */
  forward(
    id: number,
    ...request: Parameters<GatewayListenerOptions['forward']>
  ): ReturnType<GatewayListenerOptions['forward']>;
}

/** As the protocol lists it. */
interface GatewayDetails {
  readonly instance_id: number;
  readonly port: number;
  readonly forward_to: { readonly PocketIcInstance: number };
  readonly domains: readonly string[] | null;
  readonly https_config: { readonly cert_path: string; readonly key_path: string } | null;
}

interface Gateway {
  readonly details: GatewayDetails;
  readonly listener: GatewayListener;
}

export interface GatewayInfo {
  readonly instance_id: number;
  readonly port: number;
}

const DEFAULT_HOST = '127.0.0.1';
/** A gateway always serves these names. */
const LOCAL_DOMAIN = 'localhost';

export class Gateways {
  readonly #backend: GatewayBackend;
  /** By id. `undefined` for a gateway that was stopped. */
  readonly #gateways: (Gateway | undefined)[] = [];

  constructor(backend: GatewayBackend) {
    this.#backend = backend;
  }

  list(): readonly GatewayDetails[] {
    return this.#gateways.flatMap((gateway) => (gateway ? [gateway.details] : []));
  }

  /** @throws {HttpError} 502 `{Error: {message}}` if there is no such instance, or if the address or the keys cannot be used */
  async create(config: HttpGatewayConfig): Promise<GatewayInfo> {
    const { forward_to: target, domains, https_config: https } = config;
    if (config.domain_custom_provider_local_file !== undefined)
      throw gatewayError('this server does not support domain_custom_provider_local_file');
    if (target.kind === 'Replica')
      throw gatewayError('this server cannot forward to another replica; use a PocketIC server');
    const id = Number(target.value);
    const listener = await this.#start(id, config);
    const details: GatewayDetails = {
      instance_id: this.#gateways.length,
      port: listener.port,
      forward_to: { PocketIcInstance: id },
      domains: domains ?? null,
      https_config: https ?? null,
    };
    this.#gateways.push({ details, listener });
    return { instance_id: details.instance_id, port: listener.port };
  }

  /** An unknown id is not an error. */
  async stop(id: number): Promise<void> {
    const gateway = this.#gateways[id];
    if (!gateway) return;
    this.#gateways[id] = undefined;
    await gateway.listener.close();
  }

  /** Stops the gateways of an instance, or all. */
  async stopAll(instance?: number): Promise<void> {
    for (const { instance_id: id, forward_to: target } of this.list())
      if (instance === undefined || target.PocketIcInstance === instance) await this.stop(id);
  }

  async #start(id: number, config: HttpGatewayConfig): Promise<GatewayListener> {
    const { ip_addr: host = DEFAULT_HOST, port = 0, domains = [LOCAL_DOMAIN] } = config;
    const tls = await readTlsFiles(config);
    const found = this.#backend.find(id);
    if (typeof found === 'string') throw gatewayError(upstreamError(found));
    const find = (): Instance => {
      const instance = this.#backend.find(id);
      if (typeof instance === 'string') throw new HttpError(400, instance);
      return instance;
    };
    const forward: GatewayListenerOptions['forward'] = (request) => this.#backend.forward(id, request);
    try {
      return await startGatewayListener({ host, port, domains, tls, find, forward });
    } catch (error) {
      throw gatewayError(`Failed to bind to address ${host}:${port}: ${osError(error as Error)}`);
    }
  }
}

async function readTlsFiles({ https_config: https }: HttpGatewayConfig): Promise<TlsFiles | undefined> {
  if (!https) return undefined;
  try {
    return { cert: await readFile(https.cert_path), key: await readFile(https.key_path) };
  } catch (error) {
    throw gatewayError(`TLS config could not be created: ${osError(error as Error)}`);
  }
}

/** The texts of the server for errors of the operating system. */
const OS_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Address already in use (os error 98)',
  EADDRNOTAVAIL: 'Cannot assign requested address (os error 99)',
  EACCES: 'Permission denied (os error 13)',
  ENOENT: 'No such file or directory (os error 2)',
};

function osError({ code, message }: NodeJS.ErrnoException): string {
  return OS_ERRORS[code ?? ''] ?? message;
}

/** The gateway asks the instance for its root key first. */
function upstreamError(content: string): string {
  const type = 'content type "text/plain; charset=utf-8"';
  return `error: upstream_error (The replica returned an HTTP Error: Http Error: status 400 Bad Request, ${type}, content: ${content})`;
}

function gatewayError(message: string): HttpError {
  return jsonError(502, { Error: { message } });
}
