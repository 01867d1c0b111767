/**
 * `--target URL`: a service that implements the HTTP interface of docs/http.md, with one caller per line of a token file. A few requests
 * before the run check both, so that each problem is reported in one line.
 */
import { randomUUID } from 'node:crypto';
import { Principal } from '@icp-sdk/core/principal';
import { callerSecret } from '../../harness/execution/callers.js';
import { InputError } from '../../harness/input-error.js';
import type { PreparedCaller } from '../../harness/execution/interpreter.js';
import type { Service } from '../../harness/execution/service-runner.js';
import { HttpServiceReplica } from '../../replicas/live/http-service.js';
import { decodeHttpRequest, encodeHttpResponse } from '../../targets/http-message.js';
import { httpServiceTarget, withPrefix } from '../../targets/http-service.js';
import type { Target } from '../../targets/target.js';
import { readTokenFile } from './inputs.js';

/** Plain data, passed to the worker thread. */
export interface ServiceSpec {
  /** The origin, without a path. */
  readonly url: string;
  /** One per line of the token file. */
  readonly callers: readonly { readonly capsuleId: string; readonly token: string }[];
  /** The chunk size of the service in bytes. */
  readonly chunkSize: number;
}

/** The value of `--target` if it is the URL of a service; undefined if it is a module. */
export function serviceUrl(target: string | undefined): string | undefined {
  return target !== undefined && /^https?:\/\//i.test(target) ? target : undefined;
}

const PROBE_TIMEOUT_MS = 15_000;
const HOW_TOKENS =
  'each line is "CAPSULE_ID TOKEN" (npx upload-stress http-token --host URL prints such lines)';

/** @throws InputError if the service does not answer, does not implement docs/http.md, or rejects a token */
export async function resolveService(target: string, tokenFile: string | undefined): Promise<ServiceSpec> {
  const url = urlOf(target);
  if (tokenFile === undefined)
    throw new InputError(`--target ${target} needs --http-token FILE with a token per caller; ${HOW_TOKENS}`);
  const [first, ...others] = readTokens(tokenFile);
  const callers = [first, ...others];
  await checkProtocol(url);
  for (const [index, { token }] of callers.entries())
    await checkToken(url, token, `${tokenFile}, token ${index + 1}`);
  return { url, callers, chunkSize: await probeChunkSize(url, first) };
}

function urlOf(target: string): string {
  if (!URL.canParse(target)) throw new InputError(`--target ${target}: it is not a URL`);
  const { origin, pathname, search } = new URL(target);
  if (pathname !== '/' || search !== '')
    throw new InputError(
      `--target ${target}: pass only the origin, ${origin}; docs/http.md defines the paths`,
    );
  return origin;
}

type Caller = ServiceSpec['callers'][number];

/** Empty lines and lines that begin with `#` are ignored. */
function readTokens(path: string): readonly [Caller, ...Caller[]] {
  const lines = readTokenFile(path).split('\n');
  const [first, ...others] = lines.flatMap((line, index) => {
    const [capsuleId, token, ...rest] = line.split(/\s+/).filter((word) => word !== '');
    if (capsuleId === undefined || capsuleId.startsWith('#')) return [];
    if (token !== undefined && rest.length === 0) return [{ capsuleId, token }];
    const words = token === undefined ? 1 : 2 + rest.length;
    throw new InputError(`--http-token ${path}: line ${index + 1} has ${words} words; ${HOW_TOKENS}`);
  });
  if (first === undefined) throw new InputError(`--http-token ${path}: it has no tokens; ${HOW_TOKENS}`);
  return [first, ...others];
}

interface ProbeResponse {
  readonly status: number;
  /** Undefined if the body is not a JSON object. */
  readonly json: Readonly<Record<string, unknown>> | undefined;
  /** The field `error.kind` of the body. */
  readonly kind: string | undefined;
  readonly text: string;
}

