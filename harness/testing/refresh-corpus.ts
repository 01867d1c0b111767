/**
 * Replays the project's corpus on the faults build and updates the files with the results. Use it after a change to the canister, to
 * histories, or to texts, if every failure is still the same one: `npx tsx harness/testing/refresh-corpus.ts`.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { uploadTarget } from '../../targets/upload.js';
import { contextOf } from '../counterexamples/counterexample-context.js';
import { counterexampleSchema, violationParts } from '../counterexamples/counterexample.js';
import { loadCorpus } from '../counterexamples/corpus.js';
import { writeJsonFile } from '../files/json-file.js';
import { replay } from '../counterexamples/replay.js';
import { ScheduleRunner } from '../execution/schedule-runner.js';

const pathOf = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const wasm = Uint8Array.from(readFileSync(pathOf('../../canister/wasm/upload-faults.wasm')));
const wasmSha256 = createHash('sha256').update(wasm).digest('hex');

for (const { path, counterexample } of await loadCorpus(pathOf('../../corpus'))) {
  const { schedule, fault } = counterexample;
  const replica = createEmbeddedReplica();
  const runner = new ScheduleRunner({ replica, target: uploadTarget, wasm, fault: fault ?? undefined });
  const { outcome, history, violation } = await replay(runner, counterexample);
  if (outcome !== 'same' || violation === undefined)
    throw new Error(`${path}: it fails in another way now; check it, and replace the file if that is right`);
  const { name, version } = replica.info;
  const context = contextOf(history, violation, schedule, uploadTarget, undefined);
  const parts = violationParts(violation, history, schedule, uploadTarget);
  const seenNow = { wasmSha256, replica: { name, version }, ...parts, context };
  const { traceHash } = history;
  // The schema puts the fields in order.
  const refreshed = counterexampleSchema.parse({ ...counterexample, ...seenNow, traceHash });
  await writeJsonFile(path, refreshed, 'counterexample');
}
