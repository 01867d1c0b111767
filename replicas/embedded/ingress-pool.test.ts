import { describe, expect, it } from 'vitest';
import { PRELUDE } from './testing/module-text.js';
import { createTestDriver, NO_ARG, USER } from './testing/test-driver.js';

const ECHO = `${PRELUDE} (func (export "canister_update echo") (call $reply))`;
const LARGE = new Uint8Array(1_500_000);
const MINUTE_NS = 60_000_000_000n;

async function installed() {
  const driver = createTestDriver();
  const canister = await driver.install(ECHO);
  const { engine } = driver.replica;
  const answered = (ids: readonly string[]) => ids.filter((id) => engine.poll(id) !== undefined);
  return { driver, engine, canister, answered };
}

async function submitAll(
  { driver, canister }: Awaited<ReturnType<typeof installed>>,
  count: number,
  arg = NO_ARG,
) {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) ids.push(await driver.submit(canister, 'echo', arg));
  return ids;
}

describe('the messages that a round takes from the pool', () => {
  it('have 4 MiB at most; the others wait for the next round', async () => {
    const setup = await installed();
    const ids = await submitAll(setup, 5, LARGE);
    setup.engine.round();
    expect(setup.answered(ids)).toHaveLength(2);
    setup.engine.round();
    expect(setup.answered(ids)).toHaveLength(4);
    setup.engine.round();
    expect(setup.answered(ids)).toHaveLength(5);
  });

  it('are 1,000 at most', async () => {
    const setup = await installed();
    const ids = await submitAll(setup, 1_001);
    setup.engine.round();
    expect(setup.answered(ids)).toHaveLength(1_000);
    setup.engine.round();
    expect(setup.answered(ids)).toHaveLength(1_001);
  });

  it('share the block between their canisters, so that a burst does not delay the message of another canister', async () => {
    const setup = await installed();
    const other = await setup.driver.install(ECHO);
    const burst = await submitAll(setup, 5, LARGE);
    const id = await setup.driver.submit(other, 'echo', LARGE);
    setup.engine.round();
    expect(setup.answered([...burst, id])).toHaveLength(2);
    expect(setup.answered([id])).toEqual([id]);
  });

  it('are never those that expired, and an expired message is never answered', async () => {
    const setup = await installed();
    const [id = ''] = await submitAll(setup, 1);
    setup.engine.setTime(setup.engine.timeNs + 6n * MINUTE_NS, 'next-round');
    for (let i = 0; i < 3; i++) setup.engine.round();
    expect(setup.answered([id])).toEqual([]);
    expect(setup.engine.choices()).toEqual([]);
  });

  it('are those of running canisters; the message waits while its canister is stopped', async () => {
    const setup = await installed();
    const { driver, engine, canister } = setup;
    const ids = await submitAll(setup, 1);
    await driver.replica.stop(canister);
    engine.round();
    expect(setup.answered(ids)).toEqual([]);
    await driver.replica.start(canister);
    engine.round();
    expect(setup.answered(ids)).toEqual(ids);
  });

  it('are those that the canister can pay for, and are paid for when the round takes them', async () => {
    const setup = await installed();
    const { engine, canister, driver } = setup;
    const ids = await submitAll(setup, 1, LARGE);
    const full = engine.addCycles(canister, 0n);
    const frozen = 100_000_000n;
    engine.addCycles(canister, frozen - full);
    engine.round();
    expect(setup.answered(ids)).toEqual([]);
    expect(engine.addCycles(canister, 0n)).toBe(frozen);
    engine.addCycles(canister, full - frozen);
    engine.round();
    expect(setup.answered(ids)).toEqual(ids);
    const submission = await driver.replica.submit({ canister, method: 'echo', arg: NO_ARG, caller: USER });
    expect(submission.kind).toBe('accepted');
  });
});