async function request(url: string, path: string, init: RequestInit = {}): Promise<ProbeResponse> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(new URL(path, url), { ...init, signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    text = await response.text();
  } catch (error) {
    const { code, message } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
    if (code?.startsWith('HPE_') === true)
      throw new InputError(`--target ${url}: the server there does not speak HTTP (${code})`);
    throw new InputError(`--target ${url}: no service answers (${code ?? message})`);
  }
  const json = objectIn(text);
  const error = json?.['error'] as { readonly kind?: unknown } | undefined;
  const kind = typeof error?.kind === 'string' ? error.kind : undefined;
  return { status: response.status, json, kind, text };
}

function objectIn(text: string): ProbeResponse['json'] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as ProbeResponse['json']) : undefined;
  } catch {
    return undefined;
  }
}

const UPLOADS = '/storage/chunked-upload';

async function checkProtocol(url: string): Promise<void> {
  const path = `${UPLOADS}/0`;
  const { status, json, kind, text } = await request(url, path);
  if (json === undefined) {
    const [firstLine = ''] = text.trim().split('\n');
    throw new InputError(
      `--target ${url}: GET ${path} returned ${status} with a body that is not JSON ("${firstLine.slice(0, 80)}"); docs/http.md requires JSON`,
    );
  }
  if (status !== 401 || kind !== 'unauthorized')
    throw new InputError(
      `--target ${url}: GET ${path} without a token returned ${[status, kind ?? ''].join(' ').trim()}; docs/http.md requires 401 unauthorized`,
    );
}

function withToken(token: string): RequestInit {
  return { headers: { authorization: `Bearer ${token}` } };
}

async function checkToken(url: string, token: string, place: string): Promise<void> {
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new InputError(`--http-token ${place}: it contains characters that a token cannot have`);
  const { status } = await request(url, `${UPLOADS}/0`, withToken(token));
  if (status === 401)
    throw new InputError(
      `--http-token ${place}: ${url} rejects the token (401): it is wrong, has expired, or was revoked`,
    );
}

/** Begins an upload of one byte to learn the chunk size, and cancels it. */
async function probeChunkSize(url: string, { capsuleId, token }: Caller): Promise<number> {
  const begin = {
    capsule_id: capsuleId,
    filename: 'probe',
    mime_type: 'application/octet-stream',
    total_size: 1,
  };
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await request(url, UPLOADS, { method: 'POST', headers, body: JSON.stringify(begin) });
  const { chunk_size: chunkSize, session_id: sessionId } = response.json ?? {};
  if (
    response.status === 201 &&
    typeof chunkSize === 'number' &&
    chunkSize >= 1 &&
    typeof sessionId === 'string'
  ) {
    await request(url, `${UPLOADS}/${encodeURIComponent(sessionId)}/cancel`, { method: 'POST', headers });
    return chunkSize;
  }
  const message = (response.json?.['error'] as { message?: unknown } | undefined)?.message;
  const reason = typeof message === 'string' ? message : response.text.slice(0, 80);
  throw new InputError(
    `--target ${url}: it rejects an upload into capsule ${capsuleId}: ${response.status} ${reason}`,
  );
}

// ---- in the worker thread ----

export function openService({ url, callers, chunkSize }: ServiceSpec): {
  readonly replica: HttpServiceReplica;
  readonly target: Target;
  readonly service: Service;
} {
  const tokens = new Map(callers.map(({ token }, index) => [principalOf(index), token]));
  const replica = new HttpServiceReplica({
    url,
    tokenOf: (caller) => tokens.get(caller) ?? '',
    codec: { decodeRequest: decodeHttpRequest, encodeResponse: encodeHttpResponse },
  });
  const target = httpServiceTarget(chunkSize);
  const prepared = callers.map(({ capsuleId }, index): PreparedCaller => ({
    principal: principalOf(index),
    capsuleId,
  }));
  // Every run gets its own key prefix, because the service keeps what earlier runs uploaded.
  const campaign = randomUUID().slice(0, 8);
  let runs = 0;
  const freshTarget = () => withPrefix(target, `${campaign}-${runs++}-`);
  return { replica, target, service: { callers: prepared, freshTarget } };
}

/** The principal that stands for a caller inside the suite. The service knows callers by their tokens only. */
function principalOf(index: number): string {
  return Principal.selfAuthenticating(callerSecret(index)).toText();
}
