/**
 * Prints the cost of the embedded engine itself: instrumentation, metering, a small call, a restore. The figures are medians. They depend
 * on the load of the machine, which is printed too.
 */
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { pathToFileURL } from 'node:url';
import { BUILT_IN_WASM } from '../campaigns/subject/subject.js';
import { callerPrincipal } from '../harness/execution/callers.js';
import { createEmbeddedReplica, type EmbeddedReplica } from '../replicas/embedded/embedded-replica.js';
import { compile, instrument, sha256Hex } from '../replicas/embedded/wasm/instrument.js';
import type { Outcome, PrincipalText } from '../replicas/replica.js';
import { readGoldenFile } from '../conformance/golden-step.js';
import type { EncodedRequest } from '../targets/target.js';
import type { UploadRequest } from '../targets/upload.js';
import { uploadTarget } from '../targets/upload.js';
import { PlainCanister } from './plain-canister.js';
import { repeatFunctions } from './repeated-module.js';
import { median } from './measure.js';

const CALLER: PrincipalText = callerPrincipal(0);
const CHUNK_BYTES = 1_800_000;
const CHUNKS = 27;
const LARGE_MODULE_BYTES = 3_000_000;
const NO_ARG = new Uint8Array(0);

/** The goals of the project, printed next to the figures. */
export const GOALS = {
  instrumentMs: 1_000,
  slowdown: 1.5,
  callMicroseconds: 60,
  restoreMs: 0.3,
} as const;

function timed(action: () => unknown): number {
  const start = performance.now();
  action();
  return performance.now() - start;
}

function printFigure(what: string, figure: string, goal = ''): void {
  console.log(`${what.padEnd(62)} ${figure.padStart(12)}${goal === '' ? '' : `   goal: ${goal}`}`);
}

// ---- instrumentation ----

function benchInstrumentation(wasm: Uint8Array): void {
  const large = repeatFunctions(wasm, LARGE_MODULE_BYTES);
  for (const [name, module, goal] of [
    ['the upload canister', wasm, ''],
    ['a large module', large, `below ${GOALS.instrumentMs} ms`],
  ] as const) {
    const hash = sha256Hex(module);
    const instrumenting = median(Array.from({ length: 5 }, () => timed(() => instrument(module, hash))));
    const instrumentation = instrument(module, hash);
    const compiling = timed(() => compile(instrumentation, module));
    const size = `${(module.length / 1e6).toFixed(1)} MB`;
    printFigure(`instrument ${name}, ${size}`, `${instrumenting.toFixed(0)} ms`, goal);
    printFigure(`compile it`, `${compiling.toFixed(0)} ms`);
  }
}

// ---- metering ----

interface Uploader {
  /** Executes a call and returns the bytes of the reply. */
  call(request: EncodedRequest): Uint8Array;
}

function encode(request: UploadRequest): EncodedRequest {
  return uploadTarget.encode(request);
}

/** Milliseconds of each put of a 50 MB upload. The first ones include the compilation. */
function timePuts(uploader: Uploader, key: string): number[] {
  const decode = (request: UploadRequest, bytes: Uint8Array) =>
    uploadTarget.decode(request, { kind: 'reply', bytes });
  const capsule = uploader.call(uploadTarget.prepareCaller!(CALLER));
  const begin: UploadRequest = {
    op: 'begin',
    capsuleId: uploadTarget.decodeCapsule!({ kind: 'reply', bytes: capsule }),
    name: 'large.bin',
    mimeType: 'application/octet-stream',
    bytes: CHUNK_BYTES * CHUNKS,
    sha256: new Uint8Array(32),
    expectedChunks: CHUNKS,
    key,
  };
  const begun = decode(begin, uploader.call(encode(begin)));
  if (begun.kind !== 'begun') throw new Error(`begin failed: ${JSON.stringify(begun)}`);
  const data = new Uint8Array(CHUNK_BYTES).map((_, index) => index * 31);
  const puts = Array.from({ length: CHUNKS }, (_, index) =>
    encode({ op: 'put', sessionId: begun.sessionId, index, data }),
  );
  return puts.map((put) => timed(() => uploader.call(put)));
}

