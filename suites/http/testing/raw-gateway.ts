/** A gateway in its barest form: a request becomes an `http_request_update` call, its reply a response. */
import { IDL } from '@icp-sdk/core/candid';
import type { EmbeddedReplica } from '../../../replicas/embedded/embedded-replica.js';
import type { Execution, Outcome, PrincipalText } from '../../../replicas/replica.js';

const { Nat16, Nat64, Nat8, Opt, Record, Text, Tuple, Variant, Vec } = IDL;
const Headers = Vec(Tuple(Text, Text));
const UpdateRequest = Record({ method: Text, url: Text, headers: Headers, body: Vec(Nat8) });
const QueryRequest = Record({
  method: Text,
  url: Text,
  headers: Headers,
  body: Vec(Nat8),
  certificate_version: Opt(Nat16),
});
const Response = Record({
  status_code: Nat16,
  headers: Headers,
  body: Vec(Nat8),
  upgrade: Opt(IDL.Bool),
  streaming_strategy: Opt(Variant({ Callback: IDL.Record({}) })),
});
/** Any `Err` is left undecoded. */
const result = (ok: IDL.Type) => Variant({ Ok: ok, Err: IDL.Reserved });

/** What a gateway sends comes from nobody in particular. */
export const ANONYMOUS: PrincipalText = '2vxsx-fae';

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string | object;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  readonly upgrade: boolean;
  /** Of every message that the call took. */
  readonly executions: readonly Execution[];
}

interface RawResponse {
  readonly status_code: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array | number[];
  readonly upgrade: readonly boolean[];
}

export function jsonOf(answer: HttpAnswer): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(answer.body)) as Record<string, unknown>;
}

export const kindOf = (answer: HttpAnswer): string => (jsonOf(answer)['error'] as { kind: string }).kind;

function bytesOf(body: HttpRequest['body']): Uint8Array {
  if (body instanceof Uint8Array) return body;
  return new TextEncoder().encode(typeof body === 'object' ? JSON.stringify(body) : (body ?? ''));
}

/** The request as an argument, of an update or of a query. */
export function encodeRequest(request: HttpRequest, kind: 'update' | 'query' = 'update'): Uint8Array {
  const value = {
    method: request.method,
    url: request.url,
    headers: Object.entries(request.headers ?? {}),
    body: bytesOf(request.body),
    certificate_version: [2],
  };
  return Uint8Array.from(IDL.encode([kind === 'update' ? UpdateRequest : QueryRequest], [value]));
}

function toAnswer(bytes: Uint8Array, executions: readonly Execution[]): HttpAnswer {
  const [raw] = IDL.decode([Response], bytes.slice()) as unknown as [RawResponse];
  return {
    status: raw.status_code,
    headers: new Map(raw.headers.map(([name, value]) => [name.toLowerCase(), value])),
    body: Uint8Array.from(raw.body),
    upgrade: raw.upgrade[0] ?? false,
    executions,
  };
}

/** Submits and delivers until the call is answered. `between` runs after every message. */
export async function callToReply(
  replica: EmbeddedReplica,
  call: { canister: PrincipalText; method: string; arg: Uint8Array; caller: PrincipalText },
  between: (messages: number) => Promise<void> = () => Promise.resolve(),
): Promise<{ bytes: Uint8Array; executions: readonly Execution[] }> {
  const submission = await replica.submit(call);
  if (submission.kind === 'refused') throw new Error(submission.reject.text);
  const executions: Execution[] = [];
  for (let outcome: Outcome | undefined; ;) {
    const next = (await replica.deliverable()).find(({ root }) => root === submission.id);
    if (next === undefined) await replica.round();
    else executions.push(await replica.deliver(next.id));
    await between(executions.length);
    outcome = await replica.poll(submission.id);
    if (outcome?.kind === 'reject') throw new Error(`${outcome.errorCode}: ${outcome.text}`);
    if (outcome !== undefined) return { bytes: outcome.bytes, executions };
  }
}

export interface RawGateway {
  send(request: HttpRequest, between?: (messages: number) => Promise<void>): Promise<HttpAnswer>;
  query(request: HttpRequest): Promise<HttpAnswer>;
  /** Calls `http_token_create`; answers the token. */
  token(caller: PrincipalText): Promise<string>;
}

export function createRawGateway(replica: EmbeddedReplica, canister: PrincipalText): RawGateway {
  return {
    async send(request, between) {
      const arg = encodeRequest(request);
      const call = { canister, method: 'http_request_update', arg, caller: ANONYMOUS };
      const { bytes, executions } = await callToReply(replica, call, between);
      return toAnswer(bytes, executions);
    },
    async query(request) {
      const arg = encodeRequest(request, 'query');
      const outcome = await replica.query({ canister, method: 'http_request', arg, caller: ANONYMOUS });
      if (outcome.kind === 'reject') throw new Error(outcome.text);
      return toAnswer(outcome.bytes, []);
    },
    async token(caller) {
      const arg = Uint8Array.from(IDL.encode([], []));
      const { bytes } = await callToReply(replica, { canister, method: 'http_token_create', arg, caller });
      const created = result(Record({ token: Text, expires_at: Nat64 }));
      const [answer] = IDL.decode([created], bytes.slice()) as unknown as [{ Ok?: { token: string } }];
      if (answer.Ok === undefined) throw new Error('the canister gave no token');
      return answer.Ok.token;
    },
  };
}
