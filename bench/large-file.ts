/**
 * The cost of one large file that is uploaded, hashed, and read back: through the harness and the engine, and directly on the original
 * module with a minimal host, which is the floor. Figures are processor time of this process, so another job on the machine
 * changes them less than wall time.
 */
import { createHash } from 'node:crypto';
import { oneLargeFile } from '../campaigns/benchmark/schedules.js';
import { callerPrincipal } from '../harness/execution/callers.js';
import { ScheduleRunner } from '../harness/execution/schedule-runner.js';
import { judge } from '../harness/judgement/judge.js';
import { chunkCount, chunkRange, contentOf, type FileContent } from '../model/content.js';
import type { Limits, Schedule } from '../model/schedule.js';
import { createEmbeddedReplica } from '../replicas/embedded/embedded-replica.js';
import type { EncodedRequest, ReadResult, Request, Result, UploadedFile } from '../targets/target.js';
import { uploadTarget } from '../targets/upload.js';
import { cpuTimed, median } from './measure.js';
import { PlainCanister } from './plain-canister.js';

const MB = 1_000_000;
const CALLER = callerPrincipal(0);
const CHUNK_BYTES = uploadTarget.defaultChunkSize;
/** The first ones include the work of V8's compilers. */
const REPETITIONS = 7;

/** The plain host makes no calls between canisters, so the finish hashes the whole file in one message. */
function scheduleOf(bytes: number): Schedule {
  return { ...oneLargeFile(bytes, CHUNK_BYTES), limits: limitsOf(bytes) };
}

function limitsOf(bytes: number): Limits {
  return { hashBytesPerCall: 2 * bytes };
}

/** The messages of the schedule, in order, on the original module. */
class PlainUpload {
  readonly #canister: PlainCanister;
  readonly #content: FileContent;
  readonly #file: UploadedFile;
  /** Processor time of the messages alone, in seconds. */
  seconds = 0;

  constructor(wasm: Uint8Array, bytes: number) {
    const [file] = scheduleOf(bytes).files;
    if (file === undefined) throw new Error('the schedule has no file');
    this.#content = contentOf(file);
    this.#file = {
      name: file.name,
      mimeType: 'application/octet-stream',
      bytes,
      sha256: this.#content.sha256(),
      key: 'A',
      chunkCount: chunkCount(bytes, CHUNK_BYTES),
    };
    this.#canister = new PlainCanister(wasm);
    this.#canister.run('canister_init', uploadTarget.encodeInitArg(limitsOf(bytes)), CALLER);
  }

  async run(): Promise<void> {
    const file = this.#file;
    const { bytes, sha256 } = file;
    const sessionId = await this.#begin();
    for (let index = 0; index < file.chunkCount; index++) {
      const { start: offset, end } = chunkRange(bytes, CHUNK_BYTES, index);
      await this.#ask({ op: 'put', sessionId, index, offset, data: this.#content.slice(offset, end), file });
    }
    const finish = { op: 'finish', sessionId, sha256, totalLength: bytes, file, chunks: [] } as const;
    const finished = await this.#ask(finish);
    if (finished.kind !== 'finished') throw new Error(`the finish failed: ${JSON.stringify(finished)}`);
    await this.#read(finished.blobId);
  }

  async #begin(): Promise<string> {
    const capsule = await this.#execute(uploadTarget.prepareCaller?.(CALLER));
    const capsuleId = uploadTarget.decodeCapsule?.({ kind: 'reply', bytes: capsule }) ?? '';
    const { chunkCount: expectedChunks, ...file } = this.#file;
    const begun = await this.#ask({ op: 'begin', capsuleId, expectedChunks, ...file });
    if (begun.kind !== 'begun') throw new Error(`the begin failed: ${JSON.stringify(begun)}`);
    return begun.sessionId;
  }

  async #read(blobId: string): Promise<void> {
    const meta = await this.#ask({ op: 'readMeta', blobId });
    if (meta.kind !== 'meta') throw new Error(`the file has no metadata: ${JSON.stringify(meta)}`);
    const read = createHash('sha256');
    for (let index = 0; index < meta.chunkCount; index++) {
      const offset = index * CHUNK_BYTES;
      const chunk = await this.#ask({ op: 'readChunk', blobId, index, offset, bytes: CHUNK_BYTES });
      if (chunk.kind === 'chunk') read.update(chunk.data);
    }
    if (!read.digest().equals(this.#file.sha256)) throw new Error('the plain canister returned other bytes');
  }

  async #ask(request: Request): Promise<Result | ReadResult> {
    const encoded = uploadTarget.encode(request);
    return uploadTarget.decode(request, { kind: 'reply', bytes: await this.#execute(encoded) });
  }

  async #execute(encoded: EncodedRequest | undefined): Promise<Uint8Array> {
    if (encoded === undefined) throw new Error('the target has no such request');
    const { kind, method, arg } = encoded;
    const { result, cpuSeconds } = await cpuTimed(() =>
      this.#canister.run(`canister_${kind} ${method}`, arg, CALLER),
    );
    this.seconds += cpuSeconds;
    return result;
  }
}

/** One after the other, so that no run collects the garbage of the other kind. */
export async function benchLargeFile(wasm: Uint8Array, megabytes: number): Promise<void> {
  const bytes = megabytes * MB;
  const messages: number[] = [];
  const direct: number[] = [];
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const plain = new PlainUpload(wasm, bytes);
    direct.push((await cpuTimed(() => plain.run())).cpuSeconds);
    messages.push(plain.seconds);
  }
  const schedule = scheduleOf(bytes);
  const runner = new ScheduleRunner({ replica: createEmbeddedReplica(), target: uploadTarget, wasm });
  const engine: number[] = [];
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const judged = async () => judge(await runner.run(schedule), schedule, uploadTarget);
    const { result, cpuSeconds } = await cpuTimed(judged);
    if (result.kind !== 'valid') throw new Error(`the verdict on the benchmark's schedule is ${result.kind}`);
    engine.push(cpuSeconds);
  }
  const figures = [
    ['by the harness on the engine, and judged', engine],
    ['directly on the original module and a minimal host', direct],
    ['of this, the messages alone', messages],
  ] as const;
  console.log(`${megabytes} MB uploaded, hashed, and read back, in seconds of processor time:`);
  for (const [what, seconds] of figures)
    console.log(
      `  ${what.padEnd(52)} ${median(seconds).toFixed(2)} (first run ${(seconds[0] ?? 0).toFixed(2)})`,
    );
  const times = (floor: readonly number[]) => (median(engine) / median(floor)).toFixed(2);
  console.log(
    `  the engine takes ${times(direct)} times the direct upload, ${times(messages)} times its messages`,
  );
}
