import {
  describeSchedule,
  readCounterexample,
  replayCounterexample,
  runCampaign,
  type ModuleUnderTest,
} from 'canister-upload-stress';

/** Searches 50 schedules for a failure. Returns the path of its counterexample. */
export async function search(module: ModuleUnderTest, folder: string): Promise<string[]> {
  const { verdict, runs, findings } = await runCampaign({
    ...module,
    seed: 1,
    runs: 50,
    maxFindings: 1,
    counterexampleFolder: folder,
  });
  console.log(`${verdict}: ${runs} schedules, ${findings.length} findings`);
  for (const { counterexample } of findings) {
    console.log(counterexample.rule);
    for (const line of describeSchedule(counterexample.schedule)) console.log(`  ${line}`);
    console.log(`  expected: ${counterexample.expected}`);
    console.log(`  seen:     ${counterexample.seen}`);
  }
  return findings.flatMap(({ path }) => path ?? []);
}

/** Returns true if the counterexample still fails in the same way. */
export async function stillFails(path: string, module: ModuleUnderTest): Promise<boolean> {
  const { outcome } = await replayCounterexample(await readCounterexample(path), module);
  return outcome === 'same';
}
