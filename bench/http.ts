/** Prints figures of the HTTP interface: calls compared with Candid calls, 1,000 sessions of one owner and their cleanup, 100 parallel uploads. */
import { createHash } from 'node:crypto';
import { createHttpTokens } from '../cli/http-tokens.js';
import { callerPrincipal } from '../harness/execution/callers.js';
import { createEmbeddedReplica } from '../replicas/embedded/embedded-replica.js';
import type { Call, Outcome, PrincipalText, Replica } from '../replicas/replica.js';
import { createEmbeddedBackend } from '../servers/ic/embedded-backend.js';
import { startLiveServer } from '../servers/ic/live-server.js';
import type { EncodedRequest, Request } from '../targets/target.js';
import { uploadTarget } from '../targets/upload.js';

const SESSIONS = 1_000;
const UPLOADS = 100;
const CHUNK_SIZE = 65_536;
const DAY_NS = 86_400_000_000_000n;
const http = uploadTarget.http!;

interface Counted {
  readonly outcome: Outcome;
  readonly instructions: number;
}

/** A canister whose messages are delivered one by one, so that the instructions of each call are known. */
class CountingCanister {
  token = '';
  capsule = '';

  readonly #replica: Replica;
  readonly #canister: PrincipalText;

  private constructor(replica: Replica, canister: PrincipalText) {
    this.#replica = replica;
    this.#canister = canister;
  }

  static async create(wasm: Uint8Array): Promise<CountingCanister> {
    const replica = createEmbeddedReplica();
    const canister = await replica.createCanister();
    const arg = uploadTarget.encodeInitArg({ chunkSize: CHUNK_SIZE, activeSessionsMax: SESSIONS });
    const outcome = await replica.install({ canister, mode: 'install', wasm, arg });
    if (outcome.kind === 'reject') throw new Error(outcome.text);
    const own = new CountingCanister(replica, canister);
    own.capsule = uploadTarget.decodeCapsule!((await own.call(uploadTarget.prepareCaller!(''))).outcome);
    own.token = http.decodeToken((await own.call(http.createToken())).outcome);
    return own;
  }

