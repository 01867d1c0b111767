/**
 * An instance of the server in this thread, without HTTP. Calls of canisters go to the engine directly. All other requests go to the
 * router of the server with the bodies that a client sends, so that checks and errors are the server's.
 */
import { parseExactJson, stringifyExactJson } from '../replicas/pocketic/exact-json.js';
import type { Outcome } from '../replicas/replica.js';
import { awaitMessage, queryCall, submitCall, type RoutedCall } from '../servers/pocketic/calls.js';
import { EngineBackend } from '../servers/pocketic/engine-backend.js';
import { PATIENT_HEADERS } from '../servers/pocketic/in-process.js';
import type { Instance } from '../servers/pocketic/instances.js';
import { rejectToWire } from '../servers/pocketic/reject-names.js';
import { Router } from '../servers/pocketic/router.js';
import { HttpError, type HttpReply } from '../servers/http/reply.js';
import { InstanceDeletedError, ServerError } from './errors.js';

/** A message that was submitted. */
export interface Submitted {
  readonly subnet: string;
  readonly messageId: Uint8Array;
}

export interface InstanceClientOptions {
  /** Receives each line that a canister prints. */
  readonly onPrint?: (line: string) => void;
}

const INSTANCE_ID = 0;
const INSTANCE_PATH = `/instances/${INSTANCE_ID}`;

export class InstanceClient {
  /** The id of the instance on its router. */
  readonly id = INSTANCE_ID;
  readonly #router: Router;
  readonly #instance: Instance;
  /** Ends with the last operation. The server also runs one operation of an instance at a time. */
  #tail: Promise<unknown> = Promise.resolve();
  #isDeleted = false;

  private constructor(router: Router, instance: Instance) {
    this.#router = router;
    this.#instance = instance;
  }

  /** `config` is the body of `POST /instances`. @throws {Error} with the server's text if it declines the configuration */
  static async create(config: object, { onPrint }: InstanceClientOptions = {}): Promise<InstanceClient> {
    const router = new Router((engine) =>
      Promise.resolve(new EngineBackend({ ...engine, ...(onPrint && { onPrint }) })),
    );
    const reply = await send(router, 'POST', '/instances', config);
    if (reply.status >= 400) throw new Error(creationError(textOf(reply)));
    return new InstanceClient(router, router.instance(INSTANCE_ID));
  }

  /** @throws {Error} if the canister does not accept the call */
  async submit(request: RoutedCall): Promise<Submitted> {
    const submission = await this.#run('/update/submit_ingress_message', () =>
      submitCall(this.#instance, request),
    );
    if (submission.kind === 'refused') throw rejection(submission.reject, false);
    return submission;
  }

  /** Runs rounds until the message has a reply. @throws {Error} if it is rejected */
  async await({ subnet, messageId }: Submitted): Promise<Uint8Array> {
    const outcome = await this.#run('/update/await_ingress_message', () =>
      awaitMessage(this.#instance, subnet, messageId),
    );
    return replyOf(outcome, true);
  }

  /** @throws {Error} if the query is rejected */
  async query(request: RoutedCall): Promise<Uint8Array> {
    return replyOf(await this.#run('/read/query', () => queryCall(this.#instance, request)), false);
  }

  async tick(): Promise<void> {
    await this.#run('/update/tick', () => this.#instance.backend.tick());
  }

  /** `path` is below the instance. Returns the decoded reply; integers above 2^53 are bigints. */
  async get(path: string): Promise<unknown> {
    return await this.#run(path, () => this.#request('GET', INSTANCE_PATH + path));
  }

  /** Like `get`. `body` may hold bigints. */
  async post(path: string, body: object): Promise<unknown> {
    return await this.#run(path, () => this.#request('POST', INSTANCE_PATH + path, body));
  }

  /** Sends a request that is not one of the instance. */
  async postToServer(path: string, body: object | Uint8Array | undefined): Promise<unknown> {
    return await this.#request('POST', path, body);
  }

  /** Deletes the instance and ends its gateways. */
  async dispose(): Promise<void> {
    await this.#run('', async () => {
      this.#isDeleted = true;
      await this.#router.dispose();
    });
  }

  #run<T>(path: string, operation: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(async () => {
      if (this.#isDeleted) throw new InstanceDeletedError();
      try {
        return await operation();
      } catch (error) {
        if (error instanceof HttpError) throw serverError(error.toReply(), INSTANCE_PATH + path);
        throw error;
      }
    });
    this.#tail = result.catch(() => undefined);
    return result;
  }

  async #request(method: string, path: string, body?: object): Promise<unknown> {
    return decode(await send(this.#router, method, path, body), path);
  }
}

function send(router: Router, method: string, path: string, body?: object): Promise<HttpReply> {
  const isJson = body !== undefined && !(body instanceof Uint8Array);
  return router.handle({
    method,
    path,
    headers: PATIENT_HEADERS,
    body: isJson ? Buffer.from(stringifyExactJson(body)) : Buffer.from(body ?? []),
  });
}

/** @throws {ServerError} if the reply is an error */
function decode(reply: HttpReply, path: string): unknown {
  if (reply.status >= 400) throw serverError(reply, path);
  const text = textOf(reply);
  if (text === '') return null;
  return reply.contentType === 'application/json' ? parseExactJson(text) : text;
}

function textOf({ body }: HttpReply): string {
  return typeof body === 'string' ? body : Buffer.from(body).toString();
}

/** The error of `POST /instances` is `{Error: {message}}`, or plain text if the body is malformed. */
function creationError(text: string): string {
  try {
    const { Error: error } = JSON.parse(text) as { readonly Error?: { readonly message?: unknown } };
    return typeof error?.message === 'string' ? error.message : text;
  } catch {
    return text;
  }
}

function serverError(reply: HttpReply, path: string): ServerError {
  const text = textOf(reply);
  let message = text;
  try {
    const parsed = parseExactJson(text) as { readonly message?: unknown } | null;
    if (typeof parsed?.message === 'string') message = `${parsed.message} (${path})`;
  } catch {
    // The body is plain text.
  }
  return new ServerError(message);
}

function replyOf(outcome: Outcome, certified: boolean): Uint8Array {
  if (outcome.kind === 'reject') throw rejection(outcome, certified);
  // `IDL.decode` needs an array that owns its buffer.
  return outcome.bytes.byteLength === outcome.bytes.buffer.byteLength ? outcome.bytes : outcome.bytes.slice();
}

function rejection(reject: Parameters<typeof rejectToWire>[0], certified: boolean): Error {
  const wire = rejectToWire(reject, certified);
  return new Error(
    `Canister call failed: ${wire.reject_message}. Reject code: ${wire.reject_code}. Error code: ${wire.error_code}. Certified: ${wire.certified}`,
  );
}
