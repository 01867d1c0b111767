/**
 * A service that is no canister and speaks docs/http.md: sessions in a map, written from the page alone. `bug` plants one.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type TinyBug = 'hash-not-compared' | 'paused-takes-chunks';

const CHUNK_SIZE = 16;
const HOUR_MS = 3_600_000;

interface Session {
  readonly id: string;
  readonly owner: string;
  readonly filename: string;
  readonly total: number;
  readonly parameters: string;
  readonly key: string | undefined;
  readonly chunks: Map<number, Buffer>;
  status: string;
  finished: { readonly request: string; readonly answer: object } | undefined;
}

/** A body in JSON. What a field holds is for the service to check. */
type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(body: Buffer): Fields {
  return JSON.parse(String(body)) as Fields;
}

class Refusal extends Error {
  readonly status: number;
  readonly kind: string;
  readonly details: object;

  constructor(status: number, kind: string, details: object = {}) {
    super(kind);
    this.status = status;
    this.kind = kind;
    this.details = details;
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export class TinyService {
  readonly tokens: readonly (readonly [capsule: string, token: string])[] = [
    ['capsule_1', 'a'.repeat(64)],
    ['capsule_2', 'b'.repeat(64)],
  ];
  readonly #sessions = new Map<string, Session>();
  readonly #assets = new Map<string, { readonly owner: string; readonly bytes: Buffer }>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  readonly bug: TinyBug | undefined;

  constructor(bug?: TinyBug) {
    this.bug = bug;
  }

  /** The URL. */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    try {
      const answer = this.#answer(request, Buffer.concat(parts));
      if (answer.bytes !== undefined) {
        const { start, end, bytes } = answer;
        response.writeHead(206, { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` });
        return void response.end(bytes.subarray(start, end));
      }
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer.json));
    } catch (error) {
      const { status, kind, details } = error instanceof Refusal ? error : new Refusal(500, 'internal_error');
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { kind, message: '', ...details } }));
    }
  }

  #answer(request: IncomingMessage, body: Buffer): Reply {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const [capsule] = this.tokens.find(([, one]) => one === token) ?? [];
    if (capsule === undefined) throw new Refusal(401, 'unauthorized');
    const url = new URL(request.url ?? '/', 'http://x');
    const [, , room, id = '', action = ''] = url.pathname.split('/');
    if (room === 'assets') return this.#asset(request, capsule, id, action);
    if (id === '') return this.#begin(capsule, fieldsOf(body), request.headers['idempotency-key']);
    const session = this.#sessions.get(id);
    if (session === undefined) throw new Refusal(404, 'not_found');
    if (session.owner !== capsule) throw new Refusal(403, 'forbidden');
    if (action === '') return ok(statusOf(session));
    if (action === 'chunk') return ok(this.#put(session, Number(url.searchParams.get('number')), body));
    if (action === 'complete') return ok(this.#complete(session, fieldsOf(body)));
    return ok(change(session, action));
  }

  #begin(capsule: string, body: Fields, key: string | string[] | undefined): Reply {
    if (!this.tokens.some(([one]) => one === body['capsule_id'])) throw new Refusal(404, 'not_found');
    if (body['capsule_id'] !== capsule) throw new Refusal(403, 'forbidden');
    const parameters = JSON.stringify(body);
    const holder = [...this.#sessions.values()].find(
      (one) => key !== undefined && one.owner === capsule && one.key === key && one.status !== 'cancelled',
    );
    if (holder?.parameters === parameters) return ok(begunAs(holder));
    if (body['filename'] === '' || key === '') throw new Refusal(400, 'validation_error');
    if (holder !== undefined) throw new Refusal(409, 'validation_error');
    const session: Session = {
      id: String(this.#sessions.size + 1),
      owner: capsule,
      filename: String(body['filename']),
      total: Number(body['total_size']),
      parameters,
      key: key as string | undefined,
      chunks: new Map(),
      status: 'initiated',
      finished: undefined,
    };
    this.#sessions.set(session.id, session);
    return { status: 201, json: begunAs(session) };
  }

  #put(session: Session, number: number, body: Buffer): object {
    const { status, chunks, total } = session;
    const isPaused = status === 'paused' && this.bug === 'paused-takes-chunks';
    if (status !== 'initiated' && status !== 'uploading' && !isPaused)
      throw new Refusal(409, 'invalid_state');
    const count = countOf(session);
    const right = number === count ? total - (count - 1) * CHUNK_SIZE : CHUNK_SIZE;
    if (number < 1 || number > count) throw new Refusal(400, 'invalid_chunk');
    if (body.length !== right) throw new Refusal(body.length > CHUNK_SIZE ? 413 : 400, 'invalid_chunk');
    const stored = chunks.get(number);
    if (stored !== undefined && !stored.equals(body)) throw new Refusal(409, 'invalid_chunk');
    chunks.set(number, body);
    session.status = 'uploading';
    const { session_id, received_chunks, total_chunks, received_bytes, progress } = statusOf(session);
    return { session_id, chunk_number: number, received_chunks, total_chunks, received_bytes, progress };
  }

  #complete(session: Session, body: Fields): object {
    const request = JSON.stringify(body);
    if (session.finished !== undefined) {
      if (session.finished.request === request) return session.finished.answer;
      throw new Refusal(409, 'validation_error');
    }
    if (session.status !== 'initiated' && session.status !== 'uploading')
      throw new Refusal(409, 'invalid_state');
    const isComplete = session.chunks.size === countOf(session);
    const { checksum_sha256: hash, total_size: total } = body;
    if (!isComplete || total !== session.total || !/^[0-9a-f]{64}$/.test(String(hash)))
      throw new Refusal(400, 'validation_error');
    const bytes = Buffer.concat([...session.chunks].sort(([a], [b]) => a - b).map(([, chunk]) => chunk));
    const computed = sha256(bytes);
    if (computed !== hash && this.bug !== 'hash-not-compared')
      throw new Refusal(400, 'validation_error', { expected: hash, computed });
    const asset_id = `memory_${session.id}`;
    this.#assets.set(asset_id, { owner: session.owner, bytes });
    session.status = 'completed';
    const answer = { asset_id, blob_id: `blob_${session.id}`, size: bytes.length, checksum_sha256: computed };
    session.finished = { request, answer };
    return answer;
  }

  #asset({ method, headers }: IncomingMessage, capsule: string, id: string, part: string): Reply {
    const asset = this.#assets.get(id);
    if (asset === undefined) throw new Refusal(404, 'not_found');
    if (asset.owner !== capsule) throw new Refusal(403, 'forbidden');
    if (method === 'DELETE') {
      this.#assets.delete(id);
      return ok({ asset_id: id, deleted: true });
    }
    const { bytes } = asset;
    if (part === 'metadata') return ok({ asset_id: id, assets: [{ kind: 'original', size: bytes.length }] });
    const [, first = '0', last = '0'] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
    return { bytes, start: Number(first), end: Math.min(Number(last) + 1, bytes.length) };
  }
}

type Reply =
  | { readonly status: number; readonly json: object; readonly bytes?: undefined }
  | { readonly bytes: Buffer; readonly start: number; readonly end: number };

const ok = (json: object): Reply => ({ status: 200, json });
const countOf = ({ total }: Session): number => Math.ceil(total / CHUNK_SIZE);

function begunAs(session: Session): object {
  return {
    session_id: session.id,
    status: session.status,
    chunk_size: CHUNK_SIZE,
    total_chunks: countOf(session),
    total_size: session.total,
    expires_at: new Date(Date.now() + 24 * HOUR_MS).toISOString(),
  };
}

const STATES_BEFORE: Readonly<Record<string, readonly string[]>> = {
  pause: ['uploading'],
  resume: ['paused'],
  cancel: ['initiated', 'uploading', 'paused', 'cancelled'],
};
const STATE_AFTER: Readonly<Record<string, string>> = {
  pause: 'paused',
  resume: 'uploading',
  cancel: 'cancelled',
};

function change(session: Session, action: string): object {
  if (STATES_BEFORE[action]?.includes(session.status) !== true) throw new Refusal(409, 'invalid_state');
  session.status = STATE_AFTER[action]!;
  return statusOf(session);
}

function statusOf(session: Session) {
  const { id, status, filename, owner, chunks, total } = session;
  const received = [...chunks.values()].reduce((sum, chunk) => sum + chunk.length, 0);
  const missing: [number, number][] = [];
  for (let number = 1; number <= countOf(session); number++) {
    if (chunks.has(number)) continue;
    const last = missing.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else missing.push([number, number]);
  }
  return {
    session_id: id,
    status,
    filename,
    capsule_id: owner,
    progress: total === 0 ? 100 : Math.floor((received * 1_000) / total) / 10,
    received_chunks: chunks.size,
    total_chunks: countOf(session),
    received_bytes: received,
    total_size: total,
    chunk_size: CHUNK_SIZE,
    missing_chunks: missing,
  };
}