  async call({ kind, method, arg }: EncodedRequest): Promise<Counted> {
    const call: Call = { canister: this.#canister, method, arg, caller: callerPrincipal(0) };
    if (kind === 'query') return { outcome: await this.#replica.query(call), instructions: 0 };
    const submission = await this.#replica.submit(call);
    if (submission.kind === 'refused') throw new Error(submission.reject.text);
    for (let instructions = 0; ;) {
      const outcome = await this.#replica.poll(submission.id);
      if (outcome !== undefined) return { outcome, instructions };
      const next = (await this.#replica.deliverable()).find(({ root }) => root === submission.id);
      if (next === undefined) throw new Error(`${method} has no response`);
      instructions += (await this.#replica.deliver(next.id)).instructions;
    }
  }

  candid = (request: Request) => this.call(uploadTarget.encode(request));
  overHttp = (request: Request) => this.call(http.encode(request, this.token)!);

  begin(key: string): Request {
    const asset = { name: key, mimeType: 'a/b', bytes: CHUNK_SIZE * 2, sha256: new Uint8Array(32) };
    return { op: 'begin', capsuleId: this.capsule, ...asset, expectedChunks: 2, key };
  }

  async blocksUsed(): Promise<number> {
    const stats = uploadTarget.decode({ op: 'stats' }, (await this.candid({ op: 'stats' })).outcome);
    return stats.kind === 'stats' ? stats.blocks.used : 0;
  }

  async pass(ns: bigint): Promise<void> {
    await this.#replica.setTime((await this.#replica.time()) + ns);
  }
}

function thousands(count: number): string {
  return Math.round(count / 1_000).toLocaleString('en');
}

async function benchSessions(wasm: Uint8Array): Promise<void> {
  const canister = await CountingCanister.create(wasm);
  const begins: number[] = [];
  for (let count = 0; count < SESSIONS; count++)
    begins.push((await canister.overHttp(canister.begin(`key-${count}`))).instructions);
  const [first, last] = [begins[1]!, begins.at(-1)!];
  console.log(
    `begin over HTTP: ${thousands(first)} thousand instructions for the second session of an owner, ${thousands(last)} for session ${SESSIONS}`,
  );
  const file = {
    name: 'a.bin',
    mimeType: 'application/octet-stream',
    bytes: 2 * CHUNK_SIZE,
    sha256: new Uint8Array(32),
    key: 'key',
    chunkCount: 2,
  };
  const put = (index: number): Request => ({
    op: 'put',
    sessionId: '1',
    index,
    offset: index * CHUNK_SIZE,
    data: new Uint8Array(CHUNK_SIZE),
    file,
  });
  // The second chunk first, so that neither put computes a hash.
  const other: Request = { ...put(1), sessionId: '2' } as Request;
  const [byHttp, byCandid] = [await canister.overHttp(put(1)), await canister.candid(other)];
  console.log(
    `put of ${CHUNK_SIZE} B: ${thousands(byHttp.instructions)} thousand instructions over HTTP, ${thousands(byCandid.instructions)} over Candid`,
  );
  await canister.pass(DAY_NS);
  const cleanups: number[] = [];
  for (
    let before = Infinity, used = await canister.blocksUsed();
    used < before;
    used = await canister.blocksUsed()
  ) {
    before = used;
    cleanups.push((await canister.candid({ op: 'cleanup' })).instructions);
  }
  const total = cleanups.reduce((sum, one) => sum + one, 0);
  console.log(
    `cleanup of ${SESSIONS} expired sessions: ${thousands(total)} thousand instructions in ${cleanups.length} calls, at most ${thousands(Math.max(...cleanups))} in one call`,
  );
}

async function benchUploads(wasm: Uint8Array): Promise<void> {
  const backend = createEmbeddedBackend({
    seed: new Uint8Array(32),
    timeNs: BigInt(Date.now()) * 1_000_000n,
  });
  const canister = await backend.replica.createCanister();
  const arg = uploadTarget.encodeInitArg({ chunkSize: CHUNK_SIZE });
  await backend.replica.install({ canister, mode: 'install', wasm, arg });
  const server = await startLiveServer(backend, { canister });
  const [made] = await createHttpTokens({ host: server.url, callers: 1 });
  const { capsuleId: capsule_id, token } = made!;
  const post = async (
    path: string,
    body: string | Uint8Array<ArrayBuffer>,
  ): Promise<Record<string, unknown>> => {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${server.url}/storage/chunked-upload${path}`, {
      method: 'POST',
      headers,
      body,
    });
    if (response.status >= 300) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Record<string, unknown>;
  };
  const bytes = new Uint8Array(CHUNK_SIZE * 2).fill(7);
  const checksum_sha256 = createHash('sha256').update(bytes).digest('hex');
  const started = performance.now();
  const upload = async (_: unknown, index: number): Promise<void> => {
    const body = { capsule_id, filename: `f-${index}`, mime_type: 'a/b', total_size: bytes.length };
    const { session_id } = await post('', JSON.stringify(body));
    const id = String(session_id);
    for (const part of [0, 1])
      await post(
        `/${id}/chunk?number=${part + 1}`,
        bytes.subarray(part * CHUNK_SIZE, (part + 1) * CHUNK_SIZE),
      );
    await post(`/${id}/complete`, JSON.stringify({ checksum_sha256, total_size: bytes.length }));
  };
  await Promise.all(Array.from({ length: UPLOADS }, upload));
  console.log(
    `${UPLOADS} parallel uploads of ${bytes.length} B over HTTP to the live server: ${(performance.now() - started).toFixed(0)} ms`,
  );
  await server.close();
}

export async function benchHttp(wasm: Uint8Array): Promise<void> {
  await benchSessions(wasm);
  await benchUploads(wasm);
}
