/**
 * `--target URL`: a service that speaks the HTTP interface of docs/http.md, with the callers that a file of tokens names. It is asked a
 * few questions before the run, so that what is wrong is said in one line.
 */
import { randomUUID } from 'node:crypto';
import { Principal } from '@dfinity/principal';
import { callerSecret } from '../../harness/execution/callers.js';
import { InputError } from '../../harness/input-error.js';
import type { PreparedCaller } from '../../harness/execution/interpreter.js';
import type { Service } from '../../harness/execution/service-runner.js';
import { HttpServiceReplica } from '../../replicas/live/http-service.js';
import { decodeHttpRequest, encodeHttpResponse } from '../../targets/http-message.js';
import { httpServiceTarget, withPrefix } from '../../targets/http-service.js';
import type { Target } from '../../targets/target.js';
import { readInputFile } from './inputs.js';

/** Plain data: it goes to the worker thread. */
export interface ServiceSpec {
  /** Without a path. */
  readonly url: string;
  /** One for each line of the file. */
  readonly callers: readonly { readonly capsuleId: string; readonly token: string }[];
  /** Of the service, in bytes. */
  readonly chunkSize: number;
}

export function isServiceUrl(target: string | undefined): target is string {
  return target !== undefined && /^https?:\/\//i.test(target);
}

const PROBE_TIMEOUT_MS = 15_000;
const HOW_TOKENS = 'a line is "CAPSULE_ID TOKEN" (upload-stress http-token --host URL prints such lines)';

/** @throws InputError, one line, for a service that is not there or speaks something else, and for tokens that it does not take */
export async function resolveService(target: string, tokenFile: string | undefined): Promise<ServiceSpec> {
  const url = urlOf(target);
  if (tokenFile === undefined)
    throw new InputError(
      `--target ${target} needs --http-token FILE with a token for each caller; ${HOW_TOKENS}`,
    );
  const callers = readTokens(tokenFile);
  await checkProtocol(url);
  for (const [index, { token }] of callers.entries())
    await checkToken(url, token, `${tokenFile}, line ${index + 1}`);
  return { url, callers, chunkSize: await probeChunkSize(url, callers[0]!) };
}

function urlOf(target: string): string {
  if (!URL.canParse(target)) throw new InputError(`--target ${target}: it is no URL`);
  const { origin, pathname, search } = new URL(target);
  if (pathname !== '/' || search !== '')
    throw new InputError(
      `--target ${target}: give the address alone, ${origin}; the paths are those of docs/http.md`,
    );
  return origin;
}

function readTokens(path: string): ServiceSpec['callers'] {
  const lines = new TextDecoder().decode(readInputFile(path, '--http-token')).split('\n');
  const callers = lines.flatMap((line, index) => {
    const words = line
      .trim()
      .split(/\s+/)
      .filter((word) => word !== '');
    if (words.length === 0 || words[0]!.startsWith('#')) return [];
    const [capsuleId, token] = words;
    if (words.length !== 2 || capsuleId === undefined || token === undefined)
      throw new InputError(
        `--http-token ${path}: line ${index + 1} has ${words.length} words; ${HOW_TOKENS}`,
      );
    return [{ capsuleId, token }];
  });
  if (callers.length === 0) throw new InputError(`--http-token ${path}: it has no tokens; ${HOW_TOKENS}`);
  return callers;
}

interface Answer {
  readonly status: number;
  /** The object; undefined when the body is none. */
  readonly json: Readonly<Record<string, unknown>> | undefined;
  readonly kind: string | undefined;
  readonly text: string;
}

async function ask(url: string, path: string, init: RequestInit = {}): Promise<Answer> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(new URL(path, url), { ...init, signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    text = await response.text();
  } catch (error) {
    const { code, message } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
    if (code?.startsWith('HPE_') === true)
      throw new InputError(`--target ${url}: what answers there speaks no HTTP (${code})`);
    throw new InputError(`--target ${url}: no service answers there (${code ?? message})`);
  }
  const json = objectIn(text);
  const error = json?.['error'] as { readonly kind?: unknown } | undefined;
  const kind = typeof error?.kind === 'string' ? error.kind : undefined;
  return { status: response.status, json, kind, text };
}

function objectIn(text: string): Answer['json'] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Answer['json']) : undefined;
  } catch {
    return undefined;
  }
}

const UPLOADS = '/storage/chunked-upload';

async function checkProtocol(url: string): Promise<void> {
  const path = `${UPLOADS}/0`;
  const { status, json, kind, text } = await ask(url, path);
  if (json === undefined) {
    const seen = text.trim().split('\n')[0]!.slice(0, 80);
    throw new InputError(
      `--target ${url}: GET ${path} is answered ${status} with what is no JSON ("${seen}"), where docs/http.md has JSON`,
    );
  }
  if (status !== 401 || kind !== 'unauthorized')
    throw new InputError(
      `--target ${url}: GET ${path} without a token is answered ${status} ${kind ?? ''}, where docs/http.md has 401 unauthorized`,
    );
}

const withToken = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });

async function checkToken(url: string, token: string, place: string): Promise<void> {
  if (!/^[\x21-\x7e]+$/.test(token)) throw new InputError(`--http-token ${place}: no token looks like that`);
  const { status } = await ask(url, `${UPLOADS}/0`, withToken(token));
  if (status === 401)
    throw new InputError(
      `--http-token ${place}: ${url} refuses the token (401): it is wrong, has expired, or was revoked`,
    );
}

/** Begins an upload of one byte, looks how large chunks are, and takes it back. */
async function probeChunkSize(
  url: string,
  { capsuleId, token }: ServiceSpec['callers'][number],
): Promise<number> {
  const begin = {
    capsule_id: capsuleId,
    filename: 'probe',
    mime_type: 'application/octet-stream',
    total_size: 1,
  };
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const answer = await ask(url, UPLOADS, { method: 'POST', headers, body: JSON.stringify(begin) });
  const { chunk_size: chunkSize, session_id: sessionId } = answer.json ?? {};
  if (
    answer.status === 201 &&
    typeof chunkSize === 'number' &&
    chunkSize >= 1 &&
    typeof sessionId === 'string'
  ) {
    await ask(url, `${UPLOADS}/${encodeURIComponent(sessionId)}/cancel`, { method: 'POST', headers });
    return chunkSize;
  }
  const message = (answer.json?.['error'] as { message?: unknown } | undefined)?.message;
  throw new InputError(
    `--target ${url}: it begins no upload in capsule ${capsuleId}: ${answer.status} ${String(message ?? answer.text.slice(0, 80))}`,
  );
}

// ---- in the worker thread ----

/** Callers go by these names between the suite and the replica alone. */
const principalOf = (index: number): string => Principal.selfAuthenticating(callerSecret(index)).toText();

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
  const own = randomUUID().slice(0, 8);
  let runs = 0;
  const freshTarget = () => withPrefix(target, `${own}-${runs++}-`);
  return { replica, target, service: { callers: prepared, freshTarget } };
}
