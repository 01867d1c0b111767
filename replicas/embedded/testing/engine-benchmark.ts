/**
 * Measures the engine and prints the median of each operation. Run it on an idle machine:
 *
 *   npx tsx replicas/embedded/testing/engine-benchmark.ts
 */
import { performance } from 'node:perf_hooks';
import { createEmbeddedReplica } from '../embedded-replica.js';
import { compileMemoryCanister, encodeAct, type Act } from './memory-canister.js';
import {
  beginUpload,
  CHUNK_BYTES,
  createCapsule,
  encodePut,
  finishUpload,
  putChunk,
  readUploadWasm,
  UPLOAD_INIT_ARG,
} from './upload-session.js';

const CALLER = '2vxsx-fae';
const NO_ARG = new Uint8Array(0);

function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)]!;
}

/** Median time of one run in milliseconds. */
async function time(runs: number, run: (index: number) => Promise<unknown>): Promise<number> {
  const samples: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await run(i);
    samples.push(performance.now() - start);
  }
  return median(samples);
}

function report(what: string, milliseconds: number): void {
  console.log(`${what.padEnd(58)} ${(milliseconds * 1_000).toFixed(1).padStart(10)} us`);
}

const ACT: Act = {
  growPages: 0,
  heapStart: 8_192,
  heapLength: 16,
  byte: 1,
  stableGrowPages: 0,
  stableStart: 0,
  stableLength: 0,
  source: 4_096,
  global: 1,
  isTrapping: false,
};

async function smallCanister(): Promise<void> {
  const replica = createEmbeddedReplica();
  const canister = await replica.createCanister();
  const wasm = await compileMemoryCanister();
  report(
    'install a small module',
    await time(20, () => replica.install({ canister, mode: 'reinstall', wasm, arg: NO_ARG })),
  );
  const call = (act: Act) => async (): Promise<void> => {
    const submission = await replica.submit({ canister, method: 'act', arg: encodeAct(act), caller: CALLER });
    if (submission.kind !== 'accepted') throw new Error(submission.reject.text);
    await replica.deliver(submission.id);
    await replica.poll(submission.id);
  };
  report('update: submit, deliver, poll', await time(20_000, call(ACT)));
  report('update that traps', await time(5_000, call({ ...ACT, isTrapping: true })));
  report(
    'query',
    await time(20_000, () => replica.query({ canister, method: 'global', arg: NO_ARG, caller: CALLER })),
  );
  const snapshot = await replica.snapshot();
  report('restore after one small update', await time(2_000, () => replica.restore(snapshot)));
}

async function uploadCanister(): Promise<void> {
  const replica = createEmbeddedReplica();
  const canister = await replica.createCanister();
  const wasm = readUploadWasm();
  const install = async (): Promise<void> => {
    const outcome = await replica.install({ canister, mode: 'reinstall', wasm, arg: UPLOAD_INIT_ARG });
    if (outcome.kind === 'reject') throw new Error(outcome.text);
  };
  report('first install of the upload canister', await time(1, install));
  report('reinstall of the upload canister', await time(10, install));
  const capsule = await createCapsule(replica, canister);
  const size = 50_000_000;
  const content = new Uint8Array(size).map((_, i) => i * 31);
  const fresh = await replica.snapshot();
  report('begin', await time(200, (i) => beginUpload(replica, canister, capsule, 10, `k${i % 90}`)));
  await replica.restore(fresh);

  const session = await beginUpload(replica, canister, capsule, size, 'whole');
  const begun = await replica.snapshot();
  const puts = Array.from({ length: Math.ceil(size / CHUNK_BYTES) }, (_, index) =>
    encodePut(session, index, content.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES)),
  );
  let instructions = 0;
  const putTimes: number[] = [];
  for (let round = 0; round < 2; round++) {
    await replica.restore(begun);
    const start = performance.now();
    for (const arg of puts) {
      const from = performance.now();
      const executions = await putChunk(replica, canister, arg);
      putTimes.push(performance.now() - from);
      instructions = executions[0]!.instructions;
    }
    report(`50 MB in puts of 1.8 MB, round ${round + 1}`, performance.now() - start);
  }
  report(`one put of 1.8 MB (${instructions.toLocaleString('en')} instructions)`, median(putTimes));
  const before = await replica.snapshot();
  const start = performance.now();
  await finishUpload(replica, canister, session, content);
  report('finish of 50 MB', performance.now() - start);
  const { heapBytes, stableBytes } = await replica.metrics(canister);
  console.log(`heap ${heapBytes.toLocaleString('en')} B, stable ${stableBytes.toLocaleString('en')} B`);

  report('snapshot without changes', await time(1_000, () => replica.snapshot()));
  report(
    'restore across 50 MB of puts',
    await time(400, (i) => replica.restore(i % 2 === 0 ? begun : before)),
  );
  const samples: number[] = [];
  const snapshots: number[] = [];
  await replica.restore(begun);
  for (let i = 0; i < 200; i++) {
    await beginUpload(replica, canister, capsule, 10, `r${i}`);
    const from = performance.now();
    await replica.restore(begun);
    samples.push(performance.now() - from);
    await beginUpload(replica, canister, capsule, 10, `r${i}`);
    const to = performance.now();
    await replica.snapshot();
    snapshots.push(performance.now() - to);
    await replica.restore(begun);
  }
  report('restore after one begin', median(samples));
  report('snapshot after one begin', median(snapshots));
}

await smallCanister();
await uploadCanister();
