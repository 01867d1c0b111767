/**
 * Repeats the counters of the gate, alternately on one engine that is reset and on new ones, and reports whether a counter ever differs.
 * Usage: `node dist/bench/rerun-counters.js [times]`, 1,000 by default. Exits with 1 if one differs.
 */
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { BUILT_IN_WASM } from '../campaigns/subject/subject.js';
import { createEmbeddedReplica } from '../replicas/embedded/embedded-replica.js';
import { uploadTarget } from '../targets/upload.js';
import { countScenario, SCENARIOS, type CounterRun } from '../campaigns/benchmark/counters.js';

const times = Number(process.argv[2] ?? 1_000);
if (!Number.isSafeInteger(times) || times < 2) {
  console.error('usage: rerun-counters [times], where times is a whole number of at least 2');
  process.exit(2);
}
const wasm = Uint8Array.from(readFileSync(BUILT_IN_WASM));

async function openRun(): Promise<CounterRun> {
  const replica = createEmbeddedReplica();
  return { replica, pristine: await replica.snapshot(), target: uploadTarget, wasm };
}

async function countAll(run: CounterRun): Promise<string[]> {
  const lines: string[] = [];
  for (const scenario of SCENARIOS)
    lines.push(`${scenario.name} ${JSON.stringify(await countScenario(scenario, run))}`);
  return lines;
}

const reset = await openRun();
const first = await countAll(reset);
let differing = 0;
const start = performance.now();
for (let rerun = 1; rerun < times; rerun++) {
  const again = await countAll(rerun % 2 === 0 ? reset : await openRun());
  for (const [index, line] of again.entries()) {
    if (line === first[index]) continue;
    differing++;
    console.log(`run ${rerun + 1}: ${line}\n  first: ${first[index]}`);
  }
  if ((rerun + 1) % 100 === 0)
    console.log(
      `${rerun + 1} runs, ${differing} differing counters, ${((performance.now() - start) / 1000).toFixed(0)} s`,
    );
}
console.log(
  `${times} runs of ${SCENARIOS.length} scenarios: ${differing === 0 ? 'all counters are equal on every run' : `${differing} counters differ`} (load average ${loadavg()[0]!.toFixed(2)})`,
);
process.exitCode = differing === 0 ? 0 : 1;