function plainUploader(wasm: Uint8Array): Uploader {
  const canister = new PlainCanister(wasm);
  canister.run('canister_init', uploadTarget.encodeInitArg({}), CALLER);
  return { call: ({ method, arg }) => canister.run(`canister_update ${method}`, arg, CALLER) };
}

async function engineUploader(wasm: Uint8Array): Promise<Uploader> {
  const replica = createEmbeddedReplica();
  const canister = await installed(replica, wasm, uploadTarget.encodeInitArg({}));
  return { call: ({ method, arg }) => callEngine(replica, canister, method, arg) };
}

function callEngine(
  { engine }: EmbeddedReplica,
  canister: PrincipalText,
  method: string,
  arg: Uint8Array,
): Uint8Array {
  const submission = engine.submit({ canister, method, arg, caller: CALLER });
  if (submission.kind !== 'accepted') throw new Error(`${method} was not accepted`);
  engine.deliver(submission.id);
  const response = engine.poll(submission.id);
  if (response?.kind !== 'reply') throw new Error(`${method} did not reply`);
  return response.bytes;
}

async function installed(
  replica: EmbeddedReplica,
  wasm: Uint8Array,
  arg: Uint8Array,
): Promise<PrincipalText> {
  const canister = await replica.createCanister();
  const outcome: Outcome = await replica.install({ canister, mode: 'install', wasm, arg });
  if (outcome.kind === 'reject') throw new Error(outcome.text);
  return canister;
}

const UPLOADS = 4;

/** The two alternate, so that both run under the same load. */
async function benchMetering(wasm: Uint8Array): Promise<void> {
  const plain: number[] = [];
  const metered: number[] = [];
  for (let upload = 0; upload < UPLOADS; upload++) {
    const puts = [
      timePuts(plainUploader(wasm), `${upload}`),
      timePuts(await engineUploader(wasm), `${upload}`),
    ];
    if (upload === 0) continue;
    plain.push(...puts[0]!);
    metered.push(...puts[1]!);
  }
  const [before, after] = [median(plain), median(metered)];
  printFigure('put of 1.8 MB, original module on a minimal host', `${before.toFixed(2)} ms`);
  printFigure('the same put on the engine: metered, tracked, with rollback', `${after.toFixed(2)} ms`);
  printFigure('slowdown', `${(after / before).toFixed(2)}×`, `at most ${GOALS.slowdown}×`);
}

// ---- calls and restores ----

async function benchCalls(): Promise<void> {
  const replica = createEmbeddedReplica();
  const canister = await installed(replica, readGoldenFile('wasm/calls.callee.wasm'), NO_ARG);
  const arg = Uint8Array.of(1, 2, 3, 4);
  const call = () => callEngine(replica, canister, 'echo', arg);
  for (let run = 0; run < 5_000; run++) call();
  const samples = Array.from({ length: 20_000 }, () => timed(call));
  const microseconds = median(samples) * 1_000;
  printFigure(
    'a call that echoes 4 bytes: submit, deliver, poll',
    `${microseconds.toFixed(1)} µs`,
    `below ${GOALS.callMicroseconds} µs`,
  );
}

async function benchRestore(wasm: Uint8Array): Promise<void> {
  const replica = createEmbeddedReplica();
  const canister = await installed(replica, wasm, uploadTarget.encodeInitArg({}));
  const { method, arg } = uploadTarget.prepareCaller!(CALLER);
  const snapshot = replica.engine.snapshot();
  const restores: number[] = [];
  for (let run = 0; run < 400; run++) {
    callEngine(replica, canister, method, arg);
    restores.push(timed(() => replica.engine.restore(snapshot)));
  }
  const goal = `below ${GOALS.restoreMs} ms`;
  printFigure('restore of the upload canister after a call', `${median(restores).toFixed(3)} ms`, goal);
}

export async function benchEngine(): Promise<void> {
  const wasm = Uint8Array.from(readFileSync(BUILT_IN_WASM));
  console.log(`Node ${process.version}, ${cpus().length} CPUs, load average ${loadavg()[0]!.toFixed(2)}`);
  benchInstrumentation(wasm);
  await benchMetering(wasm);
  await benchCalls();
  await benchRestore(wasm);
  console.log(`load average ${loadavg()[0]!.toFixed(2)}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await benchEngine();
